/**
 * What the client does, in a few seconds, on real sockets: `npx -y deno task demo`.
 * With a URL (`npx -y deno task demo https://example.org/`) it fetches that instead.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { Client, HTTPStatusError, ReadTimeout } from "@httpx/httpx";
import { openForUpload } from "./support/open_for_upload.ts";

const [target] = process.argv.slice(2);
if (target === undefined) await showEverything();
else await showOne(target);

/** One request to a real server. */
async function showOne(url: string): Promise<void> {
  await using client = new Client({ followRedirects: true });
  const response = await client.get(url);
  console.log(response);
  for (const [name, value] of response.headers) console.log(`  ${name}: ${value}`);
  const { length } = await response.bytes();
  console.log(`${length} bytes in ${Math.round(response.elapsed)} ms from ${response.url}`);
}

/** The whole tour, against a server in another process. */
async function showEverything(): Promise<void> {
  const server = await startServer();
  try {
    await using client = new Client({ baseURL: server.url });
    await showJSON(client);
    await showForm(client);
    await showUpload(client);
    await showDownload(client);
    await showRedirect(client);
    await showCookies(client);
    await showMany(client);
    await showErrors(client);
  } finally {
    server.stop();
  }
}

async function showJSON(client: Client): Promise<void> {
  const response = await client.get("/get", { params: { q: "deno", page: [1, 2] } });
  const { args } = await response.json<{ args: unknown }>();
  report(
    "JSON",
    response.elapsed,
    `GET with query parameters came back as ${JSON.stringify(args)}`,
  );
}

async function showForm(client: Client): Promise<void> {
  const response = await client.post("/post", { data: { name: "Ada", lang: ["ts", "py"] } });
  const { form } = await response.json<{ form: unknown }>();
  report("form", response.elapsed, `POST was understood as ${JSON.stringify(form)}`);
}

async function showUpload(client: Client): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "httpx-demo-"));
  const path = join(folder, "notes.txt");
  await writeFile(path, "a line of notes\n".repeat(20_000));
  try {
    using upload = await openForUpload(path);
    const response = await client.post("/post", { files: { notes: ["notes.txt", upload.file] } });
    const answer = await response.json<{ files: { notes: string } }>();
    const size = answer.files.notes.length;
    report("multipart", response.elapsed, `${size} bytes streamed from disk arrived whole`);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function showDownload(client: Client): Promise<void> {
  const total = 50_000_000;
  await using response = await client.stream("GET", `/stream-bytes/${total}`);
  let received = 0;
  let shown = -1;
  for await (const chunk of response.iterBytes()) {
    received += chunk.length;
    const cells = Math.floor((received / total) * 40);
    if (cells > shown && process.stdout.isTTY) {
      process.stdout.write(`\r  [${"█".repeat(cells).padEnd(40, "·")}] ${received >> 20} MB`);
      shown = cells;
    }
  }
  if (process.stdout.isTTY) process.stdout.write("\r\x1b[K");
  await response.close();
  const rate = Math.round(received / response.elapsed / 1000);
  report("download", response.elapsed, `${received} bytes streamed, ${rate} MB/s`);
}

async function showRedirect(client: Client): Promise<void> {
  const stopped = await client.get("/redirect/2");
  const followed = await client.get("/redirect/2", { followRedirects: true });
  const hops = followed.history.map((hop) => hop.status).join(", ");
  report(
    "redirect",
    followed.elapsed,
    `${stopped.status} as it is, or ${hops}, ${followed.status}`,
  );
}

async function showCookies(client: Client): Promise<void> {
  await client.get("/cookies/set/session/abc123");
  const response = await client.get("/cookies");
  report(
    "cookies",
    response.elapsed,
    `the session sent back ${JSON.stringify(await response.json())}`,
  );
}

async function showMany(client: Client): Promise<void> {
  const begun = performance.now();
  const calls = Array.from({ length: 200 }, (_, i) => client.get("/get", { params: { i } }));
  const ok = (await Promise.all(calls)).filter((response) => response.ok).length;
  const ms = performance.now() - begun;
  report("200 at once", ms, `${ok} answers, ${Math.round(ok / ms * 1000)} a second over one pool`);
}

async function showErrors(client: Client): Promise<void> {
  const begun = performance.now();
  try {
    await client.get("/delay/5", { timeout: 300 });
  } catch (error) {
    if (!(error instanceof ReadTimeout)) throw error;
    report("timeout", performance.now() - begun, `${error.name}: ${error.message}`);
  }
  const response = await client.get("/status/404");
  try {
    response.raiseForStatus();
  } catch (error) {
    if (!(error instanceof HTTPStatusError)) throw error;
    report("404", response.elapsed, `${error.name}: ${error.message.split("\n")[0]}`);
  }
}

function report(what: string, ms: number, outcome: string): void {
  console.log(`${what.padEnd(12)} ${`${ms.toFixed(1)} ms`.padStart(9)}  ${outcome}`);
}

/** Runs `support/serve.ts` in another process of the same runtime. */
async function startServer(): Promise<{ url: string; stop(): void }> {
  const program = new URL("./support/serve.ts", import.meta.url).pathname;
  const args = "Deno" in globalThis ? ["run", "-A", "--no-check", program] : [program];
  const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
  return { url: await firstLine(child), stop: () => void child.kill() };
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    child.stdout?.on("data", (chunk) => {
      text += chunk;
      if (text.includes("\n")) resolve(text.trim());
    });
    child.once("exit", (code) => reject(new Error(`The server ended with code ${code}`)));
    child.once("error", reject);
  });
}
