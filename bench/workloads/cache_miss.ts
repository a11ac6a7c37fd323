/** Small GETs that a cache stores and never finds: what a miss adds to a GET. */
import { ratios, type Workload } from "./workload.ts";

export const cacheMiss: Workload = {
  name: "cache_miss",
  title: "1 KB GET, stored and never found",
  method: "GET",
  path: "/cached/1k.bin",
  sizeBytes: 1024,
  isStreamed: false,
  unit: "requests/s",
  concurrencies: [1, 16],
  clients: ["ours_miss", "ours_new_urls"],
  // 15 % more time.
  targets: [
    ...ratios("deno", "ours_new_urls", { 1: 0.87, 16: 0.87 }),
    ...ratios("bun", "ours_new_urls", { 1: 0.87, 16: 0.87 }),
  ],
};
