/** Finds the names by which code reaches a runtime: only src/runtime may use them. */
import { lineOf, type SourceFile, ts, walk } from "./source.ts";

const GLOBALS = new Set(["Deno", "Bun", "process", "Buffer"]);

/** A runtime's name inside of a regular expression. */
const RUNTIME = /\b(?:Deno|Bun)\b|\bnode:|workerd|Cloudflare/;

/** Each use as "path:line name". */
export function hostNames(file: SourceFile): string[] {
  const found: string[] = [];
  walk(file.tree, (node) => {
    const name = nameOf(node);
    if (name !== null) found.push(`${file.path}:${lineOf(node)} ${name}`);
  });
  return found;
}

function nameOf(node: ts.Node): string | null {
  if (ts.isIdentifier(node) && GLOBALS.has(node.text)) {
    return isMember(node) ? null : node.text;
  }
  if (ts.isStringLiteralLike(node) && (GLOBALS.has(node.text) || /^node:\w/.test(node.text))) {
    return node.text;
  }
  if (ts.isRegularExpressionLiteral(node)) return RUNTIME.exec(node.text)?.[0] ?? null;
  return null;
}

/** Whether the identifier is only the name of a member, as in `parser.process()`, not of a global. */
function isMember(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent) && parent.name === node) {
    return !(ts.isIdentifier(parent.expression) && parent.expression.text === "globalThis");
  }
  const named = ts.isMethodDeclaration(parent) || ts.isMethodSignature(parent) ||
    ts.isPropertyDeclaration(parent) || ts.isPropertySignature(parent) ||
    ts.isPropertyAssignment(parent);
  return named && parent.name === node;
}
