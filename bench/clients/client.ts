/** What a client must do to be measured. One worker process holds one client. */

/** A client, reduced to what the workloads ask of it. Each call reads the whole body and returns its size. */
export interface BenchClient {
  get(url: string): Promise<number>;
  post(url: string, body: Uint8Array): Promise<number>;
  /** Reads the body piece by piece and calls back after each. */
  download(url: string, onPiece: () => void): Promise<number>;
}

/** Every client; also the order of columns. */
export const CLIENT_NAMES = ["ours", "fetch", "undici", "raw_loop", "python_httpx"] as const;
export type ClientName = typeof CLIENT_NAMES[number];

/** As tables and charts call them. */
export const CLIENT_TITLES: Readonly<Record<ClientName, string>> = {
  ours: "httpx",
  fetch: "fetch",
  undici: "undici",
  raw_loop: "raw loop",
  python_httpx: "Python httpx",
};
