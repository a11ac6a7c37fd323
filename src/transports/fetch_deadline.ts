/**
 * What can end one call of `fetch` from outside: the read timeout while something is waited for, the total, the caller's
 * signal, and the closing of its client. Plain timers, two a call at most: beside `fetch` itself they cost nothing, and the clock that sockets
 * share is not needed.
 */
import { ReadTimeout } from "../errors.ts";
import type { Request } from "../message/request.ts";
import { type Timeout, timeoutOf } from "../message/timeout.ts";
import { nameOfRequest } from "../observe/mask.ts";
import { startTimeout } from "../runtime/timers.ts";

/** A program that was busy looks first at what has arrived meanwhile. */
const GRACE_MS = 20;
/** Timers of every runtime count no further, and ring at once. */
const MAX_TIMER_MS = 0x7fff_ffff;

/** The time and the signal of one call. */
export class FetchDeadline {
  readonly #controller = new AbortController();
  readonly #request: Request;
  readonly #timeout: Timeout;
  readonly #signal: AbortSignal | null;
  readonly #stopTotal: () => void;
  readonly #stopClosing: (() => void) | undefined;
  #stopRead: () => void = nothing;
  #interrupt: (reason: unknown) => void = nothing;

  /** @throws the signal's reason, where it is aborted already */
  constructor(request: Request) {
    this.#request = request;
    this.#timeout = timeoutOf(request.extensions.timeout);
    this.#signal = signalOf(request);
    this.#signal?.throwIfAborted();
    this.#signal?.addEventListener("abort", this.#onAbort);
    const { call } = request.extensions;
    this.#stopClosing = call?.deadline.onClose((error) => this.abort(error));
    const { leftMs, givenMs } = totalOf(request, this.#timeout.total);
    this.#stopTotal = this.#start("total", {
      ms: leftMs,
      what: `the whole call took ${givenMs} ms`,
    });
  }

  /** Aborts with what the caller shall get. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Ends the call. */
  abort(reason: unknown): void {
    this.#controller.abort(reason);
    this.#interrupt(reason);
  }

  /** Resolves as `work` does, or rejects when the call ends first: `fetch` on Deno may leave a reader waiting then. */
  bound<Value>(work: () => Value | PromiseLike<Value>): Promise<Value> {
    return new Promise<Value>((resolve, reject) => {
      this.#interrupt = reject;
      if (this.signal.aborted) reject(this.signal.reason);
      else (async () => await work())().then(resolve, reject);
    });
  }

  /** The peer is waited for: the read timeout counts. */
  wait(): void {
    const ms = this.#timeout.read;
    this.#stopRead = this.#start("read", { ms, what: `the server sent no byte for ${ms} ms` });
  }

  /** Something came. The total and the signal still count. */
  rest(): void {
    this.#stopRead();
  }

  /** The call is over. */
  finish(): void {
    this.#stopRead();
    this.#stopTotal();
    this.#stopClosing?.();
    this.#signal?.removeEventListener("abort", this.#onAbort);
  }

  readonly #onAbort = (): void => this.abort(this.#signal?.reason);

  #start(limit: "read" | "total", { ms, what }: Limit): () => void {
    if (ms === null || ms > MAX_TIMER_MS) return nothing;
    const expire = () => {
      const message = `Timed out receiving ${
        nameOfRequest(this.#request)
      }: ${what} (timeout.${limit})`;
      this.abort(new ReadTimeout(message, { phase: "receive" }));
    };
    let stop = startTimeout(() => stop = startTimeout(expire, GRACE_MS), ms);
    return () => stop();
  }
}

/** How long something may take, and what to say when it took longer. */
interface Limit {
  readonly ms: number | null;
  readonly what: string;
}

/** The total that ends first: the call's, or the request's own. */
function totalOf(
  { extensions: { call } }: Request,
  totalMs: number | null,
): { readonly leftMs: number | null; readonly givenMs: number | null } {
  const leftMs = call?.deadline.remainingMs() ?? Infinity;
  return leftMs === Infinity || (totalMs !== null && totalMs < leftMs)
    ? { leftMs: totalMs, givenMs: totalMs }
    : { leftMs, givenMs: call?.deadline.totalMs ?? null };
}

/** The signal of the request, and its call's: most often the same, or none. */
function signalOf({ signal, extensions: { call } }: Request): AbortSignal | null {
  const outer = call?.deadline.signal ?? null;
  if (signal === null || outer === null || signal === outer) return signal ?? outer;
  return AbortSignal.any([signal, outer]);
}

function nothing(): void {}
