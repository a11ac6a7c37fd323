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
const ROLLUP = "rollup@4.53.3";
const MAIN = fileURLToPath(new URL("../../mod.ts", import.meta.url));
const ENTRY = fileURLToPath(new URL("../../src/edge/mod.ts", import.meta.url));

/**
 * What the client over `fetch` loads before its first request, minified and under gzip. Retries and event streams are loaded on
 * first use; a bundle in one file has them too, and is 6 KB larger.
 */
const MAX_GZIP_BYTES = 51 * 1024;

/** A bundle: its size, and the files that something of it comes from. */
interface Bundle {
  readonly gzipBytes: number;
  readonly paths: readonly string[];
  /** What it prints, if it is run. */
  readonly output: string;
}

interface Output {
  readonly entryPoint?: string;
  readonly imports: readonly { readonly path: string; readonly kind: string }[];
}

/**
 * The size of a first load by esbuild with `--splitting`: the entry and everything that it imports statically, each file
 * under gzip by itself, as a server sends it. What is imported on first use (HTTP/2, TLS by Node, the Public Suffix List,
 * content decoders, retries, WebSocket) lies in files of its own and is not counted.
 */
async function firstLoadBytes(source: string): Promise<number> {
  const program = await npmProgram(ESBUILD, "esbuild");
  const folder = await mkdtemp(join(tmpdir(), "httpx-split-"));
  const file = (name: string) => join(folder, name);
  try {
    await writeFile(file("source.js"), source);
    await run(program, [
      ...[file("source.js"), "--bundle", "--splitting", "--minify", "--format=esm"],
      ...["--target=es2022", "--log-level=error", `--outdir=${file("out")}`],
      ...[`--metafile=${file("meta.json")}`, `--outbase=${folder}`],
    ]);
    const { outputs }: { outputs: Record<string, Output> } = JSON.parse(
      await readFile(file("meta.json"), "utf8"),
    );
    const entry = Object.keys(outputs)
      .find((path) => outputs[path]?.entryPoint?.endsWith("source.js"));
    const loaded = new Set([entry ?? ""]);
    for (const path of loaded) { // grows while it is walked
      for (const { path: next, kind } of outputs[path]?.imports ?? []) {
        if (kind === "import-statement") loaded.add(next);
      }
    }
    const sizes = await Promise.all(
      [...loaded].map((path) => gzipBytesOf(file(`out/${path.slice(path.lastIndexOf("/") + 1)}`))),
    );
    return sizes.reduce((sum, bytes) => sum + bytes, 0);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** In a process of its own: esbuild keeps a service running that Deno's sanitizers would find. */
async function bundle(source: string, use: "measure" | "run" = "measure"): Promise<Bundle> {
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
    const [made]: { inputs: Record<string, { bytesInOutput: number }> }[] = Object.values(
      outputs,
    );
    const paths = Object.entries(made?.inputs ?? {})
      .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
      .map(([path]) => path.slice(path.lastIndexOf("src/")));
    const output = use === "run"
      ? await run("node", ["--input-type=module", "-e", await readFile(file("out.js"), "utf8")])
      : "";
    return { gzipBytes: await gzipBytesOf(file("out.js")), paths, output };
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
const rollup = await npmPackageIfAvailable(ROLLUP);

describe("The bundle of the fetch entry", () => {
  const test = esbuild === null ? it.skip : it;
  const everything = `export * from ${JSON.stringify(ENTRY)};`;
  const client = `export { Client } from ${JSON.stringify(ENTRY)};`;

  test("is under 51 KB with the client, at its first load", async () => {
    const bytes = await firstLoadBytes(client);
    assert(bytes > 20 * 1024, `${bytes} bytes: something is missing`);
    assert(bytes < MAX_GZIP_BYTES, `${bytes} bytes, at most ${MAX_GZIP_BYTES}`);
  });

  test("has nothing of the wire, of sockets, of zlib, or of the Public Suffix List", async () => {
    const { paths } = await bundle(everything);
    assert(paths.includes("src/transports/fetch_transport.ts"), paths.join("\n"));
    const foreign =
      /src\/(?:wire|clock\/(?!call|closing))|socket|zlib|\/public_suffix(?:_table)?\.ts/;
    assertEquals(paths.filter((path) => foreign.test(path)), []);
    const runtime = (await bundle(client)).paths.filter((path) => path.startsWith("src/runtime/"))
      .sort();
    assertEquals(runtime, [
      "src/runtime/failures.ts",
      "src/runtime/host.ts",
      "src/runtime/timers.ts",
    ]);
  });

  test("has no more than is used", async () => {
    const [all, one] = await Promise.all([bundle(everything), bundle(client)]);
    assert(one.gzipBytes < all.gzipBytes, `${one.gzipBytes} of ${all.gzipBytes}`);
  });
});

/**
 * What one name of the main entry brings along in one file, in KB under gzip: everything that may be loaded later is in it, of
 * a client over sockets HTTP/2, each runtime's sockets, WebSocket, retries and the Public Suffix List (40 KB).
 */
const BUDGETS: readonly (readonly [name: string, maxKB: number])[] = [
  ["ConnectTimeout", 5],
  ["FetchClient", 57],
  ["get", 163],
  ["Client", 163],
];

describe("The bundle of one name of the main entry", () => {
  for (const [name, maxKB] of BUDGETS) {
    const source = `export { ${name} } from ${JSON.stringify(MAIN)};`;

    (esbuild === null ? it.skip : it)(`${name}: at most ${maxKB} KB by esbuild`, async () => {
      const { gzipBytes } = await bundle(source);
      assert(gzipBytes <= maxKB * 1024, `${gzipBytes} bytes`);
    });

    const test = esbuild === null || rollup === null ? it.skip : it;
    test(`${name}: at most ${maxKB} KB by rollup`, async () => {
      const gzipBytes = await rolledUp(source);
      assert(gzipBytes <= maxKB * 1024, `${gzipBytes} bytes`);
    });
  }
});

/** What a program loads before its first request, in KB under gzip. */
const FIRST_LOADS: readonly (readonly [name: string, maxKB: number])[] = [
  ["get", 98],
  ["Client", 98],
];

describe("The first load of one name of the main entry", () => {
  for (const [name, maxKB] of FIRST_LOADS) {
    (esbuild === null ? it.skip : it)(`${name}: at most ${maxKB} KB by esbuild`, async () => {
      const bytes = await firstLoadBytes(`export { ${name} } from ${JSON.stringify(MAIN)};`);
      assert(bytes > 20 * 1024, `${bytes} bytes: something is missing`);
      assert(bytes <= maxKB * 1024, `${bytes} bytes`);
    });
  }
});

describe("A class in a bundle", () => {
  (esbuild === null ? it.skip : it)("still shows no credentials in console.log", async () => {
    const { output } = await bundle(
      `import { Headers } from ${JSON.stringify(MAIN)};` +
        'console.log(new Headers({ authorization: "Basic c2VjcmV0" }));',
      "run",
    );
    assertEquals(output.trim(), 'Headers { authorization: "[secure]" }');
  });
});

/** Bundled by rollup, types removed and the result minified by esbuild. */
async function rolledUp(source: string): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "httpx-rollup-"));
  try {
    const out = join(folder, "out.js");
    await writeFile(join(folder, "source.js"), source);
    await writeFile(join(folder, "roll.cjs"), ROLL);
    await run("node", [join(folder, "roll.cjs"), ...[rollup ?? "", esbuild ?? "", folder]]);
    return await gzipBytesOf(out);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A program for Node: packages of rollup and esbuild, and the folder with `source.js`. */
const ROLL = `
const [rollupFolder, esbuildFolder, folder] = process.argv.slice(2);
const { createRequire } = require("node:module");
const { rollup } = createRequire(rollupFolder + "/x.js")("rollup");
const esbuild = createRequire(esbuildFolder + "/x.js")("esbuild");
const types = {
  name: "types",
  transform: (code, id) => id.endsWith(".ts")
    ? esbuild.transform(code, { loader: "ts", target: "es2022" }).then(({ code }) => ({ code, map: null }))
    : null,
};
const minify = {
  name: "minify",
  renderChunk: (code) => esbuild.transform(code, { minify: true, target: "es2022" })
    .then(({ code }) => ({ code, map: null })),
};
rollup({ input: folder + "/source.js", plugins: [types], onwarn() {} })
  .then((bundle) => bundle.write({ file: folder + "/out.js", plugins: [minify], inlineDynamicImports: true }))
  .then(() => process.exit(0), (error) => { console.error(error); process.exit(1); });
`;
