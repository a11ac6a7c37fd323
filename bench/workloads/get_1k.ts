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

/** The same through `fetch`, the runtime's and this library's drop-in: what a genuine `Response` costs. */
export const fetch1k: Workload = {
  name: "fetch_1k",
  title: "1 KB GET through client.fetch",
  method: "GET",
  path: "/1k.bin",
  sizeBytes: 1024,
  isStreamed: false,
  unit: "requests/s",
  concurrencies: [16],
  clients: ["ours_fetch", "fetch", "ours"],
  targets: [
    ...ratios("deno", "fetch", { 16: 1.6 }),
    ...ratios("bun", "fetch", { 16: 1.0 }),
    ...ratios("node", "fetch", { 16: 3.0 }),
  ],
};
