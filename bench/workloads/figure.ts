/** A figure that is not a rate of requests: one number with an upper limit. */

/** The programs of the runtimes and how to pin one to the clients' core. */
export interface Programs {
  readonly deno: string;
  readonly bun: string;
  /** The command, held to the core of the clients where that is possible. */
  pinned(command: readonly string[]): readonly string[];
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
