/** Runs every module of a folder in turn and writes what failed into `outcomes.json` beside them. */
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";

const DEADLINE_MS = 20_000;

const [folder = ""] = process.argv.slice(2);
process.chdir(join(folder, "files"));
process.env.HOME = process.cwd();
const failures: Record<string, string> = {};
const names = (await readdir(folder)).filter((name) => name.endsWith(".ts")).sort();
for (const name of names) {
  const failure = await failureOf(import(pathToFileURL(join(folder, name)).href));
  if (failure !== null) failures[name] = failure;
}
await writeFile(join(folder, "outcomes.json"), JSON.stringify({ ran: names.length, failures }));
process.exit(0); // some samples leave a client open on purpose

async function failureOf(running: Promise<unknown>): Promise<string | null> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error("did not end")), DEADLINE_MS);
  });
  try {
    await Promise.race([running, late]);
    return null;
  } catch (error) {
    return error instanceof Error ? `${error.stack ?? error}` : String(error);
  } finally {
    clearTimeout(timer);
  }
}
