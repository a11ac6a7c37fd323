/**
 * The default limit of connections, for calls that no limit may fail: those of `client.fetch`, whose callers chose none.
 *
 * They wait as all calls do while connections come free, so that a burst opens no more than the limit. When none has come
 * free to any call for `STANDSTILL_MS`, responses that stay open hold them, and the limit grows by its own size. It is the
 * default again once there are no more connections than that. A limit that the user chose never grows.
 */
import { type Alarm, type Clock, makeAlarm } from "../../clock/clock.ts";
import { keepProcessAlive } from "../../runtime/timers.ts";

/** Longer than most servers take for an answer, and short for a call that would wait for ever. */
export const STANDSTILL_MS = 100;

/** A call in the pool's queue; `queue` is `null` once it has left it. */
interface Queued {
  readonly queue: object | null;
}

/** What the limit is made of. */
export interface GrowingLimitInit {
  readonly clock: Clock;
  /** The default: where growth begins, and by how much the limit grows. */
  readonly maxConnections: number;
  /** How long ago a connection came free to any call, in milliseconds. */
  readonly standstillMs: () => number;
  /** Called when the limit has grown. */
  readonly onGrown: () => void;
}

/** How far the calls that may exceed the limit may exceed it. */
export class GrowingLimit<Waiter extends Queued> {
  readonly #init: GrowingLimitInit;
  /** In the order in which they came. What has left the queue is dropped when it is met. */
  readonly #waiters = new Set<Waiter>();
  readonly #alarm: Alarm = makeAlarm(() => this.#onAlarm());
  #extra = 0;
  #letProcessEnd: (() => void) | null = null;

  constructor(init: GrowingLimitInit) {
    this.#init = init;
  }

  /** How many connections there may be for these calls, while there are so many. */
  maxConnections(connections: number): number {
    const { maxConnections } = this.#init;
    if (connections <= maxConnections && this.first === null) this.#extra = 0;
    return maxConnections + this.#extra;
  }

  /** The call that has waited longest. */
  get first(): Waiter | null {
    for (const waiter of this.#waiters) {
      if (waiter.queue !== null) return waiter;
      this.#waiters.delete(waiter);
    }
    return null;
  }

  /** A call has joined the pool's queue. The connections may be at rest, and then the call alone keeps the program alive. */
  await(waiter: Waiter): void {
    this.#waiters.add(waiter);
    if (this.#alarm.slot < 0) this.#init.clock.arm(this.#alarm, STANDSTILL_MS);
    this.#letProcessEnd ??= keepProcessAlive();
  }

  /** Stops the alarm: no call waits any more. */
  stop(): void {
    this.#init.clock.remove(this.#alarm);
    this.#letProcessEnd?.();
    this.#letProcessEnd = null;
  }

  #onAlarm(): void {
    const { maxConnections, standstillMs, onGrown, clock } = this.#init;
    if (this.first !== null && standstillMs() >= STANDSTILL_MS) {
      this.#extra += maxConnections;
      onGrown();
    }
    if (this.first === null) return this.stop();
    clock.arm(this.#alarm, Math.max(0, STANDSTILL_MS - standstillMs()));
  }
}
