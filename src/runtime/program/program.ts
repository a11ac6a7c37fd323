/**
 * The program around the library, for a library that is one: its arguments, its three streams, its signals, and how it
 * ends. The command line alone has a use for it.
 */
import { builtin, environmentVariable, runtimeName } from "../host.ts";

/** Where a program writes to. */
export interface Output {
  /** Whether a person sees what is written. */
  readonly isTerminal: boolean;
  /** Cells in a row of the terminal, at this moment; 80 if that is unknown. */
  readonly columns: number;
  /** Resolves once the runtime has taken all of it; rejects if the reader is gone (`isBrokenPipe`). */
  write(bytes: Uint8Array): Promise<void>;
}

/** Where a program reads from. */
export interface Input {
  /** Whether a person types it. */
  readonly isTerminal: boolean;
  /** Switches the terminal's own handling of keys (echo, lines, Ctrl-C) off, or on again. */
  setRaw(isRaw: boolean): void;
  /** The next bytes, or `null` at the end. One call at a time. */
  read(): Promise<Uint8Array | null>;
}

/** A program as its host started it. */
export interface Program {
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
  /** An environment variable; empty ones count as absent. */
  environment(name: string): string | undefined;
  /** Calls back instead of dying of Ctrl-C, a hang-up, or a plain kill, until the returned function is called. */
  onStop(listener: (exitCode: number) => void): () => void;
}

/** Signals that ask a program to stop, and the exit code that shells expect of them. */
const STOP_SIGNALS: Readonly<Record<string, number>> = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };

interface DenoWriter {
  write(bytes: Uint8Array): Promise<number>;
  isTerminal(): boolean;
}

interface DenoProgram {
  readonly args: readonly string[];
  readonly stdin: {
    read(buffer: Uint8Array): Promise<number | null>;
    isTerminal(): boolean;
    setRaw(isRaw: boolean): void;
  };
  readonly stdout: DenoWriter;
  readonly stderr: DenoWriter;
  consoleSize(): { readonly columns: number };
  exit(code: number): never;
  addSignalListener(name: string, listener: () => void): void;
  removeSignalListener(name: string, listener: () => void): void;
}

interface NodeWriter {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(bytes: Uint8Array, done: (error?: Error | null) => void): boolean;
  on(event: "error", listener: () => void): void;
}

interface NodeReader {
  readonly isTTY?: boolean;
  setRawMode?(isRaw: boolean): void;
  on(event: string, listener: (bytes: Uint8Array) => void): void;
  off(event: string, listener: (bytes: Uint8Array) => void): void;
  resume(): void;
  pause(): void;
}

interface NodeProgram {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: NodeReader;
  readonly stdout: NodeWriter;
  readonly stderr: NodeWriter;
  exit(code: number): never;
  on(name: string, listener: () => void): void;
  off(name: string, listener: () => void): void;
}

const host = globalThis as unknown as { Deno: DenoProgram; process: NodeProgram };

/** What the program was called with. */
export function programArguments(): readonly string[] {
  return runtimeName() === "deno" ? host.Deno.args : host.process.argv.slice(2);
}

/** Ends the program. What was written has left by then. */
export function exitProgram(code: number): never {
  return runtimeName() === "deno" ? host.Deno.exit(code) : host.process.exit(code);
}

/** Whether the runtime was started with this module. (Node before 24.2 does not say: then its first argument does.) */
export function isMainModule(meta: { readonly main?: boolean; readonly url: string }): boolean {
  if (typeof meta.main === "boolean") return meta.main;
  const path = host.process?.argv?.[1];
  const fs = builtin<{ realpathSync(path: string): string }>("node:fs");
  const url = builtin<{ pathToFileURL(path: string): URL }>("node:url");
  if (path === undefined || fs === null || url === null) return false;
  try {
    return url.pathToFileURL(fs.realpathSync(path)).href === meta.url;
  } catch {
    return false; // "node -e" has no file
  }
}

/** This program. */
export function hostProgram(): Program {
  return runtimeName() === "deno" ? denoProgram(host.Deno) : nodeProgram(host.process);
}

/** Whether a write failed because the reader has gone, as in `| head`. */
export function isBrokenPipe(error: unknown): boolean {
  const { code, name } = error as { readonly code?: unknown; readonly name?: unknown };
  return code === "EPIPE" || name === "BrokenPipe";
}

function denoProgram(deno: DenoProgram): Program {
  return {
    stdin: {
      isTerminal: deno.stdin.isTerminal(),
      setRaw: (isRaw) => deno.stdin.setRaw(isRaw),
      async read() {
        const buffer = new Uint8Array(4096);
        const length = await deno.stdin.read(buffer);
        return length === null ? null : buffer.subarray(0, length);
      },
    },
    stdout: denoOutput(deno, deno.stdout),
    stderr: denoOutput(deno, deno.stderr),
    environment: (name) => variable(name),
    onStop: (listener) =>
      onSignals(
        listener,
        (name, call) => deno.addSignalListener(name, call),
        (name, call) => deno.removeSignalListener(name, call),
      ),
  };
}

function denoOutput(deno: DenoProgram, writer: DenoWriter): Output {
  return {
    isTerminal: writer.isTerminal(),
    get columns() {
      try {
        return deno.consoleSize().columns || 80;
      } catch {
        return 80; // no terminal at all
      }
    },
    async write(bytes) {
      for (let sent = 0; sent < bytes.length;) sent += await writer.write(bytes.subarray(sent));
    },
  };
}

function nodeProgram(process: NodeProgram): Program {
  return {
    // Looked at when it is used: on these runtimes looking at it opens it.
    get stdin() {
      return nodeInput(process.stdin);
    },
    stdout: nodeOutput(process.stdout),
    stderr: nodeOutput(process.stderr),
    environment: (name) => variable(name),
    onStop: (listener) =>
      onSignals(
        listener,
        (name, call) => process.on(name, call),
        (name, call) => process.off(name, call),
      ),
  };
}

function nodeOutput(writer: NodeWriter): Output {
  writer.on("error", () => {}); // the write's own callback reports it; without a listener the event would end the program
  return {
    isTerminal: writer.isTTY === true,
    get columns() {
      return writer.columns ?? 80;
    },
    write: (bytes) =>
      new Promise((resolve, reject) => {
        writer.write(bytes, (error) => error ? reject(error) : resolve());
      }),
  };
}

function nodeInput(reader: NodeReader): Input {
  return {
    isTerminal: reader.isTTY === true,
    setRaw: (isRaw) => reader.setRawMode?.(isRaw),
    read: () =>
      new Promise((resolve) => {
        const settle = (bytes: Uint8Array | null) => {
          reader.off("data", settle);
          for (const event of ["end", "error", "close"]) reader.off(event, onOver);
          reader.pause();
          resolve(bytes);
        };
        const onOver = () => settle(null);
        reader.on("data", settle);
        for (const event of ["end", "error", "close"]) reader.on(event, onOver);
        reader.resume();
      }),
  };
}

function variable(name: string): string | undefined {
  return environmentVariable(name) || undefined;
}

function onSignals(
  listener: (exitCode: number) => void,
  add: (name: string, call: () => void) => void,
  remove: (name: string, call: () => void) => void,
): () => void {
  const undo = Object.entries(STOP_SIGNALS).map(([name, exitCode]) => {
    const call = () => listener(exitCode);
    try {
      add(name, call);
    } catch {
      return () => {}; // a signal that this system does not have
    }
    return () => remove(name, call);
  });
  return () => undo.forEach((call) => call());
}
