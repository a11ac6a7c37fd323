/**
 * What a private cache does with a request (RFC 9111 §4), as a machine without I/O: it is given what is stored and what
 * the server answers, and says what to do next.
 *
 * ```text
 *            fresh, or stale and allowed              304, or an error that may be covered
 *   idle ─────────────────────────────────▶ fromCache ◀──────────────────────────────┐
 *    │ absent            │ stale                                                      │
 *    ▼                   └──────────────────────▶ needsRevalidation ──────────────────┘
 *   miss ◀──────────────────────────────────────────────┘ any other answer
 * ```
 */
import type { CacheMode } from "../../../message/request.ts";
import { type FieldLines, findField } from "../../../semantics/fields.ts";
import type { StoredHead, StoredRange } from "../storage/stored_response.ts";
import { type Directives, durationMs } from "./directives.ts";
import { currentAgeMs, freshnessFacts, lifetimeMs } from "./freshness.ts";
import { coveredRange, hasRanges, type RangeRequest } from "./ranges.ts";
import { selects } from "./selecting.ts";
import { confirms, holdsIfRange } from "./validators.ts";

/** Where the handling of one request stands. */
export type CacheState = "idle" | "fromCache" | "needsRevalidation" | "miss";

/** What leads from one state to another. */
export type CacheEvent = "reusable" | "stale" | "absent" | "confirmed" | "covered" | "replaced";

/** A missing cell can't happen. */
export const CACHE_MOVES: Readonly<
  Record<CacheState, Readonly<Partial<Record<CacheEvent, CacheState>>>>
> = {
  idle: { reusable: "fromCache", stale: "needsRevalidation", absent: "miss" },
  needsRevalidation: { confirmed: "fromCache", covered: "fromCache", replaced: "miss" },
  fromCache: {},
  miss: {},
};

/** What the policy needs to know of a request. */
export interface CacheRequest {
  readonly fields: FieldLines;
  readonly directives: Directives;
  readonly mode: CacheMode;
  /** A single range of bytes, or `null` for the whole. */
  readonly range: RangeRequest | null;
}

/** What it decides by, beside the request and what is stored. */
export interface PolicyRules {
  /** The time, in milliseconds since 1970. */
  readonly nowMs: number;
  /** Whether a stale response may be given out and revalidated beside that. */
  readonly canRevalidateLater: boolean;
  /** Which fraction of the time since `Last-Modified` a response without a lifetime is fresh. */
  readonly heuristicFraction: number;
}

/** What to do with a request: a state of the machine with its data. */
export type Decision = FromCache | Revalidation | Miss;

/** A stored response is the answer. */
export interface FromCache {
  readonly state: "fromCache";
  readonly reason: string;
  readonly head: StoredHead;
  readonly range: StoredRange | null;
  readonly isStale: boolean;
  /** Whether it is to be revalidated in the background (RFC 5861 §3). */
  readonly revalidates: boolean;
}

/** The server is asked whether a stored response is still good. */
export interface Revalidation {
  readonly state: "needsRevalidation";
  readonly reason: string;
  readonly head: StoredHead;
  /** The part that is asked for; `null` is the whole. */
  readonly range: StoredRange | null;
  /** Whether the stored response may stand in for an error of the server (RFC 5861 §4). */
  readonly coversErrors: boolean;
}

/** The server is asked, as without a cache. */
export interface Miss {
  readonly state: "miss";
  readonly reason: MissReason;
}

/** Where a revalidation leads: the stored response is good, or good enough, or replaced by the answer. */
export type Settlement = "confirmed" | "covered" | "replaced";

/** Why nothing that is stored fits: in the words of RFC 9211 §2.2. */
export type MissReason = "uri-miss" | "vary-miss" | "partial" | "request";

/** The handling of one request. */
export class CachePolicy {
  #state: CacheState = "idle";

  /** Where it stands. */
  get state(): CacheState {
    return this.#state;
  }

  /** Decides from the heads that are stored under the request's key, newest first. */
  decide(request: CacheRequest, heads: readonly StoredHead[], rules: PolicyRules): Decision {
    const decision = decide(request, heads, rules);
    this.#move(EVENTS[decision.state]);
    return decision;
  }

  /** Begins with a revalidation, of a response that was given out already. */
  revalidate(head: StoredHead): Revalidation {
    this.#move("stale");
    const reason = "stale-while-revalidate";
    return { state: "needsRevalidation", reason, head, range: null, coversErrors: false };
  }

  /** Where the server's answer to a revalidation leads; `null` is no answer at all. */
  settle(revalidation: Revalidation, answer: Answer | null): Settlement {
    const settlement = settle(revalidation, answer);
    this.#move(settlement);
    return settlement;
  }

  #move(event: CacheEvent): void {
    const next = CACHE_MOVES[this.#state][event];
    if (next === undefined) throw new Error(`Cannot handle "${event}" in state "${this.#state}"`);
    this.#state = next;
  }
}

const EVENTS: Readonly<Record<Decision["state"], CacheEvent>> = {
  fromCache: "reusable",
  needsRevalidation: "stale",
  miss: "absent",
};

/** What the server answered. */
export interface Answer {
  readonly status: number;
  readonly fields: FieldLines;
}

function decide(
  request: CacheRequest,
  heads: readonly StoredHead[],
  { nowMs, heuristicFraction, canRevalidateLater }: PolicyRules,
): Decision {
  if (request.mode === "reload") return { state: "miss", reason: "request" };
  const found = select(request, heads);
  if (typeof found === "string") return { state: "miss", reason: found };
  const { head, range } = found;
  const use = (reason: string, isStale = false, revalidates = false): FromCache => (
    { state: "fromCache", reason, head, range, isStale, revalidates }
  );
  const ageMs = currentAgeMs(head, nowMs);
  const staleMs = ageMs - lifetimeMs(head, heuristicFraction);
  const isStale = staleMs >= 0;
  if (request.mode === "force-cache" || request.mode === "only-if-cached") {
    return use(request.mode, isStale);
  }
  const { directives } = freshnessFacts(head);
  const doubt = doubtOf(request, { directives, ageMs, staleMs });
  if (doubt === null && !isStale) return use("fresh");
  const mustRevalidate = mustBeConfirmed(head);
  if (!mustRevalidate && doubt === null && staleMs <= maxStaleMs(request)) {
    return use("max-stale", true);
  }
  const isUndoubted = doubt === null && durationMs(request.directives, "max-age") === null;
  const mayBeLate = canRevalidateLater && !mustRevalidate && isUndoubted;
  if (mayBeLate && staleMs < windowMs(directives, "while-revalidate")) {
    return use("stale-while-revalidate", true, true);
  }
  const coverMs = Math.max(
    windowMs(directives, "if-error"),
    windowMs(request.directives, "if-error"),
  );
  const coversErrors = !mustRevalidate && staleMs <= coverMs && coverMs > 0;
  return { state: "needsRevalidation", reason: doubt ?? "stale", head, range, coversErrors };
}

function settle(decision: Revalidation, answer: Answer | null): Settlement {
  if (answer === null || COVERED_ERRORS.has(answer.status)) {
    return decision.coversErrors ? "covered" : "replaced";
  }
  const isConfirmed = answer.status === 304 && confirms(answer.fields, decision.head);
  return isConfirmed ? "confirmed" : "replaced";
}

/** RFC 5861 §4. */
const COVERED_ERRORS: ReadonlySet<number> = new Set([500, 502, 503, 504]);

/** The newest stored response that the request may get (§4.1), a whole one before a part. */
function select(
  { fields, range }: CacheRequest,
  heads: readonly StoredHead[],
): { readonly head: StoredHead; readonly range: StoredRange | null } | MissReason {
  let reason: MissReason = heads.length === 0 ? "uri-miss" : "vary-miss";
  let part: { head: StoredHead; range: StoredRange } | null = null;
  for (const head of heads) {
    if (!selects(head, fields)) continue;
    if (range === null) {
      if (head.range === null) return { head, range: null };
      reason = "partial";
      continue;
    }
    reason = "partial";
    if (!hasRanges(head) || !holdsIfRange(findField(fields, "if-range"), head)) continue;
    const covered = coveredRange(head, range);
    if (covered === null) continue;
    if (head.range === null) return { head, range: covered };
    part ??= { head, range: covered };
  }
  return part ?? reason;
}

/** Why the request, or the response, wants it revalidated although it may be fresh; `null` if nothing does. */
function doubtOf(
  request: CacheRequest,
  stored: { readonly directives: Directives; readonly ageMs: number; readonly staleMs: number },
): string | null {
  const { directives, ageMs, staleMs } = stored;
  if (mustAlwaysRevalidate(directives)) return "no-cache in the response";
  if (wantsValidation(request)) return "no-cache in the request";
  // RFC 8246 §2: a reload does not revalidate what never changes.
  if (directives.has("immutable") && staleMs < 0) return null;
  if (request.mode === "no-cache") return "no-cache in the request";
  const maxAgeMs = durationMs(request.directives, "max-age");
  if (maxAgeMs !== null && ageMs > maxAgeMs) return "max-age in the request";
  if (maxAgeMs === 0) return "max-age in the request";
  const minFreshMs = durationMs(request.directives, "min-fresh");
  return minFreshMs !== null && -staleMs < minFreshMs ? "min-fresh in the request" : null;
}

/** Whether the server forbids to use a stale response without asking it (§5.2.2.2, §5.2.2.4). */
export function mustBeConfirmed(head: StoredHead): boolean {
  const { directives } = freshnessFacts(head);
  return directives.has("must-revalidate") || mustAlwaysRevalidate(directives);
}

/** `no-cache` with a list of fields is about those alone (§5.2.2.4). */
function mustAlwaysRevalidate(directives: Directives): boolean {
  return directives.has("no-cache") && (directives.get("no-cache") ?? "") === "";
}

/** `Pragma` counts if there is no `Cache-Control` (§5.4). */
function wantsValidation({ directives, fields }: CacheRequest): boolean {
  if (directives.size > 0) return directives.has("no-cache");
  return /(?:^|,)\s*no-cache\s*(?:,|$)/i.test(findField(fields, "pragma") ?? "");
}

/** §5.2.1.2: without a value any age will do. */
function maxStaleMs({ directives }: CacheRequest): number {
  if (directives.get("max-stale") === null) return Infinity;
  return durationMs(directives, "max-stale") ?? -1;
}

function windowMs(directives: Directives, when: "while-revalidate" | "if-error"): number {
  return durationMs(directives, `stale-${when}`) ?? 0;
}
