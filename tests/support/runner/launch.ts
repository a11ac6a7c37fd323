/**
 * Runs a script with the import map this machine needs: `deno run -A tests/support/runner/launch.ts script.ts [args]`.
 * Only a script that imports from `@std/*` makes it ask whether JSR can be reached.
 */
import { dirname, resolve } from "node:path";
import { chooseImportMap } from "./imports.ts";

/** Whether the file, or a file it imports by path, imports from `@std`. */
export async function importsStd(file: string, seen: Set<string> = new Set()): Promise<boolean> {
  if (seen.has(file)) return false;
  seen.add(file);
  const text = await Deno.readTextFile(file);
  for (const [, name = ""] of text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*["']([^"']+)["']/g)) {
    if (name.startsWith("@std/")) return true;
    const next = name.startsWith(".") ? resolve(dirname(file), name) : null;
    if (next !== null && await importsStd(next, seen)) return true;
  }
  return false;
}

if (import.meta.main) {
  const [script = "", ...args] = Deno.args;
  const map = await importsStd(resolve(script)) ? await chooseImportMap() : null;
  const flags = map === null ? [] : [`--import-map=${map}`];
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", "-A", ...flags, script, ...args],
    stdin: "inherit",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn().status;
  Deno.exit(code);
}
