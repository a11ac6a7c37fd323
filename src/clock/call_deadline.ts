/**
 * The one deadline of a call: its total timeout, the caller's signal, and the closing of its client. The client makes it
 * when the call begins and hands it down; hooks, auth, middleware, waits between attempts, redirects and the body all end
 * with it.
 *
 * The phases of one exchange have their own limits (`deadline.ts`). A call without a total and without a signal never
 * starts a timer here.
 */
import { type CloseError, ReadTimeout } from "../errors.ts";
import { maskURL } from "../observe/mask.ts";
import { clientClosed } from "./closing.ts";

/** Timers of every runtime count no further, and ring at once. */
const MAX_TIMER_MS = 0x7fff_ffff;

/** How long work that keeps the deadline itself may take to report its end, which says more. */
export const GRACE_MS = 30;

/** The time of a deadline: the runtime's, or a test's. */
export interface DeadlineTime {
  /** Milliseconds that never go back, as `performance.now()` has them. */
  now(): number;
  /** Calls `ring` once after `ms`, unless the returned function is called before. */
  startTimer(ring: () => void, ms: number): () => void;
}

/** The timer keeps the program alive: a call that waits for it has an outcome to deliver. */
export const REAL_TIME: DeadlineTime = {
  now: () => performance.now(),
  startTimer(ring, ms) {
    const timer = setTimeout(ring, ms);
    return () => clearTimeout(timer);
  },
};

/** What a call's deadline is made of. */
export interface CallDeadlineInit {
  /** How long the whole call may take, in milliseconds; `null` is no limit. */
  readonly totalMs: number | null;
  /** The caller's signal, or `null`. */
  readonly signal: AbortSignal | null;
  /** For messages. */
  readonly request: { readonly method: string; readonly url: string };
  /** When the call began, by `performance.now()`. Default: now. */
  readonly startedAtMs?: number;
  /** Whether the program may end before the call does. Default: `false`. */
  readonly isBackground?: boolean;
  /** Whether the call exceeds a default limit of connections rather than wait for it. Default: `false`. */
  readonly mayExceedLimits?: boolean;
  /** The closing of the client, which ends the call. Default: none. */
  readonly closing?: ClientClosing | null;
}

/** The closing of a client, as its calls see it. */
export interface ClientClosing {
  /** Whether the client is closed. */
  readonly isClosed: boolean;
  /** Calls back once when it closes; the returned function cancels that. */
  onClose(listener: () => void): () => void;
}

/**
 * The total timeout and the signal of one call; a middleware finds it as `request.extensions.call.deadline`.
 *
 * @example Wait only if there is time
 * ```ts
 * import { Client, type Middleware, MockTransport, Response } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const onceMore: Middleware = async (request, next) => {
 *   const response = await next(request);
 *   const deadline = request.extensions.call?.deadline;
 *   if (response.status !== 503 || !deadline?.fits(100)) return response;
 *   await response.close();
 *   await deadline.wait(100);
 *   return await next(request);
 * };
 *
 * const statuses = [503, 200];
 * const transport = new MockTransport(() => new Response(statuses.shift() ?? 500));
 * await using client = new Client({ transport, middleware: [onceMore] });
 * assertEquals((await client.get("https://example.org/")).status, 200);
 * ```
 */
export class CallDeadline {
  /** The caller's signal, or `null`. */
  readonly signal: AbortSignal | null;
  /** How long the whole call may take, in milliseconds; `null` is no limit. */
  readonly totalMs: number | null;
  /** When the total is over, by `performance.now()`; `Infinity` without a total. */
  readonly expiresAtMs: number;
  /** Whether the program may end before the call does. */
  readonly isBackground: boolean;
  /** Whether the call exceeds a default limit of connections rather than wait for it: those of `client.fetch` do. */
  readonly mayExceedLimits: boolean;
  readonly #closing: ClientClosing | null;
  readonly #request: CallDeadlineInit["request"];
  readonly #time: DeadlineTime;

  /** Begins the call. */
  constructor(init: CallDeadlineInit, time: DeadlineTime = REAL_TIME) {
    const { totalMs, signal, request } = init;
    this.signal = signal;
    this.totalMs = totalMs;
    this.isBackground = init.isBackground ?? false;
    this.mayExceedLimits = init.mayExceedLimits ?? false;
    this.#closing = init.closing ?? null;
    this.expiresAtMs = totalMs === null ? Infinity : (init.startedAtMs ?? time.now()) + totalMs;
    this.#request = request;
    this.#time = time;
  }

  /** Whether the call has a total or a signal at all. */
  get isBounded(): boolean {
    return this.signal !== null || this.totalMs !== null;
  }

  /** Whether the total has passed, the signal is aborted, or the client is closed. */
  get isOver(): boolean {
    return this.#isEnded || this.remainingMs() === 0;
  }

  /** Whether something other than time has ended the call. */
  get #isEnded(): boolean {
    return this.signal?.aborted === true || this.#closing?.isClosed === true;
  }

  /** What is left of the total, in milliseconds: 0 or more, `Infinity` without a total. */
  remainingMs(): number {
    if (this.totalMs === null) return Infinity;
    return Math.max(0, this.expiresAtMs - this.#time.now());
  }

  /** Whether a wait of `ms` ends before the call does. */
  fits(ms: number): boolean {
    return !this.#isEnded && ms < this.remainingMs();
  }

  /**
   * Does nothing while the call may go on.
   *
   * @throws {ReadTimeout} when the total is over; the signal's reason when it is aborted
   * @throws {CloseError} when the client is closed
   */
  throwIfOver(): void {
    this.signal?.throwIfAborted();
    if (this.#closing?.isClosed) throw clientClosed(this.#request);
    if (this.remainingMs() === 0) throw this.timeoutError();
  }

  /**
   * Resolves after `ms`.
   *
   * @throws {ReadTimeout} when the total is over first; the signal's reason when it aborts first
   * @throws {CloseError} when the client closes first
   */
  wait(ms: number): Promise<void> {
    let stop = () => {};
    const waited = new Promise<void>((resolve) => {
      stop = this.#ringAt(this.#time.now() + ms, resolve);
    });
    return this.bound(() => waited).finally(() => stop());
  }

  /**
   * Resolves as `work` does, or rejects when the call ends first; what `work` comes to after that is ignored.
   *
   * @param graceMs how long `work`, which knows the deadline too, may take to report the end itself
   * @throws {ReadTimeout} when the total is over first; the signal's reason when it aborts first
   * @throws {CloseError} when the client closes first
   */
  async bound<Value>(
    work: () => Value | PromiseLike<Value>,
    { graceMs = 0, onLate }: BoundOptions<Value> = {},
  ): Promise<Value> {
    if (!this.isBounded && this.#closing === null) return await work();
    this.throwIfOver();
    const working = (async () => await work())();
    let stopListening = () => {};
    const ended = new Promise<never>((_, reject) => {
      stopListening = this.#whenOver(reject, graceMs);
    });
    let isLate = true;
    try {
      return await Promise.race([working.finally(() => isLate = false), ended]);
    } finally {
      stopListening();
      if (isLate) working.then((value) => onLate?.(value)).catch(() => {}); // the call has its error
    }
  }

  /** Calls `onOver` with the error of the end, `graceMs` after it; the returned function cancels that. */
  #whenOver(onOver: (error: unknown) => void, graceMs: number): () => void {
    const { signal } = this;
    let stopGrace = () => {};
    const onAbort = () => {
      const report = () => onOver(signal?.reason);
      if (graceMs === 0) report();
      else stopGrace = this.#ringAt(this.#time.now() + graceMs, report);
    };
    // Without grace: the work has no better error for that.
    const onClose = () => onOver(clientClosed(this.#request));
    signal?.addEventListener("abort", onAbort);
    const stopClosing = this.#closing?.onClose(onClose);
    if (signal?.aborted) onAbort(); // the work may have ended it
    else if (this.#isEnded) onClose();
    const stopTotal = this.#ringAt(this.expiresAtMs + graceMs, () => onOver(this.timeoutError()));
    return () => {
      signal?.removeEventListener("abort", onAbort);
      stopClosing?.();
      stopTotal();
      stopGrace();
    };
  }

  /** Calls `listener` with the error when the client closes; the returned function cancels that. */
  onClose(listener: (error: CloseError) => void): () => void {
    return this.#closing?.onClose(() => listener(clientClosed(this.#request))) ?? (() => {});
  }

  /** The error of a call whose total is over. */
  timeoutError(): ReadTimeout {
    const { method, url } = this.#request;
    return new ReadTimeout(
      `Timed out before ${method} ${maskURL(url)} was complete: the whole call took ` +
        `${this.totalMs} ms (timeout.total)`,
    );
  }

  /** Calls `ring` when a moment has come, however far away; a timer that rings early is started again. */
  #ringAt(momentMs: number, ring: () => void): () => void {
    if (momentMs === Infinity) return () => {};
    let stop = () => {};
    const arm = (leftMs: number) => {
      const ms = Math.min(Math.max(0, Math.ceil(leftMs)), MAX_TIMER_MS);
      stop = this.#time.startTimer(() => {
        const restMs = momentMs - this.#time.now();
        if (restMs > 0) arm(restMs);
        else ring();
      }, ms);
    };
    arm(momentMs - this.#time.now());
    return () => stop();
  }
}

/** How work is bounded. */
export interface BoundOptions<Value> {
  /** In milliseconds. Default: 0. */
  readonly graceMs?: number;
  /** Receives what the work came to after the end of the call, to free it. */
  readonly onLate?: (value: Value) => unknown;
}
