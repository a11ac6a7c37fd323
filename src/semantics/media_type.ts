/**
 * Media types, RFC 9110 §8.3.1: `type/subtype; name=value; name="quoted value"`. Reading is as lenient
 * as browsers are (WHATWG MIME Sniffing §4.4): a broken parameter is passed over, the first of two
 * with one name counts.
 */
import { isToken } from "./fields.ts";

/** A `Content-Type` in parts. */
export interface MediaType {
  /** `type/subtype`, lower case. */
  readonly essence: string;
  /** Names in lower case; values unquoted, their case kept. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** Reads a media type, or `null` where there is no `type/subtype` at the beginning. */
export function parseMediaType(value: string): MediaType | null {
  const end = value.indexOf(";");
  const essence = (end < 0 ? value : value.slice(0, end)).trim().toLowerCase();
  const slash = essence.indexOf("/");
  if (slash < 0 || !isToken(essence.slice(0, slash)) || !isToken(essence.slice(slash + 1))) {
    return null;
  }
  return { essence, parameters: end < 0 ? new Map() : parseParameters(value.slice(end)) };
}

/**
 * Reads `; name=value; name="quoted"` from the beginning of a string: the parameters of media types and of links
 * alike. A name without `=` has the value "". Names come in lower case.
 */
export function parseParameters(text: string): Map<string, string> {
  const parameters = new Map<string, string>();
  // Name, then perhaps a quoted value (its closing quote may be missing) or a bare one.
  const parameter = /;[ \t]*([^=;]*)(?:=[ \t]*(?:"((?:[^"\\]|\\[^])*)(?:"[^;]*|\\?$)|([^;]*)))?/gy;
  for (const [, rawName = "", quoted, bare] of text.matchAll(parameter)) {
    const name = rawName.trim().toLowerCase();
    if (!isToken(name) || parameters.has(name)) continue;
    parameters.set(name, quoted?.replace(/\\([^])/g, "$1") ?? bare?.trim() ?? "");
  }
  return parameters;
}
