/**
 * Media types, RFC 9110 §8.3.1: `type/subtype; name=value; name="quoted value"`. Parsing is as lenient as browsers are
 * (WHATWG MIME Sniffing §4.4): a broken parameter is skipped, the first of two with one name counts. It is more lenient
 * about the type itself: `text-plain; charset=latin-1` keeps its charset.
 */
import { closingQuote, isToken } from "./fields.ts";

/** A parsed `Content-Type`. */
export interface MediaType {
  /** `type/subtype`, lower case; `null` if the value does not begin with one. */
  readonly essence: string | null;
  /** Names in lower case; values unquoted, their case kept. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** Parses a media type. */
export function parseMediaType(value: string): MediaType {
  const end = value.indexOf(";");
  const essence = (end < 0 ? value : value.slice(0, end)).trim().toLowerCase();
  const slash = essence.indexOf("/");
  const isValid = slash >= 0 && isToken(essence.slice(0, slash)) &&
    isToken(essence.slice(slash + 1));
  const parameters = end < 0 ? new Map<string, string>() : parseParameters(value.slice(end));
  return { essence: isValid ? essence : null, parameters };
}

/**
 * Parses `; name=value; name="quoted"` at the beginning of a string: the parameters of media types and of links. A name
 * without `=` has the value "". Names are returned in lower case.
 */
export function parseParameters(text: string): Map<string, string> {
  const parameters = new Map<string, string>();
  for (let at = 0; text[at] === ";";) {
    const nameEnd = endOfName(text, at + 1);
    const name = text.slice(at + 1, nameEnd).trim().toLowerCase();
    const [value, end] = text[nameEnd] === "=" ? parseValue(text, nameEnd + 1) : ["", nameEnd];
    if (isToken(name) && !parameters.has(name)) parameters.set(name, value);
    at = end;
  }
  return parameters;
}

function endOfName(text: string, begin: number): number {
  let end = begin;
  while (end < text.length && text[end] !== "=" && text[end] !== ";") end++;
  return end;
}

/** A value and where the next parameter begins. What follows a quoted string is skipped; its closing quote may be missing. */
function parseValue(text: string, begin: number): [value: string, end: number] {
  let start = begin;
  while (text[start] === " " || text[start] === "\t") start++;
  const isQuoted = text[start] === '"';
  const close = isQuoted ? closingQuote(text, start) : start;
  const semicolon = text.indexOf(";", close);
  const end = semicolon < 0 ? text.length : semicolon;
  if (!isQuoted) return [text.slice(start, end).trim(), end];
  return [text.slice(start + 1, close).replace(/\\([^]?)/g, "$1"), end];
}
