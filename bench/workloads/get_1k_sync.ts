/** Small GETs one after the other, by clients that block: what a round trip to the worker costs. */
import type { Workload } from "./workload.ts";

export const get1kSync: Workload = {
  name: "get_1k_sync",
  title: "1 KB GET, one after the other, without await",
  method: "GET",
  path: "/1k.bin",
  sizeBytes: 1024,
  isStreamed: false,
  unit: "requests/s",
  concurrencies: [1],
  clients: ["ours_sync", "ours", "python_sync"],
  targets: [
    // 2.5 times the time of the client that is awaited.
    { kind: "ratio", runtime: "deno", against: "ours", concurrency: 1, atLeast: 0.4 },
    { kind: "ratio", runtime: "bun", against: "ours", concurrency: 1, atLeast: 0.4 },
    { kind: "python", runtime: "deno", against: "python_sync", concurrency: 1, atLeast: 5 },
    { kind: "python", runtime: "bun", against: "python_sync", concurrency: 1, atLeast: 5 },
  ],
};
