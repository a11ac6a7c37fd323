/**
 * Waiters in the order in which they came, of all origins and of each. All operations take constant time:
 * a waiter stands in two linked lists at once.
 */
import type { Waiter } from "./waiter.ts";

/** The waiters of one origin. It stays in the map when it is empty: see `idle_list.ts`. */
interface Origin<T> {
  first: Waiter<T> | null;
  last: Waiter<T> | null;
}

/** Origins without a waiter are let go once they outnumber the waiters by so many. */
const SPARE_ORIGINS = 256;

/** First come, first served. */
export class WaiterQueue<T> {
  #first: Waiter<T> | null = null;
  #last: Waiter<T> | null = null;
  readonly #origins = new Map<string, Origin<T>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The waiter that came first. */
  get first(): Waiter<T> | null {
    return this.#first;
  }

  /** Oldest first. Not while the queue changes. */
  *[Symbol.iterator](): Generator<Waiter<T>> {
    for (let waiter = this.#first; waiter !== null; waiter = waiter.next) yield waiter;
  }

  /** The waiter for this origin that came first. */
  firstOf(key: string): Waiter<T> | null {
    return this.#size === 0 ? null : this.#origins.get(key)?.first ?? null;
  }

  push(waiter: Waiter<T>): void {
    waiter.queue = this;
    waiter.previous = this.#last;
    if (this.#last === null) this.#first = waiter;
    else this.#last.next = waiter;
    this.#last = waiter;

    const origin = this.#originOf(waiter.route.key);
    waiter.previousHere = origin.last;
    if (origin.last === null) origin.first = waiter;
    else origin.last.nextHere = waiter;
    origin.last = waiter;
    this.#size++;
  }

  /** The waiter must be in this queue. */
  remove(waiter: Waiter<T>): void {
    const { previous, next, previousHere, nextHere } = waiter;
    if (previous === null) this.#first = next;
    else previous.next = next;
    if (next === null) this.#last = previous;
    else next.previous = previous;

    const origin = this.#originOf(waiter.route.key);
    if (previousHere === null) origin.first = nextHere;
    else previousHere.nextHere = nextHere;
    if (nextHere === null) origin.last = previousHere;
    else nextHere.previousHere = previousHere;

    waiter.previous =
      waiter.next =
      waiter.previousHere =
      waiter.nextHere =
        null;
    waiter.queue = null;
    this.#size--;
  }

  shift(): Waiter<T> | null {
    const waiter = this.#first;
    if (waiter !== null) this.remove(waiter);
    return waiter;
  }

  #originOf(key: string): Origin<T> {
    let origin = this.#origins.get(key);
    if (origin === undefined) {
      if (this.#origins.size > 2 * this.#size + SPARE_ORIGINS) this.#dropEmptyOrigins();
      this.#origins.set(key, origin = { first: null, last: null });
    }
    return origin;
  }

  #dropEmptyOrigins(): void {
    for (const [key, { first }] of this.#origins) if (first === null) this.#origins.delete(key);
  }
}
