/** What a whole program sees of an open WebSocket: it waits for what it asks for, and ends when it asks for nothing. */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { scriptCommand } from "../../support/runtimes.ts";
import { frame, OP } from "../../support/websocket/frames.ts";
import { serveWebSockets } from "../../support/websocket/server.ts";

const MOD = new URL("../../../mod.ts", import.meta.url).href;
const ENTRY = new URL("../../../src/websocket/mod.ts", import.meta.url).href;
const DEADLINE_MS = 20_000;

/** Runs a program with an open WebSocket; what it prints. One that does not end is killed, and an error. */
async function outputOf(code: string, url: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "httpx-program-"));
  const script = join(folder, "program.ts");
  await writeFile(
    script,
    `import { Client } from "${MOD}";\nimport { webSocketOf } from "${ENTRY}";\n` +
      `const client = new Client({ trustEnv: false });\nconst url = "${url}";\n${code}\n`,
  );
  const [program = "", ...args] = scriptCommand(script);
  try {
    return await new Promise((resolve, reject) =>
      execFile(
        program,
        args,
        { timeout: DEADLINE_MS },
        (error, stdout, stderr) =>
          error === null ? resolve(stdout.trim()) : reject(new Error(`${error.message} ${stderr}`)),
      )
    );
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe("A program with an open WebSocket", () => {
  it("ends when no call waits for it", async () => {
    await using server = await serveWebSockets((socket) => socket.echo());
    const code = 'const socket = await client.websocket(url);\nawait socket.send("x");\n' +
      "console.log(await socket.receive());";
    assertEquals(await outputOf(code, server.url), "x");
  });

  it("waits for a message that it asked for, however late it comes", async () => {
    await using server = await serveWebSockets(async (socket) => {
      await new Promise((resolve) => setTimeout(resolve, 500));
      await socket.send(frame(OP.TEXT, "late"));
      await socket.echo();
    });
    const code =
      "const socket = await client.websocket(url);\nconsole.log(await socket.receive());";
    assertEquals(await outputOf(code, server.url), "late");
  });

  it("waits while a WebSocket of webSocketOf() is open, as with the web's", async () => {
    await using server = await serveWebSockets(async (socket) => {
      await new Promise((resolve) => setTimeout(resolve, 500));
      await socket.send(frame(OP.TEXT, "late"));
      await socket.echo();
    });
    const code = "const socket = new (webSocketOf(client))(url);\n" +
      "socket.onmessage = ({ data }) => { console.log(data); socket.close(); };";
    assertEquals(await outputOf(code, server.url), "late");
  });
});
