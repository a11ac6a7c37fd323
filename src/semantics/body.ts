/**
 * The two interfaces by which bodies cross the bridge between `message/` and `wire/`.
 *
 * A `BodySource` goes out: what a request will send, read only when the wire is ready for more.
 * A `BodyStream` comes in: what a response has received, read only when the caller asks.
 */
import type { ExchangeTimes } from "./exchange_times.ts";

/** Outgoing content of one request. */
export interface BodySource {
  /** Size on the wire, or `null` where it is not known before the end (then the body is chunked). */
  readonly sizeBytes: number | null;
  /** Whether `open()` may be called again and yields the same bytes from the beginning. */
  readonly isReplayable: boolean;
  /** The whole content where it is in memory already: head and body then leave in one write. */
  readonly bytes: Uint8Array | null;
  /**
   * Begins reading. `next()` yields non-empty chunks, each left unchanged by its producer until the
   * following `next()` (or `return()`); `return()` is called where the rest is not wanted.
   *
   * @throws {StreamConsumed} when it was opened before and is not replayable
   */
  open(): AsyncIterator<Uint8Array, void>;
}

/** Incoming content of one response. Exactly one reader; after the end or a failure nothing is held. */
export interface BodyStream {
  /** Content bytes that have arrived from the peer so far, before any decoding. */
  readonly bytesReceived: number;
  /** The trailer section as flat name, value pairs: known once the last byte is read. */
  readonly trailers: readonly string[] | null;
  /** Whether all of it has arrived, so that `readAll()` needs no waiting. Default: not known. */
  readonly hasArrived?: boolean;
  /** The next bytes, never empty and owned by the caller from now on, or `null` after the last. */
  read(): Promise<Uint8Array | null>;
  /**
   * Everything from here to the end, as one array that the caller owns. What has arrived whole is
   * returned at once, without a promise: the road of every small response.
   *
   * @param maxBytes with more than this it cancels itself and throws what `tooLarge` makes
   */
  readAll(maxBytes?: number, tooLarge?: () => Error): Uint8Array | Promise<Uint8Array>;
  /** Throws what a listener that follows the exchange has thrown. Default: nothing follows it. */
  throwIfListenerFailed?(): void;
  /** Gives up the rest and frees what carries it. Does nothing after the end. */
  cancel(reason?: unknown): Promise<void>;
}

/** Content whose exchange was measured. */
export interface MeasuredStream extends BodyStream {
  /** When the exchange took its steps; `null` if that is not known. */
  readonly times: ExchangeTimes | null;
}

/** When the exchange of a body took its steps; `null` if that is not known. */
export function timesOf(stream: BodyStream | null): ExchangeTimes | null {
  if (stream === null || !("times" in stream)) return null;
  return (stream as MeasuredStream).times; // only streams of this library have it
}
