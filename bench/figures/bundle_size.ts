/** What the fetch-only entry adds to an edge bundle: minified and compressed. */
import { gzipSync } from "node:zlib";
import { fileURLToPath } from "node:url";
import { type Figure, outputOf } from "./figure.ts";

export const bundleSize: Figure = {
  name: "bundle_size",
  title: "Bundle of the fetch-only entry, minified, gzip",
  unit: "KB",
  atMost: 20,
  async measure({ bun }) {
    const entry = fileURLToPath(new URL("../../src/edge/mod.ts", import.meta.url));
    const command = [bun, "build", "--minify", "--target=browser", "--format=esm", entry];
    return gzipSync(await outputOf(command), { level: 9 }).length / 1024;
  },
};
