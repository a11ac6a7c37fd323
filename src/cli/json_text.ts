/**
 * JSON as text: its blanks taken out or put in, and nothing else changed. Numbers that no double can hold, escapes and
 * repeated names stay as they were written, which `JSON.parse()` and `JSON.stringify()` would not grant.
 */

/** What a piece of JSON is. A key is a string in front of a colon. */
export type JSONKind = "key" | "string" | "number" | "literal" | "mark";

/** A piece of JSON, as it was written. */
export interface JSONToken {
  readonly kind: JSONKind;
  readonly text: string;
}

/** Deeper levels are not indented further: "[[[[…" of a megabyte must not become a terabyte. */
const MAX_INDENTS = 60;

/** The pieces of a text that `JSON.parse()` has accepted. */
export function* jsonTokens(text: string): Generator<JSONToken, void> {
  for (let at = 0; at < text.length;) {
    const char = text[at] ?? "";
    let end = at + 1;
    if (char === '"') {
      end = endOfString(text, at);
      yield { kind: isKey(text, end) ? "key" : "string", text: text.slice(at, end) };
    } else if (MARKS.includes(char)) {
      yield { kind: "mark", text: char };
    } else if (!BLANKS.includes(char)) {
      while (end < text.length && !ENDS_WORD.includes(text[end] ?? "")) end++;
      const isWord = char >= "a" && char <= "z";
      yield { kind: isWord ? "literal" : "number", text: text.slice(at, end) };
    }
    at = end;
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const BLANKS = " \t\r\n";
const MARKS = "{}[],:";
const ENDS_WORD = `${BLANKS}${MARKS}"`;

/** Character by character: looking ahead for the next backslash would take the square of the text's length. */
function endOfString(text: string, begin: number): number {
  let at = begin + 1;
  while (at < text.length) {
    const char = text.charCodeAt(at++);
    if (char === QUOTE) return at;
    if (char === BACKSLASH) at++; // the escaped character, which may be a quote
  }
  return text.length;
}

function isKey(text: string, end: number): boolean {
  let at = end;
  while (BLANKS.includes(text[at] ?? "x")) at++;
  return text[at] === ":";
}

/** Without blanks. */
export function compactJSON(text: string): string {
  let compact = "";
  for (const token of jsonTokens(text)) compact += token.text;
  return compact;
}

/** One member or element a line, each piece as `show` has it. */
export function prettyJSON(text: string, show: (token: JSONToken) => string): string {
  let pretty = "";
  let depth = 0;
  let previous = "";
  const newLine = () => "\n" + "  ".repeat(Math.min(depth, MAX_INDENTS));
  for (const token of jsonTokens(text)) {
    const isOpening = token.text === "{" || token.text === "[";
    const isClosing = token.text === "}" || token.text === "]";
    const wasOpening = previous === "{" || previous === "[";
    if (isClosing) depth--;
    if (previous === "," || (isClosing ? !wasOpening : wasOpening)) pretty += newLine();
    pretty += show(token);
    if (token.text === ":") pretty += " ";
    if (isOpening) depth++;
    previous = token.kind === "mark" ? token.text : "";
  }
  return pretty;
}
