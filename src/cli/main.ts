/**
 * The `httpx` command: one request from the command line, shown for people on a terminal and as plain bytes in a pipe.
 *
 * ```sh
 * deno run -A jsr:@httpx/httpx/cli https://example.org/
 * deno install -g -A -n httpx jsr:@httpx/httpx/cli
 * httpx --help
 * ```
 *
 * JSR's packages bring no commands to Bun and Node. Two lines make one there, `bun httpx.ts URL`:
 *
 * ```ts ignore
 * import { main } from "@httpx/httpx/cli";
 * process.exitCode = await main(process.argv.slice(2));
 * ```
 *
 * | command | what it does |
 * | --- | --- |
 * | `httpx URL -j '{"name": "Ada"}' -h Accept application/json` | sends JSON, and a header |
 * | `httpx URL -d name Ada -f photo ada.jpg -m PUT` | sends a form with a file |
 * | `httpx URL --auth ada -` | asks for the password, unseen |
 * | `httpx URL --download ada.iso` | saves the body, with a bar; under its name only when all of it came |
 * | `httpx URL -v --http2` | shows the connection, its certificate and the request too |
 * | `httpx URL --proxy socks5://127.0.0.1:1080 --timeout 0.5` | through a proxy, half a second for each step |
 * | `httpx URL --follow-redirects --max-redirects 3 --no-verify` | follows redirects, checks no certificate |
 *
 * On a terminal it shows the status line, the headers and the body, laid out and in colours (`NO_COLOR` and `FORCE_COLOR`
 * are honoured); control characters of a server never reach the terminal. Into a pipe or a file goes the body alone. It ends
 * with 0 for 2xx, 1 for any other status and for failures, 2 for a mistake in the command.
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
