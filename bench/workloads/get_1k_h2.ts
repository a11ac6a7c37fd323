/** Small GETs as streams of one TLS connection: what a stream costs. */
import { ratios, type Workload } from "./workload.ts";

export const get1kH2: Workload = {
  name: "get_1k_h2",
  title: "1 KB GET, HTTP/2 over TLS",
  method: "GET",
  path: "/1k.bin",
  sizeBytes: 1024,
  isStreamed: false,
  isSecure: true,
  unit: "requests/s",
  concurrencies: [1, 16, 64],
  clients: ["ours_h2", "ours_tls", "fetch_tls", "fetch_h2", "undici_h2", "raw_h2"],
  targets: [
    ...ratios("deno", "fetch_tls", { 1: 4, 16: 3, 64: 3.5 }),
    ...ratios("deno", "undici_h2", { 1: 4, 16: 3, 64: 3 }),
    ...ratios("deno", "raw_h2", { 1: 0.7, 16: 0.6, 64: 0.5 }),
    ...ratios("deno", "ours_tls", { 64: 1 }),
    ...ratios("bun", "fetch_tls", { 1: 1.7, 16: 1.5, 64: 1.5 }),
    ...ratios("bun", "fetch_h2", { 1: 1.7, 16: 1.5, 64: 1.5 }),
    ...ratios("bun", "undici_h2", { 1: 4, 16: 3, 64: 3 }),
    ...ratios("bun", "raw_h2", { 1: 0.7, 16: 0.6, 64: 0.5 }),
    ...ratios("bun", "ours_tls", { 64: 1 }),
  ],
};
