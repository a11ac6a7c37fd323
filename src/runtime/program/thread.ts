/**
 * Threads beside this one: a module that runs in a worker of its own, is given one value to begin with, and never keeps
 * the program alive. Where the runtime's web `Worker` can't be let go (Deno's can't), Node's is used.
 */
import { builtin, mayReadFile, runtimeName } from "../host.ts";

/** A thread that was started. */
export interface Thread {
  /** Ends it, whatever it is doing. */
  end(): void;
}

/** What is used of `node:worker_threads`. */
interface WorkerThreads {
  readonly workerData: unknown;
  readonly Worker: new (script: URL, options: { workerData: unknown }) => NodeWorker;
}

interface NodeWorker {
  on(event: "error", listener: (error: unknown) => void): unknown;
  unref(): void;
  terminate(): unknown;
}

/** Bun's `Worker`, as far as it is used. */
interface BunWorker {
  onerror: ((event: { preventDefault(): void }) => void) | null;
  postMessage(message: unknown): void;
  unref(): void;
  terminate(): void;
}

/** A worker's own global object, as far as it is used. */
interface WorkerScope {
  onmessage: ((event: { readonly data: unknown }) => void) | null;
}

/**
 * Why this thread can't wait for another one, or `null` where it can: the main thread of a browser may not block, and
 * the platforms of workers have no threads.
 */
export function whyNoThreads(): string | null {
  const { SharedArrayBuffer: Shared } = globalThis;
  if (runtimeName() === "other" || Shared === undefined) {
    return "this runtime has no threads to hand work to";
  }
  try {
    Atomics.wait(new Int32Array(new Shared(4)), 0, 1, 0); // the value is another: returns at once
    return null;
  } catch {
    return "this thread may not block";
  }
}

/**
 * Starts a module in a thread of its own. A failure to start is not reported: wait for its first message, with a limit.
 *
 * @throws {Error} if the runtime refuses: a file that may not be read, a value that can't be handed over
 */
export function startThread(script: URL, init: unknown): Thread {
  if (script.protocol === "file:" && !mayReadFile(script)) {
    throw new Error(`Cannot start a thread: reading ${script.pathname} is not allowed`); // it would fail unheard
  }
  return runtimeName() === "bun" ? startBun(script, init) : startNode(script, init);
}

/** What the thread was given that runs this. */
export function threadInit(): Promise<unknown> {
  if (runtimeName() !== "bun") return Promise.resolve(workerThreads().workerData);
  return new Promise((resolve) => {
    (globalThis as unknown as WorkerScope).onmessage = ({ data }) => resolve(data);
  });
}

function startBun(script: URL, init: unknown): Thread {
  const { Worker } = globalThis as unknown as { Worker: new (url: string) => BunWorker };
  const worker = new Worker(script.href);
  worker.onerror = (event) => event.preventDefault();
  worker.unref();
  worker.postMessage(init);
  return { end: () => worker.terminate() };
}

function startNode(script: URL, init: unknown): Thread {
  // A path, or text to run; what is imported from elsewhere is text that imports it.
  const module = script.protocol === "file:" ? script : new URL(
    `data:text/javascript,${encodeURIComponent(`import ${JSON.stringify(script.href)}`)}`,
  );
  const { Worker } = workerThreads();
  const worker = new Worker(module, { workerData: init });
  worker.on("error", () => {}); // its channel ends
  worker.unref();
  return { end: () => void worker.terminate() };
}

function workerThreads(): WorkerThreads {
  const threads = builtin<WorkerThreads>("node:worker_threads");
  if (threads === null) throw new Error("Cannot start a thread: this runtime has no workers");
  return threads;
}
