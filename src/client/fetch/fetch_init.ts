/**
 * What `fetch` was given, as the standard reads it (Fetch §5.4, `new Request(input, init)`): members converted in the order
 * of their names, then checked in the order of its steps. What only browsers act on (mode, referrer, priority …) is checked
 * and passed over.
 */

import type { CacheMode } from "../../message/request.ts";

/** A request as `fetch` understands it. */
export interface FetchInput {
  readonly method: string;
  readonly url: string;
  /** Names and values, values without white space around them. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: unknown;
  /** The Request whose body it is, if it is none of `init`. */
  readonly bodyOf: globalThis.Request | null;
  readonly signal: AbortSignal | null;
  readonly redirect: "follow" | "error" | "manual";
  readonly credentials: "omit" | "same-origin" | "include";
  readonly cache: CacheMode;
  readonly integrity: string;
}

/** The members of `RequestInit` that have few values, and those values. */
const ENUMS: Readonly<Record<string, readonly string[]>> = {
  __proto__: null as never, // what a program adds to the prototype of all objects is not a member
  cache: ["default", "no-store", "reload", "no-cache", "force-cache", "only-if-cached"],
  credentials: ["omit", "same-origin", "include"],
  duplex: ["half"],
  mode: ["same-origin", "cors", "no-cors", "navigate"],
  priority: ["auto", "high", "low"],
  redirect: ["follow", "error", "manual"],
  referrerPolicy: [
    ...["", "no-referrer", "no-referrer-when-downgrade", "same-origin", "origin", "strict-origin"],
    ...["origin-when-cross-origin", "strict-origin-when-cross-origin", "unsafe-url"],
  ],
};

/** Fetch §2.2.1: methods that no `fetch` sends. */
const FORBIDDEN_METHODS: ReadonlySet<string> = new Set(["CONNECT", "TRACE", "TRACK"]);
/** Fetch §2.2.1, "normalize": other methods keep their case. */
const NORMALIZED_METHODS: ReadonlySet<string> = new Set(
  ["DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"],
);
/** RFC 9110 §5.6.2 */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const AROUND_URL = /^[\0-\x20]+|[\0-\x20]+$/g;
// deno-lint-ignore no-control-regex
const CONTROL = /[\0-\x1f\x7f]/g;
/** Fetch §2.2.2, "normalize" a value. */
const AROUND_VALUE = /^[\t\n\r ]+|[\t\n\r ]+$/g;

/**
 * Reads what `fetch` was given.
 *
 * @throws {TypeError} for what the standard refuses; the message names it
 */
export function readInput(
  input: string | URL | globalThis.Request,
  init: globalThis.RequestInit,
): FetchInput {
  const given = isRequest(input) ? input : null;
  for (const name in init) if (name in ENUMS) checkEnum(name, init);
  const url = given === null ? asURLParser(String(input)) : given.url;
  checkUnsupported(init);
  const method = methodOf(init.method ?? given?.method ?? "GET");
  const signal = init.signal === undefined ? given?.signal ?? null : init.signal;
  if (signal !== null && !isSignal(signal)) {
    throw new TypeError("Cannot fetch with this signal: it is not an AbortSignal");
  }
  // The headers first: Bun adds a Request's Content-Type when they are looked at, and never after its body was.
  const headers = headerPairs(init.headers ?? given?.headers);
  const isOwn = init.body !== undefined && init.body !== null;
  const bodyOf = !isOwn && given !== null && hasBody(given) ? given : null;
  if ((isOwn || bodyOf !== null) && (method === "GET" || method === "HEAD")) {
    throw new TypeError(`Cannot fetch with a body and method ${method}`);
  }
  return {
    method,
    url,
    headers,
    body: isOwn ? init.body : null,
    bodyOf,
    signal,
    redirect: init.redirect ?? given?.redirect ?? "follow",
    credentials: init.credentials ?? given?.credentials ?? "same-origin",
    cache: init.cache ?? given?.cache ?? "default",
    integrity: String(init.integrity ?? given?.integrity ?? ""),
  };
}

/**
 * What the URL standard's parser removes, blanks around and line breaks and tabs anywhere, and how it writes other control
 * characters: a client's own methods refuse them.
 */
function asURLParser(url: string): string {
  return url.replace(AROUND_URL, "").replace(/[\t\n\r]/g, "").replace(CONTROL, encodeURIComponent);
}

function checkEnum(name: string, init: globalThis.RequestInit): void {
  const value: unknown = (init as Record<string, unknown>)[name];
  if (value === undefined || ENUMS[name]?.includes(String(value))) return;
  const known = ENUMS[name]?.map((one) => JSON.stringify(one)).join(", ");
  throw new TypeError(`Cannot fetch with ${name} ${JSON.stringify(String(value))}: give ${known}`);
}

function checkUnsupported(init: globalThis.RequestInit): void {
  const { window, mode, referrer, cache } = init as globalThis.RequestInit & { window?: unknown };
  if (window !== undefined && window !== null) {
    throw new TypeError("Cannot fetch with a window: it can only be null");
  }
  if (mode === "navigate") throw new TypeError('Cannot fetch with mode "navigate"');
  if (referrer !== undefined && referrer !== "" && !URL.canParse(referrer, "about:client")) {
    throw new TypeError(`Cannot fetch with referrer ${JSON.stringify(referrer)}: it is not a URL`);
  }
  if (cache === "only-if-cached" && mode !== undefined && mode !== "same-origin") {
    throw new TypeError('Cannot fetch with cache "only-if-cached": its mode is "same-origin"');
  }
}

function methodOf(method: unknown): string {
  const text = String(method);
  if (!TOKEN.test(text)) throw new TypeError(`Cannot fetch with method ${JSON.stringify(text)}`);
  const upper = text.toUpperCase();
  if (FORBIDDEN_METHODS.has(upper)) {
    throw new TypeError(`Cannot fetch with method ${upper}: the web's fetch refuses it too`);
  }
  return NORMALIZED_METHODS.has(upper) ? upper : text;
}

/** Pairs, a record, or anything that is iterated as `Headers` are, of this realm or another. */
function headerPairs(
  headers: globalThis.HeadersInit | null | undefined,
): (readonly [string, string])[] {
  if (headers === undefined || headers === null) return [];
  if (typeof headers !== "object") {
    throw new TypeError("Cannot fetch with these headers: give a record, pairs, or Headers");
  }
  if (!(Symbol.iterator in headers)) {
    return combined(Object.entries(headers).map(([name, value]) => [name, valueOf(value)]));
  }
  return combined(Array.from(headers as Iterable<readonly unknown[]>, (pair) => {
    const [name, value, ...more] = pair;
    if (more.length > 0 || value === undefined && pair.length !== 2) {
      throw new TypeError("Cannot fetch with these headers: each pair is a name and a value");
    }
    return [String(name), valueOf(value)];
  }));
}

/** Fetch §2.2.2, "get": a name that is repeated is sent once, as it was first written, with all values. */
function combined(pairs: [string, string][]): [string, string][] {
  const places = new Map<string, [string, string]>();
  return pairs.filter((pair) => {
    const name = pair[0].toLowerCase();
    const first = places.get(name);
    if (first === undefined) places.set(name, pair);
    else first[1] += `, ${pair[1]}`;
    return first === undefined;
  });
}

function valueOf(value: unknown): string {
  return String(value).replace(AROUND_VALUE, "");
}

/** Of this realm, another one, or a package's own class. */
function isRequest(input: string | URL | globalThis.Request): input is globalThis.Request {
  if (input instanceof globalThis.Request) return true;
  return typeof input === "object" && "url" in input && "method" in input && "headers" in input;
}

/** By what it does: signals of other realms and of polyfills are signals. */
function isSignal(signal: unknown): signal is AbortSignal {
  return typeof signal === "object" && signal !== null && "aborted" in signal &&
    typeof (signal as AbortSignal).addEventListener === "function";
}

function hasBody(request: globalThis.Request): boolean {
  if (request.bodyUsed) throw new TypeError("Cannot fetch this Request: its body was used before");
  return (request.body ?? null) !== null;
}
