/**
 * One client in a process of its own: reads a job as a line of JSON, runs it, answers with a line of JSON.
 *
 *     deno run -A bench/worker.ts fetch
 */
import { readFileSync } from "node:fs";
import process from "node:process";
import { createInterface } from "node:readline";
import type { BenchClient, ClientName } from "./clients/client.ts";
import type { TLSContext } from "../mod.ts";
import type { Sample } from "./measure.ts";

/** What a worker is asked to do. */
export interface Job {
  /** "http://127.0.0.1:8080" */
  readonly server: string;
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly size: number;
  readonly streamed: boolean;
  readonly concurrency: number;
  readonly seconds: number;
  /** Not counted: afterwards code is compiled, connections are open and buffers have their size. */
  readonly isWarmUp: boolean;
}

/** Who signed the server's certificate. */
const AUTHORITY = readFileSync(
  new URL("../tests/support/certificates/ca.pem", import.meta.url),
  "utf8",
);

const MB = 1024 * 1024;
const MEMORY_EVERY_MS = 2;

async function makeClient(name: ClientName): Promise<BenchClient> {
  switch (name) {
    case "ours":
      return (await import("./clients/ours.ts")).makeClient();
    case "fetch":
      return (await import("./clients/fetch.ts")).makeClient();
    case "undici":
      return (await import("./clients/undici.ts")).makeClient();
    case "ours_retry":
      return (await import("./clients/ours.ts")).makeClient({ retry: 2 });
    case "ky":
      return (await import("./clients/ky.ts")).makeClient();
    case "got":
      return (await import("./clients/got.ts")).makeClient();
    case "undici_retry":
      return (await import("./clients/undici.ts")).makeRetryClient();
    case "raw_loop":
      return (await import("./clients/raw_loop.ts")).makeClient();
    case "ours_fetch":
      return (await import("./clients/ours_fetch.ts")).makeDropIn();
    case "ours_cache":
      return (await import("./clients/ours_cache.ts")).makeCachingClient();
    case "ours_sqlite":
      return (await import("./clients/ours_cache.ts")).makeSQLiteClient();
    case "ours_miss":
      return (await import("./clients/ours_cache.ts")).makeMissingClient();
    case "ours_new_urls":
      return (await import("./clients/ours_cache.ts")).makePlainClient();
    case "undici_cache":
      return (await import("./clients/undici.ts")).makeCachingClient();
    case "ours_h2":
      return (await import("./clients/ours.ts")).makeClient({
        verify: await alsoTrusting(AUTHORITY),
        http2: true,
      });
    case "ours_tls":
      return (await import("./clients/ours.ts")).makeClient({
        verify: await alsoTrusting(AUTHORITY),
      });
    case "fetch_tls":
      return (await import("./clients/fetch.ts")).makeSecureClient(AUTHORITY);
    case "fetch_h2":
      return (await import("./clients/fetch.ts")).makeSecureClient(AUTHORITY, "http2");
    case "undici_h2":
      return (await import("./clients/undici.ts")).makeHttp2Client(AUTHORITY);
    case "raw_h2":
      return (await import("./clients/raw_h2.ts")).makeClient(AUTHORITY);
    case "ours_sync":
      return (await import("./clients/ours_sync.ts")).makeClient();
    case "axios":
      throw new TypeError("Cannot run axios here: it is measured from its start alone");
    case "python_httpx":
    case "python_sync":
      throw new TypeError("Cannot run Python httpx here: it has a worker of its own");
  }
}

/** As `fetch` takes an authority: beside those that it trusts anyway. Trusting one alone is node:tls's business on Deno. */
async function alsoTrusting(authority: string): Promise<TLSContext> {
  const { createTLSContext } = await import("../mod.ts");
  return createTLSContext({ ca: ["runtime", authority] });
}

/** Requests per second: so many loops at once, each beginning its next request when the last is read. */
async function requestRate(client: BenchClient, job: Job): Promise<Sample> {
  const url = job.server + job.path;
  const body = new Uint8Array(job.size).fill(0x78);
  const cpuBefore = process.cpuUsage();
  const started = performance.now();
  const end = started + job.seconds * 1000;
  let count = 0;
  async function loop(): Promise<void> {
    while (performance.now() < end) {
      checkSize(await (job.method === "GET" ? client.get(url) : client.post(url, body)), job);
      count++;
    }
  }
  await Promise.all(Array.from({ length: job.concurrency }, loop));
  const value = count * 1000 / (performance.now() - started);
  return { value, cpuMicros: cpuSince(cpuBefore) / count };
}

/** Microseconds of this process, all its threads counted. */
function cpuSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

/** Megabytes per second of one download, and how far memory rose above its level before the first of them. */
async function downloadRate(client: BenchClient, job: Job, before: number): Promise<Sample> {
  let highest = 0;
  let nextLook = 0;
  const cpuBefore = process.cpuUsage();
  const started = performance.now();
  const size = await client.download(job.server + job.path, () => {
    const now = performance.now();
    if (now < nextLook) return;
    nextLook = now + MEMORY_EVERY_MS;
    highest = Math.max(highest, process.memoryUsage().rss);
  });
  const seconds = (performance.now() - started) / 1000;
  checkSize(size, job);
  const megabytes = size / MB;
  return {
    value: megabytes / seconds,
    cpuMicros: cpuSince(cpuBefore) / megabytes,
    growthMB: (highest - before) / MB,
  };
}

function checkSize(size: number, job: Job): void {
  if (size !== job.size) throw new Error(`Body of ${job.path} has ${size} bytes, not ${job.size}`);
}

const client = await makeClient(process.argv[2] as ClientName); // run.ts gives it
console.log(JSON.stringify({ ready: true }));
let memoryBefore = 0;
let lastPath = "";
for await (const line of createInterface({ input: process.stdin })) {
  const job: Job = JSON.parse(line);
  // Other workloads have been here before, and have left their garbage.
  if (job.path !== lastPath) memoryBefore = process.memoryUsage().rss;
  lastPath = job.path;
  const sample = job.streamed
    ? await downloadRate(client, job, memoryBefore)
    : await requestRate(client, job);
  console.log(JSON.stringify(sample));
}
process.exit(0); // whatever connections the client keeps
