/**
 * The fetch entry in a real workers runtime: a worker that uses it is bundled, `workerd` runs it, and it
 * calls a server on this machine.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { freePort } from "../support/connections/free_port.ts";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { deflateSync, gzipSync } from "node:zlib";
import { Client } from "@httpx/httpx";
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { startLocalServer } from "../support/local_server.ts";
import { npmPackageIfAvailable, npmProgram } from "../support/npm.ts";

const WORKERD = "workerd@1.20261117.1";
const ESBUILD = "esbuild@0.25.12";
const ENTRY = fileURLToPath(new URL("../../src/edge/mod.ts", import.meta.url));

const SYNC_ENTRY = fileURLToPath(new URL("../../src/sync/mod.ts", import.meta.url));

/** A worker that reports what its client gets. */
const WORKER = `
import { Client, HTTPStatusError, Timeout } from ${JSON.stringify(ENTRY)};

const client = new Client({ headers: { "x-edge": "1" }, timeout: new Timeout(3000, { read: 500 }) });

async function failureOf(call) {
  try {
    await call();
    return "none";
  } catch (error) {
    return error.name;
  }
}

export default {
  async fetch(request) {
    const origin = new URL(request.url).searchParams.get("origin");
    const report = {};
    const got = await client.get(origin + "/json", { params: { q: "a b" } });
    report.json = await got.json();
    report.status = got.status;
    const posted = await client.post(origin + "/echo", { json: { a: 1 } });
    report.echo = await posted.text();
    report.gzip = await (await client.get(origin + "/gzip")).text();
    report.deflate = await (await client.get(origin + "/deflate")).text();
    const moved = await client.get(origin + "/moved");
    report.moved = [moved.status, moved.nextRequest?.url === origin + "/json"];
    const followed = await client.get(origin + "/moved", { followRedirects: true });
    report.followed = [followed.status, followed.history.length];
    report.timeout = await failureOf(() => client.get(origin + "/slow"));
    report.missing = await failureOf(async () =>
      (await client.get(origin + "/missing")).raiseForStatus());
    report.sockets = await failureOf(() => new Client({ verify: false }));
    const streamed = await client.stream("GET", origin + "/lines");
    report.lines = [];
    for await (const line of streamed.iterLines()) report.lines.push(line);
    report.isError = HTTPStatusError.prototype instanceof Error;
    return Response.json(report);
  },
};
`;

/** A worker that tells why it can't have the client that blocks. */
const BLOCKING_WORKER = `
import { SyncClient } from ${JSON.stringify(SYNC_ENTRY)};

export default {
  fetch() {
    try {
      new SyncClient();
      return new Response("made");
    } catch (error) {
      return new Response(error.name + ": " + error.message);
    }
  },
};
`;

/** Everything may be called: the server is on this machine's loopback. */
const configFor = (port: number) => `
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [(name = "worker.js", esModule = embed "worker.js")],
      compatibilityDate = "2025-09-01",
      globalOutbound = "net",
    )),
    (name = "net", network = (allow = ["public", "private", "local"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);
`;

const packages = [await npmPackageIfAvailable(WORKERD), await npmPackageIfAvailable(ESBUILD)];

describe("The fetch entry in workerd", () => {
  const test = packages.includes(null) ? it.skip : it;

  test("asks, posts, decodes, redirects, times out and streams", async () => {
    await using server = await startLocalServer((request, response) => {
      const [path] = request.target.split("?");
      switch (path) {
        case "/json":
          response.setHeader("content-type", "application/json");
          return void response.end(
            JSON.stringify({ target: request.target, edge: request.headers["x-edge"] }),
          );
        case "/echo":
          return void response.end(request.body);
        case "/gzip":
          response.setHeader("content-encoding", "gzip");
          return void response.end(gzipSync("hello, hello"));
        case "/deflate":
          response.setHeader("content-encoding", "deflate");
          return void response.end(deflateSync("hello, hello"));
        case "/moved":
          return void response.writeHead(302, { location: "/json" }).end();
        case "/slow":
          return;
        case "/lines":
          return void response.end("one\ntwo\n");
        default:
          return void response.writeHead(404).end();
      }
    });
    await using worker = await startWorker(WORKER);
    await using client = new Client({ timeout: 20_000 });
    const response = await client.get(worker.url, { params: { origin: server.url } });
    assertEquals(response.status, 200, await response.text());
    assertEquals(await response.json(), {
      json: { target: "/json?q=a%20b", edge: "1" },
      status: 200,
      echo: '{"a":1}',
      gzip: "hello, hello",
      deflate: "hello, hello", // left coded by fetch there
      moved: [302, true],
      followed: [200, 1],
      timeout: "ReadTimeout",
      missing: "HTTPStatusError",
      sockets: "TypeError",
      lines: ["one", "two"],
      isError: true,
    });
  });
});

describe("The synchronous entry in workerd", () => {
  const test = packages.includes(null) ? it.skip : it;

  test("loads, and says when a client is made that there are no threads", async () => {
    await using worker = await startWorker(BLOCKING_WORKER);
    await using client = new Client({ timeout: 20_000 });
    assertEquals(
      await (await client.get(worker.url)).text(),
      "Error: Cannot make a synchronous client here: this runtime has no threads to hand work to; " +
        'use Client from "@httpx/httpx", and await it',
    );
  });
});

async function startWorker(source: string): Promise<AsyncDisposable & { readonly url: string }> {
  const folder = await mkdtemp(join(tmpdir(), "httpx-workerd-"));
  const port = await freePort();
  await writeFile(join(folder, "source.js"), source);
  await writeFile(join(folder, "config.capnp"), configFor(port));
  await bundle(join(folder, "source.js"), join(folder, "worker.js"));
  const program = await npmProgram(WORKERD, "workerd");
  const child = spawn(program, ["serve", join(folder, "config.capnp")], { stdio: "ignore" });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const stop = async () => {
    child.kill("SIGKILL");
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await untilAnswering(child, `http://127.0.0.1:${port}`);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: stop };
}

/** In a process of its own: esbuild keeps a service running that Deno's sanitizers would find. */
async function bundle(source: string, outfile: string): Promise<void> {
  const program = await npmProgram(ESBUILD, "esbuild");
  const args = [
    source,
    "--bundle",
    "--format=esm",
    "--minify",
    "--log-level=error",
    `--outfile=${outfile}`,
  ];
  const child = spawn(program, args, { stdio: ["ignore", "ignore", "inherit"] });
  const code = await new Promise((resolve) => child.once("exit", resolve));
  assertEquals(code, 0, `esbuild ${source}`);
}

async function untilAnswering(child: ChildProcess, url: string): Promise<void> {
  await using client = new Client({ timeout: 1000 });
  const giveUpAt = Date.now() + 15_000;
  for (;;) {
    if (child.exitCode !== null) throw new Error(`workerd ended with ${child.exitCode}`);
    // Without an origin the worker fails: an answer all the same.
    const answer = await client.get(url).catch(() => null);
    if (answer !== null) return;
    if (Date.now() > giveUpAt) throw new Error("workerd does not answer");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
