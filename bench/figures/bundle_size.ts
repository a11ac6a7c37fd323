/** What the fetch-only entry adds to an edge bundle: minified and compressed. */
import { fileURLToPath } from "node:url";
import { type Figure, outputOf } from "./figure.ts";

/** As Node's zlib does it, by which sizes of bundles are usually told. */
const GZIP = `const bytes = require("node:fs").readFileSync(process.argv[1]);
console.log(require("node:zlib").gzipSync(bytes, { level: 9 }).length)`;

export const bundleSize: Figure = {
  name: "bundle_size",
  title: "Bundle of the fetch-only entry, minified, gzip",
  unit: "KB",
  atMost: 20,
  async measure({ bun }) {
    const entry = fileURLToPath(new URL("../../src/edge/mod.ts", import.meta.url));
    const command = [bun, "build", "--minify", "--target=browser", "--format=esm", entry];
    const bundle = await Deno.makeTempFile({ suffix: ".js" });
    try {
      await Deno.writeFile(bundle, await outputOf(command));
      return Number(new TextDecoder().decode(await outputOf(["node", "-e", GZIP, bundle]))) / 1024;
    } finally {
      await Deno.remove(bundle);
    }
  },
};
