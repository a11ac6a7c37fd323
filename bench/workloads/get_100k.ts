/** GETs whose body takes several reads: what a byte costs. */
import { ratios, type Workload } from "./workload.ts";

export const get100k: Workload = {
  name: "get_100k",
  title: "100 KB GET, keep-alive",
  method: "GET",
  path: "/100k.bin",
  sizeBytes: 100 * 1024,
  isStreamed: false,
  unit: "requests/s",
  concurrencies: [64],
  clients: ["ours", "fetch", "undici", "raw_loop"],
  targets: [
    ...ratios("deno", "fetch", { 64: 1.3 }),
    ...ratios("bun", "fetch", { 64: 1.0 }),
  ],
};
