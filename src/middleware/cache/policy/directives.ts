/** The `Cache-Control` field (RFC 9111 §5.2) of requests and responses. */
import { type FieldLines, findField, splitList, trimBlanks } from "../../../semantics/fields.ts";

/** Directives by lower-case name; `null` for one without a value. */
export type Directives = ReadonlyMap<string, string | null>;

const NONE: Directives = new Map();
/** §1.2.2: larger numbers count as this one. */
const MAX_DELTA_SECONDS = 2 ** 31;

/** As many values are remembered parsed: servers send a few, again and again (bench: cache_miss). */
const MAX_REMEMBERED = 256;
/** Longer values are not remembered. */
const MAX_VALUE_LENGTH = 256;
const remembered = new Map<string, Directives>();

/** The directives of a field section. The first of two with the same name counts (§4.2.1). */
export function directivesOf(fields: FieldLines): Directives {
  const value = findField(fields, "cache-control");
  if (value === null) return NONE;
  const known = remembered.get(value);
  if (known !== undefined) return known;
  const directives = parseDirectives(value);
  if (value.length > MAX_VALUE_LENGTH) return directives;
  if (remembered.size >= MAX_REMEMBERED) remembered.clear();
  remembered.set(value, directives);
  return directives;
}

/** Parses a field value; what is malformed is left out. */
export function parseDirectives(value: string): Directives {
  const directives = new Map<string, string | null>();
  for (const item of splitList(value)) {
    const equals = item.indexOf("=");
    const name = (equals < 0 ? item : item.slice(0, equals)).toLowerCase();
    if (directives.has(name)) continue;
    directives.set(name, equals < 0 ? null : unquoted(item.slice(equals + 1)));
  }
  return directives;
}

/**
 * The milliseconds of a directive in seconds: `null` if it is absent, 0 if its value is invalid, so that invalid
 * freshness counts as stale (§4.2.1).
 */
export function durationMs(directives: Directives, name: string): number | null {
  const value = directives.get(name);
  if (value === undefined) return null;
  return (value === null ? 0 : deltaSeconds(value) ?? 0) * 1000;
}

/** A number of seconds (§1.2.2), or `null` if it is none. */
export function deltaSeconds(value: string): number | null {
  return /^\d+$/.test(value) ? Math.min(Number(value), MAX_DELTA_SECONDS) : null;
}

/** The field names that a directive such as `no-cache="a, b"` lists, in lower case. */
export function listedFields(directives: Directives, name: string): readonly string[] {
  const value = directives.get(name) ?? null;
  if (value === null) return [];
  return value.split(",").map((item) => trimBlanks(item).toLowerCase()).filter((item) =>
    item !== ""
  );
}

/** Both forms are accepted for every directive (§5.2). */
function unquoted(value: string): string {
  if (value.length < 2 || !value.startsWith('"') || !value.endsWith('"')) return value;
  return value.slice(1, -1).replace(/\\([^])/g, "$1");
}
