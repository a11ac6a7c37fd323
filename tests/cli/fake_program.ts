/** A program whose streams are in memory: what it is typed, what it shows, and who stops it. */
import { assertEquals } from "@std/assert";
import { run } from "../../src/cli/run.ts";
import type { Program } from "../../src/runtime/program/program.ts";

/** How a program is run. */
export interface FakeProgramInit {
  /** Whether all three streams are a terminal. Default: `false`. */
  readonly isTerminal?: boolean;
  /** Default: 80. */
  readonly columns?: number;
  readonly environment?: Readonly<Record<string, string>>;
  /** What is typed, read by read; then the end. */
  readonly typed?: readonly (string | Uint8Array)[];
  /** Writing to stdout fails, as when nobody reads any more. */
  readonly hasBrokenPipe?: boolean;
}

/** A program, and what came of it. */
export interface FakeProgram {
  readonly program: Program;
  readonly stdout: Sink;
  readonly stderr: Sink;
  /** Each switch of the terminal to raw (`true`) and back. */
  readonly rawSwitches: readonly boolean[];
  /** How many listen to signals. */
  readonly listeners: ReadonlySet<(exitCode: number) => void>;
  /** Sends a signal. */
  stop(exitCode: number): void;
}

/** What was written to a stream. */
export class Sink {
  #bytes = new Uint8Array(0);

  /** Keeps a copy. */
  push(bytes: Uint8Array): void {
    const all = new Uint8Array(this.#bytes.length + bytes.length);
    all.set(this.#bytes);
    all.set(bytes, this.#bytes.length);
    this.#bytes = all;
  }

  get bytes(): Uint8Array {
    return this.#bytes;
  }

  get text(): string {
    return new TextDecoder().decode(this.#bytes);
  }
}

/** Makes a program. */
export function fakeProgram(init: FakeProgramInit = {}): FakeProgram {
  const { isTerminal = false, columns = 80, environment = {}, hasBrokenPipe = false } = init;
  const typed = (init.typed ?? []).map((keys) =>
    typeof keys === "string" ? new TextEncoder().encode(keys) : keys
  );
  const [stdout, stderr] = [new Sink(), new Sink()];
  const rawSwitches: boolean[] = [];
  const listeners = new Set<(exitCode: number) => void>();
  const outputTo = (sink: Sink, isBroken: boolean) => ({
    isTerminal,
    columns,
    write(bytes: Uint8Array): Promise<void> {
      if (isBroken) return Promise.reject(Object.assign(new Error("EPIPE"), { code: "EPIPE" }));
      sink.push(bytes);
      return Promise.resolve();
    },
  });
  const program: Program = {
    stdin: {
      isTerminal,
      setRaw: (isRaw) => void rawSwitches.push(isRaw),
      read: () => Promise.resolve(typed.shift() ?? null),
    },
    stdout: outputTo(stdout, hasBrokenPipe),
    stderr: outputTo(stderr, false),
    environment: (name) => environment[name],
    onStop(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  return {
    program,
    stdout,
    stderr,
    rawSwitches,
    listeners,
    stop: (exitCode) => listeners.forEach((listener) => listener(exitCode)),
  };
}

/** What a command came to. */
export interface RunOutcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command in this process. */
export async function runHttpx(
  args: readonly string[],
  init: FakeProgramInit = {},
): Promise<RunOutcome> {
  const { program, stdout, stderr, listeners } = fakeProgram(init);
  const code = await run(args, program);
  assertEquals(listeners.size, 0);
  return { code, stdout: stdout.text, stderr: stderr.text };
}

/** A terminal without colours. */
export const onTerminal: FakeProgramInit = { isTerminal: true, environment: { NO_COLOR: "1" } };
