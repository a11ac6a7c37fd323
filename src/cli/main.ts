/**
 * The `httpx` command: one request from the command line, shown for people on a terminal and as plain bytes in a pipe.
 *
 * ```sh
 * deno run -A jsr:@httpx/httpx/cli https://example.org/
 * deno install -g -A -n httpx jsr:@httpx/httpx/cli
 * httpx --help
 * ```
 *
 * @example What the command returns for a mistake
 * ```ts
 * import { main } from "@httpx/httpx/cli";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await main(["--jsn", "{}", "https://example.org/"]), 2);
 * // stderr: httpx: Unknown option --jsn: did you mean --json?
 * ```
 *
 * @module
 */
import {
  exitProgram,
  hostProgram,
  isMainModule,
  programArguments,
} from "../runtime/program/program.ts";
import { run } from "./run.ts";

/**
 * Runs the command with these arguments over this program's streams and resolves with its exit code: 0 for an answer of
 * 2xx, 1 for any other answer and for failures, 2 for a mistake in the arguments. It never throws, and never exits.
 *
 * @example From a script of one's own
 * ```ts
 * import { main } from "@httpx/httpx/cli";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await main(["--timeout", "soon", "https://example.org/"]), 2);
 * ```
 */
export async function main(args: readonly string[]): Promise<number> {
  return await run(args, hostProgram());
}

if (isMainModule(import.meta)) exitProgram(await main(programArguments()));
