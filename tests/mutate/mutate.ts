/**
 * Changes the source one small step at a time and looks whether a test notices.
 *
 *     deno task mutate [--seed=1] [--per-file=6] [--jobs=2] [path …]
 *
 * A path is a file, a folder, or a part of a path below `src/`; the default is `wire/ message/ client/ auth/`. Each
 * mutant runs, in a copy of the tree, first the tests that mirror its file, then those of its room, then those of its wing.
 * A mutant dies if a test fails or runs for too long; those that survive are listed. The same seed picks the same mutants.
 */
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { filesBelow, ROOT, source, sourcesBelow } from "../house/source.ts";
import { seeded } from "../support/random.ts";
import { chooseImportMap } from "../support/runner/imports.ts";
import { mutated, type Mutation, mutationsOf } from "./mutations.ts";
import { nearTests } from "./near_tests.ts";

const ROOMS = ["src/wire/", "src/message/", "src/client/", "src/auth/"];

/** Such a mutant waits for something that never comes. */
const RUN_DEADLINE_MS = 60_000;

interface Settings {
  readonly seed: number;
  readonly perFile: number;
  readonly jobs: number;
  readonly paths: readonly string[];
}

interface Mutant {
  readonly path: string;
  readonly mutation: Mutation;
}

async function main(args: readonly string[]): Promise<number> {
  const settings = settingsFrom(args);
  const mutants = pick(settings);
  const importMap = await chooseImportMap();
  console.log(`${mutants.length} mutants, seed ${settings.seed}`);
  const survivors: Mutant[] = [];
  const queue = [...mutants];
  const worker = async () => {
    const tree = await copyTree();
    try {
      for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
        const isKilled = await dies(mutant, { tree, importMap });
        if (!isKilled) survivors.push(mutant);
        console.log(`${isKilled ? "killed  " : "SURVIVED"} ${describe(mutant)}`);
      }
    } finally {
      await rm(tree, { recursive: true });
    }
  };
  await Promise.all(Array.from({ length: settings.jobs }, worker));
  return report(mutants, survivors);
}

function settingsFrom(args: readonly string[]): Settings {
  const number = (name: string, usual: number) => {
    const given = args.find((arg) => arg.startsWith(`--${name}=`));
    return given === undefined ? usual : Number(given.slice(name.length + 3));
  };
  const given = args.filter((arg) => !arg.startsWith("--"));
  return {
    seed: number("seed", 1),
    perFile: number("per-file", 6),
    jobs: number("jobs", 2),
    paths: given.length === 0 ? ROOMS : given,
  };
}

/** Some of each file's mutations, as the seed decides. Tables are data, which their generators' tests compare. */
function pick({ seed, perFile, paths }: Settings): Mutant[] {
  const files = sourcesBelow("src").filter(({ path }) =>
    !path.endsWith("_table.ts") && paths.some((part) => path.includes(part))
  );
  return files.flatMap((file) => {
    const random = seeded(seed + file.path.length);
    const left = mutationsOf(file);
    const picked: Mutation[] = [];
    while (picked.length < perFile && left.length > 0) {
      picked.push(...left.splice(random(left.length), 1));
    }
    return picked.sort((a, b) => a.start - b.start).map((mutation) => ({
      path: file.path,
      mutation,
    }));
  });
}

/** A copy without history and caches, in which files may be broken. */
async function copyTree(): Promise<string> {
  const tree = await mkdtemp(join(tmpdir(), "httpx-mutate-"));
  for (const name of ["deno.json", "mod.ts", "src", "tests", "bench", "examples", "README.md"]) {
    await cp(join(ROOT, name), join(tree, name), { recursive: true });
  }
  return tree;
}

async function dies(
  { path, mutation }: Mutant,
  { tree, importMap }: { readonly tree: string; readonly importMap: string | null },
): Promise<boolean> {
  const { text } = source(path);
  await writeFile(join(tree, path), mutated(text, mutation));
  try {
    for (const tests of nearTests(path, filesBelow("tests"))) {
      if (tests.length > 0 && !await passes(tests, { tree, importMap })) return true;
    }
    return false;
  } finally {
    await writeFile(join(tree, path), text);
  }
}

async function passes(
  tests: readonly string[],
  { tree, importMap }: { readonly tree: string; readonly importMap: string | null },
): Promise<boolean> {
  const map = importMap === null ? [] : [`--import-map=${importMap.replace(ROOT, tree)}`];
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", "--no-check", "-A", "--quiet", "--fail-fast", ...map, ...tests],
    cwd: tree,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const timer = setTimeout(() => child.kill("SIGKILL"), RUN_DEADLINE_MS);
  const { success } = await child.status;
  clearTimeout(timer);
  return success;
}

function describe({ path, mutation }: Mutant): string {
  const { start, end, line, kind, replacement } = mutation;
  const was = source(path).text.slice(start, end).replace(/\s+/g, " ");
  return `${path}:${line} ${kind}: ${shortened(was)} → ${shortened(replacement)}`;
}

function shortened(code: string): string {
  return code.length > 60 ? `${code.slice(0, 59)}…` : code;
}

function report(mutants: readonly Mutant[], survivors: readonly Mutant[]): number {
  const rooms = new Map<string, { all: number; alive: number }>();
  for (const mutant of mutants) {
    const room = mutant.path.split("/").slice(0, 2).join("/");
    const counts = rooms.get(room) ?? { all: 0, alive: 0 };
    counts.all++;
    if (survivors.includes(mutant)) counts.alive++;
    rooms.set(room, counts);
  }
  console.log("\nSurvivors:\n" + survivors.map(describe).join("\n"));
  for (const [room, { all, alive }] of rooms) {
    console.log(`${room}: ${all - alive} of ${all} killed, ${percent(all - alive, all)}`);
  }
  const killed = mutants.length - survivors.length;
  console.log(`all: ${killed} of ${mutants.length} killed, ${percent(killed, mutants.length)}`);
  return 0;
}

function percent(part: number, whole: number): string {
  return `${(100 * part / Math.max(1, whole)).toFixed(1)} %`;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
