/** Where the modules of workers are: beside this one, and with the same ending, which is another once compiled. */

/**
 * Never called. Who reads this knows which modules are needed, and has them when a worker starts: the thread that would
 * help to fetch them is blocked by then (Deno).
 */
const MODULES = {
  worker: () => import("../thread/worker.ts"),
  blob_worker: () => import("../thread/blob_worker.ts"),
};

/** The URL of a worker's module. */
export function workerScript(name: keyof typeof MODULES): URL {
  const ending = import.meta.url.endsWith(".js") ? "js" : "ts";
  return new URL(`../thread/${name}.${ending}`, import.meta.url);
}
