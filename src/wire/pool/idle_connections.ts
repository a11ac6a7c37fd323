/**
 * Connections that are kept for the next request: how many, for how long, and which goes first. Nothing is kept beyond
 * its time, but what is too much is closed a tick later only.
 */
import { type Alarm, type Clock, makeAlarm, TICK_MS } from "../../clock/clock.ts";
import { startInterval } from "../../runtime/timers.ts";
import type { PoolLimits } from "./admission.ts";
import type { Entry } from "./entry.ts";
import { IdleList } from "./idle_list.ts";

/** Idle connections within their limits. */
export class IdleConnections {
  readonly #limits: PoolLimits;
  readonly #clock: Clock;
  readonly #list = new IdleList<Entry>();
  readonly #surplus: Alarm = makeAlarm(() => this.#dropSurplus());
  #stopSweeping: (() => void) | null = null;

  constructor(limits: PoolLimits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  get size(): number {
    return this.#list.size;
  }

  /** Whether any connection may be idle at all. */
  get keepsAny(): boolean {
    return this.#limits.maxKeepaliveConnections > 0 && this.#limits.keepaliveExpiryMs > 0;
  }

  /** Whether there are too many, and no alarm to close some. */
  get isOverfull(): boolean {
    return this.#list.size > this.#limits.maxKeepaliveConnections && this.#surplus.slot < 0;
  }

  /** Keeps a connection that carries nothing. */
  keep(entry: Entry): void {
    entry.idleSince = this.#clock.now();
    entry.isIdle = true;
    this.#list.add(entry);
    this.#clock.wake();
    this.#startSweep();
    if (this.#list.size > this.#limits.maxKeepaliveConnections) this.#awaitSurplus();
  }

  /** Whether there is one for an origin. */
  has(key: string): boolean {
    return this.#list.newestOf(key) !== null;
  }

  /** Takes the newest of an origin, or `null`; one that has expired is closed. */
  take(key: string): Entry | null {
    const entry = this.#list.newestOf(key);
    if (entry === null) return null;
    this.forget(entry);
    if (!this.#hasExpired(entry)) return entry;
    entry.close();
    return null;
  }

  /** Closes the one that has been idle longest, to make room. */
  evictOldest(): void {
    this.#list.oldest?.close();
  }

  /** Takes out an entry, which must be idle. */
  forget(entry: Entry): void {
    entry.isIdle = false;
    this.#list.remove(entry);
  }

  /** Stops the timers. */
  stop(): void {
    this.#stopSweep();
    this.#clock.remove(this.#surplus);
  }

  /**
   * Many responses can end in one turn of the event loop, each a moment before the next request of its
   * caller: only what is still idle a tick later is more than may be kept (bench: get_1k, c = 64).
   */
  #awaitSurplus(): void {
    if (this.#surplus.slot < 0) this.#clock.arm(this.#surplus, 0);
  }

  #dropSurplus(): void {
    this.#clock.remove(this.#surplus);
    const { maxKeepaliveConnections } = this.#limits;
    const before = this.#clock.now() - TICK_MS;
    for (
      let e = this.#list.oldest;
      e !== null && e.idleSince <= before && this.#list.size > maxKeepaliveConnections;
      e = this.#list.oldest
    ) e.close();
    if (this.#list.size > maxKeepaliveConnections) this.#awaitSurplus();
  }

  #hasExpired(entry: Entry): boolean {
    const { serverIdleMs } = entry.connection;
    const limitMs = Math.min(this.#limits.keepaliveExpiryMs, withMargin(serverIdleMs));
    return this.#clock.now() - entry.idleSince > limitMs;
  }

  /** One slow interval closes what has expired; it runs only while something is idle. */
  #startSweep(): void {
    const { keepaliveExpiryMs } = this.#limits;
    if (this.#stopSweeping !== null || keepaliveExpiryMs === Infinity) return;
    this.#stopSweeping = startInterval(() => this.#sweep(), Math.max(keepaliveExpiryMs, 100));
  }

  #sweep(): void {
    for (let e = this.#list.oldest; e !== null && this.#hasExpired(e); e = this.#list.oldest) {
      e.close();
    }
    if (this.#list.size === 0) this.#stopSweep();
  }

  #stopSweep(): void {
    this.#stopSweeping?.();
    this.#stopSweeping = null;
  }
}

/** A request must arrive before the server's own time is up: a second earlier, or half of a short time. */
function withMargin(serverIdleMs: number): number {
  return Math.max(serverIdleMs - 1000, serverIdleMs / 2);
}
