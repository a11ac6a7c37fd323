/**
 * One coarse clock for many waits. A timer per request would cost more than the rest of the request
 * (Deno: 5 µs), so waits stand in a list that a single ticker walks every 20 ms.
 *
 * A deadline is a moment. A tick that comes late, because the program was busy, postpones nothing: it
 * leaves the event loop one turn to deliver what has already arrived, and then the alarms ring. The one
 * exception is a machine that was suspended (see `#wasSuspended`).
 *
 * The ticker runs only while something waits, does not keep the process alive, and stops by itself.
 */
import { SlotList, type Slotted } from "../lists/slot_list.ts";
import { startInterval, startTurn } from "../runtime/timers.ts";

/** How far apart ticks are, in milliseconds: a wait ends up to two of them late, never early. */
export const TICK_MS = 20;

/** A tick that is later than this finds a program that was busy: input may be waiting in the event loop. */
const LATE_MS = 3 * TICK_MS;

/** A wall clock that is ahead by this much at one tick shows that the machine was suspended. */
const SUSPENDED_MS = 30_000;

/** Where a clock gets its time from: the runtime, or a test. */
export interface TimeSource {
  /** Milliseconds that never go back. They may stand still while the machine is suspended. */
  now(): number;
  /** The wall clock, in milliseconds. */
  wallNow(): number;
  /** Calls `tick` every `ms` until the returned function is called. */
  startInterval(tick: () => void, ms: number): () => void;
  /** Calls `run` after one turn of the event loop, unless the returned function is called before. */
  startTurn(run: () => void): () => void;
}

/** Something that stands in the clock's list. */
export interface Alarm extends Slotted {
  /** When to ring, in the clock's milliseconds. Set by `Clock.arm()`; may change while the alarm is in the list. */
  expiresAt: number;
  /** When to ring at the latest: a moment that the clock never moves. `Infinity` for none. */
  readonly latestAt: number;
  /** The tick after which `expiresAt` was set. Kept by the clock. */
  armedTick: number;
  /** Called once the time has passed. May add and remove alarms, itself too. */
  expire(): void;
}

/** An alarm that calls `expire`. */
export function makeAlarm(expire: () => void): Alarm {
  return { expiresAt: Infinity, latestAt: Infinity, armedTick: 0, slot: -1, expire };
}

const REAL_TIME: TimeSource = {
  now: () => performance.now(),
  wallNow: () => Date.now(),
  startInterval,
  startTurn,
};

/** A ticker shared by everything that one transport waits for. */
export class Clock {
  readonly #source: TimeSource;
  readonly #alarms = new SlotList<Alarm>();
  #stopTicking: (() => void) | null = null;
  #cancelTurn: (() => void) | null = null;
  #now = 0;
  #wallNow = 0;
  #tickCount = 0;
  #wasLate = false;

  /** Called at every tick, whether anything waits or not, before alarms ring. */
  onTick: (() => void) | null = null;

  constructor(source: TimeSource = REAL_TIME) {
    this.#source = source;
  }

  /** The exact time, in milliseconds. */
  exactNow(): number {
    return this.#source.now();
  }

  /** The time of the last tick, or the exact one while the ticker is stopped. */
  now(): number {
    if (this.#stopTicking === null) this.#now = this.#source.now();
    return this.#now;
  }

  /**
   * Puts an alarm in the list, to ring in `ms`. The clock's own time is up to one tick old, so one tick
   * is added: a wait may end late, never early.
   */
  arm(alarm: Alarm, ms: number): void {
    this.add(alarm);
    alarm.expiresAt = this.#now + ms + TICK_MS;
    alarm.armedTick = this.#tickCount;
  }

  /** Puts an alarm in the list. Does nothing if it is there already. */
  add(alarm: Alarm): void {
    if (alarm.slot >= 0) return;
    this.#alarms.add(alarm);
    this.wake();
  }

  /** Takes an alarm out of the list. Does nothing if it is not there. */
  remove(alarm: Alarm): void {
    this.#alarms.remove(alarm);
  }

  /** Calls `ring` once, `ms` from now, unless the returned function is called before. */
  schedule(ms: number, ring: () => void): () => void {
    const alarm = makeAlarm(() => {
      this.remove(alarm);
      ring();
    });
    this.arm(alarm, ms);
    return () => this.remove(alarm);
  }

  /** Starts the ticker, which stops at the first tick that finds no alarm. */
  wake(): void {
    if (this.#stopTicking !== null) return;
    this.#now = this.#source.now();
    this.#wallNow = this.#source.wallNow();
    this.#wasLate = false;
    this.#stopTicking = this.#source.startInterval(() => this.#tick(), TICK_MS);
  }

  /** Stops the ticker now. Alarms still in the list do not ring until another is added. */
  stop(): void {
    this.#stopTicking?.();
    this.#stopTicking = null;
    this.#cancelTurn?.();
    this.#cancelTurn = null;
  }

  /** How many alarms are in the list. */
  get size(): number {
    return this.#alarms.size;
  }

  #tick(): void {
    const now = this.#source.now();
    const wallNow = this.#source.wallNow();
    const lateMs = Math.max(0, now - this.#now - TICK_MS);
    const isLate = lateMs > LATE_MS;
    const wasSuspended = this.#wasSuspended(wallNow);
    this.#now = now;
    this.#wallNow = wallNow;
    this.#wasLate = isLate;
    this.onTick?.();
    if (this.#alarms.size === 0) return this.stop();
    if (lateMs > 0) this.#correct(lateMs, { isForAll: wasSuspended });
    this.#tickCount++;
    if (!isLate) this.#ring(now);
    else this.#cancelTurn ??= this.#source.startTurn(() => this.#endTurn(now));
  }

  /**
   * Whether the machine slept since the last tick, going by the wall clock, which counts that time on every
   * system: it has jumped, and the tick before was on time, which a program that blocks its event loop
   * again and again does not show. The monotonic clock stands still meanwhile on Linux and macOS, and then
   * there is nothing to correct; elsewhere the waits get back what it has counted, but for their `latestAt`.
   */
  #wasSuspended(wallNow: number): boolean {
    return wallNow - this.#wallNow >= SUSPENDED_MS && !this.#wasLate;
  }

  /** What was armed since the last tick may have been armed at the end of the delay, by an old time. */
  #correct(lateMs: number, { isForAll }: { readonly isForAll: boolean }): void {
    for (const alarm of this.#alarms.items) {
      if (isForAll || alarm.armedTick === this.#tickCount) alarm.expiresAt += lateMs;
    }
  }

  #endTurn(now: number): void {
    this.#cancelTurn = null;
    this.#ring(now);
  }

  /** Backwards, because `expire()` removes alarms, which moves the last one into the gap. */
  #ring(now: number): void {
    const { items } = this.#alarms;
    for (let i = items.length - 1; i >= 0; i--) {
      const alarm = items[i];
      if (alarm !== undefined && (now >= alarm.expiresAt || now >= alarm.latestAt)) alarm.expire();
    }
  }
}
