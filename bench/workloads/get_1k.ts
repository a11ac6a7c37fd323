/** Small GETs over kept connections: what a request costs. */
import { ratios, type Workload } from "./workload.ts";

export const get1k: Workload = {
  name: "get_1k",
  title: "1 KB GET, keep-alive",
  method: "GET",
  path: "/1k.bin",
  sizeBytes: 1024,
  isStreamed: false,
  unit: "requests/s",
  concurrencies: [1, 16, 64],
  clients: ["ours", "fetch", "undici", "raw_loop", "python_httpx"],
  targets: [
    ...ratios("deno", "fetch", { 1: 2.2, 16: 2.0, 64: 2.0 }),
    ...ratios("deno", "undici", { 1: 2.0, 16: 2.0, 64: 1.8 }),
    ...ratios("deno", "raw_loop", { 1: 0.75, 16: 0.75, 64: 0.75 }),
    ...ratios("bun", "fetch", { 1: 1.7, 16: 1.5, 64: 1.5 }),
    ...ratios("bun", "undici", { 1: 2.0, 16: 2.0, 64: 1.8 }),
    ...ratios("bun", "raw_loop", { 1: 0.75, 16: 0.75, 64: 0.75 }),
  ],
};
