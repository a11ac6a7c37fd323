/** What a whole program sees of the synchronous client: that it ends, what it may do, and where its modules come from. */
import { execFile } from "node:child_process";
import { createReadStream } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, extname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { npmProgram } from "../support/npm.ts";
import { startLocalServer } from "../support/local_server.ts";
import { denoProgram, runtime, scriptCommand } from "../support/runtimes.ts";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "../..");
const MOD = new URL("../../src/sync/mod.ts", import.meta.url).href;

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program that has `httpx` and the URL of a server; one that does not end is killed. */
async function run(
  code: string,
  { url, mod = MOD, command = scriptCommand }: {
    readonly url: string;
    readonly mod?: string;
    readonly command?: (script: string) => string[];
  },
): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), "httpx-sync-"));
  const script = join(folder, "program.ts");
  await writeFile(script, `import * as httpx from "${mod}";\nconst url = "${url}";\n${code}\n`);
  const [program = "", ...args] = command(script);
  const env = { ...process.env, NO_COLOR: "1" };
  try {
    return await new Promise((resolve) => {
      execFile(program, args, { timeout: 30_000, env }, (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
        resolve({ code, stdout: stdout.trim(), stderr: stderr.trim() });
      });
    });
  } finally {
    await rm(folder, { recursive: true });
  }
}

const denoWith = (...flags: string[]) => (script: string) => [
  ...[denoProgram(), "run", "--no-check", "--no-prompt", ...flags],
  script,
];

const onDeno = runtime === "deno" ? it : it.skip;
const node = await npmProgram("node@24", "node").catch((error) => {
  console.error(`Tests that need npm:node are skipped: ${error}`);
  return null;
});

const PROGRAM = `
  const client = new httpx.SyncClient();
  const content = { *[Symbol.iterator]() { yield new Uint8Array([104, 105]); } };
  console.log(httpx.get(url).text(), client.post(url, { content }).text());
  using response = client.stream("GET", url);
  for (const line of response.iterLines()) console.log(line);
  try {
    client.get("http://127.0.0.1:1/");
  } catch (error) {
    console.log(error instanceof httpx.ConnectError, error.stack.includes("program.ts"));
  }
`;
const PRINTS = "hello hello\nhello\ntrue true";

describe("A program that does not wait", () => {
  it("ends by itself, with a client that nobody closed and one that never asked", async () => {
    await using server = await startLocalServer((_, response) => response.end("hello"));
    const outcome = await run(`new httpx.SyncClient();${PROGRAM}`, server);
    assertEquals(outcome, { code: 0, stdout: PRINTS, stderr: "" });
  });

  it("has a function for each verb, and options to connect by", async () => {
    await using server = await startLocalServer(({ method, body }, response) =>
      response.end(`${method} ${body}`)
    );
    const code = `
      const content = "x";
      const calls = [
        httpx.get(url), httpx.options(url), httpx.delete(url), httpx.head(url),
        httpx.post(url, { content }), httpx.put(url, { content }), httpx.patch(url, { content }),
        httpx.query(url, { content }), httpx.request("REPORT", url, { content }),
        httpx.get(url, { trustEnv: false }), httpx.get(url, { verify: false, timeout: 3000 }),
      ];
      console.log(calls.map((response) => response.text().trim()).join());
      using response = httpx.stream("GET", url, { http2: false });
      console.log([...response.iterText()].join(""));
      try { httpx.get(url, { proxy: "nonsense" }); } catch (error) { console.log(error.name); }
    `;
    const { code: exit, stdout, stderr } = await run(code, server);
    const bodied = ["POST x", "PUT x", "PATCH x", "QUERY x", "REPORT x"];
    const methods = ["GET", "OPTIONS", "DELETE", "", ...bodied, "GET", "GET"];
    assertEquals([exit, stdout], [0, `${methods.join()}\nGET \nTypeError`], stderr);
  });

  it("ends while a body is half read", async () => {
    await using server = await startLocalServer((_, response) => {
      response.writeHead(200, { "content-length": 10 });
      response.write("half ");
    });
    const outcome = await run(
      `const response = httpx.stream("GET", url); console.log(response.iterText().next().value);`,
      server,
    );
    assertEquals(outcome, { code: 0, stdout: "half", stderr: "" });
  });

  it("starts no worker before the first request, and none for a mock", async () => {
    const code = `
      let started = 0;
      const { getBuiltinModule } = process;
      process.getBuiltinModule = (name) => {
        if (name === "node:worker_threads") started++;
        return getBuiltinModule(name);
      };
      globalThis.Worker = class extends (globalThis.Worker ?? Object) {
        constructor(...args) { super(...args); started++; }
      };
      const transport = new httpx.MockTransport(() => new httpx.Response(204));
      using client = new httpx.SyncClient();
      using mock = new httpx.SyncClient({ transport });
      console.log(mock.get("http://example.org/").status, started);
      try { client.get("http://127.0.0.1:1/"); } catch {}
      console.log(started);
    `;
    assertEquals((await run(code, { url: "" })).stdout, "204 0\n1");
  });

  onDeno("needs the network, and its own files where they are files", async () => {
    await using server = await startLocalServer((_, response) => response.end("hello"));
    const command = denoWith("--allow-net", `--allow-read=${ROOT}`);
    assertEquals(await run(PROGRAM, { ...server, command }), {
      code: 0,
      stdout: PRINTS,
      stderr: "",
    });
    const code = `
      try { httpx.get(url); } catch (error) { console.log(error.name, error.message, error.phase); }
    `;
    const { stdout } = await run(code, { ...server, command: denoWith("--allow-net") });
    assertMatch(stdout, /^ConnectError .*--allow-read.* connect$/);
    const offline = await run(code, { ...server, command: denoWith(`--allow-read=${ROOT}`) });
    assertMatch(offline.stdout, /^ConnectError .*--allow-net.* connect$/);
  });

  onDeno("works when its modules come over the network, with nothing but --allow-net", async () => {
    await using server = await startLocalServer((_, response) => response.end("hello"));
    // Deno keeps what a URL gave it, and a port may come again.
    const cached = `/${crypto.randomUUID()}`;
    await using modules = await startLocalServer((request, response) => {
      const path = join(ROOT, request.target.replace(cached, ""));
      response.setHeader(
        "content-type",
        extname(path) === ".ts" ? "text/typescript" : "text/plain",
      );
      createReadStream(path).on("error", () => response.destroy()).pipe(response);
    });
    const command = denoWith("--quiet", "--allow-net", "--allow-import=127.0.0.1", "--no-lock");
    const mod = `${modules.url}${cached}/src/sync/mod.ts`;
    const { code, stdout, stderr } = await run(PROGRAM, { url: server.url, mod, command });
    assertEquals([code, stdout], [0, PRINTS], stderr);
  });

  (node === null ? it.skip : it)("runs on Node", async () => {
    await using server = await startLocalServer((_, response) => response.end("hello"));
    const command = (script: string) => [node ?? "", "--no-warnings", script];
    assertEquals(await run(PROGRAM, { ...server, command }), {
      code: 0,
      stdout: PRINTS,
      stderr: "",
    });
  });
});
