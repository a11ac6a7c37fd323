/** The type of `client.fetch` is that of `fetch`, by the declarations of each runtime. */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type typescript from "npm:typescript@5.9.3";
import { npmPackage, npmPackageIfAvailable } from "../support/npm.ts";

const SOURCE = fileURLToPath(new URL("../../src/client/fetch/web_fetch.ts", import.meta.url));

/** Where the program and the declarations stand, in memory. */
const PROGRAM = "/program/use.ts";
const DECLARATION = "/program/web_fetch.d.ts";

const USE = `
import type { WebFetch } from "./web_fetch";
declare const ours: WebFetch;
const theirs: typeof fetch = ours;
const sdk: (input: string | URL | Request, init?: RequestInit) => Promise<Response> = ours;
const response: Response = await ours("https://a.test/", { method: "POST", body: "x", headers: [["a", "b"]] });
ours.preconnect(new URL("https://a.test/"));
export const all = [theirs, sdk, response];
`;

const typescriptFolder = await npmPackageIfAvailable("typescript@5.9.3");

describe("The type of client.fetch", () => {
  const test = typescriptFolder === null ? it.skip : it;

  for (const name of ["@types/bun@1", "@types/node@24", "lib.dom"]) {
    test(`is that of fetch under ${name}, in a strict project`, async () => {
      const ts = createRequire(import.meta.url)(typescriptFolder ?? "") as typeof typescript;
      const types = name === "lib.dom" ? null : await npmPackage(name);
      assertEquals(faults(ts, USE, types), []);
      const wrong = USE.replace("Promise<Response>", "Promise<string>");
      assertEquals(faults(ts, wrong, types).length, 1); // the check finds what does not fit
    });
  }
});

/** What the compiler finds in the program, and nowhere else. */
function faults(ts: typeof typescript, text: string, types: string | null): string[] {
  const declaration = ts.transpileDeclaration(readFileSync(SOURCE, "utf8"), { fileName: SOURCE });
  const files = new Map([[PROGRAM, text], [DECLARATION, declaration.outputText]]);
  const options: typescript.CompilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    allowImportingTsExtensions: true,
    target: ts.ScriptTarget.ESNext,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    lib: types === null
      ? ["lib.esnext.d.ts", "lib.dom.d.ts", "lib.dom.iterable.d.ts"]
      : ["lib.esnext.d.ts"],
    types: types === null ? [] : [types],
    typeRoots: types === null ? [] : [dirname(types)],
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, directoryExists } = host;
  host.directoryExists = (folder) => folder === "/program" || (directoryExists?.(folder) ?? true);
  host.fileExists = (file) => files.has(file) || fileExists(file);
  host.getSourceFile = (file, ...rest) => {
    const own = files.get(file);
    return own === undefined
      ? getSourceFile(file, ...rest)
      : ts.createSourceFile(file, own, rest[0]);
  };
  host.getCurrentDirectory = () => types === null ? "/program" : join(types, "..", "..", "..");
  const program = ts.createProgram([PROGRAM], options, host);
  return program.getSemanticDiagnostics(program.getSourceFile(PROGRAM))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
}
