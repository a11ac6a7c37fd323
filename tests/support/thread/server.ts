/** A server in a thread of its own, for tests whose thread blocks. What it answers is in routes.ts. */
import { Worker } from "node:worker_threads";
import type { ServerIdentity } from "../certificates.ts";

/** The server, which ends with the test. */
export interface ThreadServer extends AsyncDisposable {
  /** Without a slash at its end. */
  readonly url: string;
  readonly port: number;
  /** The connections that were accepted, and are open. */
  counts(): Promise<Counts>;
}

/** What the server has seen. */
export interface Counts {
  readonly connections: number;
  readonly open: number;
}

/** Starts it: over TLS where it is given a certificate. */
export async function startThreadServer(tls: ServerIdentity | null = null): Promise<ThreadServer> {
  const worker = new Worker(new URL("./routes.ts", import.meta.url), { workerData: tls });
  const message = <T>() => new Promise<T>((resolve) => worker.once("message", resolve));
  const port = await message<number>();
  return {
    url: `${tls === null ? "http" : "https"}://127.0.0.1:${port}`,
    port,
    counts() {
      const counts = message<Counts>();
      worker.postMessage("counts");
      return counts;
    },
    async [Symbol.asyncDispose]() {
      await worker.terminate();
    },
  };
}
