/**
 * Header fields as a caller holds them: an ordered multi-map that finds names in any case and keeps them
 * as they were written.
 *
 * Underneath is one flat list of byte strings (name, value, name, value …), the form in which fields are
 * received and sent. Lists are shared between copies until one of them changes, and a received section
 * is not even split into lines before more than a value is needed: most responses are asked
 * for one header or none (bench: `GET 1 KB`). Text appears only at the edge: values are decoded where they
 * are read, as UTF-8 where they are valid UTF-8, else as Latin-1.
 */
import { befriend } from "../semantics/befriend.ts";
import { inspectAs } from "../observe/inspect.ts";
import { aKindOf } from "../semantics/kind.ts";
import { maskFieldValue } from "../observe/mask.ts";
import type { FieldLines, FieldSection } from "../semantics/fields.ts";
import { splitList } from "../semantics/fields.ts";
import { absentHeader, bytesOf, checkedValue, decodeValue, isASCII } from "./header_text.ts";

const NO_LINES: FieldLines = [];

/**
 * Anything headers can be made of. A list as the value in a record gives one line for each item. Numbers and booleans
 * become text; `null` and `undefined` are refused.
 */
export type HeadersInit =
  | Headers
  | globalThis.Headers
  | Readonly<Record<string, string | number | undefined | readonly (string | number | undefined)[]>>
  | Iterable<readonly [name: string, value: string | number | undefined] | readonly string[]>;

// For the files of this library (see befriend.ts).
let setLines: (headers: Headers, lines: FieldLines) => void;
let setSection: (headers: Headers, section: FieldSection) => void;

/** Headers over a received section, without looking into it. */
export function headersFromSection(section: FieldSection): Headers {
  const headers = new Headers();
  setSection(headers, section);
  return headers;
}

/** Headers over a flat list of valid byte strings, which the caller must not change afterwards. */
export function headersFromLines(lines: FieldLines): Headers {
  const headers = new Headers();
  setLines(headers, lines);
  return headers;
}

type Value = string | number | undefined;

/**
 * Header fields: the web's `Headers` interface, and httpx's.
 *
 * Iteration yields lower-case names in their original order, lines of one name joined by `", "`, `set-cookie` alone a
 * line at a time. The web's class sorts; `multiItems()` has each line, `lines` the original case. Printing
 * shows `[secure]` for credentials.
 *
 * @example Names match in any case
 * ```ts
 * import { Headers } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const headers = new Headers({ Accept: "text/html", "X-Tag": ["a", "b"] });
 * headers.append("accept", "text/plain");
 * assertEquals(headers.get("ACCEPT"), "text/html, text/plain");
 * assertEquals([...headers], [["accept", "text/html, text/plain"], ["x-tag", "a, b"]]);
 * ```
 */
export class Headers {
  static readonly #isInspectable: true = /* @__PURE__ */ inspectAs(this);
  static readonly #isOpen: true = /* @__PURE__ */ befriend(() => {
    setLines = (headers, lines) => void (headers.#lines = lines);
    setSection = (headers, section) => void (headers.#section = section);
  });
  #lines: string[] | FieldLines = NO_LINES;
  /** Whether others hold `#lines` too, so that a change needs a copy first. */
  #isShared = true;
  /** A received section that is still whole; `#lines` counts only once this is `null`. */
  #section: FieldSection | null = null;

  /**
   * Copies the fields of `init`.
   *
   * @throws {TypeError} for a name that is no token, or a value with a line break, a NUL or a character above U+00FF
   */
  constructor(init?: HeadersInit | null) {
    if (init !== undefined && init !== null) this.#appendAll(init);
  }

  /**
   * Every line as it is on the wire, flat: name, value, name, value … Names in their original case; a
   * value's characters are its bytes. The list is a snapshot: later changes to the headers leave it alone.
   *
   * @example The names as they were written
   * ```ts
   * import { Headers } from "@httpx/httpx";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(new Headers({ "X-Request-ID": "7" }).lines, ["X-Request-ID", "7"]);
   * ```
   */
  get lines(): FieldLines {
    this.#isShared = true;
    return this.#split();
  }

  /** Every line as bytes, name and value: for values in other encodings than UTF-8 and Latin-1. */
  get raw(): [name: Uint8Array, value: Uint8Array][] {
    const lines = this.#split();
    const pairs: [Uint8Array, Uint8Array][] = [];
    for (let i = 0; i < lines.length; i += 2) {
      pairs.push([bytesOf(nameAt(lines, i)), bytesOf(valueAt(lines, i))]);
    }
    return pairs;
  }

  /**
   * The value, lines of that name joined by `", "`, or `null`.
   *
   * @throws {TypeError} for a name that no header can have
   */
  get(name: string): string | null {
    const lowerName = name.toLowerCase();
    const whole = this.#section?.get(lowerName);
    if (whole === null) return absentHeader(name);
    if (whole !== undefined && isASCII(whole)) return whole;
    const values = this.getList(name);
    return values.length === 0 ? absentHeader(name) : values.join(", ");
  }

  /**
   * The values of all lines of that name.
   *
   * @param splitCommas whether each line is a comma list to take apart (RFC 9110 §5.6.1). Default: `false`
   *
   * @example Comma lists
   * ```ts
   * import { Headers } from "@httpx/httpx";
   * import { assertEquals } from "@std/assert";
   *
   * const headers = new Headers([["Vary", "Accept, Origin"], ["Vary", "Cookie"]]);
   * assertEquals(headers.getList("vary"), ["Accept, Origin", "Cookie"]);
   * assertEquals(headers.getList("vary", true), ["Accept", "Origin", "Cookie"]);
   * ```
   */
  getList(name: string, splitCommas = false): string[] {
    const lowerName = name.toLowerCase();
    const values: string[] = [];
    if (this.#section?.get(lowerName) === null) return values;
    const lines = this.#split();
    for (let i = 0; i < lines.length; i += 2) {
      if (isNamed(lines, i, lowerName)) values.push(decodeValue(valueAt(lines, i)));
    }
    return splitCommas ? values.flatMap(splitList) : values;
  }

  /** The values of all `Set-Cookie` lines: the one field that must not be joined. */
  getSetCookie(): string[] {
    return this.getList("set-cookie");
  }

  /**
   * Whether there is a line of that name.
   *
   * @throws {TypeError} for a name that no header can have
   */
  has(name: string): boolean {
    const lowerName = name.toLowerCase();
    const found = this.#section === null
      ? indexOf(this.#lines, lowerName) >= 0
      : this.#section.get(lowerName) !== null;
    return found || absentHeader(name) !== null;
  }

  /**
   * Gives a name one value: its first line is replaced where it stands, its others are deleted.
   *
   * @throws {TypeError} for an invalid name or value
   */
  set(name: string, value: string): void {
    const text = checkedValue(name, value);
    const lines = this.#own();
    const first = indexOf(lines, name.toLowerCase());
    if (first < 0) {
      lines.push(name, text);
    } else {
      lines[first] = name;
      lines[first + 1] = text;
      removeNamed(lines, name.toLowerCase(), first + 2);
    }
  }

  /**
   * Adds a line at the end.
   *
   * @throws {TypeError} for an invalid name or value
   */
  append(name: string, value: string): void {
    const text = checkedValue(name, value);
    this.#own().push(name, text);
  }

  /**
   * Deletes all lines of a name.
   *
   * @throws {TypeError} for a name that no header can have
   */
  delete(name: string): void {
    if (this.has(name)) removeNamed(this.#own(), name.toLowerCase(), 0);
  }

  /**
   * Takes over all lines of `init`, in place of the lines that had their names.
   *
   * @throws {TypeError} for an invalid name or value; nothing is changed then
   */
  update(init: HeadersInit): void {
    const merged = this.mergedWith(new Headers(init));
    this.#lines = merged.#split();
    this.#isShared = true;
    this.#section = null;
  }

  /** A copy with all lines of `other` in place of the lines that have their names, as `update()` would. */
  mergedWith(other: Headers): Headers {
    const kept = this.#split();
    const added = other.#split();
    if (added.length === 0) return this.copy();
    if (kept.length === 0) return other.copy();
    const addedNames: string[] = [];
    for (let i = 0; i < added.length; i += 2) addedNames.push(nameAt(added, i).toLowerCase());
    const lines: string[] = [];
    for (let i = 0; i < kept.length; i += 2) {
      const name = nameAt(kept, i);
      if (!addedNames.includes(name.toLowerCase())) lines.push(name, valueAt(kept, i));
    }
    for (const item of added) lines.push(item);
    return Headers.#owning(lines);
  }

  /** An independent copy. Costs nothing until one of the two changes. */
  copy(): Headers {
    const copy = new Headers();
    copy.#section = this.#section;
    copy.#lines = this.#lines;
    this.#isShared = true;
    return copy;
  }

  /** Whether both have the same lines, in any order and whatever the case of their names. */
  equals(other: HeadersInit): boolean {
    return sortedLines(this) === sortedLines(new Headers(other));
  }

  /** Each line: lower-case name and value. */
  multiItems(): [name: string, value: string][] {
    const lines = this.#split();
    const items: [string, string][] = [];
    for (let i = 0; i < lines.length; i += 2) {
      items.push([nameAt(lines, i).toLowerCase(), decodeValue(valueAt(lines, i))]);
    }
    return items;
  }

  /** Calls back for each name with its value, in the order of iteration. */
  forEach(
    callback: (value: string, name: string, headers: Headers) => void,
    thisArg?: unknown,
  ): void {
    for (const [name, value] of this.#items()) callback.call(thisArg, value, name, this);
  }

  /** The names in lower case. */
  keys(): ArrayIterator<string> {
    return this.#items().map(([name]) => name).values();
  }

  /** The values, each as `get()` has it. */
  values(): ArrayIterator<string> {
    return this.#items().map(([, value]) => value).values();
  }

  /** Lower-case names with their values. */
  entries(): ArrayIterator<[string, string]> {
    return this.#items().values();
  }

  /** The same as `entries()`. */
  [Symbol.iterator](): ArrayIterator<[string, string]> {
    return this.entries();
  }

  /** For people: `Headers { accept: "text/html", authorization: "[secure]" }`. */
  toString(): string {
    const items = this.multiItems().map(([name, value]) =>
      `${/^[a-z]\w*$/.test(name) ? name : JSON.stringify(name)}: ${
        JSON.stringify(maskFieldValue(name, value))
      }`
    );
    return items.length === 0 ? "Headers {}" : `Headers { ${items.join(", ")} }`;
  }

  /**
   * A record for logs: values joined as by `get()`, credentials masked. To keep everything, store `multiItems()`.
   *
   * @example Safe to log
   * ```ts
   * import { Headers } from "@httpx/httpx";
   * import { assertEquals } from "@std/assert";
   *
   * const headers = new Headers({ accept: "text/html", authorization: "Bearer s3cret" });
   * assertEquals(JSON.stringify(headers), '{"accept":"text/html","authorization":"[secure]"}');
   * ```
   */
  toJSON(): Record<string, string> {
    return Object.fromEntries(
      this.#items().map(([name, value]) => [name, maskFieldValue(name, value)]),
    );
  }

  static #owning(lines: string[]): Headers {
    const headers = new Headers();
    headers.#lines = lines;
    headers.#isShared = false;
    return headers;
  }

  /** The lines for reading. */
  #split(): FieldLines {
    if (this.#section !== null) {
      this.#lines = this.#section.lines;
      this.#section = null;
    }
    return this.#lines;
  }

  /** The lines for changing. */
  #own(): string[] {
    const lines = this.#split();
    if (this.#isShared) {
      this.#lines = lines.slice();
      this.#isShared = false;
    }
    return this.#lines as string[]; // no longer shared, so a list made here
  }

  #appendAll(init: HeadersInit): void {
    if (init instanceof Headers) {
      this.#lines = init.lines;
    } else if (typeof init !== "object") {
      throw new TypeError(`Cannot make headers of ${aKindOf(init)}: give a record or pairs`);
    } else if (Symbol.iterator in init) {
      for (const pair of init) this.#appendGiven(...asPair(pair));
    } else {
      for (const [name, value] of Object.entries(init)) {
        for (const item of Array.isArray(value) ? value : [value]) this.#appendGiven(name, item);
      }
    }
  }

  #appendGiven(name: string, value: Value): void {
    if (value !== undefined) this.append(name, value as string); // append() checks it, and makes it text
  }

  /** Names in their first order, lines joined but those of set-cookie. */
  #items(): [string, string][] {
    const items: [string, string][] = [];
    const firstOf = new Map<string, [string, string]>();
    for (const item of this.multiItems()) {
      const [name, value] = item;
      const first = firstOf.get(name);
      if (first !== undefined && name !== "set-cookie") {
        first[1] += `, ${value}`;
      } else {
        items.push(item);
        firstOf.set(name, item);
      }
    }
    return items;
  }
}

function nameAt(lines: FieldLines, i: number): string {
  return lines[i] ?? "";
}

function valueAt(lines: FieldLines, i: number): string {
  return lines[i + 1] ?? "";
}

/** Length and first letter first: on Bun `toLowerCase()` is most of what a lookup costs. */
function isNamed(lines: FieldLines, i: number, lowerName: string): boolean {
  const name = nameAt(lines, i);
  return name.length === lowerName.length &&
    (name.charCodeAt(0) | 0x20) === (lowerName.charCodeAt(0) | 0x20) &&
    (name === lowerName || name.toLowerCase() === lowerName);
}

function indexOf(lines: FieldLines, lowerName: string): number {
  for (let i = 0; i < lines.length; i += 2) if (isNamed(lines, i, lowerName)) return i;
  return -1;
}

/** Removes in place the lines of that name, from index `begin` on. */
function removeNamed(lines: string[], lowerName: string, begin: number): void {
  let length = begin;
  for (let i = begin; i < lines.length; i += 2) {
    if (isNamed(lines, i, lowerName)) continue;
    lines[length++] = nameAt(lines, i);
    lines[length++] = valueAt(lines, i);
  }
  lines.length = length;
}

/** Neither a name nor a value has a line feed. */
function sortedLines(headers: Headers): string {
  return headers.multiItems().map((item) => item.join(":")).sort().join("\n");
}

function asPair(pair: readonly Value[]): [string, Value] {
  // A string is iterable too, and a list of "name: value" strings an easy mistake.
  const [name, value] = typeof pair === "string" ? [] : pair;
  if (pair.length !== 2 || typeof name !== "string") {
    throw new TypeError(
      "Cannot make headers of this: a list holds pairs [name, value]",
    );
  }
  return [name, value];
}
