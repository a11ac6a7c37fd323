/** Many callers at once, most of them waiting for one of the pool's 100 connections: does a request cost more? */
import type { Workload } from "./workload.ts";

export const get1kWide: Workload = {
  name: "get_1k_wide",
  title: "1 KB GET, many at once",
  method: "GET",
  path: "/1k.bin",
  sizeBytes: 1024,
  isStreamed: false,
  unit: "requests/s",
  concurrencies: [16, 512],
  clients: ["ours"],
  targets: [
    { kind: "cost", runtime: "deno", concurrency: 512, comparedTo: 16, atMost: 1.2 },
    { kind: "cost", runtime: "bun", concurrency: 512, comparedTo: 16, atMost: 1.2 },
  ],
};
