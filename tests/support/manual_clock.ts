/** A clock whose time passes only when a test says so. */
import { Clock, TICK_MS, type TimeSource } from "../../src/clock/clock.ts";

/** Time in a test's hands. */
export class ManualTime implements TimeSource {
  #now = 1000;
  /** How far the wall clock is ahead. */
  #sleptMs = 0;
  #turn: (() => void) | null = null;
  #tick: (() => void) | null = null;
  readonly clock: Clock = new Clock(this);

  now(): number {
    return this.#now;
  }

  wallNow(): number {
    return this.#now + this.#sleptMs;
  }

  startTurn(run: () => void): () => void {
    this.#turn = run;
    return () => this.#turn = null;
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

  /** Lets time pass without a tick. */
  pass(ms: number): void {
    this.#now += ms;
  }

  /** The machine is suspended: the wall clock alone goes on, or (`isCounted`) both do. */
  suspend(ms: number, { isCounted }: { readonly isCounted: boolean }): void {
    if (!isCounted) this.#sleptMs += ms;
    this.leap(isCounted ? ms : TICK_MS);
  }

  /** Ends the turn of the event loop that the clock waits for, if it does. */
  turn(): void {
    const run = this.#turn;
    this.#turn = null;
    run?.();
  }
}
