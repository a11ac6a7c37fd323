import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { exportedNames } from "./exports.ts";
import { parse, ROOT, source, ts } from "./source.ts";

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
