/** The pieces of TypeScript in the documentation: every fenced ts block of doc comments and of Markdown. */
import type { SourceFile } from "./source.ts";

/** One block. */
export interface Snippet {
  /** The file and the line of its first line of code. */
  readonly place: string;
  readonly code: string;
  /** Fenced as "ts ignore": it needs what is not there (a network, a file), so it is checked but not run. */
  readonly runs: boolean;
  /** Fenced as "ts example.org": it runs against a local server in the place of https://example.org. */
  readonly visitsExampleOrg: boolean;
}

/** The blocks in the doc comments of a file. */
export function docSnippets(file: SourceFile): Snippet[] {
  const found: Snippet[] = [];
  for (const match of file.text.matchAll(/\/\*\*[\s\S]*?\*\//g)) {
    const line = file.text.slice(0, match.index).split("\n").length;
    found.push(...markdownSnippets(file.path, match[0].replace(/^[ \t]*\* ?/gm, ""), line));
  }
  return found;
}

/** The blocks of a Markdown text that begins at a line of its file. */
export function markdownSnippets(path: string, markdown: string, firstLine = 1): Snippet[] {
  const found: Snippet[] = [];
  for (const match of markdown.matchAll(/^ *```(?:ts|typescript)([^\n]*)\n([\s\S]*?)^ *```/gm)) {
    const [, options = "", code = ""] = match;
    const line = firstLine + markdown.slice(0, match.index).split("\n").length;
    const runs = !/\bignore\b/.test(options);
    const visitsExampleOrg = /\bexample\.org\b/.test(options);
    found.push({ place: `${path}:${line}`, code, runs, visitsExampleOrg });
  }
  return found;
}
