/** The command as a process of its own, on the runtime of the test. */
import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { joinBytes } from "../../src/message/content/join_bytes.ts";
import { scriptCommand } from "../support/runtimes.ts";

/** The published entry. */
export const MAIN: string = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));

/** What a command came to. */
export interface Outcome {
  /** `null` where a signal ended it. */
  readonly code: number | null;
  readonly stdout: Uint8Array;
  readonly stderr: string;
}

/** A command that runs. */
export interface Running {
  readonly child: ChildProcess;
  readonly outcome: Promise<Outcome>;
}

/** Starts a command; one that does not end is killed. */
export function start(
  args: readonly string[],
  { command = scriptCommand(MAIN), environment = {}, stdin = "" }: {
    readonly command?: readonly string[];
    readonly environment?: Readonly<Record<string, string>>;
    readonly stdin?: string;
  } = {},
): Running {
  const [program = "", ...before] = command;
  const env = { ...process.env, NO_COLOR: "", ...environment };
  const child = spawn(program, [...before, ...args], {
    env,
    timeout: 30_000,
    killSignal: "SIGKILL",
  });
  child.stdin?.on("error", () => {});
  child.stdin?.end(stdin);
  const stdout: Uint8Array[] = [];
  let stderr = "";
  child.stdout?.on("data", (bytes: Uint8Array) => stdout.push(bytes));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => stderr += text);
  const outcome = new Promise<Outcome>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code: number | null) => {
      resolve({ code, stdout: joinBytes(stdout), stderr });
    });
  });
  return { child, outcome };
}

/** Runs a command to its end. */
export async function httpx(...args: string[]): Promise<Outcome & { readonly text: string }> {
  const outcome = await start(args).outcome;
  return { ...outcome, text: new TextDecoder().decode(outcome.stdout) };
}
