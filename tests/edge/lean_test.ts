/** The facts of lean_program.ts, in a process where no other entry is loaded. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { scriptCommand } from "../support/runtimes.ts";

const PROGRAM = fileURLToPath(new URL("./lean_program.ts", import.meta.url));

function output(): Promise<string> {
  const [program = "", ...args] = scriptCommand(PROGRAM);
  return new Promise((resolve, reject) => {
    execFile(program, args, { timeout: 20_000 }, (error, stdout) => {
      if (error === null) resolve(stdout);
      else reject(error);
    });
  });
}

describe("The fetch entry, where no other is loaded", () => {
  it("does what the web does, and says what it leaves to its full sister", async () => {
    const report: Record<string, string> = JSON.parse(await output());
    assertEquals(Object.entries(report).filter(([, outcome]) => outcome !== "holds"), []);
    assertEquals(Object.keys(report).length, 11);
  });
});
