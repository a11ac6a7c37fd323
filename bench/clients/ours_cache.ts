/** This library behind its cache: in memory, in a file, or with each request for a URL of its own, which is never a hit. */
import { cache, type ResponseStorage, SQLiteStorage } from "../../src/middleware/cache/mod.ts";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BenchClient } from "./client.ts";
import { makeClient } from "./ours.ts";

export function makeCachingClient(storage?: ResponseStorage): BenchClient {
  return makeClient({ middleware: [cache({ storage })] });
}

export function makeSQLiteClient(): BenchClient {
  const folder = mkdtempSync(join(tmpdir(), "httpx-bench-"));
  return makeCachingClient(new SQLiteStorage(join(folder, "cache.db")));
}

/** Each GET is for a URL that was never asked for, and stored. */
export function makeMissingClient(): BenchClient {
  return withNewURLs(makeCachingClient());
}

/** The same requests without a cache. */
export function makePlainClient(): BenchClient {
  return withNewURLs(makeClient());
}

function withNewURLs(client: BenchClient): BenchClient {
  let count = 0;
  return { ...client, get: (url) => client.get(`${url}?${count++}`) };
}
