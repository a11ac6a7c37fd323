/**
 * Forms as records and pairs, and their URL-encoded form. It is written as Python's `urlencode` writes it, which is
 * what httpx sends: a space is `+`, `*` is escaped and `~` is not; every form parser reads both ways alike.
 */
import { kindOf } from "../../semantics/kind.ts";
import { bytesOf } from "./source/byte_source.ts";

/** One value of a form. `null` is sent as the empty string, `undefined` leaves the field out. */
export type FormValue = string | number | bigint | boolean | null | undefined;

/**
 * A form: a record or pairs (a list repeats its field), or what the web platform has for it. A `FormData` is sent as
 * multipart, every other one URL-encoded unless there are `files` too.
 *
 * @example A form with a repeated field
 * ```ts
 * import { type FormInit, Request } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const data: FormInit = { name: "Ada Lovelace", tag: ["maths", "engines"], note: null, skip: undefined };
 * const request = new Request("POST", "https://example.org/people", { data });
 * assertEquals(new TextDecoder().decode(await request.read()), "name=Ada+Lovelace&tag=maths&tag=engines&note=");
 * ```
 */
export type FormInit =
  | { readonly [name: string]: FormValue | readonly FormValue[] }
  | Iterable<readonly [name: string, value: FormValue | readonly FormValue[]]>
  | URLSearchParams
  | FormData;

/**
 * The fields of a form in order.
 *
 * @throws {TypeError} for a form or a value that is none; the message names the field
 */
export function formFields(data: Exclude<FormInit, FormData>): [name: string, value: string][] {
  if (typeof data !== "object" || data === null || bytesOf(data) || data instanceof Blob) {
    throw new TypeError(`Cannot send data of type ${kindOf(data)}: give a form, or use content`);
  }
  const fields: [string, string][] = [];
  for (const [name, value] of pairsOf<FormValue | readonly FormValue[]>(data, "data")) {
    for (const item of Array.isArray(value) ? value : [value]) {
      if (item !== undefined) fields.push([name, fieldValue(name, item)]);
    }
  }
  return fields;
}

/** `application/x-www-form-urlencoded`. */
export function urlEncode(fields: readonly (readonly [name: string, value: string])[]): string {
  return new URLSearchParams(fields as [string, string][]) // it only reads them
    .toString().replaceAll("%7E", "~").replaceAll("*", "%2A");
}

/** The pairs of a record or of an iterable of pairs. */
export function pairsOf<T>(
  init: { readonly [name: string]: T } | Iterable<readonly [string, T]>,
  option: string,
): readonly (readonly [string, T])[] {
  if (typeof Reflect.get(init, Symbol.iterator) !== "function") return Object.entries(init);
  const pairs = [...init as Iterable<readonly [string, T]>]; // it has an iterator
  const stray = pairs.find((pair) => !Array.isArray(pair) || typeof pair[0] !== "string");
  if (stray !== undefined) {
    throw new TypeError(
      `Cannot send ${option}: a list holds pairs [name, value], not ${kindOf(stray)}`,
    );
  }
  return pairs;
}

function fieldValue(name: string, value: unknown): string {
  if (value === null) return "";
  if (typeof value === "object" || typeof value === "function" || typeof value === "symbol") {
    const way = value instanceof Blob || bytesOf(value) ? "give it in files" : "give it as json";
    throw new TypeError(
      `Cannot send form field "${name}": type ${kindOf(value)} is no form value; ${way}`,
    );
  }
  return String(value);
}
