import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { exportedNames, internalMembers } from "./exports.ts";
import { parse, ROOT, source, sourcesBelow, ts } from "./source.ts";

/** The rows of every table of a Markdown text. */
function tableRows(markdown: string): string[] {
  return markdown.split("\n").filter((line) => /^\s*\|/.test(line));
}

describe("mod.ts", () => {
  it("re-exports by name and does nothing else", () => {
    const others = source("mod.ts").tree.statements.filter((statement) =>
      !(ts.isExportDeclaration(statement) && statement.exportClause !== undefined)
    );
    assertEquals(others.map((statement) => statement.getText()), []);
  });

  it("exports nothing that the tables of examples/every_name.md do not name", () => {
    const rows = tableRows(readFileSync(join(ROOT, "examples/every_name.md"), "utf8")).join("\n");
    const words = new Set(rows.match(/\w+/g));
    const { values, types } = exportedNames(source("mod.ts"));
    assertEquals([...values, ...types].filter((name) => !words.has(name)), []);
  });
});

describe("published classes and interfaces", () => {
  it("have no internal members: the library reaches their private ones as befriend.ts says", () => {
    const { exports }: { exports: Record<string, string> } = JSON.parse(
      readFileSync(join(ROOT, "deno.json"), "utf8"),
    );
    const published = new Set(
      Object.values(exports).flatMap((path) => {
        const { values, types } = exportedNames(source(path.replace("./", "")));
        return [...values, ...types];
      }),
    );
    const found = sourcesBelow("src").flatMap((file) => internalMembers(file, published));
    assertEquals(found, []);
  });
});

describe("internalMembers()", () => {
  it("finds members, constructors and properties of published names alone", () => {
    const members = "/** @internal */ constructor() {}\n/** About.\n @internal */ static a() {}\n" +
      "/** About. */ b() {}\n";
    const text = `export class A {\n${members}}\nexport class B {\n${members}}\n` +
      "export interface I {\n/** @internal c */ readonly c: 1 }\n";
    assertEquals(internalMembers(parse("src/a.ts", text), new Set(["A", "I"])), [
      "src/a.ts:2 A.constructor",
      "src/a.ts:4 A.a",
      "src/a.ts:14 I.c",
    ]);
  });
});

describe("exportedNames()", () => {
  it("tells values from types", () => {
    const text = `export { a, type B } from "./a.ts";\nexport type { C } from "./c.ts";\n` +
      `export { d as e };`;
    assertEquals(exportedNames(parse("mod.ts", text)), { values: ["a", "e"], types: ["B", "C"] });
  });
});

describe("tableRows()", () => {
  it("finds the rows and nothing else", () => {
    assertEquals(tableRows("# a\n\n| a | b |\n|---|---|\n| `get` | x |\ntext | text"), [
      "| a | b |",
      "|---|---|",
      "| `get` | x |",
    ]);
  });
});
