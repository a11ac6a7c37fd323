/**
 * How old a stored response is and how long it stays fresh (RFC 9111 §4.2), by the clock of this machine and what the
 * server sent. What can be known once is computed once for each head.
 */
import { parseHTTPDate } from "../../../semantics/dates.ts";
import { findField, splitList } from "../../../semantics/fields.ts";
import type { StoredHead } from "../storage/stored_response.ts";
import { deltaSeconds, type Directives, directivesOf, durationMs } from "./directives.ts";

/** What a head says about freshness. */
export interface FreshnessFacts {
  readonly directives: Directives;
  /** The lifetime that the server specified, or `null` if it specified none. */
  readonly explicitMs: number | null;
  /** How long it had not changed when it was sent, if that may be used for a guess; else 0. */
  readonly unchangedMs: number;
  /** Its age when it arrived (§4.2.3, `corrected_initial_age`). */
  readonly initialAgeMs: number;
}

/** RFC 9110 §15.1: statuses that may be reused without a specified lifetime. */
const HEURISTICALLY_CACHEABLE: ReadonlySet<number> = new Set(
  [200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501],
);
/** A guess is never longer: a day, after which RFC 2616 wanted a warning. */
const MAX_HEURISTIC_MS = 24 * 60 * 60 * 1000;
/** A clock that was set back further makes every stored response stale. */
const MAX_CLOCK_STEP_MS = 60_000;

const known = new WeakMap<StoredHead, FreshnessFacts>();

/** The facts of a head. */
export function freshnessFacts(head: StoredHead): FreshnessFacts {
  let facts = known.get(head);
  if (facts === undefined) known.set(head, facts = readFacts(head));
  return facts;
}

/** Whether a response with this status may be given a guessed lifetime (§4.2.2). */
export function isHeuristicallyCacheable(status: number, directives: Directives): boolean {
  return HEURISTICALLY_CACHEABLE.has(status) || directives.has("public");
}

/** How long the response is fresh, counted from when the server made it. */
export function lifetimeMs(head: StoredHead, heuristicFraction: number): number {
  const { explicitMs, unchangedMs } = freshnessFacts(head);
  return explicitMs ?? Math.min(unchangedMs * heuristicFraction, MAX_HEURISTIC_MS);
}

/** Its age now (§4.2.3, `current_age`). */
export function currentAgeMs(head: StoredHead, nowMs: number): number {
  const residentMs = nowMs - head.receivedAtMs;
  if (residentMs < -MAX_CLOCK_STEP_MS) return Infinity;
  return freshnessFacts(head).initialAgeMs + Math.max(0, residentMs);
}

/** A date in one of the three forms of RFC 9110 §5.6.7, whose zone is always GMT. */
export function strictDate(value: string | null, nowMs: number): number | null {
  return value === null || /utc$/i.test(value) ? null : parseHTTPDate(value, nowMs);
}

function readFacts(head: StoredHead): FreshnessFacts {
  const { fields, receivedAtMs } = head;
  const directives = directivesOf(fields);
  const date = strictDate(findField(fields, "date"), receivedAtMs);
  const sentAtMs = date ?? receivedAtMs;
  return {
    directives,
    explicitMs: explicitLifetime(head, { directives, sentAtMs }),
    unchangedMs: isHeuristicallyCacheable(head.status, directives)
      ? unchangedFor(head, sentAtMs)
      : 0,
    initialAgeMs: initialAge(head, date),
  };
}

/** §4.2.1. `s-maxage` is for shared caches. */
function explicitLifetime(
  { fields, receivedAtMs }: StoredHead,
  { directives, sentAtMs }: { readonly directives: Directives; readonly sentAtMs: number },
): number | null {
  const maxAge = durationMs(directives, "max-age");
  if (maxAge !== null) return maxAge;
  const expires = findField(fields, "expires");
  if (expires === null) return null;
  const expiresAtMs = strictDate(expires, receivedAtMs);
  return expiresAtMs === null ? 0 : Math.max(0, expiresAtMs - sentAtMs); // §5.3: an invalid date is in the past
}

function unchangedFor({ fields, receivedAtMs }: StoredHead, sentAtMs: number): number {
  const modifiedAtMs = strictDate(findField(fields, "last-modified"), receivedAtMs);
  return modifiedAtMs === null ? 0 : Math.max(0, sentAtMs - modifiedAtMs);
}

function initialAge({ fields, requestedAtMs, receivedAtMs }: StoredHead, date: number | null) {
  const apparentMs = date === null ? 0 : Math.max(0, receivedAtMs - date);
  const delayMs = Math.max(0, receivedAtMs - requestedAtMs);
  return Math.max(apparentMs, ageField(findField(fields, "age")) * 1000 + delayMs);
}

/** §5.1: the first value counts; an invalid one is ignored. */
function ageField(value: string | null): number {
  return value === null ? 0 : deltaSeconds(splitList(value)[0] ?? "") ?? 0;
}
