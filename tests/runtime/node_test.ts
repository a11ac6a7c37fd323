import { describe, it } from "@std/testing/bdd";
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { npmPackage, npmProgram } from "../support/npm.ts";

/** A newer Node than the one that may be installed; `null` if it can't be installed. */
const node = await npmProgram("node@24", "node").catch((error) => {
  console.error(`Tests that need npm:node are skipped: ${error}`);
  return null;
});

/** One test that Node has run. */
interface Case {
  readonly name: string;
  readonly failure: string | null;
}

/** The tests of a report in TAP: all but suites, each with the names of those around it. */
function casesOf(tap: string): Case[] {
  const around: string[] = [];
  const found: Case[] = [];
  for (
    const [block = ""] of tap.matchAll(/^ *(?:# Subtest: .*|(?:not )?ok \d+ - [^]*?^ *\.\.\.)$/gm)
  ) {
    const depth = block.search(/\S/) / 4;
    const subtest = /^ *# Subtest: (.*)$/.exec(block);
    if (subtest !== null) {
      around[depth] = subtest[1] ?? "";
    } else if (!/^ *type: 'suite'$/m.test(block)) {
      const name = around.slice(0, depth + 1).join(" > ");
      found.push({ name, failure: /^ *not ok/.test(block) ? block : null });
    }
  }
  return found;
}

async function runOnNode(program: string): Promise<Case[]> {
  const script = fileURLToPath(new URL("./node_script.ts", import.meta.url));
  const flags = ["--test-reporter=tap", "--no-warnings"];
  const tap = await run(program, [...flags, script, await npmPackage("deno-std@1.0.0")]);
  const cases = casesOf(tap);
  const isWhole = tap.includes("# fail ") && cases.length > 100;
  return [...cases, { name: "runs all its tests", failure: isWhole ? null : tap }];
}

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

const cases = node === null ? [] : await runOnNode(node);

describe("Node", () => {
  if (node === null) return it.skip("keeps the contracts of sockets", () => {});
  for (const { name, failure } of cases) {
    it(name, () => {
      if (failure !== null) throw new Error(failure);
    });
  }
});
