/** Loaded before a worker on Node: `npm:name@version` is found there as Deno finds it by itself. */
import { registerHooks } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { cacheFolder, parseNpmSpecifier } from "../tests/support/npm.ts";

const packages = await cacheFolder("npm");

registerHooks({
  resolve(specifier, context, next) {
    if (!specifier.startsWith("npm:")) return next(specifier, context);
    const { name, version, path } = parseNpmSpecifier(specifier.slice("npm:".length));
    const home = join(packages, `${name}@${version}`.replaceAll("/", "+"), "importer.js");
    return next(name + path, { ...context, parentURL: pathToFileURL(home).href });
  },
});
