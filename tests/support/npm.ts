/**
 * npm packages for tests and benchmarks, each installed once into a folder of its own outside the tree.
 * Works on Deno and Bun alike; needs `npm` on PATH the first time.
 */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";

/** Longer than a slow line needs for the largest package (workerd, 40 MB). */
const INSTALL_DEADLINE_MS = 150_000;

const installs = new Map<string, Promise<string>>();

/**
 * The folder of an npm package, `name@version`, installed now if it is not there yet.
 * Rejects with the reason when it can't be had.
 */
export function npmPackage(specifier: string): Promise<string> {
  const known = installs.get(specifier);
  if (known !== undefined) return known;
  const install = installOnce(specifier);
  installs.set(specifier, install);
  return install;
}

/**
 * As `npmPackage`, but `null` when the package can't be had, for tests that are then reported as skipped:
 * `const dir = await npmPackageIfAvailable("workerd@1"); (dir ? it : it.skip)("…", …)`.
 */
export async function npmPackageIfAvailable(specifier: string): Promise<string | null> {
  try {
    return await npmPackage(specifier);
  } catch (error) {
    console.error(`Tests that need npm:${specifier} are skipped: ${error}`);
    return null;
  }
}

/** Where downloads for tests are kept: the user's cache folder, else the temporary one. */
export async function cacheFolder(...names: string[]): Promise<string> {
  const home = process.env.HOME ? homedir() : null;
  const bases = [process.env.XDG_CACHE_HOME, home && join(home, ".cache"), tmpdir()];
  for (const base of bases) {
    if (!base) continue;
    const folder = join(base, "httpx-tests", ...names);
    try {
      await mkdir(folder, { recursive: true });
      return folder;
    } catch {
      continue; // read-only home
    }
  }
  throw new Error(`Cannot make a cache folder: tried ${bases.filter(Boolean).join(", ")}`);
}

/** Splits "@scope/name@version/sub/path" into package, version and path. */
export function parseNpmSpecifier(text: string): { name: string; version: string; path: string } {
  const match = /^((?:@[^/@]+\/)?[^/@]+)(?:@([^/]+))?(\/.+)?$/.exec(text);
  if (match === null) throw new TypeError(`Cannot read npm specifier: ${text}`);
  const [, name = "", version = "latest", path = ""] = match;
  return { name, version, path };
}

async function installOnce(specifier: string): Promise<string> {
  const { name, version } = parseNpmSpecifier(specifier);
  const root = await cacheFolder("npm");
  const home = join(root, `${name}@${version}`.replaceAll("/", "+"));
  const folder = join(home, "node_modules", ...name.split("/"));
  if (existsSync(folder)) return folder;
  const building = await mkdtemp(join(root, "installing-"));
  try {
    await writeFile(join(building, "package.json"), '{ "private": true }');
    await runNpm(["install", "--no-audit", "--no-fund", `${name}@${version}`], building);
    await rename(building, home).catch((error) => {
      if (!existsSync(folder)) throw error; // another process was first
    });
  } finally {
    await rm(building, { recursive: true, force: true });
  }
  return folder;
}

function runNpm(args: string[], cwd: string): Promise<void> {
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const options = { cwd, timeout: INSTALL_DEADLINE_MS, shell: process.platform === "win32" };
  return new Promise((resolve, reject) => {
    execFile(npm, [...args, "--loglevel=error"], options, (error, _stdout, stderr) => {
      if (error === null) resolve();
      else reject(new Error(`Cannot run npm ${args.join(" ")}: ${stderr.trim() || error.message}`));
    });
  });
}

/** The program a package declares under `bin`. */
export async function npmProgram(specifier: string, program: string): Promise<string> {
  const folder = await npmPackage(specifier);
  const manifest = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  const bin = typeof manifest.bin === "string" ? manifest.bin : manifest.bin?.[program];
  if (typeof bin !== "string") throw new Error(`Cannot find ${program} in npm:${specifier}`);
  return join(folder, bin);
}
