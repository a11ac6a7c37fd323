/** Whether a request is the one that a route waits for, and the first thing in which it is not. */
import type { Request } from "../message/request.ts";
import { MASK } from "../observe/mask.ts";
import { isSecretName } from "../observe/secret_names.ts";
import type { RoutePattern } from "./route_pattern.ts";

/** A value that is expected: itself, a pattern, or a function that says whether it will do. */
export type Expected<Value> = Value | RegExp | ((value: Value) => boolean);

/** What a route expects beside method and URL. What is not named may be anything. */
export interface RouteMatch {
  /** Parameters of the query; a list expects the key so often, `null` expects that it is missing. */
  readonly params?:
    | Readonly<
      Record<string, Expected<string> | number | boolean | readonly string[] | null>
    >
    | undefined;
  /** Fields of the head, by name in any case; `null` expects that it is missing. */
  readonly headers?: Readonly<Record<string, Expected<string> | null>> | undefined;
  /** The body as JSON: an equal value, or a function that says whether it will do. */
  readonly json?: unknown;
  /** The body as text. */
  readonly content?: Expected<string> | undefined;
}

/** How a request and a route compare. */
export type Comparison =
  | { readonly kind: "match"; readonly params: Readonly<Record<string, string>> }
  | {
    readonly kind: "difference";
    /** The nearer, the higher: what is compared later counts for more. */
    readonly nearness: number;
    /** `path is /users/7, not /users/:id` */
    readonly text: string;
  };

/** Compares method, URL, parameters, headers and body, in this order. */
export function compare(
  request: Request,
  { method, pattern, match }: {
    readonly method: string | null;
    readonly pattern: RoutePattern;
    readonly match: RouteMatch;
  },
): Comparison {
  const url = request.parsedURL;
  const found = pattern.match(url);
  if ("part" in found) {
    const given = { scheme: url.protocol, host: url.host, path: url.pathname }[found.part];
    const nearness = { scheme: 0, host: 1, path: 2 + found.sameSegments / 1000 }[found.part];
    return difference(nearness, `${found.part} is ${given}, not that of ${pattern.source}`);
  }
  if (method !== null && method !== request.method) {
    return difference(4, `method is ${request.method}, not ${method}`);
  }
  const text = paramsDifference(url.searchParams, match.params ?? {});
  if (text !== null) return difference(5, text);
  const field = headersDifference(request, match.headers ?? {});
  if (field !== null) return difference(6, field);
  const body = bodyDifference(request, match);
  if (body !== null) return difference(7, body);
  return { kind: "match", params: found.params };
}

/** A difference that is not one of the request: the route has no answer left. */
export function usedUp(text: string): Comparison {
  return difference(8, text);
}

function difference(nearness: number, text: string): Comparison {
  return { kind: "difference", nearness, text };
}

function paramsDifference(
  given: URLSearchParams,
  expected: NonNullable<RouteMatch["params"]>,
): string | null {
  for (const [name, value] of Object.entries(expected)) {
    const values = given.getAll(name);
    const text = valuesDifference(values, value);
    if (text !== null) return `params.${name} ${isSecretName(name) ? "differs" : text}`;
  }
  return null;
}

function valuesDifference(
  values: readonly string[],
  expected: Expected<string> | number | boolean | readonly string[] | null,
): string | null {
  const [first] = values;
  if (expected === null) return first === undefined ? null : `is ${quoted(first)}, not missing`;
  if (Array.isArray(expected)) {
    return quoted(values) === quoted(expected)
      ? null
      : `is ${quoted(values)}, not ${quoted(expected)}`;
  }
  if (first === undefined) return `is missing, not ${shown(expected)}`;
  const wanted = typeof expected === "number" || typeof expected === "boolean"
    ? String(expected)
    : expected as Expected<string>; // a list was looked at above
  return values.some((value) => fits(value, wanted))
    ? null
    : `is ${quoted(values.length === 1 ? first : values)}, not ${shown(wanted)}`;
}

function headersDifference(
  request: Request,
  expected: NonNullable<RouteMatch["headers"]>,
): string | null {
  for (const [name, value] of Object.entries(expected)) {
    const given = request.headers.get(name);
    if (value === null ? given === null : given !== null && fits(given, value)) continue;
    const is = given === null ? "missing" : isSecretName(name) ? MASK : quoted(given);
    const wanted = value === null ? "missing" : isSecretName(name) ? MASK : shown(value);
    return `header ${name} is ${is}, not ${wanted}`;
  }
  return null;
}

function bodyDifference(request: Request, { json, content }: RouteMatch): string | null {
  const text = new TextDecoder().decode(request.content);
  if (content !== undefined && !fits(text, content)) {
    return `content is ${quoted(shortened(text))}, not ${shown(content)}`;
  }
  if (json === undefined) return null;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return `the body is not JSON: ${quoted(shortened(text))}`;
  }
  if (typeof json === "function") return json(value) ? null : "json does not fit the function";
  return jsonDifference(value, json, "json");
}

/** The first place where two values of JSON differ. */
export function jsonDifference(given: unknown, expected: unknown, path: string): string | null {
  if (isRecord(given) && isRecord(expected)) {
    for (const name of new Set([...Object.keys(expected), ...Object.keys(given)])) {
      const place = `${path}.${name}`;
      if (isSecretName(name)) {
        if (jsonDifference(given[name], expected[name], place) !== null) return `${place} differs`;
        continue;
      }
      const text = jsonDifference(given[name], expected[name], place);
      if (text !== null) return text;
    }
    return null;
  }
  if (Array.isArray(given) && Array.isArray(expected)) {
    for (let i = 0; i < Math.max(given.length, expected.length); i++) {
      const text = jsonDifference(given[i], expected[i], `${path}[${i}]`);
      if (text !== null) return text;
    }
    return null;
  }
  if (Object.is(given, expected)) return null;
  return `${path} is ${jsonOf(given)}, not ${jsonOf(expected)}`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function fits(value: string, expected: Expected<string>): boolean {
  if (typeof expected === "function") return expected(value);
  if (expected instanceof RegExp) return new RegExp(expected.source, expected.flags).test(value);
  return value === expected;
}

function shown(expected: Expected<string> | number | boolean | readonly string[]): string {
  if (typeof expected === "function") return "one that fits the function";
  return expected instanceof RegExp ? String(expected) : quoted(expected);
}

function jsonOf(value: unknown): string {
  return value === undefined ? "missing" : shortened(JSON.stringify(value));
}

function quoted(value: unknown): string {
  return JSON.stringify(value);
}

function shortened(text: string): string {
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
