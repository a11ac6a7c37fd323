/**
 * What can end one call of `fetch` from outside: the read timeout while something is waited for, the total, and the
 * caller's signal. Plain timers, two a call at most: beside `fetch` itself they cost nothing, and the clock that sockets
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
  readonly #stopTotal: () => void;
  #stopRead: () => void = nothing;

  /** @throws the signal's reason, where it is aborted already */
  constructor(request: Request) {
    this.#request = request;
    this.#timeout = timeoutOf(request.extensions.timeout);
    request.signal?.throwIfAborted();
    request.signal?.addEventListener("abort", this.#onAbort);
    this.#stopTotal = this.#start("total", "the whole call took");
  }

  /** Aborts with what the caller shall get. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Ends the call. */
  abort(reason: unknown): void {
    this.#controller.abort(reason);
  }

  /** The peer is waited for: the read timeout counts. */
  wait(): void {
    this.#stopRead = this.#start("read", "the server sent no byte for");
  }

  /** Something came. The total and the signal still count. */
  rest(): void {
    this.#stopRead();
  }

  /** The call is over. */
  finish(): void {
    this.#stopRead();
    this.#stopTotal();
    this.#request.signal?.removeEventListener("abort", this.#onAbort);
  }

  readonly #onAbort = (): void => this.abort(this.#request.signal?.reason);

  #start(limit: "read" | "total", what: string): () => void {
    const ms = this.#timeout[limit];
    if (ms === null || ms > MAX_TIMER_MS) return nothing;
    const expire = () => {
      const givenMs = limit === "read" ? ms : this.#timeout.whole;
      const message = `Timed out receiving ${
        nameOfRequest(this.#request)
      }: ${what} ${givenMs} ms (timeout.${limit})`;
      this.abort(new ReadTimeout(message, { phase: "receive" }));
    };
    let stop = startTimeout(() => stop = startTimeout(expire, GRACE_MS), ms);
    return () => stop();
  }
}

function nothing(): void {}
