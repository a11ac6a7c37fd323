/** The library as programs on Node have it: JavaScript. Node itself could strip the types, which takes most of a start. */
import { fileURLToPath } from "node:url";
import { cacheFolder, npmProgram } from "../../tests/support/npm.ts";
import { outputOf } from "../figures/figure.ts";

const MAIN = fileURLToPath(new URL("../../mod.ts", import.meta.url));

/** The path of a bundle of mod.ts; what is loaded on first use lies in files beside it. */
export async function bundleForNode(): Promise<string> {
  const esbuild = await npmProgram("esbuild@0.25.12", "esbuild");
  const folder = await cacheFolder("bench", "node");
  await outputOf([
    ...[esbuild, MAIN, "--bundle", "--splitting", "--format=esm", "--target=es2022"],
    ...["--platform=node", "--log-level=error", `--outdir=${folder}`, "--out-extension:.js=.mjs"],
  ]);
  return `${folder}/mod.mjs`;
}
