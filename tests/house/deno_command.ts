/** Runs `deno` on the repository, or on generated files that import as the tests do. */
import process from "node:process";
import { absoluteImports } from "../support/runner/imports.ts";
import { denoProgram, ENVIRONMENT } from "../support/runtimes.ts";
import { ROOT } from "./source.ts";

/** What a command printed, and how it ended. */
export interface Outcome {
  readonly ok: boolean;
  readonly stdout: string;
  /** Both streams without colours, to show when it failed. */
  readonly output: string;
}

/** Runs `deno` with these arguments at the top of the repository. */
export async function deno(args: readonly string[]): Promise<Outcome> {
  const { success, stdout, stderr } = await new Deno.Command(denoProgram(), {
    args: [...args],
    cwd: ROOT,
    env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
  }).output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { ok: success, stdout: out ?? "", output: `${out}${err}` };
}

/** The import map the tests run with, with types for what npm's copy of std has none. */
export async function typedImports(): Promise<Record<string, string>> {
  const map = process.env[ENVIRONMENT.importMap] ?? `${ROOT}/tests/import_map.json`;
  if (map === "") return await absoluteImports(null);
  return {
    ...await absoluteImports(map),
    "@std/assert": new URL("./std_assert.d.ts", import.meta.url).href,
  };
}

/** Calls with a temporary folder, and removes it. */
export async function inTemporaryFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await Deno.makeTempDir({ prefix: "httpx-house-" });
  try {
    return await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
