import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { spawn } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { scriptCommand } from "../../support/runtimes.ts";

const script = join(dirname(fileURLToPath(import.meta.url)), "background_script.ts");

/** Runs the script; what it printed, and how it ended. */
function run(url: string): Promise<string> {
  const [program = "", ...args] = scriptCommand(script, [url]);
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"], timeout: 20_000 });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text) => output += text);
  return new Promise((resolve) =>
    child.on("close", (code, signal) => resolve(`${output}${code ?? signal}`))
  );
}

describe("cache() in the background", () => {
  it("does not keep the program alive", async () => {
    let requests = 0;
    const asked = Promise.withResolvers<void>();
    const server = createServer((_, response) => {
      if (++requests > 1) return asked.resolve(); // and never an answer
      response.setHeader("Cache-Control", "max-age=0, stale-while-revalidate=60");
      response.end("hello");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const { port } = server.address() as AddressInfo; // it listens
      assertEquals(await run(`http://127.0.0.1:${port}/`), "stale hello\n0");
      await asked.promise;
      assertEquals(requests, 2);
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });
});
