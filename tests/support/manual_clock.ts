/** A clock whose time passes only when a test says so. */
import { Clock, TICK_MS, type TimeSource } from "../../src/clock/clock.ts";

/** Time in a test's hands. */
export class ManualTime implements TimeSource {
  #now = 1000;
  #tick: (() => void) | null = null;
  readonly clock: Clock = new Clock(this);

  now(): number {
    return this.#now;
  }

  startInterval(tick: () => void, _ms: number): () => void {
    this.#tick = tick;
    return () => this.#tick = null;
  }

  get isTicking(): boolean {
    return this.#tick !== null;
  }

  /** Lets time pass tick by tick, as a program that is never busy would see it. */
  advance(ms: number): void {
    const end = this.#now + ms;
    while (this.#now < end) {
      this.#now = Math.min(this.#now + TICK_MS, end);
      this.#tick?.();
    }
  }

  /** Lets time pass in one leap: the program was busy and saw no tick. */
  leap(ms: number): void {
    this.#now += ms;
    this.#tick?.();
  }
}
