/**
 * The body of one response, whatever ends it (RFC 9112 §6): passes content on as parts of the input, and
 * says how much of the input was its own. It knows nothing of heads, and nothing of the next response.
 */
import { RemoteProtocolError } from "../../errors.ts";
import type { FieldLines } from "../../semantics/fields.ts";
import type { Http1Limits } from "./limits.ts";

/** Where content goes: it stands from `start` to `end`, lent until the call returns, never empty. */
export interface DataSink {
  onData(bytes: Uint8Array, start: number, end: number): void;
}

/** Reads one body to its end. */
export interface BodyReader {
  readonly isEnded: boolean;
  /** What a chunked body ended with (RFC 9112 §7.1.2), once it has. */
  readonly trailers: FieldLines | null;
  /** Reads from `start`, and returns where it stopped: the end of the input, or of the body. */
  receive(bytes: Uint8Array, start: number): number;
  /**
   * The connection has ended.
   *
   * @throws {RemoteProtocolError} if that is before the end of the body
   */
  receiveEnd(): void;
}

/** What every reader is given. */
export interface BodyReaderInit {
  readonly sink: DataSink;
  readonly limits: Http1Limits;
}

/** RFC 9112 §6.2 */
export class FixedReader implements BodyReader {
  readonly trailers = null;
  readonly #length: number;
  readonly #sink: DataSink;
  #missingBytes: number;

  constructor(length: number, sink: DataSink) {
    this.#length = length;
    this.#missingBytes = length;
    this.#sink = sink;
  }

  get isEnded(): boolean {
    return this.#missingBytes === 0;
  }

  receive(bytes: Uint8Array, start: number): number {
    const end = Math.min(bytes.length, start + this.#missingBytes);
    this.#missingBytes -= end - start;
    this.#sink.onData(bytes, start, end);
    return end;
  }

  receiveEnd(): void {
    const received = this.#length - this.#missingBytes;
    throw new RemoteProtocolError(`body ended after ${received} of ${this.#length} bytes`);
  }
}

/** RFC 9112 §6.3 step 8. Whether the body is complete can't be known. */
export class UntilCloseReader implements BodyReader {
  readonly trailers = null;
  readonly #sink: DataSink;
  #isEnded = false;

  constructor(sink: DataSink) {
    this.#sink = sink;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  receive(bytes: Uint8Array, start: number): number {
    this.#sink.onData(bytes, start, bytes.length);
    return bytes.length;
  }

  receiveEnd(): void {
    this.#isEnded = true;
  }
}
