/**
 * Requests on their way, each for all callers that want the same at the same time. An exchange ends when the last of
 * its callers leaves, or when the cache is closed.
 */
import type { CacheOutcome } from "../../../message/response/extensions.ts";
import type { Response } from "../../../message/response/response.ts";
import type { StoredHead } from "../storage/stored_response.ts";
import type { Kept, Received } from "./fetched.ts";
import type { SharedBody, SharedReader } from "./shared_body.ts";

/** What a flight brings: a stored response, one for all callers, or one for the first that takes it. */
export type FlightAnswer = Kept | SharedAnswer | SingleAnswer;

/** A response that several callers may get, and its body. */
export interface SharedAnswer {
  readonly kind: "shared";
  readonly head: StoredHead;
  readonly response: Response;
  readonly body: SharedBody;
  readonly outcome: CacheOutcome;
}

/** A response for one caller; the others ask for themselves. */
export interface SingleAnswer {
  readonly kind: "single";
  readonly fetched: Received;
}

/** A caller's place in a flight. */
export class Passenger {
  readonly #flight: Flight;
  /** Whether the response had come before it joined. */
  readonly isLate: boolean;
  /** Its own reader, once there is a shared body. */
  reader: SharedReader | null = null;

  constructor(flight: Flight, isLate: boolean) {
    this.#flight = flight;
    this.isLate = isLate;
  }

  /** Leaves before the response was taken. */
  leave(reason: unknown): void {
    this.#flight.leave(this, reason);
    void this.reader?.cancel(reason).catch(() => {}); // the caller has its error
  }

  /** Takes the reader. */
  takeReader(body: SharedBody): SharedReader {
    const reader = this.reader ?? body.open();
    this.reader = null;
    this.#flight.leave(this, null);
    return reader;
  }
}

type FlightState =
  | { readonly kind: "flying" }
  | { readonly kind: "landed"; readonly answer: FlightAnswer }
  | { readonly kind: "failed"; readonly error: unknown };

const FLYING: FlightState = { kind: "flying" };

/** One exchange, and those who wait for it. Promise and signal are made when they are first needed (bench: cache_miss). */
export class Flight {
  readonly #waiting = new Set<Passenger>();
  readonly #onOver: (flight: Flight) => void;
  #abort: AbortController | null = null;
  #answered: PromiseWithResolvers<FlightAnswer> | null = null;
  #progress = FLYING;
  #isClaimed = false;

  /** @param onOver called once no further caller can join */
  constructor(onOver: (flight: Flight) => void) {
    this.#onOver = onOver;
  }

  /** Resolves with what the flight brings. */
  get answered(): Promise<FlightAnswer> {
    if (this.#answered === null) {
      this.#answered = Promise.withResolvers();
      this.#answered.promise.catch(() => {}); // every caller may have left
      this.#settle();
    }
    return this.#answered.promise;
  }

  /** Aborted when no call waits for the response any more. */
  get signal(): AbortSignal {
    return (this.#abort ??= new AbortController()).signal;
  }

  /** Whether a further caller can join. */
  get isOpen(): boolean {
    const progress = this.#progress;
    if (progress.kind === "flying") return this.#abort?.signal.aborted !== true;
    return progress.kind === "landed" && progress.answer.kind === "shared" &&
      progress.answer.body.isOpen;
  }

  /** Joins it. */
  board(): Passenger {
    const passenger = new Passenger(this, this.#progress.kind !== "flying");
    this.#waiting.add(passenger);
    return passenger;
  }

  /** A caller leaves; the last one before the response is here ends the exchange. */
  leave(passenger: Passenger, reason: unknown): void {
    if (!this.#waiting.delete(passenger) || this.#waiting.size > 0) return;
    const progress = this.#progress;
    if (progress.kind === "flying") this.#abort?.abort(reason);
    else if (progress.kind === "landed" && !this.#isClaimed) discard(progress.answer);
  }

  /** Ends the exchange. */
  abort(reason: unknown): void {
    this.#abort?.abort(reason);
  }

  /** A response for one caller, for the first who asks; else `null`. */
  claim({ fetched }: SingleAnswer): Received | null {
    if (this.#isClaimed) return null;
    this.#isClaimed = true;
    return fetched;
  }

  /** No further caller can join. */
  over(): void {
    this.#onOver(this);
  }

  /** The response is here. */
  land(answer: FlightAnswer): FlightAnswer {
    this.#progress = { kind: "landed", answer };
    if (answer.kind !== "shared") this.over();
    // All of them now: one that reads and leaves at once must not end it for the others.
    else for (const passenger of this.#waiting) passenger.reader = answer.body.open();
    if (this.#waiting.size === 0) discard(answer);
    this.#settle();
    return answer;
  }

  /** There is no response. */
  fail(error: unknown): void {
    this.#progress = { kind: "failed", error };
    this.over();
    this.#settle();
  }

  #settle(): void {
    const progress = this.#progress;
    if (progress.kind === "landed") this.#answered?.resolve(progress.answer);
    if (progress.kind === "failed") this.#answered?.reject(progress.error);
  }
}

/** Frees what no caller takes. */
function discard(answer: FlightAnswer): void {
  if (answer.kind === "single") void answer.fetched.response.close().catch(() => {}); // no caller is left
  if (answer.kind === "shared") answer.body.closeUnread();
}

/** As many empty places are kept. */
const MAX_EMPTY = 512;

/**
 * The flights that can be joined, by what is asked for. Places of those that are over are kept for a while: a map that is
 * written and emptied all the time is rebuilt every few requests (bench: cache_miss).
 */
export class FlightTable {
  #places = new Map<string, Flight | null>();
  #empty = 0;

  /** The flight of that name, or `null`. */
  get(id: string): Flight | null {
    return this.#places.get(id) ?? null;
  }

  /** Adds a flight, in place of one of the same name. */
  add(id: string, flight: Flight): void {
    if (this.#places.get(id) === null) this.#empty--;
    this.#places.set(id, flight);
  }

  /** Removes a flight, if it is there. */
  remove(id: string, flight: Flight): void {
    if (this.#places.get(id) !== flight) return;
    this.#places.set(id, null);
    if (++this.#empty <= MAX_EMPTY) return;
    const open = [...this];
    this.#places = new Map(open);
    this.#empty = 0;
  }

  /** Those that are there, with their names. */
  *[Symbol.iterator](): Generator<[id: string, flight: Flight], void> {
    for (const [id, flight] of this.#places) if (flight !== null) yield [id, flight];
  }
}
