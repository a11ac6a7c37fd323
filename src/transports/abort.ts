/**
 * Aborting work that can't be stopped from outside, a caller's function or stream: the waiting ends at
 * once, with the signal's reason, and whatever comes later is given up.
 */
import { CallDeadline } from "../clock/call_deadline.ts";
import { clientClosed, Closing } from "../clock/closing.ts";
import type { Request } from "../message/request.ts";
import type { ChunkSource } from "../message/response/body_streams.ts";
import { bodyOf, type Response } from "../message/response/response.ts";
import { timeoutOf } from "../message/timeout.ts";
import { keepProcessAlive } from "../runtime/timers.ts";
import { FetchDeadline } from "./fetch_deadline.ts";

/** The calls that a function of this program answers: they end with their deadline, and when their transport closes. */
export class PendingAnswers {
  #closing = new Closing();

  /**
   * Resolves as a handler does, unless the request's signal aborts first, its read or total timeout is over, or its client
   * or transport closes. The body of the response ends with the call as well.
   *
   * @throws {ReadTimeout} when a timeout is over
   * @throws {CloseError} when the client or the transport closes
   */
  async wait(request: Request, work: () => Promise<Response>): Promise<Response> {
    const closing = this.#closing;
    const deadline = new FetchDeadline(request);
    const stopListening = closing.onClose(() => deadline.abort(clientClosed(request)));
    const release = keepProcessAlive(); // nothing else may be there to wait for
    try {
      deadline.wait();
      const response = await deadline.bound(work);
      // A client bounds the body by its call.
      if (request.extensions.call === undefined) {
        bodyOf(response).boundBy(ownCall(request, closing));
      }
      return response;
    } finally {
      release();
      stopListening();
      deadline.finish();
    }
  }

  /** Ends the calls that are pending. Later ones are answered: nothing is held between calls. */
  close(): void {
    const closing = this.#closing;
    this.#closing = new Closing();
    closing.close();
  }
}

/** The call of a request that was handed to a transport directly. */
function ownCall(request: Request, closing: Closing): CallDeadline {
  const { signal, extensions } = request;
  return new CallDeadline({
    totalMs: timeoutOf(extensions.timeout).total,
    signal,
    request,
    closing,
  });
}

/** The chunks of a web stream until the signal aborts; then the stream is cancelled and the reason thrown. */
export function chunksUntilAborted(
  signal: AbortSignal | null,
  body: ReadableStream<Uint8Array>,
): ChunkSource {
  if (signal === null) return body;
  return { [Symbol.asyncIterator]: () => new AbortableReading(signal, body) };
}

/** Not a generator: one that has not begun to run can't clean up. */
class AbortableReading implements AsyncIterator<Uint8Array, void> {
  readonly #signal: AbortSignal;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  // A cancelled stream ends, which ends a `next()` that waits; a failure to cancel is of no interest any more.
  readonly #onAbort = (): void => void this.#reader.cancel(this.#signal.reason).catch(() => {});

  constructor(signal: AbortSignal, body: ReadableStream<Uint8Array>) {
    this.#signal = signal;
    this.#reader = body.getReader();
    signal.addEventListener("abort", this.#onAbort);
    if (signal.aborted) this.#onAbort();
  }

  async next(): Promise<IteratorResult<Uint8Array, void>> {
    try {
      const { done, value } = await this.#reader.read();
      this.#signal.throwIfAborted();
      if (!done) return { done, value };
      this.#forget();
      return { done: true, value: undefined };
    } catch (error) {
      this.#forget();
      throw this.#signal.aborted ? this.#signal.reason : error;
    }
  }

  async return(): Promise<IteratorResult<Uint8Array, void>> {
    this.#forget();
    await this.#reader.cancel();
    return { done: true, value: undefined };
  }

  #forget(): void {
    this.#signal.removeEventListener("abort", this.#onAbort);
  }
}
