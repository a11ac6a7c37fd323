/** What a client must do to be measured. One worker process holds one client. */

/** A client, reduced to what the workloads ask of it. Each call reads the whole body and returns its size. */
export interface BenchClient {
  get(url: string): Promise<number>;
  post(url: string, body: Uint8Array): Promise<number>;
  /** Reads the body piece by piece and calls back after each. */
  download(url: string, onPiece: () => void): Promise<number>;
}

/** Every client; also the order of columns. Those from `ours_h2` on speak TLS. */
export const CLIENT_NAMES = [
  ...["ours", "fetch", "undici", "raw_loop", "python_httpx", "ours_sync", "python_sync"] as const,
  ...["ours_cache", "ours_sqlite", "ours_miss", "ours_new_urls", "undici_cache"] as const,
  ...["ours_retry", "ky", "got", "undici_retry", "axios", "ours_fetch"] as const,
  ...["ours_h2", "ours_tls", "fetch_tls", "fetch_h2", "undici_h2", "raw_h2"] as const,
] as const;
export type ClientName = typeof CLIENT_NAMES[number];

/** As tables and charts call them. */
export const CLIENT_TITLES: Readonly<Record<ClientName, string>> = {
  ours: "httpx",
  fetch: "fetch",
  undici: "undici",
  raw_loop: "raw loop",
  python_httpx: "Python httpx",
  ours_sync: "httpx, without await",
  python_sync: "Python httpx, without await",
  ours_cache: "httpx with cache",
  ours_sqlite: "httpx with cache in SQLite",
  ours_miss: "httpx with cache, all misses",
  ours_new_urls: "httpx, new URLs",
  undici_cache: "undici with cache",
  ours_retry: "httpx with retry",
  ky: "ky",
  got: "got",
  undici_retry: "undici's RetryAgent",
  axios: "axios",
  ours_fetch: "httpx, client.fetch",
  ours_h2: "httpx, HTTP/2",
  ours_tls: "httpx, HTTP/1.1",
  fetch_tls: "fetch as it comes",
  fetch_h2: "fetch, HTTP/2",
  undici_h2: "undici, HTTP/2",
  raw_h2: "raw frames",
};
