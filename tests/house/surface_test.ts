/**
 * The tables of names in examples/every_name.md: whatever stands in code in their second column is an export, an entry of the
 * package, or an expression that type checks with one of everything at hand.
 */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { deno, inTemporaryFolder, typedImports } from "./deno_command.ts";
import { exportedNames } from "./exports.ts";
import { ROOT, source, ts, walk } from "./source.ts";

const PAGE = "examples/every_name.md";

/** What expressions of the table may use beside exports. */
const AT_HAND = {
  client: "Client",
  transport: "Transport",
  request: "Request",
  response: "Response",
  headers: "Headers",
  params: "QueryParams",
  cookies: "Cookies",
  timeout: "Timeout",
  proxy: "Proxy",
  auth: "Auth",
  error: "TransportError",
  statusError: "HTTPStatusError",
  networkStream: "NetworkStream",
  app: "App",
  bytes: "Uint8Array",
  schema: "StandardSchema<string>",
  url: "string",
  name: "string",
  method: "string",
} as const;

describe("The tables of names in examples/every_name.md", () => {
  const spans = spansOf(readFileSync(join(ROOT, PAGE), "utf8"));
  const { values, types } = exportedNames(source("mod.ts"));
  const exported = new Set([...values, ...types]);

  it("name each value of mod.ts, but for the functions and errors", () => {
    const said = spans.map(({ code }) => code).join(" ");
    const missing = values.filter((name) => /^[A-Z]/.test(name) && !ERROR.test(name))
      .filter((name) => !new RegExp(`\\b${name}\\b`).test(said));
    assertEquals(missing, []);
  });

  it("name nothing that is not here", async () => {
    const checked = spans.filter(({ code }) => !exported.has(code));
    await inTemporaryFolder(async (folder) => {
      const config = { imports: await typedImports(), lock: false };
      await Deno.writeTextFile(join(folder, "deno.json"), JSON.stringify(config));
      const programs = checked.map(({ line, code }, i) => {
        const file = join(folder, `line_${line}_${i}.ts`);
        return Deno.writeTextFile(file, program(code, exported));
      });
      await Promise.all(programs);
      const { ok, output } = await deno([
        "check",
        "--quiet",
        "--config",
        join(folder, "deno.json"),
        folder,
      ]);
      assert(ok, output);
    });
  });
});

/** Not every error is told of by itself. */
const ERROR =
  /(?:Error|Timeout|Exception|Protocol|Redirects|URL|Conflict|Consumed|Closed|NotRead)$/;

describe("spansOf()", () => {
  it("finds the code of second columns, in tables of names alone", () => {
    const page =
      "| a | b |\n|---|---|\n| `x` | `y` |\n\n## Every name of httpx\n\n| httpx | here |\n|---|---|\n" +
      "| `get` | `httpx.get(url)` or `FetchClient` |\n";
    assertEquals(spansOf(page), [
      { line: 9, code: "httpx.get(url)" },
      { line: 9, code: "FetchClient" },
    ]);
  });
});

describe("program()", () => {
  it("declares what is at hand, and as never what an option is given", () => {
    const text = program("client.get(url, { auth, limits })", new Set(["Client"]));
    assertEquals(text.split("\n").slice(-4), [
      "declare const limits: never;",
      "export async function use(): Promise<void> {",
      "  client.get(url, { auth, limits });",
      "}",
    ]);
  });
});

/** The code spans of second columns with their lines. */
function spansOf(page: string): { line: number; code: string }[] {
  const lines = page.split("\n");
  const begin = lines.indexOf("## Every name of httpx");
  const next = lines.findIndex((line, i) => i > begin && line.startsWith("## "));
  const end = next < 0 ? lines.length : next;
  return lines.flatMap((text, i) => {
    const [, , here] = text.split(/(?<!\\)\|/);
    if (i < begin || i > end || here === undefined) return [];
    return [...here.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => ({ line: i + 1, code }));
  });
}

/** A module that uses the code: with the library's names, one of everything, and `never` for other names. */
function program(code: string, exported: ReadonlySet<string>): string {
  const used = namesIn(code);
  const imported = [...exported].filter((name) => used.has(name) || IN_TYPES.has(name))
    .filter(isImported);
  const known = new Set([...imported, ...Object.keys(AT_HAND), "httpx"]);
  const free = [...used].filter((name) => !known.has(name) && !(name in globalThis));
  return [
    'import * as httpx from "@httpx/httpx";',
    `import { ${imported.join(", ")} } from "@httpx/httpx";`,
    ...Object.entries(AT_HAND).filter(([name]) => !new RegExp(`using ${name}\\b`).test(code))
      .map(([name, type]) => `declare const ${name}: ${type};`),
    ...free.map((name) => `declare const ${name}: never;`),
    "export async function use(): Promise<void> {",
    `  ${code};`,
    "}",
  ].join("\n");
}

/** Functions such as `get()` are told of as `httpx.get()`: their names are those of options too. */
function isImported(name: string): boolean {
  return /^[A-Z]/.test(name) || name === "codes" || name === "createTLSContext";
}

const IN_TYPES = new Set<string>(Object.values(AT_HAND).map((type) => type.replace(/<.*/, "")));

/** The names that an expression takes from outside. */
function namesIn(code: string): Set<string> {
  const names = new Set<string>();
  const file = ts.createSourceFile("code.ts", code, ts.ScriptTarget.Latest, true);
  const own = new Set<string>();
  walk(file, (node) => {
    if (ts.isParameter(node) || ts.isVariableDeclaration(node)) own.add(node.name.getText(file));
    if (!ts.isIdentifier(node)) return;
    const { parent } = node;
    const isMember = ts.isPropertyAccessExpression(parent) && parent.name === node ||
      ts.isPropertyAssignment(parent) && parent.name === node;
    if (!isMember) names.add(node.text);
  });
  return new Set([...names].filter((name) => !own.has(name)));
}
