/**
 * One call waiting its turn. It settles exactly once: with a connection, with an error, or by its
 * deadline; whoever comes second is told so and keeps what it had to give.
 */
import type { Deadline, Expiry, Waiting } from "../../clock/deadline.ts";
import type { Route } from "../dial/route.ts";

/** What a waiter gets. */
export interface Granted<T> {
  resolve(granted: T): void;
  reject(error: unknown): void;
}

/** A call in the queue; its links belong to the queue. */
export class Waiter<T> implements Waiting {
  readonly route: Route;
  readonly deadline: Deadline;
  readonly #granted: Granted<T>;
  readonly #onGone: (waiter: Waiter<T>) => void;
  #isSettled = false;

  /** Kept by the queue alone. */
  previous: Waiter<T> | null = null;
  /** Kept by the queue alone. */
  next: Waiter<T> | null = null;

  /** @param init.onGone called where the deadline settles it, to take it out of the queue */
  constructor(init: {
    route: Route;
    deadline: Deadline;
    granted: Granted<T>;
    onGone: (waiter: Waiter<T>) => void;
  }) {
    this.route = init.route;
    this.deadline = init.deadline;
    this.#granted = init.granted;
    this.#onGone = init.onGone;
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

  onExpiry(expiry: Expiry): void {
    if (this.refuse(this.deadline.errorFor(expiry))) this.#onGone(this);
  }
}

/** Waiters in the order in which they came; all operations take constant time. */
export class WaiterQueue<T> {
  #first: Waiter<T> | null = null;
  #last: Waiter<T> | null = null;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Who has waited longest. */
  get first(): Waiter<T> | null {
    return this.#first;
  }

  push(waiter: Waiter<T>): void {
    waiter.previous = this.#last;
    if (this.#last === null) this.#first = waiter;
    else this.#last.next = waiter;
    this.#last = waiter;
    this.#size++;
  }

  /** The waiter must be in this queue. */
  remove(waiter: Waiter<T>): void {
    if (waiter.previous === null) this.#first = waiter.next;
    else waiter.previous.next = waiter.next;
    if (waiter.next === null) this.#last = waiter.previous;
    else waiter.next.previous = waiter.previous;
    waiter.previous = null;
    waiter.next = null;
    this.#size--;
  }

  shift(): Waiter<T> | null {
    const waiter = this.#first;
    if (waiter !== null) this.remove(waiter);
    return waiter;
  }
}
