/**
 * What the mutator changes: one small change at a time, each of a kind that a test should notice. Only code is changed
 * that runs: types, messages of errors, imports and comments are left alone.
 */
import { lineOf, type SourceFile, ts, walk } from "../house/source.ts";

/** One change of a file. */
export interface Mutation {
  /** Offsets in the file's text. */
  readonly start: number;
  readonly end: number;
  /** What stands there instead. */
  readonly replacement: string;
  readonly line: number;
  /** For the report: `"flip condition"`, and so on. */
  readonly kind: string;
}

/** Operators and what they become. */
const SWAPS: ReadonlyMap<ts.SyntaxKind, readonly [to: string, kind: string]> = new Map([
  [ts.SyntaxKind.LessThanToken, ["<=", "move bound"]],
  [ts.SyntaxKind.LessThanEqualsToken, ["<", "move bound"]],
  [ts.SyntaxKind.GreaterThanToken, [">=", "move bound"]],
  [ts.SyntaxKind.GreaterThanEqualsToken, [">", "move bound"]],
  [ts.SyntaxKind.EqualsEqualsEqualsToken, ["!==", "flip comparison"]],
  [ts.SyntaxKind.ExclamationEqualsEqualsToken, ["===", "flip comparison"]],
  [ts.SyntaxKind.AmpersandAmpersandToken, ["||", "swap and/or"]],
  [ts.SyntaxKind.BarBarToken, ["&&", "swap and/or"]],
  [ts.SyntaxKind.PlusToken, ["-", "swap arithmetic"]],
  [ts.SyntaxKind.MinusToken, ["+", "swap arithmetic"]],
]);

/** Every mutation of a file, in the order of its lines. */
export function mutationsOf(file: SourceFile): Mutation[] {
  const found: Mutation[] = [];
  walk(file.tree, (node) => {
    const change = isLeftAlone(node) ? null : changeOf(node);
    if (change === null) return;
    const [target, replacement, kind] = change;
    found.push({
      start: target.getStart(file.tree),
      end: target.end,
      replacement,
      line: lineOf(target),
      kind,
    });
  });
  return found;
}

/** The file's text with one mutation. */
export function mutated(text: string, { start, end, replacement }: Mutation): string {
  return text.slice(0, start) + replacement + text.slice(end);
}

type Change = readonly [target: ts.Node, replacement: string, kind: string];

function changeOf(node: ts.Node): Change | null {
  if (ts.isBinaryExpression(node)) return swapOf(node);
  if (ts.isIfStatement(node)) return negated(node.expression);
  if (ts.isConditionalExpression(node)) return negated(node.condition);
  if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken) {
    return [node, `(${node.operand.getText()})`, "drop negation"];
  }
  if (node.kind === ts.SyntaxKind.TrueKeyword) return [node, "false", "flip literal"];
  if (node.kind === ts.SyntaxKind.FalseKeyword) return [node, "true", "flip literal"];
  if (ts.isExpressionStatement(node)) return dropped(node);
  if (ts.isNumericLiteral(node) && !ts.isPropertyName(node.parent)) {
    return [node, `(${node.getText()} + 1)`, "move number"];
  }
  return null;
}

function swapOf(node: ts.BinaryExpression): Change | null {
  const swap = SWAPS.get(node.operatorToken.kind);
  if (swap === undefined || isTextual(node.left) || isTextual(node.right)) return null;
  return [node.operatorToken, ...swap];
}

function negated(condition: ts.Expression): Change | null {
  // Comparisons, `!` and `&&` have a mutation of their own.
  if (ts.isBinaryExpression(condition) || ts.isPrefixUnaryExpression(condition)) return null;
  return [condition, `!(${condition.getText()})`, "flip condition"];
}

function dropped(node: ts.ExpressionStatement): Change | null {
  const { expression } = node;
  // Without `super()` no constructor runs: every test dies, which says nothing.
  if (
    ts.isCallExpression(expression) && expression.expression.kind === ts.SyntaxKind.SuperKeyword
  ) {
    return null;
  }
  return [node, ";", "drop statement"];
}

/** `+` that joins text is no arithmetic. */
function isTextual(node: ts.Expression): boolean {
  if (ts.isStringLiteralLike(node) || ts.isTemplateExpression(node)) return true;
  return ts.isBinaryExpression(node) && (isTextual(node.left) || isTextual(node.right));
}

/** Types, and the wording of errors: which words a message has is no behaviour to be held by a test. */
function isLeftAlone(node: ts.Node): boolean {
  for (let at: ts.Node | undefined = node; at !== undefined; at = at.parent) {
    if (ts.isTypeNode(at) || ts.isTemplateSpan(at) || ts.isThrowStatement(at)) return true;
    if (ts.isImportDeclaration(at) || ts.isExportDeclaration(at) || ts.isEnumMember(at)) {
      return true;
    }
    if (ts.isBlock(at)) return false;
  }
  return false;
}
