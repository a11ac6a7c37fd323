/**
 * Aborting work that can't be stopped from outside, a caller's function or stream: the waiting ends at
 * once, with the signal's reason, and whatever comes later is given up.
 */
import type { Request } from "../message/request.ts";
import type { ChunkSource } from "../message/response/body_streams.ts";
import { keepProcessAlive } from "../runtime/timers.ts";
import { FetchDeadline } from "./fetch_deadline.ts";

/**
 * What a handler answers, unless the request's signal aborts first, or its read or total timeout is over.
 *
 * @throws {ReadTimeout} where it is over
 */
export async function answeredInTime<T>(request: Request, work: () => T | Promise<T>): Promise<T> {
  const deadline = new FetchDeadline(request);
  const release = keepProcessAlive(); // nothing else may be there to wait for
  try {
    deadline.wait();
    return await deadline.bound(work);
  } finally {
    release();
    deadline.finish();
  }
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
