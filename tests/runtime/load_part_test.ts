import { assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { ConnectError } from "../../src/errors.ts";
import { partLoader } from "../../src/runtime/load_part.ts";
import { runtime } from "../support/runtimes.ts";

describe("partLoader()", () => {
  it("loads once for all calls, and again after a failure, which is a ConnectError", async () => {
    const outcomes = [Promise.reject(new Error("EMFILE")), Promise.resolve("part")];
    let loads = 0;
    const load = partLoader(() => outcomes[loads++] ?? Promise.reject(new Error("loaded twice")));
    const [one, other] = [load(), load()];
    await assertRejects(() => one, ConnectError, "could not be loaded");
    await assertRejects(() => other, ConnectError, "EMFILE");
    assertEquals([loads, await load(), await load(), loads], [1, "part", "part", 2]);
  });
});

const MOD = new URL("../../mod.ts", import.meta.url).href;

/** A client in a program whose descriptors are used up, and then free again. */
const PROGRAM = `
import * as fs from "node:fs";
import * as net from "node:net";
import process from "node:process";
const { Client, HTTPError } = await import("${MOD}");
const server = net.createServer((socket) => {
  socket.on("error", () => {});
  socket.on("data", () => socket.write("HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\n\\r\\n"));
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const url = "http://127.0.0.1:" + server.address().port + "/";
const client = new Client({ trustEnv: false, timeout: 5000, limits: { maxConnections: null } });
const attempt = () => client.get(url).then(
  ({ status }) => String(status),
  (error) => error instanceof HTTPError && !/refused/.test(error.message) ? "ours" : String(error),
);
const held = [];
try { for (;;) held.push(fs.openSync("/dev/null", "r")); } catch { /* none is left */ }
const none = await attempt();
for (const descriptor of held) fs.closeSync(descriptor);
const free = await attempt();
const many = await Promise.all(Array.from({ length: 200 }, attempt));
const kinds = [...new Set(many)].filter((kind) => kind !== "200" && kind !== "ours");
console.log(JSON.stringify({ none, free, kinds, after: await attempt() }));
process.exit();
`;

/** With 64 descriptors. Deno itself panics there. */
async function runStarved(): Promise<unknown> {
  const folder = await mkdtemp(join(tmpdir(), "httpx-descriptors-"));
  const script = join(folder, "program.mjs");
  await writeFile(script, PROGRAM);
  try {
    return await new Promise((resolve, reject) => {
      const command = `ulimit -n 64; exec "${process.execPath}" "${script}"`;
      execFile("bash", ["-c", command], { timeout: 30_000 }, (error, stdout, stderr) => {
        if (error !== null) reject(new Error(stderr + stdout, { cause: error }));
        else resolve(JSON.parse(stdout));
      });
    });
  } finally {
    await rm(folder, { recursive: true });
  }
}

if (runtime === "bun") {
  describe("A program without file descriptors", () => {
    it("gets errors of ours or answers, and answers when there are descriptors again", async () => {
      const expected = { none: "ours", free: "200", kinds: [], after: "200" };
      assertEquals(await runStarved(), expected);
    });
  });
}
