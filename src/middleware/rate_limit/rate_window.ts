/**
 * A rate, kept in every window of time: of `requests` tokens each is back `perMs` after its use, so no stretch of `perMs`
 * has more than `requests` uses, wherever it begins; a burst may use all of them at once. (The usual token bucket, which
 * refills steadily, lets twice as many through in the window after a pause.)
 *
 * What counts is when a request reaches the server, and the client knows only that this is between its start and its
 * response. A request that was slow on its way and a later one that was not must not arrive within one window, so a token
 * is absent for longer by that time. If even the fastest response takes long, what it takes is left out: every request
 * has it. After a pause, when connections are made, the whole time counts.
 *
 * A slow server looks just like a slow way to it. To lose no more than a small part of the rate to that in the long run,
 * the delays are paid from a reserve of one window, to which each use adds that part.
 */
import { type Linked, LinkedList } from "../../lists/linked_list.ts";
import { NumberHeap } from "../../lists/number_heap.ts";

/** What each use adds to the reserve, as a part of `perMs`: the most that delays cost in the long run. */
const RESERVE_GAIN = 0.015;

/** A part of `perMs`: what the fastest response takes is left out of delays from here on. */
const SHORT = 0.01;

/** So many responses, and those of so many windows, show what the fastest one takes. */
const ENOUGH = { responses: 100, windows: 3 } as const;

/** One use of a token. */
export class Use implements Linked<Use> {
  previous: Use | null = null;
  next: Use | null = null;
  isListed = false;
  readonly startedAtMs: number;
  /** Whether it began after a pause. */
  readonly isFirst: boolean;

  constructor(startedAtMs: number, { isFirst }: { readonly isFirst: boolean }) {
    this.startedAtMs = startedAtMs;
    this.isFirst = isFirst;
  }
}

/** The tokens of one rate. */
export class RateWindow {
  readonly #requests: number;
  readonly #perMs: number;
  /** Uses without a response, oldest first. */
  readonly #pending = new LinkedList<Use>();
  /** When the tokens of all other uses are back. */
  readonly #returns = new NumberHeap();
  #reserveMs: number;
  #fastestMs = Infinity;
  /** How many responses `#fastestMs` is of. */
  #responseCount = 0;
  #lastUseMs = -Infinity;
  /** Until when uses count as the first after a pause. */
  #firstUntilMs = -Infinity;

  constructor({ requests, perMs }: { readonly requests: number; readonly perMs: number }) {
    this.#requests = requests;
    this.#perMs = perMs;
    this.#reserveMs = this.#maxReserveMs;
  }

  /** Uses a token; `null` if none is there. */
  take(nowMs: number): Use | null {
    this.#collect(nowMs);
    if (this.#used >= this.#requests) return null;
    const perMs = this.#perMs;
    if (this.#used === 0 && nowMs - this.#lastUseMs > 2 * perMs) {
      this.#reserveMs = this.#maxReserveMs;
      this.#firstUntilMs = nowMs + perMs;
    }
    this.#reserveMs = Math.min(this.#maxReserveMs, this.#reserveMs + RESERVE_GAIN * perMs);
    this.#lastUseMs = nowMs;
    const use = new Use(nowMs, { isFirst: nowMs < this.#firstUntilMs });
    this.#pending.push(use);
    return use;
  }

  /** The response to a use has come, or its failure: the server can't receive it later than now. */
  settle(use: Use, nowMs: number): void {
    const tookMs = nowMs - use.startedAtMs;
    if (!use.isFirst) {
      this.#fastestMs = Math.min(this.#fastestMs, tookMs);
      this.#responseCount++;
    }
    if (!use.isListed) return;
    const paidMs = this.#pay(use, tookMs - this.#usualMs(use));
    this.#returns.add(use.startedAtMs + this.#perMs + paidMs);
  }

  /** When the next token is there: now, or later. */
  nextAt(nowMs: number): number {
    this.#collect(nowMs);
    if (this.#used < this.#requests) return nowMs;
    return Math.min(this.#returns.least, this.#pendingReturn());
  }

  /** The earliest moment, as far as is known, at which so many uses are possible and one more. */
  earliestAfter(uses: number, nowMs: number): number {
    this.#collect(nowMs);
    const free = this.#requests - this.#used;
    if (uses < free) return nowMs;
    const oldest = this.#pending.first?.startedAtMs ?? Infinity;
    const nextMs = Math.min(this.#returns.least, oldest + this.#perMs);
    return nextMs + Math.floor((uses - free) / this.#requests) * this.#perMs;
  }

  /** Whether all tokens are back. */
  isIdle(nowMs: number): boolean {
    this.#collect(nowMs);
    return this.#used === 0;
  }

  get #used(): number {
    return this.#pending.size + this.#returns.size;
  }

  get #maxReserveMs(): number {
    return this.#requests * this.#perMs;
  }

  /** The part of each response's time that does not count. */
  #usualMs({ isFirst }: Use): number {
    const enough = Math.max(ENOUGH.responses, ENOUGH.windows * this.#requests);
    if (isFirst || this.#responseCount < enough) return 0;
    return Math.max(0, this.#fastestMs - SHORT * this.#perMs);
  }

  /** Ends a pending use, and pays for its delay as far as its share of the reserve goes. */
  #pay(use: Use, delayMs: number): number {
    const paidMs = Math.min(delayMs, this.#shareMs);
    this.#pending.remove(use);
    this.#reserveMs -= paidMs;
    return paidMs;
  }

  /** What one of the pending uses may pay: never more than `perMs`. */
  get #shareMs(): number {
    return Math.min(this.#perMs, this.#reserveMs / this.#pending.size);
  }

  /** When the token of the oldest pending use is back, however long its response takes. */
  #pendingReturn(): number {
    const oldest = this.#pending.first;
    if (oldest === null) return Infinity;
    // If no response is faster than a window, it is the server that takes the time.
    const isServer = this.#usualMs(oldest) >= this.#perMs;
    return oldest.startedAtMs + this.#perMs + (isServer ? 0 : this.#shareMs);
  }

  #collect(nowMs: number): void {
    while (this.#returns.least <= nowMs) this.#returns.removeLeast();
    while (this.#pendingReturn() <= nowMs) {
      const { first } = this.#pending;
      if (first === null) return;
      this.#pay(first, nowMs - this.#perMs - first.startedAtMs);
    }
  }
}
