/** One exchange for all callers that want the same at the same time (RFC 9111 §4, "collapsed" requests). */
import { CallDeadline } from "../../../clock/call_deadline.ts";
import { type DualFlow, paused, runWaiting } from "../../../flow/dual_flow.ts";
import type { Request } from "../../../message/request.ts";
import type { Response } from "../../../message/response/response.ts";
import { timeoutOf } from "../../../message/timeout.ts";
import { findField } from "../../../semantics/fields.ts";
import { currentAgeMs, freshnessFacts } from "../policy/freshness.ts";
import { selects } from "../policy/selecting.ts";
import type { StoredHead } from "../storage/stored_response.ts";
import { type CacheContext, type Errand, labelled } from "./context.ts";
import type { Received } from "./fetched.ts";
import { fetching, sending } from "./fetching.ts";
import { Flight, type FlightAnswer, type Passenger } from "./flights.ts";
import { rawBodyOf } from "./raw_body.ts";
import { recorded, sharedBody, withStream } from "./recording.ts";
import { replay } from "./replay.ts";

/** The response for a caller that joins an exchange, or begins one. */
export function* shared(errand: Errand): DualFlow<Response> {
  const { cache, plan } = errand;
  const id = flightId(plan);
  const current = cache.flights.get(id);
  const flight = current?.isOpen ? current : depart(errand, id);
  const isJoining = flight === current;
  const passenger = flight.board();
  let answer: FlightAnswer;
  try {
    answer = yield* paused(() => flight.answered, refuseToBlock);
  } catch (error) {
    passenger.leave(error);
    throw error;
  }
  const response = yield* taken(errand, { flight, passenger, answer, isJoining });
  if (response !== null) return response;
  return yield* recorded(errand, yield* sending(errand, errand.request));
}

/** Begins an exchange that others may join; it belongs to no caller. */
export function depart(errand: Errand, id: string, isBackground = false): Flight {
  const { flights } = errand.cache;
  const flight: Flight = new Flight(
    (flight) => fly({ ...errand, request: detached(errand.request, flight, isBackground) }, flight),
    () => {
      if (flights.get(id) === flight) flights.delete(id);
    },
  );
  flights.set(id, flight);
  return flight;
}

/** What sets apart exchanges that can't be shared. */
export function flightId({ key, partition }: { key: string; partition: string }): string {
  return `${partition}\n${key}`;
}

/** After an invalidation nobody joins an exchange that began before it. */
export function endJoining({ flights }: CacheContext, keys: ReadonlySet<string>): void {
  for (const id of flights.keys()) {
    if (keys.has(id.slice(id.indexOf("\n") + 1))) flights.delete(id);
  }
}

function refuseToBlock(): never {
  throw new Error("Cannot share an exchange with a caller that blocks");
}

/** The request of an exchange that outlives its first caller: without that caller's signal and total timeout. */
function detached(request: Request, flight: Flight, isBackground: boolean): Request {
  const { extensions, signal } = request;
  const timeout = timeoutOf(extensions.timeout);
  if (signal === null && timeout.total === null && !isBackground) return request;
  const deadline = new CallDeadline({ totalMs: null, signal: flight.signal, request });
  const call = { isStreamed: extensions.call?.isStreamed ?? false, deadline };
  const total = isBackground ? BACKGROUND_TOTAL_MS : null;
  const own = { ...extensions, timeout: timeout.withTotal(total), call };
  return request.withExtensions(own, flight.signal);
}

/** A revalidation in the background has no caller to end it. */
const BACKGROUND_TOTAL_MS = 60_000;

async function fly(errand: Errand, flight: Flight): Promise<FlightAnswer> {
  const { next } = errand;
  if (next === null) refuseToBlock();
  const fetched = await runWaiting(fetching(errand), { send: next });
  if (fetched.kind === "stored") return fetched;
  const { head, response, since, outcome } = fetched;
  const raw = head !== null && mayShare(fetched, errand) ? rawBodyOf(response) : null;
  if (head === null || raw === null || raw.kind === "blocking") {
    return { kind: "single", fetched };
  }
  const body = sharedBody(errand, { head, raw, since, onDone: () => flight.over() });
  return { kind: "shared", head, response, body, outcome };
}

/**
 * Whether a response may be given to others who asked before it came: it is fresh, or has no lifetime of its own, for
 * which a guess of that moment is allowed (RFC 9111 §4.2.2).
 */
function mayShare({ head, response }: Received, { cache }: Errand): boolean {
  if (head === null || !isSmall(response, cache.shelf.maxEntryBytes)) return false;
  const { directives, explicitMs } = freshnessFacts(head);
  if (directives.has("no-cache")) return false;
  return explicitMs === null || currentAgeMs(head, cache.now()) < explicitMs;
}

function isSmall({ headers }: Response, maxBytes: number): boolean {
  const length = findField(headers.lines, "content-length");
  return length === null || Number(length) <= maxBytes;
}

/** What a caller gets of a flight; `null` if it has to ask for itself. */
function* taken(
  errand: Errand,
  { flight, passenger, answer, isJoining }: {
    readonly flight: Flight;
    readonly passenger: Passenger;
    readonly answer: FlightAnswer;
    readonly isJoining: boolean;
  },
): DualFlow<Response | null> {
  const { cache, plan } = errand;
  const mayHave = (head: StoredHead) => selects(head, plan.fields);
  const label = isJoining ? { isShared: true } : {};
  if (answer.kind === "single") {
    const fetched = flight.claim(answer);
    passenger.leave(null);
    return fetched === null ? null : yield* recorded(errand, fetched);
  }
  if (!mayHave(answer.head)) {
    passenger.leave(null);
    return null;
  }
  if (answer.kind === "stored") {
    passenger.leave(null);
    return replay({ ...answer, range: null }, { ...answer.outcome, ...label }, cache);
  }
  const reader = passenger.takeReader(answer.body);
  const { response } = answer;
  const { status, extensions } = response;
  const headers = isJoining ? response.headers.copy() : response.headers;
  const own = withStream({ status, headers, extensions }, reader);
  return labelled(own, { ...answer.outcome, ...label }, cache);
}
