/** The command on Node, which runs the same files. */
import { assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { npmProgram } from "../support/npm.ts";
import { MAIN, start } from "./command.ts";
import { response, serveFixed } from "./fixed_server.ts";

/** A newer Node than the one that may be installed; `null` where it can't be had. */
const node = await npmProgram("node@24", "node").catch((error) => {
  console.error(`Tests that need npm:node are skipped: ${error}`);
  return null;
});

describe("httpx on Node", () => {
  (node === null ? it.skip : it)("sends, shows, saves, asks, and ends as elsewhere", async () => {
    const command = [node ?? "", "--no-warnings", MAIN];
    await using server = await serveFixed({
      "/": response("200 OK", "Content-Type: application/json", '{"a":1}'),
    });
    const folder = await mkdtemp(join(tmpdir(), "httpx-node-"));
    try {
      await writeFile(join(folder, "a.txt"), "hello");
      const run = async (args: readonly string[], stdin = "") => {
        const { code, stdout, stderr } = await start(args, { command, stdin }).outcome;
        return [code, new TextDecoder().decode(stdout), stderr];
      };
      assertEquals(await run([server.url]), [0, '{"a":1}', ""]);
      assertEquals(await run([server.url, "-f", "a", join(folder, "a.txt")]), [0, '{"a":1}', ""]);
      assertMatch(server.heads[1] ?? "", /^POST \/ [^]*content-length: \d+\r/i);
      assertEquals(await run([server.url, "--auth", "ada", "-"], "secret\n"), [0, '{"a":1}', ""]);
      assertEquals(server.heads[2]?.includes(`Basic ${btoa("ada:secret")}`), true);
      const path = join(folder, "saved");
      assertEquals((await run([server.url, "--download", path]))[0], 0);
      assertEquals(readFileSync(path, "utf8"), '{"a":1}');
      assertEquals((await run([`${server.url}/none`]))[0], 1);
      assertEquals((await run(["--jsn"]))[0], 2);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
