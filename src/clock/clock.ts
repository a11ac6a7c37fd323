/**
 * One coarse clock for many waits. A timer per request would cost more than the rest of the request
 * (Deno: 5 µs), so waits stand in a list that a single ticker walks every 20 ms.
 *
 * The ticker runs only while something waits, never holds the program, and stops by itself. It knows
 * nothing of requests: whatever has an `expiresAt` and an `expire()` can stand in its list.
 */
import { SlotList, type Slotted } from "../lists/slot_list.ts";
import { startInterval } from "../runtime/timers.ts";

/** How far apart ticks are, in milliseconds: a wait ends up to two of them late, never early. */
export const TICK_MS = 20;

/** Later than this, the program itself was busy: what waited is given the lost time back. */
const LATE_MS = 3 * TICK_MS;

/** Where a clock gets its time from: the runtime, or a test. */
export interface TimeSource {
  /** Milliseconds that never go back. */
  now(): number;
  /** Calls `tick` every `ms` until the returned function is called. */
  startInterval(tick: () => void, ms: number): () => void;
}

/** Something that stands in the clock's list. */
export interface Alarm extends Slotted {
  /** When to ring, in the clock's milliseconds; may change while it stands in the list. */
  expiresAt: number;
  /** Called once `expiresAt` has passed. May add and remove alarms, itself too. */
  expire(): void;
}

const REAL_TIME: TimeSource = {
  now: () => performance.now(),
  startInterval,
};

/** A ticker shared by everything that one transport waits for. */
export class Clock {
  readonly #source: TimeSource;
  readonly #alarms = new SlotList<Alarm>();
  #stopTicking: (() => void) | null = null;
  #now = 0;

  /** Called when a tick finds that nothing waits any more, just before the ticker stops. */
  onQuiet: (() => void) | null = null;

  constructor(source: TimeSource = REAL_TIME) {
    this.#source = source;
  }

  /** The exact time, in milliseconds. */
  exactNow(): number {
    return this.#source.now();
  }

  /** The time of the last tick, or the exact one while none come. */
  now(): number {
    if (this.#stopTicking === null) this.#now = this.#source.now();
    return this.#now;
  }

  /**
   * When a wait of `ms` that begins now is over. The clock's own time is up to one tick old, so one
   * tick is added: a wait may end late, never early.
   */
  after(ms: number): number {
    return this.#now + ms + TICK_MS;
  }

  /** Puts an alarm in the list; does nothing where it stands there already. */
  add(alarm: Alarm): void {
    if (alarm.slot >= 0) return;
    this.#alarms.add(alarm);
    this.wake();
  }

  /** Takes an alarm out of the list; does nothing where it is not in it. */
  remove(alarm: Alarm): void {
    this.#alarms.remove(alarm);
  }

  /** Calls `ring` once, `ms` from now, unless the returned function is called before. */
  schedule(ms: number, ring: () => void): () => void {
    const alarm: Alarm = {
      expiresAt: Infinity,
      slot: -1,
      expire: () => {
        this.remove(alarm);
        ring();
      },
    };
    this.add(alarm);
    alarm.expiresAt = this.after(ms);
    return () => this.remove(alarm);
  }

  /** Makes sure that ticks come, and with the first idle one `onQuiet`. */
  wake(): void {
    if (this.#stopTicking !== null) return;
    this.#now = this.#source.now();
    this.#stopTicking = this.#source.startInterval(() => this.#tick(), TICK_MS);
  }

  /** Stops the ticker now. Alarms still in the list ring no more until something is added. */
  stop(): void {
    this.#stopTicking?.();
    this.#stopTicking = null;
  }

  /** How many alarms stand in the list. */
  get size(): number {
    return this.#alarms.size;
  }

  #tick(): void {
    const now = this.#source.now();
    const lateMs = now - this.#now - TICK_MS;
    this.#now = now;
    if (this.#alarms.size === 0) {
      this.stop();
      this.onQuiet?.();
    } else if (lateMs > LATE_MS) {
      // The program was busy or the machine asleep: what has arrived meanwhile is looked at first.
      for (const alarm of this.#alarms.items) alarm.expiresAt += lateMs;
    } else {
      this.#ring(now);
    }
  }

  /** Backwards, because `expire()` takes alarms out, which moves the last one into the gap. */
  #ring(now: number): void {
    const { items } = this.#alarms;
    for (let i = items.length - 1; i >= 0; i--) {
      const alarm = items[i];
      if (alarm !== undefined && now >= alarm.expiresAt) alarm.expire();
    }
  }
}
