/** What a whole program sees of the client: that it ends, what it may do, and that it stays quiet. */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { authorities } from "../support/certificates.ts";
import { startLocalServer } from "../support/local_server.ts";
import { startHttpProxy } from "../support/proxies/http_proxy.ts";
import { startOrigin } from "../support/proxies/origin.ts";
import { startSocks } from "../support/proxies/socks_proxy.ts";
import { denoProgram, runtime, scriptCommand } from "../support/runtimes.ts";

const MOD = new URL("../../mod.ts", import.meta.url).href;

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a program is run. */
interface Running {
  readonly args: string[];
  readonly env: Record<string, string>;
}

/** Runs a program that has `httpx` and the URL of a server; one that does not end is killed. */
async function run(
  code: string,
  url: string,
  command = scriptCommand,
  given: Record<string, string> = {},
): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), "httpx-program-"));
  const script = join(folder, "program.ts");
  await writeFile(script, `import * as httpx from "${MOD}";\nconst url = "${url}";\n${code}\n`);
  const [program = "", ...args] = command(script);
  try {
    const env = { ...given, NO_COLOR: "1" };
    const runOn = runtime === "deno" ? runOnDeno : runOnBun;
    return await runOn(program, { args, env });
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Not by `node:child_process`: Deno's gives a Deno that it starts every permission. */
async function runOnDeno(program: string, { args, env }: Running): Promise<Outcome> {
  const signal = AbortSignal.timeout(20_000);
  const command = new Deno.Command(program, { args, env, signal, stdin: "null" });
  const { code, stdout, stderr } = await command.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trim();
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

function runOnBun(program: string, { args, env }: Running): Promise<Outcome> {
  const options = { timeout: 20_000, env: { ...process.env, ...env } };
  return new Promise((resolve) => {
    execFile(program, args, options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
      resolve({ code, stdout: stdout.trim(), stderr: stderr.trim() });
    });
  });
}

const denoWith = (...flags: string[]) => (script: string) => [
  ...[denoProgram(), "run", "--no-check", "--no-prompt", ...flags],
  script,
];

describe("A program", () => {
  it("ends by itself with a client that nobody closed", async () => {
    await using server = await startLocalServer((_, response) => response.end("x"));
    const code = "const client = new httpx.Client();\n" +
      "console.log((await client.get(url)).status);\n" +
      "console.log((await client.get(url)).status);";
    assertEquals(await run(code, server.url), { code: 0, stdout: "200\n200", stderr: "" });
  });

  it("ends by itself with a response that nobody read", async () => {
    await using server = await startLocalServer((_, response) =>
      void response.end(new Uint8Array(3_000_000))
    );
    const code = "const client = new httpx.Client();\n" +
      'console.log((await client.stream("GET", url)).status);\n' +
      "await client.close();";
    assertEquals(await run(code, server.url), { code: 0, stdout: "200", stderr: "" });
  });

  it("ends by itself with a stream that nobody reads on", async () => {
    await using server = await startLocalServer((_, response) => {
      const fill = () => {
        while (response.write(new Uint8Array(100_000)));
      };
      response.on("drain", fill);
      fill();
    });
    const code = "const client = new httpx.Client();\n" +
      "const chunks = (await client.stream('GET', url)).iterBytes();\n" +
      "console.log((await chunks.next()).done);";
    assertEquals(await run(code, server.url), { code: 0, stdout: "false", stderr: "" });
  });

  it("ends by itself with a stream that the server holds open", async () => {
    await using server = await startLocalServer((_, response) => void response.write("x"));
    const code = "const client = new httpx.Client();\n" +
      'console.log((await client.stream("GET", url)).status);\n' +
      "console.log((await client.fetch(url)).status);";
    assertEquals(await run(code, server.url), { code: 0, stdout: "200\n200", stderr: "" });
  });

  const unread: Record<string, string> = {
    "without a timeout": 'new httpx.Client({ timeout: null }).stream("GET", url)',
    "with a total": 'new httpx.Client({ timeout: { total: 60_000 } }).stream("GET", url)',
    "over HTTP/2": 'new httpx.Client({ http1: false, http2: true }).stream("GET", h2)',
    "over HTTP/2, by fetch()": "new httpx.Client({ http1: false, http2: true }).fetch(h2)",
  };
  for (const [name, call] of Object.entries(unread)) {
    it(`ends by itself with an endless response that is not read: ${name}`, async () => {
      await using server = await startLocalServer((_, response) => {
        response.write("x");
        const timer = setInterval(() => response.write("x"), 50);
        response.on("close", () => clearInterval(timer));
      });
      const http2 = createServer().on("stream", (stream) => {
        stream.on("error", () => {});
        stream.respond({ ":status": 200 });
        stream.write("x");
      });
      await new Promise<void>((listening) => http2.listen(0, "127.0.0.1", listening));
      try {
        const { port } = http2.address() as AddressInfo;
        const code =
          `const h2 = "http://127.0.0.1:${port}/";\nconsole.log((await ${call}).status);`;
        assertEquals(await run(code, server.url), { code: 0, stdout: "200", stderr: "" });
      } finally {
        http2.close();
      }
    });
  }

  it("does not end while a client waits without a socket: for addresses, or to connect again", async () => {
    const code = "const timeout = new httpx.Timeout(5000, { connect: 300 });\n" +
      "const slow = { resolve: () => new Promise(() => {}), timeout };\n" +
      "const refused = { resolve: () => '127.0.0.1', retries: 2 };\n" +
      "for (const options of [slow, refused]) {\n" +
      "  const client = new httpx.Client(options);\n" +
      "  console.log((await client.get('http://a.example:9/').catch((e) => e)).name);\n" +
      "}";
    const outcome = await run(code, "");
    assertEquals(outcome, { code: 0, stdout: "ConnectTimeout\nConnectError", stderr: "" });
  });

  for (const kind of ["HTTP", "HTTPS", "SOCKS5"]) {
    it(`ends by itself with a client that nobody closed, through an ${kind} proxy`, async () => {
      await using http = await startHttpProxy({ tls: kind === "HTTPS" });
      await using socks = await startSocks();
      await using plain = await startOrigin({ closes: true });
      await using secure = await startOrigin({ tls: true });
      const proxy = kind === "SOCKS5" ? `socks5://${socks.authority}` : http.url;
      const options = JSON.stringify({ proxy, verify: authorities.ca });
      const code = `const client = new httpx.Client(${options});\n` +
        `for (const one of [url, "${plain.url}", url]) {\n` +
        "  console.log((await client.get(one)).status);\n" +
        "}";
      const outcome = await run(code, secure.url);
      assertEquals(outcome, { code: 0, stdout: "200\n200\n200", stderr: "" });
    });
  }

  it("takes its proxies from the environment, unless it is told not to", async () => {
    await using proxy = await startLocalServer(({ target }, response) => response.end(target));
    const code = "for (const trustEnv of [true, false]) {\n" +
      "  const response = await httpx.get(url, { trustEnv }).catch((error) => error);\n" +
      "  console.log(response instanceof Error ? response.name : await response.text());\n" +
      "}";
    const env = { HTTP_PROXY: proxy.url, NO_PROXY: "b.test" };
    const outcome = await run(code, "http://a.invalid/", scriptCommand, env);
    assertEquals(outcome, { code: 0, stdout: "http://a.invalid/\nConnectError", stderr: "" });
  });

  it("names the variable that is no proxy", async () => {
    const code =
      'await httpx.get("https://a.invalid/").catch((e) => console.log(e.name, e.message));';
    const env = { HTTPS_PROXY: "ftp://ada:secret@p" };
    assertEquals(await run(code, "", scriptCommand, env), {
      code: 0,
      stdout: 'TypeError Cannot use variable HTTPS_PROXY: "ftp://ada:[secure]@p" has scheme ' +
        '"ftp"; a proxy speaks http, https, socks5 or socks5h',
      stderr: "",
    });
  });

  const onDeno = runtime === "deno" ? it : () => {};

  onDeno("needs --allow-net and nothing else on Deno", async () => {
    await using server = await startLocalServer((_, response) => response.end("x"));
    const code = "console.log(await (await httpx.get(url)).text());";
    const outcome = await run(code, server.url, denoWith("--allow-net"));
    assertEquals(outcome, { code: 0, stdout: "x", stderr: "" });
  });

  onDeno("may be allowed its proxy alone on Deno, whatever it asks for", async () => {
    await using http = await startHttpProxy();
    await using socks = await startSocks();
    await using plain = await startOrigin({ closes: true });
    await using secure = await startOrigin({ tls: true });
    for (const proxy of [http.url, `socks5h://${socks.authority}`]) {
      const options = JSON.stringify({ proxy, verify: authorities.ca });
      for (const { url } of [plain, secure]) {
        const code = `console.log((await httpx.get(url, ${options})).status);`;
        const { host } = new URL(proxy);
        const outcome = await run(code, url, denoWith(`--allow-net=${host}`));
        assertEquals(outcome, { code: 0, stdout: "200", stderr: "" });
      }
    }
  });

  onDeno("sees no proxy in an environment that it may not read on Deno", async () => {
    await using server = await startLocalServer((_, response) => response.end("x"));
    const code = "console.log(await (await httpx.get(url)).text());";
    const env = { HTTP_PROXY: "http://127.0.0.1:1", ALL_PROXY: "no URL" };
    const outcome = await run(code, server.url, denoWith("--allow-net"), env);
    assertEquals(outcome, { code: 0, stdout: "x", stderr: "" });
  });

  onDeno("may be allowed one host alone on Deno", async () => {
    await using server = await startLocalServer((_, response) => response.end("x"));
    const code = "console.log(await (await httpx.get(url)).text());";
    const { host } = new URL(server.url);
    const outcome = await run(code, server.url, denoWith(`--allow-net=${host}`));
    assertEquals(outcome, { code: 0, stdout: "x", stderr: "" });
  });

  onDeno("may connect a name it is allowed to where its resolve option says on Deno", async () => {
    await using server = await startLocalServer((_, response) => response.end("x"));
    const { port } = new URL(server.url);
    const code = 'const client = new httpx.Client({ resolve: { "a.example": "127.0.0.1" } });\n' +
      `const error = (e) => e.message;\n` +
      `const get = () => client.get("http://a.example:${port}/").then((r) => r.text(), error);\n` +
      "console.log(await get());";
    const [allowed, refused] = ["127.0.0.1", "a.example"].map((host) =>
      run(code, "", denoWith(`--allow-net=${host}:${port}`))
    );
    assertEquals((await allowed)?.stdout, "x");
    assertEquals(
      (await refused)?.stdout,
      `Cannot connect to a.example:${port}: permission is missing; ` +
        `run with --allow-net=127.0.0.1:${port} (127.0.0.1)`,
    );
  });

  onDeno("learns what a UNIX socket takes on Deno, whichever of it is missing", async () => {
    const code = 'const client = new httpx.Client({ uds: "/nowhere.sock" });\n' +
      'console.log((await client.get("http://a/").catch((e) => e)).message);';
    const flags = ["--allow-net", "--allow-read=/nowhere.sock", "--allow-write=/nowhere.sock"];
    const outcome = async (given: readonly string[]) =>
      (await run(code, "", denoWith(...given))).stdout;
    const missing = `permission is missing; run with ${flags.join(" ")}`;
    for (const given of [[], flags.slice(0, 1), flags.slice(0, 2), flags.slice(1)]) {
      assertEquals(await outcome(given), `Cannot connect to /nowhere.sock: ${missing}`);
    }
    assertEquals(await outcome(flags), "Cannot connect to /nowhere.sock: there is no such socket");
  });

  onDeno("learns which permission a localAddress needs on Deno, and lives on", async () => {
    await using server = await startLocalServer((_, response) => response.end("x"));
    const { port } = new URL(server.url);
    const code = 'const client = new httpx.Client({ localAddress: "127.0.0.1" });\n' +
      "for (const host of ['127.0.0.1', 'localhost']) {\n" +
      `  const call = client.get(\`http://\${host}:${port}/\`);\n` +
      "  console.log(await call.then((r) => r.text(), (e) => e.message));\n}";
    const missing = (peer: string, host: string) =>
      `Cannot connect to ${peer}:${port}: permission is missing; run with --allow-net=${host}`;
    const outcomes: [flags: string, expected: string[]][] = [
      ["127.0.0.1,localhost", ["x", "x"]],
      ["127.0.0.1", ["x", missing("localhost", "localhost")]],
      ["localhost", [
        missing("127.0.0.1", "127.0.0.1"),
        `${missing("localhost", "127.0.0.1")} (127.0.0.1)`,
      ]],
      [`127.0.0.1:${port},localhost`, [
        missing("127.0.0.1", "127.0.0.1"),
        `${missing("localhost", "127.0.0.1")} (127.0.0.1)`,
      ]],
    ];
    for (const [hosts, expected] of outcomes) {
      const outcome = await run(code, "", denoWith(`--allow-net=${hosts}`));
      assertEquals(outcome, { code: 0, stdout: expected.join("\n"), stderr: "" });
    }
  });

  onDeno("learns which permission is missing on Deno, without a prompt", async () => {
    const code = "const error = await httpx.get(url).catch((e) => e);\n" +
      "console.log(error.name, error.message);";
    assertEquals(await run(code, "http://127.0.0.1:9/", denoWith()), {
      code: 0,
      stdout: "ConnectError Cannot connect to 127.0.0.1:9: permission is missing; " +
        "run with --allow-net=127.0.0.1:9",
      stderr: "",
    });
  });
});
