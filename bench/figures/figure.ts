/** A figure that is not a rate of requests: one number with an upper limit. */
import { median } from "../measure.ts";

/** The programs of the runtimes and how to hold a process to a core; unchanged where that can't be done. */
export interface Programs {
  readonly deno: string;
  readonly bun: string;
  /** `null` if it can't be had. */
  readonly node: string | null;
  readonly isPinning: boolean;
  onClientCore(command: readonly string[]): readonly string[];
  onServerCore(command: readonly string[]): readonly string[];
}

export interface Figure {
  readonly name: string;
  readonly title: string;
  readonly unit: "ms" | "KB";
  readonly atMost: number;
  measure(programs: Programs, rounds: number): Promise<number>;
}

/** The median of three runs for each round, after one that warms the cache. */
export async function medianOfRuns(rounds: number, run: () => Promise<number>): Promise<number> {
  await run();
  const figures: number[] = [];
  for (let i = 0; i < rounds * 3; i++) figures.push(await run());
  return median(figures);
}

/** A script in a file of its own, which goes with its folder. */
export async function temporaryScript(text: string): Promise<{ path: string } & AsyncDisposable> {
  const folder = await Deno.makeTempDir({ prefix: "httpx-bench-" });
  const path = `${folder}/script.ts`;
  await Deno.writeTextFile(path, text);
  return { path, [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }) };
}

/** Runs a command to its end and gives what it printed. */
export async function outputOf([program = "", ...args]: readonly string[]): Promise<Uint8Array> {
  const { success, stdout, stderr } = await new Deno.Command(program, { args }).output();
  if (!success) throw new Error(`Cannot run ${program}: ${new TextDecoder().decode(stderr)}`);
  return stdout;
}
