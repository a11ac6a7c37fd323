/**
 * The source as the house rules see it: every file of the repository read and parsed once, whichever test
 * asks. The parser is TypeScript's own.
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix, relative } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "npm:typescript@5.9.3";

export { ts };

export const ROOT: string = join(dirname(fileURLToPath(import.meta.url)), "../..");

/** One import or re-export. */
export interface Import {
  /** As written. */
  readonly specifier: string;
  /** The imported file as a path from the root, or `null` for anything but a relative path. */
  readonly target: string | null;
  /** Whether nothing of it is left at run time. */
  readonly typeOnly: boolean;
  /** Whether it is loaded not with the file, but when it is needed. */
  readonly isLazy: boolean;
  readonly line: number;
}

/** A parsed file. */
export interface SourceFile {
  /** From the root, with "/". */
  readonly path: string;
  readonly text: string;
  readonly lines: number;
  readonly tree: ts.SourceFile;
  readonly imports: readonly Import[];
}

const cache = new Map<string, SourceFile>();

/** Files below a folder of the repository (or one file), as sorted paths from the root; hidden ones left out. */
export function filesBelow(folder: string): string[] {
  const entries = readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).replaceAll("\\", "/"))
    .filter((path) =>
      !path.split("/").some((part) => part.startsWith(".") || part === "node_modules")
    )
    .sort();
}

/** The TypeScript files of these folders, parsed. */
export function sourcesBelow(...folders: string[]): SourceFile[] {
  return folders.flatMap(filesBelow).filter((path) => path.endsWith(".ts")).map(source);
}

/** One file, parsed. */
export function source(path: string): SourceFile {
  let file = cache.get(path);
  if (file === undefined) {
    file = parse(path, readFileSync(join(ROOT, path), "utf8"));
    cache.set(path, file);
  }
  return file;
}

/** Parses a text as if it stood at this path. */
export function parse(path: string, text: string): SourceFile {
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true, ts.ScriptKind.TS);
  return { path, text, lines: text.trimEnd().split("\n").length, tree, imports: importsOf(tree) };
}

/** Calls back for every node, parents first. */
export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => walk(child, visit));
}

/** The line a node begins on, from 1, comments before it left out. */
export function lineOf(node: ts.Node): number {
  const tree = node.getSourceFile();
  return tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1;
}

function importsOf(tree: ts.SourceFile): Import[] {
  const imports: Import[] = [];
  const add = (name: ts.Node, typeOnly: boolean, isLazy = false) => {
    if (!ts.isStringLiteralLike(name)) return;
    const specifier = name.text;
    const target = specifier.startsWith(".")
      ? posix.normalize(posix.join(posix.dirname(tree.fileName), specifier))
      : null;
    imports.push({ specifier, target, typeOnly, isLazy, line: lineOf(name) });
  };
  walk(tree, (node) => {
    if (ts.isImportDeclaration(node)) {
      add(node.moduleSpecifier, node.importClause?.isTypeOnly === true);
    } else if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined) {
      add(node.moduleSpecifier, node.isTypeOnly);
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      add(node.argument.literal, true);
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [name] = node.arguments;
      if (name !== undefined) add(name, false, true);
    }
  });
  return imports;
}
