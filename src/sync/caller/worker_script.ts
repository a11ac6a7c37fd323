/** Where the modules of workers are: beside this one, and with the same ending, which is another once compiled. */

/** The URL of a module in `sync/thread/`. */
export function workerScript(name: string): URL {
  const ending = import.meta.url.endsWith(".js") ? "js" : "ts";
  return new URL(`../thread/${name}.${ending}`, import.meta.url);
}
