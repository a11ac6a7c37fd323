/** What a module re-exports, and what of it is not for its users. */
import { lineOf, type SourceFile, ts } from "./source.ts";

/** What a front door exports by name: values, and types apart. */
export function exportedNames(file: SourceFile): { values: string[]; types: string[] } {
  const values: string[] = [];
  const types: string[] = [];
  for (const statement of file.tree.statements) {
    if (!ts.isExportDeclaration(statement) || statement.exportClause === undefined) continue;
    if (!ts.isNamedExports(statement.exportClause)) continue;
    for (const { name, isTypeOnly } of statement.exportClause.elements) {
      (statement.isTypeOnly || isTypeOnly ? types : values).push(name.text);
    }
  }
  return { values, types };
}

/** Members of classes and interfaces with these names that are marked as internal, each with its line. */
export function internalMembers(file: SourceFile, published: ReadonlySet<string>): string[] {
  const found: string[] = [];
  for (const node of file.tree.statements) {
    if (!ts.isClassDeclaration(node) && !ts.isInterfaceDeclaration(node)) continue;
    const name = node.name?.text ?? "";
    const isExported = node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
    if (isExported !== true || !published.has(name)) continue;
    for (const member of node.members) {
      if (!ts.getJSDocTags(member).some(({ tagName }) => tagName.text === "internal")) continue;
      found.push(
        `${file.path}:${lineOf(member)} ${name}.${member.name?.getText() ?? "constructor"}`,
      );
    }
  }
  return found;
}
