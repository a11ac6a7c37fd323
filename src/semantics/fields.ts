/**
 * Fields as they stand in a message (RFC 9110 §5): their grammar, and received sections that are split
 * only when someone asks. Values are byte strings; what their bytes mean is for others to say.
 */

/** Field lines in order, flat: name, value, name, value … Names in their original case. */
export type FieldLines = readonly string[];

const CR = 13;
const LF = 10;
const SP = 32;
const HTAB = 9;
const COLON = 58;
const QUOTE = 34;
const COMMA = 44;
const BACKSLASH = 92;

/** RFC 9110 §5.6.2: which bytes a token may have; 1 where it may. */
export const TOKEN_BYTES: Uint8Array = /* @__PURE__ */ tokenBytes();

function tokenBytes(): Uint8Array {
  const table = new Uint8Array(256);
  for (const c of "!#$%&'*+-.^_`|~0123456789") table[c.charCodeAt(0)] = 1;
  for (let i = 0; i < 26; i++) table[65 + i] = table[97 + i] = 1;
  return table;
}

/** Whether the text is a token (RFC 9110 §5.6.2), as methods and field names are. */
export function isToken(text: string): boolean {
  return /^[!#$%&'*+.^_`|~\w-]+$/.test(text);
}

/** What is wrong with a field, in words that do not show its value; `null` where nothing is. */
export function invalidFieldReason(name: string, value: string): string | null {
  if (name === "") return "the name is empty";
  if (!isToken(name)) return "the name has a character that no field name may have";
  return invalidValueReason(value);
}

function invalidValueReason(value: string): string | null {
  for (let i = 0; i < value.length; i++) {
    const c = value.charCodeAt(i);
    if (c === LF || c === CR || c === 0) return "the value contains a line break or a NUL";
    if (c > 255) return "the value contains a character beyond U+00FF; encode it first";
  }
  if (value.length === 0) return null;
  if (isBlank(value.charCodeAt(0)) || isBlank(value.charCodeAt(value.length - 1))) {
    return "the value begins or ends with a space";
  }
  return null;
}

/** The combined value of a field (RFC 9110 §5.3), or `null` where it is absent. */
export function findField(lines: FieldLines, lowerName: string): string | null {
  let found: string | null = null;
  for (let i = 0; i + 1 < lines.length; i += 2) {
    const name = lines[i] ?? "";
    if (name.length === lowerName.length && isSameName(name, 0, lowerName)) {
      const value = lines[i + 1] ?? "";
      found = found === null ? value : `${found}, ${value}`;
    }
  }
  return found;
}

/** The elements of a comma-separated list (RFC 9110 §5.6.1): empty ones left out, quotes respected. */
export function splitList(value: string): string[] {
  const items = value.includes('"') ? quotedItems(value) : value.split(",");
  return items.map(trimBlanks).filter((item) => item !== "");
}

function quotedItems(value: string): string[] {
  const items: string[] = [];
  for (let begin = 0, end; begin <= value.length; begin = end + 1) {
    end = endOfItem(value, begin);
    items.push(value.slice(begin, end));
  }
  return items;
}

/** Where the list element at `begin` ends: the next comma outside quotes, or the end. */
export function endOfItem(value: string, begin: number): number {
  for (let at = begin; at < value.length; at++) {
    const c = value.charCodeAt(at);
    if (c === COMMA) return at;
    if (c === QUOTE) at = closingQuote(value, at);
  }
  return value.length;
}

/** Where the quoted string that begins at `open` is closed (RFC 9110 §5.6.4), or the end if it is not. */
export function closingQuote(value: string, open: number): number {
  // A loop: patterns for this take a backtracking step for each character, for which Bun has no room in long values.
  for (let at = open + 1; at < value.length; at++) {
    const c = value.charCodeAt(at);
    if (c === QUOTE) return at;
    if (c === BACKSLASH) at++;
  }
  return value.length;
}

/** One bit of 32 for a field's name, by its length and its first letter in either case. */
export function markOf(length: number, first: number): number {
  return 1 << (7 * length + (first | 32));
}

/** A received field section: one string until someone asks for a line of it. */
export class FieldSection {
  /** A section without fields. Marked, so that bundles of those who receive no sections leave the class out. */
  static readonly empty: FieldSection = /* @__PURE__ */ new FieldSection("");

  readonly #text: string;
  readonly #marks: number;
  #lines: FieldLines | null = null;

  /**
   * A section over text that has been checked.
   *
   * @param text valid field lines, each but the last ended by CRLF
   * @param marks of all its names, where they are known
   */
  constructor(text: string, marks = ~0) {
    this.#text = text;
    this.#marks = marks;
  }

  /** A section of lines that are split and checked already. */
  static of(lines: FieldLines): FieldSection {
    const section = new FieldSection("");
    section.#lines = lines;
    return section;
  }

  /** All lines, split on first use. */
  get lines(): FieldLines {
    return this.#lines ??= splitLines(this.#text);
  }

  /** The combined value of a field, or `null`. Looks at the text itself while that is not split. */
  get(lowerName: string): string | null {
    if (this.#lines !== null) return findField(this.#lines, lowerName);
    const text = this.#text;
    const { length } = lowerName;
    // Most of what a client asks for is not there: then nothing is searched (bench: get_1k).
    if ((this.#marks & markOf(length, lowerName.charCodeAt(0))) === 0) return null;
    let found: string | null = null;
    for (let at = 0; at < text.length;) {
      const end = endOfLine(text, at);
      if (text.charCodeAt(at + length) === COLON && isSameName(text, at, lowerName)) {
        const value = trimBlanks(text.slice(at + length + 1, end));
        found = found === null ? value : `${found}, ${value}`;
      }
      at = end + 2;
    }
    return found;
  }
}

function splitLines(text: string): string[] {
  const lines: string[] = [];
  for (let at = 0; at < text.length;) {
    const end = endOfLine(text, at);
    const colon = text.indexOf(":", at);
    lines.push(text.slice(at, colon), trimBlanks(text.slice(colon + 1, end)));
    at = end + 2;
  }
  return lines;
}

function endOfLine(text: string, at: number): number {
  const end = text.indexOf("\r\n", at);
  return end < 0 ? text.length : end;
}

/** Whether `lowerName` stands at `at`, in any case. Only letters differ by 32 within a token. */
function isSameName(text: string, at: number, lowerName: string): boolean {
  for (let i = 0; i < lowerName.length; i++) {
    const c = text.charCodeAt(at + i);
    const lower = c >= 65 && c <= 90 ? c + 32 : c;
    if (lower !== lowerName.charCodeAt(i)) return false;
  }
  return true;
}

/** Without the spaces and tabs around it (RFC 9110 §5.6.3); `trim()` would take more than those. */
export function trimBlanks(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isBlank(c: number): boolean {
  return c === SP || c === HTAB;
}
