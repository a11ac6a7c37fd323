/** One large body read piece by piece: bytes per second, and whether memory stays flat. */
import { ratios, type Workload } from "./workload.ts";

export const download200m: Workload = {
  name: "download_200m",
  title: "200 MB streamed download",
  method: "GET",
  path: "/200m.bin",
  sizeBytes: 200 * 1024 * 1024,
  isStreamed: true,
  unit: "MB/s",
  concurrencies: [1],
  clients: ["ours", "fetch", "undici", "raw_loop"],
  targets: [
    ...ratios("deno", "fetch", { 1: 1.5 }),
    ...ratios("bun", "fetch", { 1: 1.0 }),
    { kind: "memory", runtime: "deno", atMostMB: 16 },
    { kind: "memory", runtime: "bun", atMostMB: 16 },
  ],
};
