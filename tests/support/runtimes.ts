/**
 * The programs of the runtimes, and how a script of ours is run by the runtime a test runs on. The runner
 * (tests/run.ts) says where things are by the environment; without it the programs on PATH are taken.
 */
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

/** What tests/run.ts tells the tests. */
export const ENVIRONMENT = {
  deno: "HTTPX_TEST_DENO",
  bun: "HTTPX_TEST_BUN",
  /** An import map for Deno; empty where deno.json does. */
  importMap: "HTTPX_TEST_IMPORT_MAP",
  /** A tsconfig whose `paths` are the import map for Bun. */
  bunConfig: "HTTPX_TEST_BUN_CONFIG",
} as const;

/** The runtime this test runs on. */
export const runtime: "deno" | "bun" = "Bun" in globalThis ? "bun" : "deno";

/** The `deno` program. */
export function denoProgram(): string {
  return process.env[ENVIRONMENT.deno] ?? (runtime === "deno" ? process.execPath : "deno");
}

/** The `bun` program. */
export function bunProgram(): string {
  return process.env[ENVIRONMENT.bun] ?? (runtime === "bun" ? process.execPath : "bun");
}

/** Flags that make Deno resolve the names tests import. */
export function denoImportFlags(): string[] {
  const map = process.env[ENVIRONMENT.importMap] ??
    join(dirname(fileURLToPath(import.meta.url)), "../import_map.json");
  return map === "" ? [] : [`--import-map=${map}`];
}

/** Program and arguments that run a script of this repository on the runtime of this test. */
export function scriptCommand(script: string, args: readonly string[] = []): string[] {
  if (runtime === "deno") {
    const flags = ["run", "--no-check", "--no-prompt", "-A", ...denoImportFlags()];
    return [denoProgram(), ...flags, script, ...args];
  }
  const config = process.env[ENVIRONMENT.bunConfig];
  const flags = config === undefined ? [] : [`--tsconfig-override=${config}`];
  return [bunProgram(), ...flags, script, ...args];
}
