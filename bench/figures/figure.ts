/** A figure that is not a rate of requests: one number with an upper limit. */

/** The programs of the runtimes and how to hold a process to a core; unchanged where that can't be done. */
export interface Programs {
  readonly deno: string;
  readonly bun: string;
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

/** Runs a command to its end and gives what it printed. */
export async function outputOf([program = "", ...args]: readonly string[]): Promise<Uint8Array> {
  const { success, stdout, stderr } = await new Deno.Command(program, { args }).output();
  if (!success) throw new Error(`Cannot run ${program}: ${new TextDecoder().decode(stderr)}`);
  return stdout;
}
