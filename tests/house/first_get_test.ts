/**
 * What a program loads for its first plain GET: a short-lived one (a command, a function at the edge) pays for each module
 * and each built-in of the runtime. What a feature needs is loaded when that feature is first used.
 */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { bunProgram } from "../support/runtimes.ts";
import { deno, inTemporaryFolder } from "./deno_command.ts";
import { ROOT } from "./source.ts";

/** The most that may be loaded. A change that needs more says why; one that needs less lowers it. */
const BUDGET = { modules: 214, kilobytes: 1045 };

/** What has no part in a plain GET. */
const UNNEEDED = [
  /\/public_suffix(?:_table)?\.ts$/,
  /\/decoding\/(?:zlib|members\/)/,
  /^src\/wire\/(?:http2|websocket)\//,
  /^src\/wire\/dial\/proxy\/(?:http_tunnel|socks5|handshake)/,
  /^src\/runtime\/adapters\/(?:bun|node)/,
  /^src\/middleware\/(?:cache|retry|rate_limit)\//,
  /^src\/client\/websocket\//,
  /^src\/(?:sync|cli|testing|sse|websocket|edge)\//,
];

/** Prints the built-ins that are asked for. On Deno the first look at `process` is what costs, so that is noted. */
const SCRIPT = `
const asked = [];
if (globalThis.Deno) {
  Object.defineProperty(globalThis, "process", { get: () => void asked.push("process") });
} else {
  const { getBuiltinModule } = process;
  process.getBuiltinModule = (name) => {
    asked.push(name);
    return getBuiltinModule.call(process, name);
  };
}
const { Client } = await import(${JSON.stringify(`${ROOT}/mod.ts`)});
const client = new Client();
const response = await client.get(globalThis.Deno ? Deno.args[0] : process.argv[2]);
console.log(JSON.stringify([await response.text(), asked]));
await client.close();
`;

describe("A first plain GET", () => {
  it("loads few modules on Deno, none of another feature, and no part of Node's library", async () => {
    await inTemporaryFolder(async (folder) => {
      await Deno.writeTextFile(`${folder}/get.js`, SCRIPT);
      await using server = serve();
      const coverage = `${folder}/coverage`;
      const flags = ["run", "-A", "--no-check", `--coverage=${coverage}`];
      const { ok, stdout, output } = await deno([...flags, `${folder}/get.js`, server.url]);
      assert(ok, output);
      assertEquals(stdout.trim().split("\n")[0], '["hello",[]]');
      const paths = await loadedFiles(coverage);
      assert(paths.includes("src/wire/http1/engine.ts"), paths.join("\n"));
      assertEquals(paths.filter((path) => UNNEEDED.some((pattern) => pattern.test(path))), []);
      const kilobytes = Math.ceil(await sizeOf(paths) / 1024);
      const isWithin = paths.length <= BUDGET.modules && kilobytes <= BUDGET.kilobytes;
      assert(isWithin, `${paths.length} modules, ${kilobytes} KB`);
    });
  });

  it("asks for no built-in of Node's on Bun", async () => {
    await inTemporaryFolder(async (folder) => {
      await Deno.writeTextFile(`${folder}/get.js`, SCRIPT);
      await using server = serve();
      const { stdout, stderr } = await new Deno.Command(bunProgram(), {
        args: [`${folder}/get.js`, server.url],
      }).output();
      const [printed, failure] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
      assertEquals(printed?.trim(), '["hello",[]]', failure);
    });
  });
});

function serve(): { readonly url: string } & AsyncDisposable {
  const options = { hostname: "127.0.0.1", port: 0, onListen() {} };
  const server = Deno.serve(options, () => new Response("hello"));
  return {
    url: `http://127.0.0.1:${server.addr.port}/`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** The files of the repository that a program loaded: V8 counts what runs in each. */
async function loadedFiles(coverage: string): Promise<string[]> {
  const root = new URL(`file://${ROOT}/`).href;
  const paths: string[] = [];
  for await (const { name } of Deno.readDir(coverage)) {
    if (!name.endsWith(".json")) continue;
    const { url }: { url: string } = JSON.parse(await Deno.readTextFile(`${coverage}/${name}`));
    if (url.startsWith(root)) paths.push(url.slice(root.length));
  }
  return paths.sort();
}

async function sizeOf(paths: readonly string[]): Promise<number> {
  const files = await Promise.all(paths.map((path) => Deno.stat(`${ROOT}/${path}`)));
  return files.reduce((sum, { size }) => sum + size, 0);
}
