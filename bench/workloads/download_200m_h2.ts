/** One large body as one stream of a TLS connection. */
import { ratios, type Workload } from "./workload.ts";

export const download200mH2: Workload = {
  name: "download_200m_h2",
  title: "200 MB streamed download, HTTP/2 over TLS",
  method: "GET",
  path: "/200m.bin",
  sizeBytes: 200 * 1024 * 1024,
  isStreamed: true,
  isSecure: true,
  unit: "MB/s",
  concurrencies: [1],
  clients: ["ours_h2", "ours_tls", "fetch_tls", "fetch_h2", "undici_h2"],
  targets: [...ratios("deno", "fetch_tls", { 1: 1.5 })],
};
