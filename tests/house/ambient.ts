/**
 * Ambient state: what loading a module, or calling a function of it, changes for everything else in the process. A module
 * may remember what it made itself (`table ??= makeTable()`) and count; it keeps nothing that a caller hands in. A class
 * assigns its friends while it is loaded (src/semantics/befriend.ts).
 */
import { lineOf, type SourceFile, ts, walk } from "./source.ts";

/** The assignments by exported functions and classes to variables of their module, each with its line. */
export function ambientState(file: SourceFile): string[] {
  const variables = moduleVariables(file);
  const found: string[] = [];
  for (const statement of file.tree.statements) {
    if (!isExportedCode(statement)) continue;
    walk(statement, (node) => {
      const name = assignedName(node);
      if (name !== null && variables.has(name)) found.push(`${file.path}:${lineOf(node)} ${name}`);
    });
  }
  return found;
}

/** The imports that are there for what loading the file does: `import "./x.ts"`. */
export function importsForEffect(file: SourceFile): string[] {
  return file.tree.statements
    .filter((node) => ts.isImportDeclaration(node) && node.importClause === undefined)
    .map((node) => `${file.path}:${lineOf(node)} ${node.getText(file.tree)}`);
}

function moduleVariables(file: SourceFile): Set<string> {
  const names = new Set<string>();
  for (const statement of file.tree.statements) {
    if (!ts.isVariableStatement(statement)) continue;
    if (statement.declarationList.flags & ts.NodeFlags.Const) continue;
    for (const { name } of statement.declarationList.declarations) addNames(name, names);
  }
  return names;
}

function addNames(name: ts.BindingName, names: Set<string>): void {
  if (ts.isIdentifier(name)) names.add(name.text);
  else for (const part of name.elements) if (ts.isBindingElement(part)) addNames(part.name, names);
}

function isExportedCode(statement: ts.Statement): boolean {
  const isCode = ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement) ||
    ts.isVariableStatement(statement);
  return isCode &&
    statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true;
}

/** The variable that a node assigns, unless it is only remembered: `??=` with nothing of the caller's. */
function assignedName(node: ts.Node): string | null {
  if (!ts.isBinaryExpression(node) || !ts.isIdentifier(node.left)) return null;
  if (isFriend(node)) return null;
  const { kind } = node.operatorToken;
  if (kind < ts.SyntaxKind.FirstAssignment || kind > ts.SyntaxKind.LastAssignment) return null;
  if (kind !== ts.SyntaxKind.QuestionQuestionEqualsToken) return node.left.text;
  const parameters = parametersAround(node);
  let isHandedIn = false;
  walk(node.right, (part) => {
    if (ts.isIdentifier(part) && parameters.has(part.text)) isHandedIn = true;
  });
  return isHandedIn ? node.left.text : null;
}

/** Whether it is a function, assigned by `befriend(() => { … })` in a static field. */
function isFriend(node: ts.BinaryExpression): boolean {
  const call = node.parent.parent.parent?.parent;
  return ts.isArrowFunction(node.right) && call !== undefined && ts.isCallExpression(call) &&
    call.expression.getText() === "befriend" && ts.isPropertyDeclaration(call.parent);
}

function parametersAround(node: ts.Node): Set<string> {
  const names = new Set<string>();
  for (let around = node.parent; around !== undefined; around = around.parent) {
    if (!ts.isFunctionLike(around)) continue;
    for (const { name } of around.parameters as ts.NodeArray<ts.ParameterDeclaration>) {
      addNames(name, names);
    }
  }
  return names;
}
