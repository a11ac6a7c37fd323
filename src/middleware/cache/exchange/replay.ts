/** Responses made of stored ones (RFC 9111 §4). */
import type { CacheOutcome } from "../../../message/response/extensions.ts";
import { headersFromLines } from "../../../message/headers.ts";
import { Response } from "../../../message/response/response.ts";
import type { ChunkSource } from "../../../message/response/body_streams.ts";
import { type FieldLines, findField } from "../../../semantics/fields.ts";
import { cacheStatus } from "../cache_status.ts";
import { currentAgeMs, lifetimeMs } from "../policy/freshness.ts";
import { partialFields } from "../policy/ranges.ts";
import { FieldNames, withoutFields } from "../policy/field_names.ts";
import type { StoredHead, StoredRange } from "../storage/stored_response.ts";
import type { CacheContext } from "./context.ts";
import { bodyOfBytes } from "./raw_body.ts";

/** What is served of a stored response. */
export interface Replay {
  readonly head: StoredHead;
  /** The stored body, which is not changed; `null` for a response to HEAD. */
  readonly body: Uint8Array | null;
  /** A part of it; `null` is all of it. */
  readonly range: StoredRange | null;
}

/** Makes a response of a stored one. */
export function replay(
  { head, body, range }: Replay,
  outcome: CacheOutcome,
  { statusName: name }: Pick<CacheContext, "statusName">,
): Response {
  const { ageMs = 0 } = outcome;
  let fields = agedFields(head, Math.floor(ageMs / 1000));
  if (range !== null) fields = partialFields(fields, range);
  if (name !== null) {
    fields = [...fields, "Cache-Status", cacheStatus(outcome, { name, forwardedStatus: null })];
  }
  const start = range === null ? 0 : range.start - (head.range?.start ?? 0);
  const end = range === null ? undefined : start + range.end - range.start;
  // A copy: callers may change what they get.
  const bytes = body === null ? NOTHING : body.slice(start, end);
  const stream = bodyOfBytes(bytes, findField(head.fields, "content-encoding"));
  return new Response(range === null ? head.status : 206, {
    headers: headersFromLines(fields),
    stream: stream as unknown as ChunkSource, // a body of this kind is taken as it is
    extensions: extensionsOf(head, { outcome, isPart: range !== null }),
  });
}

/** How old a stored response is, and how long it stays fresh. */
export function timesOf(
  head: StoredHead,
  { now, heuristicFraction }: Pick<CacheContext, "now" | "heuristicFraction">,
): { readonly ageMs: number; readonly ttlMs: number } {
  const ageMs = currentAgeMs(head, now());
  return { ageMs, ttlMs: lifetimeMs(head, heuristicFraction) - ageMs };
}

const NOTHING = new Uint8Array(0);
const AGE = new FieldNames(["age"]);

function extensionsOf(
  { reason }: StoredHead,
  { outcome, isPart }: { readonly outcome: CacheOutcome; readonly isPart: boolean },
): Response["extensions"] {
  return reason === null || isPart ? { cache: outcome } : { reason_phrase: reason, cache: outcome };
}

/** Fields with an age in whole seconds: the same list for every hit of that second (bench: cache_hit). */
interface AgedFields {
  readonly seconds: number;
  readonly fields: FieldLines;
}

const aged = new WeakMap<StoredHead, AgedFields>();

/** The stored fields with the current `Age` (§4.2.3, §5.1). */
function agedFields(head: StoredHead, seconds: number): FieldLines {
  const known = aged.get(head);
  if (known?.seconds === seconds) return known.fields;
  const fields = [...withoutFields(head.fields, AGE), "Age", String(Math.min(seconds, 2 ** 31))];
  aged.set(head, { seconds, fields });
  return fields;
}
