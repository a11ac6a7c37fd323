import { assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { execFile } from "node:child_process";
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import process from "node:process";
import { tmpdir } from "node:os";
import { npmPackage, npmProgram } from "../support/npm.ts";
import { bunProgram, denoProgram } from "../support/runtimes.ts";

const CLIENT = new URL("../../mod.ts", import.meta.url).href;
const TESTING = new URL("../../src/testing/mod.ts", import.meta.url).href;

/** The same test for each tool: code under test is given a client whose transport is a router. */
function testWith(head: string, from = (url: string) => url): string {
  return `${head}
import { Client } from ${JSON.stringify(from(CLIENT))};
import { MockRouter } from ${JSON.stringify(from(TESTING))};

async function nameOf(client, id) {
  return (await (await client.get("/users/" + id)).json()).name;
}

test("finds the name of a user", async () => {
  const api = new MockRouter({ baseURL: "https://api.example" });
  api.get("/users/:id").reply((_, { params }) => Response.json({ name: "user " + params.id }));
  const client = new Client({ transport: api, baseURL: "https://api.example" });
  const name = await nameOf(client, 7);
  await client.close();
  api.assertDone();
  if (name !== "user 7") throw new Error(name);
});
`;
}

/** What a tool writes about a test file. */
async function outputOf(
  text: string,
  command: (file: string, folder: string) => readonly string[],
  prepare: (folder: string) => Promise<void> = () => Promise.resolve(),
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "httpx-guide-"));
  try {
    const file = join(folder, "users.test.js");
    await writeFile(file, text);
    await prepare(folder);
    const [program = "", ...args] = command(file, folder);
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const options = { cwd: folder, env: { ...process.env, NO_COLOR: "1" }, timeout: 50_000 };
    execFile(program, args, options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout + stderr);
      else reject(new Error(`${error.message}\n${stdout}\n${stderr}`));
    });
    return await promise;
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe("a test with MockRouter", () => {
  it("runs with deno test", async () => {
    const output = await outputOf(
      testWith("const { test } = Deno;"),
      (file) => [denoProgram(), "test", "--no-check", "-A", file],
    );
    assertMatch(output, /1 passed/);
  });

  it("runs with bun test", async () => {
    const output = await outputOf(
      testWith('import { test } from "bun:test";', (url) => new URL(url).pathname),
      (file) => [bunProgram(), "test", file],
    );
    assertMatch(output, /1 pass/);
  });

  it("runs with vitest", async () => {
    const folder = await npmPackage("vitest@3");
    const vitest = await npmProgram("vitest@3", "vitest");
    const node = await npmProgram("node@24", "node");
    const output = await outputOf(
      testWith('import { test } from "vitest";', (url) => new URL(url).pathname),
      (_, root) => [node, vitest, "run", "--root", root],
      (root) => symlink(dirname(folder), join(root, "node_modules")),
    );
    assertMatch(output, /1 passed/);
  });
});
