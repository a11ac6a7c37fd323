/** Small GETs answered from a cache: what a hit costs. */
import { ratios, type Workload } from "./workload.ts";

export const cacheHit: Workload = {
  name: "cache_hit",
  title: "1 KB GET from the cache",
  method: "GET",
  path: "/cached/1k.bin",
  sizeBytes: 1024,
  isStreamed: false,
  unit: "requests/s",
  concurrencies: [1, 16],
  clients: ["ours_cache", "undici_cache", "ours_sqlite"],
  targets: [
    ...ratios("deno", "undici_cache", { 1: 4, 16: 4 }),
    ...ratios("bun", "undici_cache", { 1: 4, 16: 4 }),
  ],
};
