/**
 * Requests on their way, each for all callers that want the same at the same time. An exchange belongs to none of its
 * callers: it ends when the last one leaves, or when the cache is closed.
 */
import type { CacheOutcome } from "../../../message/response/extensions.ts";
import type { Response } from "../../../message/response/response.ts";
import type { StoredHead } from "../storage/stored_response.ts";
import type { Kept, Received } from "./fetched.ts";
import type { SharedBody, SharedReader } from "./shared_body.ts";

/** What a flight brings: a stored response, one for all callers, or one for the first that takes it. */
export type FlightAnswer = Kept | SharedAnswer | SingleAnswer;

/** A response that all callers may get, and its body. */
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
  /** Its own reader, once there is a shared body. */
  reader: SharedReader | null = null;

  constructor(flight: Flight) {
    this.#flight = flight;
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

/** One exchange, and those who wait for it. */
export class Flight {
  readonly #abort = new AbortController();
  readonly #waiting = new Set<Passenger>();
  readonly #onOver: () => void;
  #answer: FlightAnswer | null = null;
  #isClaimed = false;
  /** Resolves with what the flight brings. */
  readonly answered: Promise<FlightAnswer>;

  /**
   * Starts an exchange.
   *
   * @param onOver called once no further caller can join
   */
  constructor(start: (flight: Flight) => Promise<FlightAnswer>, onOver: () => void) {
    this.#onOver = onOver;
    this.answered = start(this).then((answer) => this.#land(answer), (error) => {
      this.over();
      throw error;
    });
    this.answered.catch(() => {}); // every caller may have left
  }

  /** Aborted when nobody waits for the response any more. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Whether a further caller can join. */
  get isOpen(): boolean {
    const answer = this.#answer;
    return answer === null
      ? !this.#abort.signal.aborted
      : answer.kind === "shared" && answer.body.isOpen;
  }

  /** Joins it. */
  board(): Passenger {
    const passenger = new Passenger(this);
    this.#waiting.add(passenger);
    return passenger;
  }

  /** A caller leaves; the last one before the response is here ends the exchange. */
  leave(passenger: Passenger, reason: unknown): void {
    if (!this.#waiting.delete(passenger) || this.#waiting.size > 0) return;
    if (this.#answer === null) this.#abort.abort(reason);
    else if (!this.#isClaimed) this.#discard(this.#answer);
  }

  /** Ends the exchange. */
  abort(reason: unknown): void {
    this.#abort.abort(reason);
  }

  /** A response for one caller, for the first who asks; else `null`. */
  claim({ fetched }: SingleAnswer): Received | null {
    if (this.#isClaimed) return null;
    this.#isClaimed = true;
    return fetched;
  }

  /** No further caller can join. */
  over(): void {
    this.#onOver();
  }

  #land(answer: FlightAnswer): FlightAnswer {
    this.#answer = answer;
    if (answer.kind !== "shared") this.over();
    // All of them now: one that reads and leaves at once must not end it for the others.
    else for (const passenger of this.#waiting) passenger.reader = answer.body.open();
    if (this.#waiting.size === 0) this.#discard(answer);
    return answer;
  }

  /** Frees what no caller takes. */
  #discard(answer: FlightAnswer): void {
    if (answer.kind === "single") void answer.fetched.response.close().catch(() => {}); // no caller is left
    if (answer.kind === "shared") answer.body.closeUnread();
  }
}
