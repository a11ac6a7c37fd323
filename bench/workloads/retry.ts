/** Small GETs that succeed at once, by clients that would send them again: what the option costs. */
import { ratios, type Workload } from "./workload.ts";

export const retry: Workload = {
  name: "retry",
  title: "1 KB GET, with retries at hand",
  method: "GET",
  path: "/1k.bin",
  sizeBytes: 1024,
  isStreamed: false,
  unit: "requests/s",
  concurrencies: [16],
  clients: ["ours_retry", "ours", "ky", "got", "undici_retry"],
  targets: [
    ...ratios("deno", "ours", { 16: 0.97 }),
    ...ratios("bun", "ours", { 16: 0.97 }),
  ],
};
