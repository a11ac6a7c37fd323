/** Small POSTs that the server echoes: the same row as the GETs, with a body to send. */
import { ratios, type Workload } from "./workload.ts";

export const post1k: Workload = {
  name: "post_1k",
  title: "1 KB POST, echoed",
  method: "POST",
  path: "/echo",
  sizeBytes: 1024,
  isStreamed: false,
  unit: "requests/s",
  concurrencies: [64],
  clients: ["ours", "fetch", "undici", "raw_loop"],
  targets: [
    ...ratios("deno", "fetch", { 64: 2.0 }),
    ...ratios("deno", "undici", { 64: 1.8 }),
    ...ratios("deno", "raw_loop", { 64: 0.75 }),
    ...ratios("bun", "fetch", { 64: 1.5 }),
    ...ratios("bun", "undici", { 64: 1.8 }),
    ...ratios("bun", "raw_loop", { 64: 0.75 }),
  ],
};
