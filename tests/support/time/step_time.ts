/**
 * Time for code that waits by timers: it stands still until the code has nothing else to do, then leaps to the next
 * timer. What takes hours takes milliseconds, and every wait has its exact length.
 */
import type { DeadlineTime } from "../../../src/clock/call_deadline.ts";

interface Timer {
  readonly atMs: number;
  readonly ring: () => void;
}

/** Time that a test runs by. The wall clock stands at 2026-12-01 12:00 when it begins. */
export class StepTime implements DeadlineTime {
  #now = 1000;
  readonly #timers = new Set<Timer>();

  now(): number {
    return this.#now;
  }

  wallNow(): number {
    return Date.UTC(2026, 11, 1, 12) + this.#now - 1000;
  }

  startTimer(ring: () => void, ms: number): () => void {
    const timer = { atMs: this.#now + ms, ring };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** How many timers are running. */
  get timers(): number {
    return this.#timers.size;
  }

  /** Lets time pass without looking at timers. */
  pass(ms: number): void {
    this.#now += ms;
  }

  /**
   * Runs until `work` has settled. Between two leaps everything that is ready runs; what comes over a real network has
   * `settleMs` to arrive.
   */
  async run<Value>(work: Promise<Value>, { settleMs = 0 } = {}): Promise<Value> {
    let isOver = false;
    const ended = () => void (isOver = true);
    work.then(ended, ended);
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, settleMs));
      if (isOver) return await work;
      this.#leap();
    }
  }

  #leap(): void {
    let next: Timer | null = null;
    for (const timer of this.#timers) if (next === null || timer.atMs < next.atMs) next = timer;
    if (next === null) return;
    this.#now = Math.max(this.#now, next.atMs);
    this.#timers.delete(next);
    next.ring();
  }
}
