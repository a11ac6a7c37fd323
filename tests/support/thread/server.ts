/** A server in a thread of its own, for tests whose thread blocks. What it answers is in routes.ts. */
import { Worker } from "node:worker_threads";

/** The server, which ends with the test. */
export interface ThreadServer extends AsyncDisposable {
  /** Without a slash at its end. */
  readonly url: string;
  readonly port: number;
  /** The numbers that the server keeps: connections accepted, bytes received, requests that were cut off. */
  counts(): Promise<Counts>;
}

/** What the server has seen. */
export interface Counts {
  readonly connections: number;
  readonly open: number;
}

/** Starts it. */
export async function startThreadServer(): Promise<ThreadServer> {
  const worker = new Worker(new URL("./routes.ts", import.meta.url));
  const message = <T>() => new Promise<T>((resolve) => worker.once("message", resolve));
  const port = await message<number>();
  return {
    url: `http://127.0.0.1:${port}`,
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
