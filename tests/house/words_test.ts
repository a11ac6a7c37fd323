import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { existsSync, readdirSync } from "node:fs";
import {
  filesBelow,
  lineOf,
  parse,
  ROOT,
  type SourceFile,
  sourcesBelow,
  ts,
  walk,
} from "./source.ts";

const TOP_LEVEL = [
  ".ci",
  ".git",
  ".github",
  ".gitignore",
  "LICENSE",
  "README.md",
  "bench",
  "deno.json",
  "examples",
  "mod.ts",
  "src",
  "tests",
];

const FOLDERS = ["src", "tests", "bench", "examples"];
const everything = sourcesBelow(...FOLDERS);

describe("words", () => {
  it("the top level holds exactly what belongs there", () => {
    const found = readdirSync(ROOT).filter((name) => !IGNORED.has(name));
    assertEquals(
      found.sort(),
      TOP_LEVEL.filter((name) => name !== ".git" || existsSync(`${ROOT}/.git`)),
    );
  });

  it("files are named for what is in them", () => {
    const vague = FOLDERS.flatMap(filesBelow).filter((path) => VAGUE_NAMES.test(path));
    assertEquals(vague, []);
  });

  it("files are named in snake case", () => {
    const odd = FOLDERS.flatMap(filesBelow).filter((path) =>
      path.endsWith(".ts") && !/^([a-z0-9_]+\/)+[a-z0-9_]+(\.d)?\.ts$/.test(path)
    );
    assertEquals(odd, []);
  });

  it("nothing is left to do", () => {
    assertEquals(everything.flatMap(leftovers), []);
  });

  it("error messages end without a period", () => {
    const faults = everything.filter((file) => file.path.startsWith("src/")).flatMap(badMessages);
    assertEquals(faults, []);
  });

  it("comments, names and messages of src are plain English", () => {
    const found = everything.filter(({ path }) => path.startsWith("src/")).flatMap(oddWords);
    assertEquals(found, []);
  });

  it("tests are neither skipped for good nor alone", () => {
    const faults = everything.filter((file) => file.path.endsWith("_test.ts")).flatMap((file) =>
      [...file.text.matchAll(FORBIDDEN_TESTS)].map(([match]) => `${file.path} ${match}`)
    );
    assertEquals(faults, []);
  });
});

/** `it.skip` is for a program that is not there, chosen by a condition: `(found ? it : it.skip)(…)`. */
const FORBIDDEN_TESTS = /^\s*(?:it|describe|Deno\.test)\.(?:skip|only|ignore|todo)\(/gm;

/** Persons where there are things, and software that talks; say what is called, reported, trusted, released. */
const ODD_WORDS =
  /\b(?:[Nn]obody|[Ww]hoever|[Ww]hom|[Ss]omebody|[Tt]old|[Tt]ells|be it|for good)\b/;

/** Folders that git ignores. */
const IGNORED = new Set(["node_modules", ".cache", "coverage"]);

const VAGUE_NAMES = /\/(utils?|helpers?|common|managers?|data|process|index|misc|shared)\.\w+$/;

describe("badMessages()", () => {
  const check = (text: string) =>
    badMessages(parse("src/a.ts", text)).map((fault) => fault.slice("src/a.ts:1 ".length));

  it("reads literals, templates and sums of the errors that are made", () => {
    assertEquals(check('throw new TypeError("Cannot do it.");'), ["Cannot do it."]);
    assertEquals(check("throw new RangeError(`Cannot do ${it}.`);"), ["Cannot do …."]);
    assertEquals(check('new ReadError("Cannot read: " + why + ".", {});'), ["Cannot read: …."]);
  });

  it("finds no fault in messages that end well, nor in what is no error", () => {
    assertEquals(check("throw new Error(`Cannot do ${a}: ${b}`);"), []);
    assertEquals(check('new Option("one sentence.");'), []);
  });
});

describe("oddWords()", () => {
  it("finds persons and talking software, each with its line", () => {
    const text = "// Nobody waits.\n/** Told of each step. */\nconst a = 'gone for good';\n";
    assertEquals(oddWords(parse("src/a.ts", text)), [
      "src/a.ts:1 Nobody",
      "src/a.ts:2 Told",
      "src/a.ts:3 for good",
    ]);
    assertEquals(oddWords(parse("src/a.ts", "type NoBody = 1; // foretold, retells")), []);
  });
});

describe("leftovers()", () => {
  it("finds the notes of unfinished work", () => {
    const mark = "TO" + "DO";
    assertEquals(leftovers(parse("src/a.ts", `// ${mark}: more\nconst a = 1;\n`)), [
      `src/a.ts:1 ${mark}`,
    ]);
    assertEquals(leftovers(parse("src/a.ts", `const TODOS = mastodon;`)), []);
  });
});

function leftovers(file: SourceFile): string[] {
  if (file.path === "tests/house/words_test.ts") return []; // has the words it looks for
  return file.text.split("\n").flatMap((line, i) => {
    const [word] = /\b(TODO|FIXME|XXX|HACK)\b/.exec(line) ?? [];
    return word === undefined ? [] : [`${file.path}:${i + 1} ${word}`];
  });
}

function oddWords(file: SourceFile): string[] {
  return file.text.split("\n").flatMap((line, i) => {
    const [word] = ODD_WORDS.exec(line) ?? [];
    return word === undefined ? [] : [`${file.path}:${i + 1} ${word}`];
  });
}

function badMessages(file: SourceFile): string[] {
  const found: string[] = [];
  walk(file.tree, (node) => {
    if (!ts.isNewExpression(node) || !isErrorClass(node.expression)) return;
    const [argument] = node.arguments ?? [];
    const message = argument === undefined ? null : textOf(argument);
    if (message === null) return;
    if (message.endsWith(".")) found.push(`${file.path}:${lineOf(node)} ${message}`);
  });
  return found;
}

function isErrorClass(node: ts.Expression): boolean {
  return ts.isIdentifier(node) &&
    /(Error|Timeout|Exception|InvalidURL|Conflict|Protocol|Redirects|Consumed|Closed|NotRead)$/
      .test(node.text);
}

/** The text of a message with "…" for what is filled in; `null` for anything else. */
function textOf(node: ts.Expression): string | null {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isTemplateExpression(node)) {
    return node.head.text + node.templateSpans.map((span) => "…" + span.literal.text).join("");
  }
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken) {
    return (textOf(node.left) ?? "…") + (textOf(node.right) ?? "…");
  }
  return null;
}
