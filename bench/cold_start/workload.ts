/** A whole process: import, one GET, end. What a command or a function that starts anew for each event waits for. */
import type { Workload } from "../workloads/workload.ts";

export const coldStart: Workload = {
  name: "cold_start",
  title: "A whole process with one GET",
  method: "GET",
  path: "/1k.bin",
  sizeBytes: 1024,
  isStreamed: false,
  isWholeProcess: true,
  unit: "ms",
  concurrencies: [1],
  clients: ["ours", "fetch", "ky", "undici", "got", "axios"],
  targets: [
    { kind: "added", runtime: "deno", against: "fetch", atMostMs: 35 },
    { kind: "added", runtime: "bun", against: "fetch", atMostMs: 22 },
    { kind: "added", runtime: "node", against: "fetch", atMostMs: 40 },
  ],
};
