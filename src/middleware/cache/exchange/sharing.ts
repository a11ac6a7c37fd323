/** One exchange for all callers that want the same at the same time (RFC 9111 §4, "collapsed" requests). */
import { CallDeadline } from "../../../clock/call_deadline.ts";
import { type DualFlow, paused, runWaiting } from "../../../message/dual_flow.ts";
import { copyRequest, type Request } from "../../../message/request.ts";
import type { Response } from "../../../message/response/response.ts";
import { timeoutOf } from "../../../message/timeout.ts";
import { findField } from "../../../semantics/fields.ts";
import { freshnessFacts } from "../policy/freshness.ts";
import { selects } from "../policy/selecting.ts";
import type { StoredHead } from "../storage/stored_response.ts";
import { type CacheContext, type Errand, labelled, settled } from "./context.ts";
import type { Fetched, Received } from "./fetched.ts";
import { fetching, sending } from "./fetching.ts";
import { Flight, type FlightAnswer, type Passenger } from "./flights.ts";
import { boundBy, rawBodyOf } from "./raw_body.ts";
import { recorded, sharedBody, withStream } from "./recording.ts";
import { replay, timesOf } from "./replay.ts";

/** The response for a caller that joins an exchange, or begins one. */
export function* shared(errand: Errand): DualFlow<Response> {
  const { cache, plan, request } = errand;
  const id = flightId(plan);
  const current = cache.flights.get(id);
  const isJoining = current?.isOpen === true;
  const flight = isJoining ? current : register(cache, id);
  const passenger = flight.board();
  let answer: FlightAnswer;
  try {
    if (!isJoining && !mayLeave(request)) answer = yield* flown(errand, flight);
    else {
      if (!isJoining) depart(errand, flight);
      answer = yield* paused(() => flight.answered, refuseToBlock);
    }
  } catch (error) {
    passenger.leave(error);
    throw error;
  }
  const response = yield* taken(errand, { flight, passenger, answer, isJoining });
  if (response !== null) return response;
  return yield* recorded(errand, yield* sending(errand, request));
}

/** A flight that others may join. */
export function register({ flights }: CacheContext, id: string): Flight {
  const flight = new Flight((flight) => flights.remove(id, flight));
  flights.add(id, flight);
  return flight;
}

/** A response for one caller, whose body ends with that caller's call; its exchange may not. */
function ownedBy(request: Request, fetched: Received): Received {
  const { head, response } = fetched;
  const raw = head === null && mayLeave(request) ? rawBodyOf(response) : null;
  if (raw?.kind !== "stream") return fetched; // a recorded body is bound where it is read
  return { ...fetched, response: withStream(response, boundBy(request, raw.stream)) };
}

/** Begins an exchange that belongs to no caller: it ends with the last of them. Returns its own errand. */
export function depart(errand: Errand, flight: Flight, isBackground = false): Errand {
  const { next, request } = errand;
  if (next === null) refuseToBlock();
  const own = { ...errand, request: detached(request, flight, isBackground) };
  void runWaiting(flown(own, flight), { send: next }).catch(() => {}); // the flight has the error
  return own;
}

/** What sets apart exchanges that can't be shared. */
export function flightId({ key, partition }: { key: string; partition: string }): string {
  return `${partition}\n${key}`;
}

/** After an invalidation no request joins an exchange that began before it. */
export function endJoining({ flights }: CacheContext, keys: ReadonlySet<string>): void {
  for (const [id, flight] of [...flights]) {
    if (keys.has(id.slice(id.lastIndexOf("\n") + 1))) flights.remove(id, flight);
  }
}

function refuseToBlock(): never {
  throw new Error("Cannot share an exchange with a caller that blocks");
}

/** Whether the caller may leave before the response is here. One that can't is itself the one to ask. */
function mayLeave({ signal, extensions }: Request): boolean {
  return signal !== null || timeoutOf(extensions.timeout).total !== null;
}

/** The request of an exchange that outlives its first caller: without that caller's signal and total timeout. */
function detached(request: Request, flight: Flight, isBackground: boolean): Request {
  const { extensions } = request;
  const { signal } = flight;
  const deadline = new CallDeadline({ totalMs: null, signal, request, isBackground });
  const call = { isStreamed: false, ...extensions.call, deadline };
  const total = isBackground ? BACKGROUND_TOTAL_MS : null;
  const own = { ...extensions, timeout: timeoutOf(extensions.timeout).withTotal(total), call };
  return copyRequest(request, own, signal);
}

/** A revalidation in the background has no caller to end it. */
const BACKGROUND_TOTAL_MS = 60_000;

/** The exchange of a flight. */
function* flown(errand: Errand, flight: Flight): DualFlow<FlightAnswer> {
  try {
    return flight.land(yield* answered(errand, flight, yield* fetching(errand)));
  } catch (error) {
    flight.fail(error);
    throw error;
  }
}

function* answered(errand: Errand, flight: Flight, fetched: Fetched): DualFlow<FlightAnswer> {
  if (fetched.kind === "stored") return fetched;
  const { head, response, since, outcome } = fetched;
  const { cache: { shelf }, plan: { fields } } = errand;
  const isStored = head !== null && isSmall(response, shelf.maxEntryBytes);
  const raw = isStored ? rawBodyOf(response) : null;
  if (head === null || raw === null || raw.kind === "blocking") return { kind: "single", fetched };
  if (raw.kind === "bytes") yield* settled(shelf.put(head, raw.bytes.slice(), { fields, since }));
  const body = sharedBody(errand, { head, raw, since, onDone: () => flight.over() });
  return { kind: "shared", head, response, body, outcome };
}

/**
 * Whether a response may be given to others: it is fresh. To those who asked before it came also if it has no lifetime
 * of its own, for which a guess of that moment is allowed (RFC 9111 §4.2.2).
 */
function mayShare(head: StoredHead, { cache }: Errand, isLate: boolean): boolean {
  const { directives, explicitMs } = freshnessFacts(head);
  if (directives.has("no-cache")) return false;
  if (explicitMs === null && !isLate) return true;
  return timesOf(head, cache).ttlMs > 0;
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
  const { cache, plan, request } = errand;
  const label = isJoining ? { isShared: true } : {};
  if (answer.kind === "single") {
    const fetched = flight.claim(answer);
    passenger.leave(null);
    return fetched === null ? null : yield* recorded(errand, ownedBy(request, fetched));
  }
  const isFit = !isJoining ||
    selects(answer.head, plan.fields) &&
      (answer.kind === "stored" || mayShare(answer.head, errand, passenger.isLate));
  if (!isFit) {
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
  const own = withStream({ status, headers, extensions }, boundBy(request, reader));
  return labelled(own, isJoining ? { ...answer.outcome, ...label } : answer.outcome, cache);
}
