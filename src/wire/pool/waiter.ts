/**
 * One call waiting its turn. It settles exactly once: with a connection, with an error, or by its
 * deadline. A second attempt to settle it is refused, and its caller keeps what it had to give.
 */
import type { Deadline, Expiry, Waiting } from "../../clock/deadline.ts";
import type { Route } from "../dial/route.ts";

/** What the pool knows of the queue that a call waits in. */
export interface QueueFacts {
  /** How long ago a connection came free to any caller, in milliseconds. */
  readonly standstillMs: number;
  /** What holds the connections, for a message. */
  describeHolders(): string;
}

/** What a waiter gets. */
export interface Granted<T> {
  resolve(granted: T): void;
  reject(error: unknown): void;
}

/** A call in a queue; its links belong to the queue. */
export class Waiter<T> implements Waiting {
  readonly route: Route;
  readonly deadline: Deadline;
  /** Whether a connection that has carried something is not what it wants. */
  readonly wantsNew: boolean;
  readonly #granted: Granted<T>;
  readonly #facts: QueueFacts;
  #isSettled = false;

  // Kept by the queue alone.
  queue: { remove(waiter: Waiter<T>): void } | null = null;
  previous: Waiter<T> | null = null;
  next: Waiter<T> | null = null;
  previousHere: Waiter<T> | null = null;
  nextHere: Waiter<T> | null = null;

  constructor(
    init: {
      route: Route;
      deadline: Deadline;
      wantsNew?: boolean;
      granted: Granted<T>;
      facts: QueueFacts;
    },
  ) {
    this.route = init.route;
    this.deadline = init.deadline;
    this.wantsNew = init.wantsNew ?? false;
    this.#granted = init.granted;
    this.#facts = init.facts;
  }

  get isSettled(): boolean {
    return this.#isSettled;
  }

  /** Gives it what it waits for. False where it was settled before: then nothing was taken. */
  grant(granted: T): boolean {
    if (this.#isSettled) return false;
    this.#isSettled = true;
    this.#granted.resolve(granted);
    return true;
  }

  /** Ends the wait with an error. False where it was settled before. */
  refuse(error: unknown): boolean {
    if (this.#isSettled) return false;
    this.#isSettled = true;
    this.deadline.finish();
    this.#granted.reject(error);
    return true;
  }

  /** A queue that moves does not time out, unless the limit is the caller's own. */
  extendMs(limitMs: number): number {
    const isForQueue = this.queue !== null && this.deadline.poolMeasuresProgress;
    return isForQueue ? limitMs - this.#facts.standstillMs : 0;
  }

  onExpiry(expiry: Expiry): void {
    const isPool = expiry.kind === "timeout" && expiry.phase === "pool";
    const detail = isPool ? this.#facts.describeHolders() : "";
    if (this.refuse(this.deadline.errorFor(expiry, {}, detail))) this.queue?.remove(this);
  }
}
