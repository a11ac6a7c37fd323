/**
 * Where the names that tests and examples import come from. On Deno `deno.json` points `@std/*` at JSR; where
 * JSR can't be reached `tests/import_map.json` points the same names at npm. Bun reads neither, so it is given
 * the same map as `paths` of a tsconfig outside the tree, with every `npm:` name of the files resolved.
 */
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { cacheFolder, npmPackage, parseNpmSpecifier } from "../npm.ts";

export const ROOT: string = resolve(dirname(fileURLToPath(import.meta.url)), "../../..");
const NPM_MAP = join(ROOT, "tests", "import_map.json");

const PROBE_DEADLINE_MS = 3_000;
const DOWNLOAD_DEADLINE_MS = 60_000;

/** The import map to hand to Deno, or `null` where `deno.json` and JSR do. `HTTPX_TEST_IMPORTS=jsr|npm` decides by hand. */
export async function chooseImportMap(): Promise<string | null> {
  const wish = Deno.env.get("HTTPX_TEST_IMPORTS");
  if (wish === "jsr") return null;
  if (wish === "npm") return NPM_MAP;
  const registry = Deno.env.get("JSR_URL") ?? "https://jsr.io"; // as Deno itself has it
  return await answers(new URL("/@std/assert/meta.json", registry)) && await downloadsFromJsr()
    ? null
    : NPM_MAP;
}

async function answers(url: URL): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(PROBE_DEADLINE_MS) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

/** The index may answer where the files do not; one package stands for all. */
async function downloadsFromJsr(): Promise<boolean> {
  const name = (await denoImports())["@std/assert"] ?? "";
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["cache", "--no-check", "--no-config", name],
    stdout: "null",
    stderr: "null",
    signal: AbortSignal.timeout(DOWNLOAD_DEADLINE_MS),
  }).output();
  return success;
}

async function denoImports(): Promise<Record<string, string>> {
  return JSON.parse(await Deno.readTextFile(join(ROOT, "deno.json"))).imports;
}

/**
 * The same names with absolute addresses, for generated files that live outside the tree.
 * `map` is what `chooseImportMap` gave.
 */
export async function absoluteImports(map: string | null): Promise<Record<string, string>> {
  const imports = map === null
    ? await denoImports()
    : JSON.parse(await Deno.readTextFile(map)).imports as Record<string, string>;
  const base = pathToFileURL(map ?? join(ROOT, "deno.json"));
  const absolute: Record<string, string> = {};
  for (const [name, to] of Object.entries(imports)) {
    absolute[name] = to.startsWith(".") ? new URL(to, base).href : to;
    if (to.startsWith("jsr:")) absolute[`${name}/`] = to.replace("jsr:", "jsr:/") + "/";
  }
  return absolute;
}

/** Writes the tsconfig that maps the imports of `files` for Bun and returns its path. */
export async function writeBunConfig(bun: readonly string[], files: string[]): Promise<string> {
  const { imports } = JSON.parse(await Deno.readTextFile(NPM_MAP));
  const paths: Record<string, string[]> = {};
  for (const [name, to] of Object.entries<string>(imports)) {
    paths[name] = [to.startsWith("npm:") ? await npmFile(to) : resolve(dirname(NPM_MAP), to)];
  }
  const wanted = await npmNamesIn(files);
  for (const [name, file] of await resolveOnBun(bun, wanted)) paths[name] = [file];
  const config = { compilerOptions: { baseUrl: ROOT, paths } };
  const file = join(
    await cacheFolder("bun"),
    `tsconfig.${await digest(JSON.stringify(config))}.json`,
  );
  await Deno.writeTextFile(file, JSON.stringify(config, null, 2));
  return file;
}

/** "npm:deno-std@1.0.0/assert/mod.js" as a file: for packages that name their files in full. */
async function npmFile(specifier: string): Promise<string> {
  const text = specifier.slice("npm:".length);
  return join(await npmPackage(text), ...parseNpmSpecifier(text).path.split("/"));
}

/** Every `npm:` name that the files import. */
async function npmNamesIn(files: string[]): Promise<string[]> {
  const names = new Set<string>();
  for (const file of files) {
    const text = await Deno.readTextFile(file);
    for (const [, name] of text.matchAll(NPM_IMPORT)) if (name !== undefined) names.add(name);
  }
  return [...names].sort();
}

const NPM_IMPORT = /(?:\bfrom|\bimport|\bimport\()\s*["'](npm:[^"']+)["']/g;

/** Installs the packages and asks Bun which file each name means, as `exports` in a package differ by runtime. */
async function resolveOnBun(bun: readonly string[], names: string[]): Promise<[string, string][]> {
  const questions: { name: string; wanted: string; folder: string }[] = [];
  for (const name of names) {
    const text = name.slice("npm:".length);
    const { name: packageName, path } = parseNpmSpecifier(text);
    try {
      questions.push({ name, wanted: packageName + path, folder: await npmPackage(text) });
    } catch (error) {
      console.error(`What imports ${name} will fail on Bun: ${error}`);
    }
  }
  const [program = "bun", ...args] = bun;
  const script = `(${bunResolve})(${JSON.stringify(questions)})`;
  const { stdout } = await new Deno.Command(program, { args: [...args, "-e", script] }).output();
  return JSON.parse(new TextDecoder().decode(stdout));
}

/** Runs on Bun. A name that Bun has built in (undici) would not lead to the package: then its main file does. */
const bunResolve = `(questions) => {
  const path = require("node:path");
  const fileOf = ({ wanted, folder }) => {
    const file = Bun.resolveSync(wanted, folder);
    if (path.isAbsolute(file)) return file;
    return path.join(folder, require(path.join(folder, "package.json")).main ?? "index.js");
  };
  console.log(JSON.stringify(questions.map((question) => [question.name, fileOf(question)])));
}`;

async function digest(text: string): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(hash).slice(0, 6).reduce(
    (hex, b) => hex + b.toString(16).padStart(2, "0"),
    "",
  );
}
