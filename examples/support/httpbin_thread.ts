/** httpbin in a thread of its own: for programs whose own thread blocks. */
import { isMainThread, parentPort, Worker } from "node:worker_threads";
import { startHttpbin } from "./httpbin.ts";

/** Starts it; `using` ends it. */
export async function startHttpbinThread(): Promise<Disposable & { readonly url: string }> {
  const worker = new Worker(new URL(import.meta.url));
  const url = await new Promise<string>((resolve) => worker.once("message", resolve));
  return { url, [Symbol.dispose]: () => void worker.terminate() };
}

if (!isMainThread) parentPort?.postMessage(startHttpbin().url);
