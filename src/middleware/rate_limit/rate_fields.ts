/**
 * What a response says of the server's own limits:
 *
 * - `Retry-After` of a 429 or 503 (RFC 9110 §10.2.3): no request before.
 * - `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10): `"default";r=50;t=30`, so many left for so many seconds.
 *   `RateLimit-Policy` has the unit of a policy (`qu`); only limits of requests count here.
 * - Its earlier forms: `RateLimit: limit=100, remaining=50, reset=30` and `RateLimit-Remaining`, `RateLimit-Reset`.
 * - `X-RateLimit-Remaining` and `X-RateLimit-Reset` (GitHub, GitLab and many more), also written `X-Rate-Limit-…`; the
 *   reset is in seconds from now or since 1970.
 *
 * Malformed fields are ignored.
 */
import type { Headers } from "../../message/headers.ts";
import { parseHTTPDate } from "../../semantics/dates.ts";
import { splitList } from "../../semantics/fields.ts";
import { retryAfterMs } from "../retry/retry_after.ts";

/** What a server allows: so many requests until the moment that is `resetMs` away. */
export interface ServerLimit {
  readonly remaining: number;
  readonly resetMs: number;
}

/** The part of a response that is read here. */
interface LimitedResponse {
  readonly status: number;
  readonly headers: Headers;
}

/** The strictest limit of a response; `null` if it has none. */
export function serverLimit(
  { status, headers }: LimitedResponse,
  nowMs: number,
): ServerLimit | null {
  if (status === 429 || status === 503) {
    const pauseMs = retryAfterMs(headers, nowMs);
    if (pauseMs !== null) return { remaining: 0, resetMs: pauseMs };
  }
  // A stored response has a limit of the past (§6 of the draft).
  if (Number(headers.get("age") ?? 0) > 0) return null;
  const limits = [...fieldLimits(headers), ...separateLimits(headers, nowMs)];
  const remaining = status === 429 ? 0 : Infinity; // whatever the fields of a 429 say, nothing is left
  return strictest(
    limits.map((limit) => ({ ...limit, remaining: Math.min(limit.remaining, remaining) })),
  );
}

/** The limit that runs out first; of several that have run out, the one that lasts longest. */
function strictest(limits: readonly ServerLimit[]): ServerLimit | null {
  let found: ServerLimit | null = null;
  for (const limit of limits) {
    const isStricter = found === null || limit.remaining < found.remaining ||
      limit.remaining === found.remaining && limit.resetMs > found.resetMs;
    if (isStricter) found = limit;
  }
  return found;
}

/** The field `RateLimit`, in its current form or as the dictionary of draft 07. */
function fieldLimits(headers: Headers): ServerLimit[] {
  const value = headers.get("ratelimit");
  if (value === null) return [];
  const items = splitList(value);
  if (items.every((item) => /^\w+=\d+$/.test(item))) {
    const { remaining, reset } = Object.fromEntries(items.map((item) => item.split("=")));
    return limitOf(remaining, reset);
  }
  const ignored = otherUnits(headers);
  return items.flatMap((item) => {
    const { name, parameters } = parseItem(item);
    return name === null || ignored.has(name)
      ? []
      : limitOf(parameters.get("r"), parameters.get("t"));
  });
}

/** Policies that limit something else than the number of requests. */
function otherUnits(headers: Headers): Set<string | null> {
  const policies = splitList(headers.get("ratelimit-policy") ?? "").map(parseItem);
  const isOther = ({ parameters }: PolicyItem) =>
    (parameters.get("qu") ?? '"requests"') !== '"requests"';
  return new Set(policies.filter(isOther).map(({ name }) => name));
}

interface PolicyItem {
  readonly name: string | null;
  readonly parameters: ReadonlyMap<string, string>;
}

/** `"name";r=50;t=30`; the name is a string or a token, and has no semicolon here. */
function parseItem(item: string): PolicyItem {
  const [head = "", ...rest] = item.split(";").map((part) => part.trim());
  const isName = /^(?:"[^"]*"|[A-Za-z*][\w:/.*-]*)$/.test(head);
  const pairs = rest.map((part): [string, string] => {
    const at = part.indexOf("=");
    return at < 0 ? [part, ""] : [part.slice(0, at), part.slice(at + 1)];
  });
  return { name: isName ? head : null, parameters: new Map(pairs) };
}

function limitOf(remaining: string | undefined, reset: string | undefined): ServerLimit[] {
  if (!isCount(remaining) || !isCount(reset)) return [];
  return [{ remaining: Number(remaining), resetMs: Number(reset) * 1000 }];
}

function isCount(text: string | null | undefined): text is string {
  return typeof text === "string" && /^\d{1,15}$/.test(text);
}

const SEPARATE = ["ratelimit", "x-ratelimit", "x-rate-limit"];

/** `…-Remaining` beside `…-Reset`. */
function separateLimits(headers: Headers, nowMs: number): ServerLimit[] {
  return SEPARATE.flatMap((prefix) => {
    const remaining = headers.get(`${prefix}-remaining`)?.trim();
    const reset = headers.get(`${prefix}-reset`)?.trim();
    if (!isCount(remaining) || reset === undefined) return [];
    const resetMs = untilReset(reset, headers, nowMs);
    return resetMs === null ? [] : [{ remaining: Number(remaining), resetMs }];
  });
}

/** Numbers from here on are seconds since 1970 (this is September 2001), and milliseconds since then a thousand times up. */
const FIRST_MOMENT = 1_000_000_000;

/** A moment counts from the response's own `Date`, as `Retry-After` does. */
function untilReset(reset: string, headers: Headers, nowMs: number): number | null {
  if (!/^\d{1,15}(?:\.\d+)?$/.test(reset)) return null;
  const value = Number(reset);
  if (value < FIRST_MOMENT) return Math.ceil(value * 1000);
  const momentMs = value < 1000 * FIRST_MOMENT ? value * 1000 : value;
  const sentMs = parseHTTPDate(headers.getList("date")[0] ?? "", nowMs) ?? nowMs;
  return Math.max(0, Math.ceil(momentMs - sentMs));
}
