import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { scriptCommand } from "./support/runtimes.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const DEADLINE_MS = 40_000;

const examples = readdirSync(join(ROOT, "examples")).filter((name) => name.endsWith(".ts")).sort();

describe("examples", () => {
  for (const name of examples) {
    it(`${name} runs without a network, prints something and no warning`, async () => {
      const { exitCode, stdout, stderr } = await run(join("examples", name));
      assertEquals({ exitCode, stderr, silent: stdout === "" }, {
        exitCode: 0,
        stderr: "",
        silent: false,
      }, stdout + stderr);
    });
  }
});

interface Ended {
  exitCode: number | string | null;
  stdout: string;
  stderr: string;
}

/** Runs a script of the repository to its end on the runtime of this test. */
function run(script: string): Promise<Ended> {
  const [program = "", ...args] = scriptCommand(script);
  const child = spawn(program, args, {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "pipe"],
    timeout: DEADLINE_MS,
    killSignal: "SIGKILL",
  });
  const output = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text) => output.stdout += text);
  child.stderr.setEncoding("utf8").on("data", (text) => output.stderr += text);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ exitCode: code ?? signal, ...output }));
  });
}
