/**
 * Runs the suite on Deno and on Bun, side by side: most tests wait more than they work. Deno's output comes first, then
 * Bun's, then what failed, and in the end one plain line with the sums: `N passed, N failed, N skipped`.
 *
 *     deno task test [--deno-only | --bun-only] [path …]
 *     deno task test:fast [path …]      what needs no server, no other program and no thread
 *     deno task mutate [path …]         breaks the source on purpose: see tests/mutate/mutate.ts
 *
 * A path is a test file, a folder, or a part of a path. The layout:
 *
 * - `auth client clock cli edge message observe runtime semantics sync transports wire …` mirror `src/`, file by file:
 *   what is known of `src/wire/http2/stream_state.ts` stands in `tests/wire/http2/stream_state_test.ts`.
 * - `contracts` hold behaviour that several routes share, written once and run on each: HTTP/1.1, HTTP/2, proxies, fetch.
 * - `transcripts` are conversations in Markdown: run through the engine at every split, on a scripted socket, and over
 *   loopback.
 * - `faults` break an exchange at every byte, `fuzz` works from seeds, `interop` and `sdk` talk to real servers and packages.
 * - `vectors` are the RFCs' own examples, and the generators of `*_table.ts`.
 * - `house` holds the rules of the source: imports, sizes, docs, words. It does not depend on the runtime and runs on
 *   Deno alone. `support` is what tests share.
 */
import { join, relative } from "node:path";
import { chooseImportMap, ROOT, writeBunConfig } from "./support/runner/imports.ts";
import { isFast } from "./support/runner/fast.ts";
import { type Counts, countTests, sum } from "./support/runner/junit.ts";
import { npmProgram } from "./support/npm.ts";
import { ENVIRONMENT } from "./support/runtimes.ts";

/** A runtime: how to run test files, writing a JUnit report. */
interface Runner {
  readonly name: string;
  command(files: readonly string[], report: string): readonly string[];
  readonly env: Record<string, string>;
}

/** Far above what the suite needs; a hanging runtime must not hang CI. */
const RUN_DEADLINE_MS = 15 * 60_000;

async function main(args: readonly string[]): Promise<number> {
  const denoOnly = args.includes("--deno-only");
  const bunOnly = args.includes("--bun-only");
  const filters = args.filter((arg) => !arg.startsWith("--"));
  const all = (await sourceFiles(join(ROOT, "tests"), "_test.ts"))
    .filter((file) => filters.length === 0 || filters.some((part) => file.includes(part)));
  const files = args.includes("--fast") ? await fastOnes(all) : all;
  if (files.length === 0) {
    console.error(`Found no test files${filters.length > 0 ? ` for ${filters.join(" ")}` : ""}`);
    return 1;
  }
  const shared = files.filter((file) => !/^tests\/(house|mutate)\//.test(file));
  const onBun = new Output({ isHeld: !bunOnly });
  const running = [
    bunOnly ? NONE : attempt("Deno", { make: denoRunner, files, output: new Output() }),
    denoOnly || shared.length === 0
      ? NONE
      : attempt("Bun", { make: bunRunner, files: shared, output: onBun }),
  ];
  const onDeno = await running[0] ?? NONE;
  await onBun.release();
  const total = sum(onDeno, await running[1] ?? NONE);
  // Once more at the end, where they are found: the other runtime's thousands of lines may have followed them.
  if (total.failures.length > 0) console.log(`\n── Failed ──\n\n${total.failures.join("\n\n")}`);
  console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
  return total.failed > 0 || total.passed === 0 ? 1 : 0;
}

/** Those that start no server: see `isFast()`. */
async function fastOnes(files: readonly string[]): Promise<string[]> {
  const known = new Map<string, Promise<boolean>>();
  const verdicts = await Promise.all(files.map((file) => isFast(file, known)));
  return files.filter((_, i) => verdicts[i]);
}

/** Runs the files on one runtime; a runtime that can't be had counts as a failure. */
async function attempt(
  name: string,
  { make, files, output }: {
    readonly make: () => Promise<Runner>;
    readonly files: readonly string[];
    readonly output: Output;
  },
): Promise<Counts> {
  await output.line(`\n── ${name} ──`);
  try {
    const started = Date.now();
    const counts = await run(await make(), files, output);
    const seconds = ((Date.now() - started) / 1000).toFixed(1);
    await output.line(
      `\n${name}: ${counts.passed} ok, ${counts.failed} not, ${counts.skipped} left out, ${seconds} s`,
    );
    return { ...counts, failures: counts.failures.map((failure) => `${name}: ${failure}`) };
  } catch (error) {
    const failure = `Cannot run the tests on ${name}: ${
      error instanceof Error ? error.message : error
    }`;
    await output.line(failure);
    return { passed: 0, failed: 1, skipped: 0, failures: [failure] };
  }
}

const NONE: Counts = { passed: 0, failed: 0, skipped: 0, failures: [] };

/** What one runtime prints: at once, or once it is released. */
class Output {
  #held: Uint8Array[] | null;

  constructor({ isHeld = false } = {}) {
    this.#held = isHeld ? [] : null;
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.#held !== null) return void this.#held.push(bytes);
    for (let done = 0; done < bytes.length;) done += await Deno.stdout.write(bytes.subarray(done));
  }

  line(text: string): Promise<void> {
    return this.write(new TextEncoder().encode(`${text}\n`));
  }

  async release(): Promise<void> {
    const held = this.#held ?? [];
    // What comes meanwhile is held behind the rest.
    for (let bytes = held.shift(); bytes !== undefined; bytes = held.shift()) {
      for (let done = 0; done < bytes.length;) {
        done += await Deno.stdout.write(bytes.subarray(done));
      }
    }
    this.#held = null;
  }
}

/** A file that does not load can keep Deno from running any: then the halves are run apart, down to that file. */
async function run(runner: Runner, files: readonly string[], print: Output): Promise<Counts> {
  const report = await Deno.makeTempFile({ suffix: ".xml" });
  try {
    const { ok, output } = await runCommand(runner, runner.command(files, report), print);
    const counts = countTests(await Deno.readTextFile(report));
    const ran = counts.passed + counts.failed + counts.skipped;
    if (!ok && ran === 0 && /error sending request|Failed loading http/.test(output)) {
      throw new Error("the packages that tests import could not be downloaded");
    }
    if (!ok && ran === 0 && files.length > 1) {
      const middle = files.length >> 1;
      const first = await run(runner, files.slice(0, middle), print);
      return sum(first, await run(runner, files.slice(middle), print));
    }
    if (!ok && ran === 0) counts.failures.push(`could not load ${files.join(" ")}`);
    if (!ok) counts.failed += Math.max(loadErrors(output), counts.failed === 0 ? 1 : 0);
    return counts;
  } finally {
    await Deno.remove(report);
  }
}

/** Errors outside of tests stop a file, and neither runtime has them in its report. */
function loadErrors(output: string): number {
  const deno = new Set(output.match(/^\S+ \(uncaught error\)/gm));
  const bun = /^ (\d+) errors?$/m.exec(output);
  return deno.size + Number(bun?.[1] ?? 0);
}

async function runCommand(
  { name, env }: Runner,
  [program = "", ...args]: readonly string[],
  print: Output,
): Promise<{ ok: boolean; output: string }> {
  const child = new Deno.Command(program, {
    args,
    cwd: ROOT,
    env: { ...env, NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const deadline = setTimeout(() => {
    console.error(`${name} did not end within ${RUN_DEADLINE_MS / 60_000} minutes and is stopped`);
    child.kill("SIGKILL");
  }, RUN_DEADLINE_MS);
  try {
    const [out, err, { success }] = await Promise.all([
      passOn(child.stdout, print),
      passOn(child.stderr, print),
      child.status,
    ]);
    return { ok: success, output: out + err };
  } finally {
    clearTimeout(deadline);
  }
}

/** Prints what comes, and keeps it. */
async function passOn(stream: ReadableStream<Uint8Array>, print: Output): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream) {
    text += decoder.decode(chunk, { stream: true });
    await print.write(chunk);
  }
  return text;
}

async function denoRunner(): Promise<Runner> {
  const map = await chooseImportMap();
  console.log(map === null ? "@std from JSR" : "@std from npm, as JSR can't be reached");
  const flags = ["--no-check", "-A", "--sanitize-ops", "--sanitize-resources"];
  if (map !== null) flags.push(`--import-map=${map}`);
  return {
    name: "Deno",
    command: (files, report) => [
      Deno.execPath(),
      "test",
      ...flags,
      `--junit-path=${report}`,
      ...files,
    ],
    env: {
      [ENVIRONMENT.deno]: Deno.execPath(),
      [ENVIRONMENT.importMap]: map ?? "",
      // Servers and tools of Bun's that tests on Deno start; without it those tests fail under their own names.
      [ENVIRONMENT.bun]: await bunCommand().catch(() => "bun"),
      // downloads trust what npm trusts, a company's own authority included
      DENO_TLS_CA_STORE: Deno.env.get("DENO_TLS_CA_STORE") ?? "system,mozilla",
    },
  };
}

async function bunRunner(): Promise<Runner> {
  const bun = await bunCommand();
  const sources = [
    ...await sourceFiles(join(ROOT, "tests"), ".ts"),
    ...await sourceFiles(join(ROOT, "examples"), ".ts"),
  ];
  const config = await writeBunConfig([bun], sources.map((file) => join(ROOT, file)));
  return {
    name: "Bun",
    command: (files, report) => [
      bun,
      "test",
      "--no-install",
      `--tsconfig-override=${config}`,
      "--reporter=junit",
      `--reporter-outfile=${report}`,
      ...files.map((file) => `./${file}`),
    ],
    env: {
      [ENVIRONMENT.deno]: Deno.execPath(),
      [ENVIRONMENT.bun]: bun,
      [ENVIRONMENT.bunConfig]: config,
    },
  };
}

/** `bun` on PATH, else npm's. */
async function bunCommand(): Promise<string> {
  try {
    await new Deno.Command("bun", { args: ["--version"], stdout: "null", stderr: "null" }).output();
    return "bun";
  } catch {
    return await npmProgram("bun@1", "bun");
  }
}

/** Files below a folder whose names end so, as sorted paths from the root. */
async function sourceFiles(folder: string, ending: string): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of Deno.readDir(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory) found.push(...await sourceFiles(path, ending));
    else if (entry.name.endsWith(ending)) found.push(relative(ROOT, path));
  }
  return found.sort();
}

if (import.meta.main) Deno.exit(await main(Deno.args));
