/** How large the fetch entry is for those who bundle it, as esbuild does it. */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { npmPackageIfAvailable, npmProgram } from "../support/npm.ts";

const ESBUILD = "esbuild@0.25.12";
const ENTRY = fileURLToPath(new URL("../../src/edge/mod.ts", import.meta.url));

/**
 * Everything together, minified and under gzip. A bundle in one file has what is otherwise loaded on first use, too: the
 * code behind the option `retry` takes 4 KB.
 */
const MAX_GZIP_BYTES = 32 * 1024;

/** A bundle: its size, and the files that something of it comes from. */
interface Bundle {
  readonly gzipBytes: number;
  readonly paths: readonly string[];
}

/** In a process of its own: esbuild keeps a service running that Deno's sanitizers would find. */
async function bundle(source: string): Promise<Bundle> {
  const program = await npmProgram(ESBUILD, "esbuild");
  const folder = await mkdtemp(join(tmpdir(), "httpx-size-"));
  const file = (name: string) => join(folder, name);
  try {
    await writeFile(file("source.js"), source);
    await run(program, [
      ...[file("source.js"), "--bundle", "--minify", "--format=esm", "--target=es2022"],
      ...["--log-level=error", `--outfile=${file("out.js")}`, `--metafile=${file("meta.json")}`],
    ]);
    const { outputs } = JSON.parse(await readFile(file("meta.json"), "utf8"));
    const [output]: { inputs: Record<string, { bytesInOutput: number }> }[] = Object.values(
      outputs,
    );
    const paths = Object.entries(output?.inputs ?? {})
      .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
      .map(([path]) => path.slice(path.lastIndexOf("src/")));
    return { gzipBytes: await gzipBytesOf(file("out.js")), paths };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** As Node's zlib does it, by which sizes of bundles are usually told: Deno's and Bun's need some bytes more. */
async function gzipBytesOf(path: string): Promise<number> {
  const program =
    'const { readFileSync: read } = require("node:fs"), zlib = require("node:zlib");' +
    "console.log(zlib.gzipSync(read(process.argv[1]), { level: 9 }).length)";
  return Number(await run("node", ["-e", program, path]));
}

function run(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { timeout: 30_000 }, (error, stdout) => {
      if (error === null) resolve(stdout);
      else reject(error);
    });
  });
}

const esbuild = await npmPackageIfAvailable(ESBUILD);

describe("The bundle of the fetch entry", () => {
  const test = esbuild === null ? it.skip : it;
  const everything = `export * from ${JSON.stringify(ENTRY)};`;

  test("is under 32 KB", async () => {
    const { gzipBytes } = await bundle(everything);
    assert(gzipBytes < MAX_GZIP_BYTES, `${gzipBytes} bytes, at most ${MAX_GZIP_BYTES}`);
  });

  test("has nothing of the wire, of sockets, or of what is handed in", async () => {
    const { paths } = await bundle(everything);
    assert(paths.includes("src/transports/fetch_transport.ts"), paths.join("\n"));
    const foreign =
      /src\/(?:wire|clock\/(?!call))|socket|zlib|public_suffix|whole\.ts|jar\.ts|multipart/;
    const runtime = paths.filter((path) => path.startsWith("src/runtime/")).sort();
    assertEquals([paths.filter((path) => foreign.test(path)), runtime], [
      [],
      ["src/runtime/failures.ts", "src/runtime/timers.ts"],
    ]);
  });

  test("has no more than is used", async () => {
    const [all, get] = await Promise.all([
      bundle(everything),
      bundle(`export { get } from ${JSON.stringify(ENTRY)};`),
    ]);
    assert(get.gzipBytes < all.gzipBytes, `${get.gzipBytes} of ${all.gzipBytes}`);
  });
});
