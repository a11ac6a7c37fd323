/** Which tests need no server, no other program and no thread: those that `deno task test:fast` runs. */
import { readFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { ROOT } from "./imports.ts";

/** What a file names that starts something slow. */
const SLOW =
  /\bDeno\.(?:listen\w*|serve|Command)\b|\bBun\.(?:listen|serve|spawn)\b|["']node:(?:http|https|http2|net|tls|child_process|worker_threads)["']|\bnew Worker\b/;

const IMPORT = /(?:\bfrom|\bimport|\bimport\()\s*["'](\.[^"']+)["']/g;

/** Whether neither the test file nor any file of `tests/` that it imports starts something slow. */
export async function isFast(
  file: string,
  known: Map<string, Promise<boolean>> = new Map(),
): Promise<boolean> {
  const earlier = known.get(file);
  if (earlier !== undefined) return await earlier;
  known.set(file, Promise.resolve(true)); // files that import each other
  const verdict = lookAt(file, known);
  known.set(file, verdict);
  return await verdict;
}

async function lookAt(file: string, known: Map<string, Promise<boolean>>): Promise<boolean> {
  const text = await textOf(file);
  if (SLOW.test(text)) return false;
  for (const [, name = ""] of text.matchAll(IMPORT)) {
    const target = relative(ROOT, join(ROOT, dirname(file), name.replace(/\?.*$/, "")));
    if (target.startsWith("tests/") && !await isFast(target, known)) return false;
  }
  return true;
}

/** Empty for a file that is only named in a text, as in a test of the house's rules. */
async function textOf(file: string): Promise<string> {
  try {
    return await readFile(join(ROOT, file), "utf8");
  } catch (error) {
    if ((error as { code?: string }).code === "ENOENT") return "";
    throw error;
  }
}
