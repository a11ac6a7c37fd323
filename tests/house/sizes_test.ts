import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { filesBelow, lineOf, parse, type SourceFile, sourcesBelow, ts, walk } from "./source.ts";

const MAX_FILE_LINES = 500;
const MAX_FUNCTION_LINES = 60;
const MAX_FOLDER_FILES = 12;

const everything = sourcesBelow("src", "tests", "bench", "examples");

describe("sizes", () => {
  it("files have at most 500 lines, but for generated tables", () => {
    const long = everything
      .filter((file) => !file.path.endsWith("_table.ts"))
      .map(({ path, lines }) => ({ path, lines }))
      .filter(({ lines }) => lines > MAX_FILE_LINES);
    assertEquals(long, []);
  });

  it("functions have at most 60 lines", () => {
    assertEquals(everything.flatMap(longFunctions), []);
  });

  it("folders have at most 12 files, tests beside their helpers not counted", () => {
    const counts = new Map<string, number>();
    for (const path of ["src", "tests", "bench", "examples"].flatMap(filesBelow)) {
      const folder = path.slice(0, path.lastIndexOf("/"));
      if (/^tests\/.*_test\.ts$/.test(path) || !SMALL_FOLDERS.test(folder)) continue;
      counts.set(folder, (counts.get(folder) ?? 0) + 1);
    }
    const full = [...counts].filter(([, files]) => files > MAX_FOLDER_FILES);
    assertEquals(full.map(([folder, files]) => `${folder}: ${files} files`), []);
  });

  it("folders of src have more than one file or folder", () => {
    const inside = new Map<string, Set<string>>();
    for (const path of filesBelow("src")) {
      const parts = path.split("/");
      for (let depth = 1; depth < parts.length; depth++) {
        const folder = parts.slice(0, depth).join("/");
        const entries = inside.get(folder) ?? new Set();
        inside.set(folder, entries.add(parts[depth] ?? ""));
      }
    }
    const single = [...inside].filter(([, entries]) => entries.size < 2);
    assertEquals(single.map(([folder]) => folder), []);
  });
});

/** Examples are a shelf, not a room: one file per task. So are the grammars of RFC 9110: one file each. */
const SMALL_FOLDERS = /^(src|tests|bench)\b(?!.*\/(?:results|semantics)$)/;

describe("longFunctions()", () => {
  it("counts the lines of each function by itself, comments before it left out", () => {
    const body = (lines: number) => "  f();\n".repeat(lines);
    const text = `/** About.\n * Long. */\nfunction short() {\n${body(58)}}\n` +
      `class A {\n  long() {\n${body(59)}  }\n}\nconst g = () => {\n${body(59)}};\n`;
    assertEquals(longFunctions(parse("src/a.ts", text)), [
      "src/a.ts:64 long: 61 lines",
      "src/a.ts:126 (arrow): 61 lines",
    ]);
  });

  it("lets the bodies of describe() and it() be", () => {
    const text = `describe("a", () => {\n${"  f();\n".repeat(100)}});`;
    assertEquals(longFunctions(parse("tests/a_test.ts", text)), []);
  });
});

function longFunctions(file: SourceFile): string[] {
  const found: string[] = [];
  walk(file.tree, (node) => {
    if (!ts.isFunctionLike(node) || isTestBody(node)) return;
    const end = file.tree.getLineAndCharacterOfPosition(node.end).line + 1;
    const lines = end - lineOf(node) + 1;
    if (lines <= MAX_FUNCTION_LINES) return;
    const name = node.name === undefined ? "(arrow)" : node.name.getText(file.tree);
    found.push(`${file.path}:${lineOf(node)} ${name}: ${lines} lines`);
  });
  return found;
}

function isTestBody(node: ts.Node): boolean {
  const call = node.parent;
  return ts.isCallExpression(call) && /^(describe|it)\b/.test(call.expression.getText());
}
