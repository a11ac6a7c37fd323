import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { npmPackage, npmProgram } from "../support/npm.ts";

/** A newer Node than the one that may be installed; `null` where it can't be had. */
const node = await npmProgram("node@24", "node").catch((error) => {
  console.error(`Tests that need npm:node are skipped: ${error}`);
  return null;
});

describe("Node", () => {
  (node === null ? it.skip : it)("keeps the contracts of sockets, and does requests", async () => {
    const script = fileURLToPath(new URL("./node_script.ts", import.meta.url));
    const flags = ["--test-reporter=tap", "--no-warnings"];
    const output = await run(node ?? "", [...flags, script, await npmPackage("deno-std@1.0.0")]);
    const lines = output.split("\n");
    const failed = lines.filter((line) => /^\s*not ok/.test(line));
    assertEquals(failed.length === 0 ? [] : lines, []);
    assertEquals(lines.includes("# fail 0"), true, output);
  });
});

function run(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile(
      program,
      args,
      { timeout: 45_000, maxBuffer: 1 << 24 },
      (_error, stdout, stderr) => resolve(stdout + stderr),
    );
  });
}
