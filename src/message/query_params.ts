/**
 * The query of a URL as an immutable ordered multi-map, and the one way parameters get into a URL.
 *
 * Read as HTML forms are (`&` between, `+` is a space, blanks kept); written in percent-encoding alone: letters, digits
 * and `-._~` stand for themselves, a space is `%20`.
 */
import { inspectAs } from "../observe/inspect.ts";
import { aKindOf } from "../semantics/kind.ts";
import { MASK } from "../observe/mask.ts";
import { isSecretName } from "../observe/secret_names.ts";
import { textOfScalar } from "../semantics/scalar.ts";

/** One value. `null` becomes the empty string, `undefined` leaves the parameter out. */
export type QueryValue = string | number | bigint | boolean | null | undefined;

/** Anything a query can be made of. A list repeats its key. Objects of an interface are records too (`object`). */
export type QueryParamsInit =
  | string
  | QueryParams
  | URLSearchParams
  | { readonly [key: string]: QueryValue | readonly QueryValue[] }
  | Iterable<readonly [key: string, value: QueryValue | readonly QueryValue[]]>
  | object;

/**
 * The parameters of a query. Every change gives a new object.
 *
 * @example Build a query
 * ```ts
 * import { QueryParams } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const params = new QueryParams({ q: "hello world", page: [1, 2], strict: true, cursor: undefined });
 * assertEquals(String(params), "q=hello%20world&page=1&page=2&strict=true");
 * assertEquals(String(params.set("page", 3).remove("strict")), "q=hello%20world&page=3");
 * ```
 */
export class QueryParams {
  static readonly #isInspectable: true = /* @__PURE__ */ inspectAs(
    this,
    (params) => params.#masked(),
  );
  readonly #items: readonly (readonly [string, string])[];

  /**
   * Reads a query string (a leading `?` is passed over), or copies a record, pairs, `URLSearchParams` or `QueryParams`.
   *
   * @throws {TypeError} for a value that is no string, number, bigint, boolean, `null` or `undefined`
   */
  constructor(init?: QueryParamsInit | null) {
    this.#items = itemsOf(init);
  }

  /** How many parameters there are; a repeated key counts each time. */
  get size(): number {
    return this.#items.length;
  }

  /** The first value of a key, or `null`. */
  get(key: string): string | null {
    return this.getList(key)[0] ?? null;
  }

  /** All values of a key. */
  getList(key: string): string[] {
    return this.#items.filter((item) => item[0] === key).map((item) => item[1]);
  }

  /** Whether there is a parameter of that key. */
  has(key: string): boolean {
    return this.getList(key).length > 0;
  }

  /** The different keys, in order. */
  keys(): string[] {
    return [...this.#firsts().keys()];
  }

  /** The first value of each key. */
  values(): string[] {
    return [...this.#firsts().values()];
  }

  /** Each key with its first value. */
  items(): [key: string, value: string][] {
    return [...this.#firsts()];
  }

  /** Each parameter, repeated keys as often as they stand. */
  multiItems(): [key: string, value: string][] {
    return this.#items.map(([key, value]) => [key, value]);
  }

  /** With one value for a key, where its first one stood, else at the end. A list gives several, `undefined` none. */
  set(key: string, value: QueryValue | readonly QueryValue[]): QueryParams {
    const items = itemsOf([[key, value]]);
    return items.length === 0 ? this.remove(key) : this.merge(items);
  }

  /** With one more value for a key, at the end. */
  add(key: string, value: QueryValue | readonly QueryValue[]): QueryParams {
    return new QueryParams([...this.#items, ...itemsOf([[key, value]])]);
  }

  /** Without a key. */
  remove(key: string): QueryParams {
    return new QueryParams(this.#items.filter((item) => item[0] !== key));
  }

  /**
   * With all of `params`; a key that is given there loses the values it had here.
   *
   * @example A given key replaces that key
   * ```ts
   * import { QueryParams } from "@httpx/httpx";
   * import { assertEquals } from "@std/assert";
   *
   * const merged = new QueryParams("a=1&b=2").merge({ a: [3, 4], c: 5 });
   * assertEquals(merged.toString(), "a=3&a=4&b=2&c=5");
   * ```
   */
  merge(params: QueryParamsInit): QueryParams {
    const given = itemsOf(params);
    return new QueryParams(mergeItems(this.#items, given, (item) => item[0]));
  }

  /** Whether both have the same values for each key; in which order keys stand does not matter. */
  equals(other: QueryParamsInit): boolean {
    const theirs = new QueryParams(other);
    if (theirs.size !== this.size) return false;
    return this.keys().every((key) =>
      JSON.stringify(this.getList(key)) === JSON.stringify(theirs.getList(key))
    );
  }

  /** The query without `?`: `""` where there are no parameters. */
  toString(): string {
    return this.#items.map(encodeItem).join("&");
  }

  /** The same as `toString()`. */
  toJSON(): string {
    return this.toString();
  }

  /** Each parameter as a pair, as `URLSearchParams` does. */
  [Symbol.iterator](): ArrayIterator<[key: string, value: string]> {
    return this.multiItems().values();
  }

  /** For `console.log`: tokens and keys are masked. */
  #masked(): string {
    const shown = this.#items.map((item) =>
      isSecretName(item[0]) ? `${encode(item[0])}=${MASK}` : encodeItem(item)
    );
    return `QueryParams(${JSON.stringify(shown.join("&"))})`;
  }

  #firsts(): Map<string, string> {
    const firsts = new Map<string, string>();
    for (const [key, value] of this.#items) if (!firsts.has(key)) firsts.set(key, value);
    return firsts;
  }
}

/**
 * The URL with parameters merged into its query: a given key replaces that key, all else in the query stays
 * byte for byte. Without parameters it is the same object.
 */
export function mergeIntoURL(url: URL, params: QueryParams): URL {
  if (params.size === 0) return url;
  const merged = new URL(url);
  const own = url.search.length > 1 ? url.search.slice(1).split("&") : [];
  const given = params.multiItems().map(encodeItem);
  merged.search = mergeItems(own, given, keyOfPiece).join("&");
  return merged;
}

/** `own` with each key that is in `given` replaced, where it first stood, by all that is given; new keys at the end. */
function mergeItems<Item>(
  own: readonly Item[],
  given: readonly Item[],
  keyOf: (item: Item) => string,
): Item[] {
  const groups = new Map<string, Item[]>();
  for (const item of given) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  // A group is emptied where its key first stands.
  const merged = own.flatMap((item) => groups.get(keyOf(item))?.splice(0) ?? [item]);
  return [...merged, ...given.filter((item) => groups.get(keyOf(item))?.length !== 0)];
}

function itemsOf(init: QueryParamsInit | null | undefined): (readonly [string, string])[] {
  if (init === null || init === undefined) return [];
  if (typeof init === "string") return parse(init.startsWith("?") ? init.slice(1) : init);
  if (typeof init !== "object") {
    throw new TypeError(
      `Cannot make query parameters of ${aKindOf(init)}: give a string, a record or pairs`,
    );
  }
  const entries: Iterable<readonly [string, unknown]> = Symbol.iterator in init
    ? init
    : Object.entries(init);
  const items: [string, string][] = [];
  for (const entry of entries) {
    if (typeof entry === "string") {
      throw new TypeError(
        "Cannot make query parameters of this: a list holds pairs [name, value]",
      );
    }
    const [key, value] = entry;
    for (const single of Array.isArray(value) ? value : [value]) {
      if (single !== undefined) items.push([String(key), textOf(key, single)]);
    }
  }
  return items;
}

function textOf(key: string, value: unknown): string {
  if (value === null) return "";
  const text = textOfScalar(value);
  if (text !== null) return text;
  throw new TypeError(
    `Cannot use query parameter ${
      JSON.stringify(key)
    }: value is of type ${typeof value}; make it a string first`,
  );
}

function parse(query: string): [string, string][] {
  return query.split("&").filter((piece) => piece !== "").map((piece) => {
    const [key = "", ...rest] = piece.split("=");
    return [decode(key), decode(rest.join("="))];
  });
}

function keyOfPiece(piece: string): string {
  return parse(piece)[0]?.[0] ?? "";
}

function encodeItem([key, value]: readonly [string, string]): string {
  return `${encode(key)}=${encode(value)}`;
}

/** All but the unreserved characters of RFC 3986 §2.3; a lone surrogate becomes U+FFFD, as in `URL`. */
function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** What is not valid is kept (`%zz`) or replaced by U+FFFD (broken UTF-8), never refused. */
function decode(text: string): string {
  const spaced = text.replaceAll("+", " ");
  if (!spaced.includes("%")) return spaced;
  // URLSearchParams decodes just so; "&" and "=" must not split here.
  const escaped = text.replaceAll("&", "%26").replaceAll("=", "%3D");
  return new URLSearchParams(`=${escaped}`).get("") ?? "";
}
