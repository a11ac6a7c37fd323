/**
 * Everything that can end one call from outside, as one thing to hand down: the four phase timeouts,
 * the total, and the caller's signal.
 *
 * A wait calls `enter(phase, waiting)`, and is notified once if it must end. Between waits
 * (`rest()`) no phase counts, but the total and the signal still do. `finish()` ends it all.
 */
import {
  ConnectTimeout,
  PoolTimeout,
  ReadTimeout,
  type TimeoutException,
  type TransportErrorInit,
  WriteTimeout,
} from "../errors.ts";
import { maskURL } from "../observe/mask.ts";
import type { Trace } from "../observe/trace.ts";
import type { ExchangeTimes } from "../semantics/exchange_times.ts";
import type { CallDeadline } from "./call_deadline.ts";
import type { Alarm, Clock } from "./clock.ts";

/** What a call can wait for, by the name of its timeout. */
export type WaitPhase = "pool" | "connect" | "write" | "read";

/** Limits in milliseconds; `null` is none. */
export type TimeoutLimits = Readonly<
  Record<WaitPhase | "total", number | null> & {
    /** Whether the pool's limit is for the queue as a whole: it starts again when any caller gets a connection. */
    poolMeasuresProgress?: boolean;
  }
>;

/** Why a wait must end. */
export type Expiry =
  | { readonly kind: "timeout"; readonly phase: WaitPhase; readonly limit: WaitPhase | "total" }
  | { readonly kind: "aborted"; readonly reason: unknown };

/** One wait. */
export interface Waiting {
  /**
   * The wait is over and nothing came. Called once at most; the deadline is finished by then. Where
   * the call ended before the wait began, it is called from inside `enter()`.
   */
  onExpiry(expiry: Expiry): void;
  /** How much longer to wait after the phase's limit, in milliseconds; 0 or less for no longer. Default: 0. */
  extendMs?(limitMs: number): number;
}

/** Limits, signal, and the request they belong to. */
export interface DeadlineInit {
  readonly limits: TimeoutLimits;
  readonly signal: AbortSignal | null;
  /** For messages. */
  readonly request: { readonly method: string; readonly url: string };
  /** The call that the exchange is part of; its total and signal count too. Default: none. */
  readonly call?: CallDeadline | null;
  /** The trace of the call. Default: none. */
  readonly trace?: Trace | null;
}

/** Phase timeouts, total and signal of one call. */
export class Deadline implements Alarm {
  /** Gets every step; `null` without a listener. */
  readonly trace: Trace | null;
  /** Since when the exchange waits for a connection, by `performance.now()`; 0 for one that does not wait. */
  queuedAtMs = 0;
  /** The steps of the exchange so far; `null` before it has a connection. */
  times: ExchangeTimes | null = null;
  readonly #clock: Clock;
  readonly #init: DeadlineInit;
  readonly #limits: TimeoutLimits;
  readonly #request: DeadlineInit["request"];
  readonly #signal: AbortSignal | null;
  /** The total that ends first: the call's, or that of this exchange. */
  readonly #totalMs: number | null;
  #onAbort: (() => void) | null = null;
  #waiting: Waiting | null = null;
  #phase: WaitPhase = "pool";
  /** The running phase's limit, or `null` where only total and signal count. */
  #phaseLimitMs: number | null = null;
  #expiry: Expiry | null = null;

  expiresAt = Infinity;
  /** When the total is over. */
  latestAt: number;
  armedTick = 0;
  slot = -1;

  /** Whether the program may end before the exchange does. */
  get isBackground(): boolean {
    return this.#init.call?.isBackground ?? false;
  }

  /** Whether a default limit of connections is exceeded rather than waited for. */
  get mayExceedLimits(): boolean {
    return this.#init.call?.mayExceedLimits ?? false;
  }

  /** @throws the signal's reason, where it is aborted already */
  constructor(clock: Clock, init: DeadlineInit) {
    this.#clock = clock;
    this.#init = init;
    this.#limits = init.limits;
    this.#request = init.request;
    this.#signal = signalOf(init);
    this.trace = init.trace ?? null;
    this.#signal?.throwIfAborted();
    const { limits: { total }, call } = init;
    this.#totalMs = total;
    this.latestAt = total === null ? Infinity : clock.exactNow() + total;
    if (call == null || call.expiresAtMs > this.latestAt) return;
    this.#totalMs = call.totalMs;
    this.latestAt = call.expiresAtMs;
  }

  /**
   * A deadline of its own with what is left of the total, and the signal, for a wait beside the running one.
   *
   * @throws the signal's reason, where it is aborted already
   */
  beside(): Deadline {
    const limits = { ...NO_PHASES, total: this.#limits.total };
    const deadline = new Deadline(this.#clock, { ...this.#init, limits, trace: null });
    deadline.latestAt = this.latestAt;
    return deadline;
  }

  /** How long connecting may take, in milliseconds; `null` for as long as it likes. */
  get connectLimitMs(): number | null {
    return this.#limits.connect;
  }

  /** Whether the pool's limit starts again when any caller gets a connection. */
  get poolMeasuresProgress(): boolean {
    return this.#limits.poolMeasuresProgress ?? false;
  }

  /** How long the server may be silent, in milliseconds; `null` for as long as it likes. */
  get readLimitMs(): number | null {
    return this.#limits.read;
  }

  /**
   * Begins to wait in a phase, or goes on to the next one.
   *
   * @param stretch makes of the phase's limit how long this wait may take, where it stands for several
   */
  enter(phase: WaitPhase, waiting: Waiting, stretch?: (limitMs: number) => number): void {
    if (this.#expiry !== null) return waiting.onExpiry(this.#expiry);
    const limitMs = this.#limits[phase];
    this.#phase = phase;
    this.#phaseLimitMs = limitMs === null || stretch === undefined ? limitMs : stretch(limitMs);
    this.#watch(waiting);
  }

  /** There was progress: the phase's time starts again. */
  touch(): void {
    if (this.#phaseLimitMs !== null && this.slot >= 0) this.#clock.arm(this, this.#phaseLimitMs);
  }

  /** Nothing of the peer's is waited for just now; the total and the signal still end the call. */
  rest(waiting: Waiting): void {
    if (this.#expiry !== null) return waiting.onExpiry(this.#expiry);
    this.#phaseLimitMs = null;
    this.#watch(waiting);
  }

  /** Whether a wait may begin again. The limit of a phase is forgiven; the total and the signal are not. */
  forgive(): boolean {
    const expiry = this.#expiry;
    if (expiry === null) return true;
    if (expiry.kind === "aborted" || expiry.limit === "total") return false;
    this.#expiry = null;
    return true;
  }

  /** Ends the call: no callback is called any more. Idempotent. */
  finish(): void {
    this.#waiting = null;
    this.#clock.remove(this);
    if (this.#onAbort !== null) {
      this.#signal?.removeEventListener("abort", this.#onAbort);
      this.#onAbort = null;
    }
  }

  /** Called by the clock once `expiresAt` has passed. */
  expire(): void {
    const isTotal = this.#clock.exactNow() >= this.latestAt;
    const mayExtend = !isTotal && this.#phase === "pool";
    const moreMs = mayExtend ? this.#waiting?.extendMs?.(this.#phaseLimitMs ?? 0) ?? 0 : 0;
    if (moreMs > 0) return this.#clock.arm(this, moreMs);
    const limit = isTotal ? "total" : this.#phase;
    this.#end({ kind: "timeout", phase: this.#phase, limit });
  }

  /**
   * What the caller gets: the signal's own reason, or the phase's timeout class.
   *
   * @param detail what else is known, for the end of the message
   */
  errorFor(expiry: Expiry, facts: TransportErrorInit = {}, detail = ""): unknown {
    if (expiry.kind === "aborted") return expiry.reason;
    return this.#timeoutError(expiry, facts, detail);
  }

  #watch(waiting: Waiting): void {
    const isFirst = this.#waiting === null;
    this.#waiting = waiting;
    if (isFirst && this.#signal !== null) this.#listen(this.#signal);
    if (this.#waiting === null) return;
    if (this.#phaseLimitMs !== null) return this.#clock.arm(this, this.#phaseLimitMs);
    this.expiresAt = Infinity;
    if (this.latestAt === Infinity) this.#clock.remove(this);
    else this.#clock.add(this);
  }

  #listen(signal: AbortSignal): void {
    this.#onAbort = () => this.#end({ kind: "aborted", reason: signal.reason });
    if (signal.aborted) this.#onAbort(); // between two waits
    else signal.addEventListener("abort", this.#onAbort);
  }

  #end(expiry: Expiry): void {
    const waiting = this.#waiting;
    this.#expiry = expiry;
    this.finish();
    waiting?.onExpiry(expiry);
  }

  #timeoutError(
    { phase, limit }: Expiry & { readonly kind: "timeout" },
    facts: TransportErrorInit,
    detail: string,
  ): TimeoutException {
    const what = limit === "total"
      ? `the whole call took ${this.#totalMs} ms`
      : `${WAITED_FOR[phase]} ${this.#limits[phase]} ms`;
    const { method, url } = this.#request;
    const message = `Timed out ${DOING[phase]} ${method} ${
      maskURL(url)
    }: ${what} (timeout.${limit})${detail === "" ? "" : `; ${detail}`}`;
    switch (phase) {
      case "pool":
        return new PoolTimeout(message, { phase: "pool", safeToRetry: true, ...facts });
      case "connect":
        return new ConnectTimeout(message, { phase: "connect", safeToRetry: true, ...facts });
      case "write":
        return new WriteTimeout(message, { phase: "send", ...facts });
      case "read":
        return new ReadTimeout(message, { phase: "receive", ...facts });
    }
  }
}

const NO_PHASES = { pool: null, connect: null, write: null, read: null } as const;

/** The signal of the exchange, and its call's: most often the same, or none. */
function signalOf({ signal, call }: DeadlineInit): AbortSignal | null {
  const outer = call?.signal ?? null;
  if (signal === null || outer === null || signal === outer) return signal ?? outer;
  return AbortSignal.any([signal, outer]);
}

const DOING: Readonly<Record<WaitPhase, string>> = {
  pool: "waiting for a connection for",
  connect: "connecting for",
  write: "sending",
  read: "receiving",
};

const WAITED_FOR: Readonly<Record<WaitPhase, string>> = {
  pool: "no connection of the pool came free within",
  connect: "no connection within",
  write: "the server took no byte for",
  read: "the server sent no byte for",
};
