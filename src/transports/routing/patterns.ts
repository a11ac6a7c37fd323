/**
 * Patterns of scheme, host and port, the most specific first: which transport or proxy a URL goes through. They are looked
 * up for every request, redirects included.
 *
 * ```text
 * all://            everything            https://example.org        this host alone
 * https://          this scheme           all://*.example.org        its subdomains, not itself
 * all://*:8080      this port             all://*example.org         itself and its subdomains
 * ```
 */
import { maskHostURL } from "../../observe/mask.ts";
import { comparableHost, withoutRootDot } from "../../semantics/host_name.ts";
import type { Target } from "../../semantics/target.ts";

/** What a host's beginning says about which hosts are meant. */
const HOSTS_OF = { "": "exact", "*": "both", "*.": "subdomains" } as const;

/** `scheme://host:port`, host and port optional; an IPv6 address stands in brackets. */
const GRAMMAR = /^([a-z][a-z0-9+.-]*):\/\/(\[[^\]]*\]|[^/:?#@[\]]*)(?::(\d{1,5}))?\/?$/i;

/** One pattern, taken apart. */
export interface URLPattern {
  /** As it was written. */
  readonly text: string;
  /** `null` is any. */
  readonly scheme: string | null;
  /** In the form of `comparableHost()`, without wildcards; `null` is any. */
  readonly host: string | null;
  /** Whether the host itself matches, its subdomains, or both. */
  readonly hosts: "exact" | "subdomains" | "both";
  /** `null` is any. */
  readonly port: number | null;
}

/**
 * Takes a pattern apart.
 *
 * @throws {TypeError} for anything but scheme, host and port in the form of a URL
 */
export function parsePattern(text: string): URLPattern {
  const [, scheme, host, port = null] = GRAMMAR.exec(text) ?? [];
  if (scheme === undefined || host === undefined) throw malformed(text);
  const lowerScheme = scheme.toLowerCase();
  const stars = host.startsWith("*.") ? "*." : host.startsWith("*") ? "*" : "";
  const name = host.slice(stars.length);
  if (stars === "*." && name === "") throw malformed(text);
  return {
    text,
    scheme: lowerScheme === "all" ? null : lowerScheme,
    host: name === "" ? null : checkHost(name, text),
    hosts: name === "" ? "both" : HOSTS_OF[stars],
    port: port === null ? null : Number(port),
  };
}

/** Whether the target is one of the pattern's. */
export function matchesPattern(pattern: URLPattern, target: Target): boolean {
  if (pattern.scheme !== null && pattern.scheme !== target.scheme) return false;
  if (pattern.port !== null && pattern.port !== target.port) return false;
  if (pattern.host === null) return true;
  const host = withoutRootDot(target.host);
  if (host === pattern.host) return pattern.hosts !== "subdomains";
  return pattern.hosts !== "exact" && host.endsWith(`.${pattern.host}`);
}

/**
 * Sorts, most specific first: with a port before without, then the longer host (of the same host the exact one, then its
 * subdomains, then both), then a scheme before any. Of equals the earlier stays first.
 */
export function bySpecificity(a: URLPattern, b: URLPattern): number {
  return Number(b.port !== null) - Number(a.port !== null) ||
    (b.host?.length ?? 0) - (a.host?.length ?? 0) ||
    BREADTH[a.hosts] - BREADTH[b.hosts] ||
    (b.scheme?.length ?? 0) - (a.scheme?.length ?? 0);
}

const BREADTH = { exact: 0, subdomains: 1, both: 2 } as const;

function checkHost(host: string, text: string): string {
  const comparable = comparableHost(host);
  if (comparable !== null) return comparable;
  throw new TypeError(`Cannot use URL pattern "${maskHostURL(text)}": its host is invalid`);
}

function malformed(text: string): TypeError {
  const isScheme = /^[a-z][a-z0-9+-]*:?$/i.test(text);
  const hint = isScheme
    ? `write "${text.replace(":", "")}://"`
    : /^[\w*.-]+(?::\d+)?$/.test(text)
    ? `write "all://${text}"`
    : 'write scheme://host:port, as in "all://*.example.org" or "https://"';
  return new TypeError(`Cannot use URL pattern "${maskHostURL(text)}": ${hint}`);
}

/** What a target's most specific pattern leads to; `undefined` where none is the target's. */
export type PatternLookup<Value> = (target: Target) => Value | undefined;

/**
 * Looks up targets among patterns. Of two that are equal the earlier counts.
 *
 * @throws {TypeError} for a malformed pattern
 */
export function patternLookup<Value>(
  entries: readonly (readonly [pattern: string, value: Value])[],
): PatternLookup<Value> {
  const sorted = entries
    .map(([text, value]) => ({ pattern: parsePattern(text), value }))
    .sort((a, b) => bySpecificity(a.pattern, b.pattern));
  return (target) => sorted.find(({ pattern }) => matchesPattern(pattern, target))?.value;
}
