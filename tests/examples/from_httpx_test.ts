/** The counterparts of the samples of httpx's documents: that they run, and that none is forgotten. */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { startHttpbin } from "../../examples/support/httpbin.ts";
import { HTTPBIN } from "../interop/real_servers.ts";
import { scriptCommand } from "../support/runtimes.ts";
import { startHosts } from "./hosts.ts";
import { type Counterpart, sectionsOf } from "./sections.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const sections = sectionsOf(readFileSync(join(ROOT, "examples/from_httpx.md"), "utf8"));
const counterparts = sections.flatMap(({ counterpart }) => counterpart ?? []);

describe("from_httpx.md", () => {
  it("runs against the stand-in for httpbin", async () => {
    await using httpbin = startHttpbin();
    assertEquals(await failuresOf(counterparts, httpbin.url), "");
  });

  (HTTPBIN.isInstalled ? it : it.skip)("runs against the real httpbin", async () => {
    await using httpbin = await HTTPBIN.start();
    const asking = counterparts.filter(({ code }) => code.includes("httpbin.org"));
    assertEquals(await failuresOf(asking, httpbin.url), "");
  });
});

/** Runs blocks, each a module of its own, in one process; says what failed. */
async function failuresOf(
  blocks: readonly Counterpart[],
  httpbinURL: string,
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "httpx-samples-"));
  const files = join(folder, "files");
  try {
    await mkdir(files);
    await using hosts = await startHosts(httpbinURL, files);
    for (const name of FILES) await writeFile(join(files, name), "<... binary content ...>");
    for (const { place, code, options } of blocks) {
      const text = options.includes("untouched") ? code : hosts.localised(code);
      const module = `${text}\nexport {};\n`;
      await writeFile(join(folder, `${place.replace(/^.*:/, "").padStart(5, "0")}.ts`), module);
    }
    await runProgram(folder);
    const outcomes = JSON.parse(await readFile(join(folder, "outcomes.json"), "utf8"));
    assertEquals(outcomes.ran, blocks.length);
    return Object.entries(outcomes.failures).map(([place, why]) => `${place}: ${why}`).join("\n");
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** What the samples upload. */
const FILES = [
  "report.xls",
  "report.pdf",
  "photo1.jpg",
  "photo2.jpg",
  "photo.jpg",
  "data.csv",
  "foo.png",
  "bar.png",
];

function runProgram(folder: string): Promise<void> {
  const script = join(ROOT, "tests/examples/blocks_program.ts");
  const [program = "", ...args] = scriptCommand(script, [folder]);
  const child = spawn(program, args, {
    cwd: ROOT,
    env: { ...process.env, NO_COLOR: "1" },
    stdio: ["ignore", "ignore", "inherit"],
    timeout: 60_000,
    killSignal: "SIGKILL",
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => code === 0 ? resolve() : reject(new Error(`ended with ${code}`)));
  });
}
