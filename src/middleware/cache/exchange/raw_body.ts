/**
 * The body of a response as it came, before any decoding: what a cache keeps. It is taken out of its response, and ends
 * with the call of the caller that reads it.
 */
import { CallDeadline, GRACE_MS } from "../../../clock/call_deadline.ts";
import type { Request } from "../../../message/request.ts";
import { ChunkStream } from "../../../message/response/body_streams.ts";
import { bodyOf, type Response } from "../../../message/response/response.ts";
import { ResponseBody } from "../../../message/response/response_body.ts";
import { SyncBody } from "../../../message/response/sync_body.ts";
import type { BodyStream } from "../../../semantics/body.ts";
import { forbidsBody } from "../../../semantics/status.ts";

/** Where the bytes are: here, to come, or to be asked for by a caller that blocks. */
export type RawBody =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | { readonly kind: "stream"; readonly stream: BodyStream }
  | { readonly kind: "blocking"; readonly body: SyncBody };

/** The undecoded body of a response that was not read; `null` if that is lost, or not to be had. */
export function rawBodyOf(response: Response): RawBody | null {
  // These have no body.
  if (forbidsBody(response.status)) return { kind: "bytes", bytes: new Uint8Array(0) };
  const body = bodyOf(response);
  if (body.content !== null) {
    // What was read is decoded.
    const isCoded = response.headers.has("content-encoding") && body.content.length > 0;
    return isCoded ? null : { kind: "bytes", bytes: body.content };
  }
  if (body.state !== "unread") return null;
  if (body instanceof SyncBody) return { kind: "blocking", body };
  if (body.stream === null) return null;
  // A middleware further in may wait for the end of the response that it returned (bench: cache_miss).
  return {
    kind: "stream",
    stream: body.isAwaited ? new TakenStream(body, body.stream) : body.stream,
  };
}

/** The stream of a body that is read in its place: the body is done when the stream is. */
class TakenStream implements BodyStream {
  readonly #body: ResponseBody;
  readonly #stream: BodyStream;

  constructor(body: ResponseBody, stream: BodyStream) {
    this.#body = body;
    this.#stream = stream;
  }

  get bytesReceived(): number {
    return this.#stream.bytesReceived;
  }

  get trailers(): readonly string[] | null {
    return this.#stream.trailers;
  }

  async read(): Promise<Uint8Array | null> {
    let chunk: Uint8Array | null = null;
    try {
      return chunk = await this.#stream.read();
    } finally {
      if (chunk === null) this.#end();
    }
  }

  readAll(maxBytes?: number, tooLarge?: () => Error): Uint8Array | Promise<Uint8Array> {
    let whole: Uint8Array | Promise<Uint8Array> | null = null;
    try {
      whole = this.#stream.readAll(maxBytes, tooLarge);
      return whole instanceof Promise ? whole.finally(() => this.#end()) : whole;
    } finally {
      if (!(whole instanceof Promise)) this.#end();
    }
  }

  async cancel(reason?: unknown): Promise<void> {
    try {
      await this.#stream.cancel(reason);
    } finally {
      this.#end();
    }
  }

  /** Nothing is left to cancel. */
  #end(): void {
    this.#body.close().catch(() => {}); // what failed was reported to the reader
  }
}

/** A body of bytes that the caller may keep, still under the given content coding. */
export function bodyOfBytes(bytes: Uint8Array, contentEncoding: string | null): ResponseBody {
  if (contentEncoding === null || bytes.length === 0) return new ResponseBody({ content: bytes });
  return new ResponseBody({ stream: new ChunkStream([bytes]), contentEncoding });
}

/** A body that is in memory, as a stream. */
export class BytesStream implements BodyStream {
  readonly trailers = null;
  #bytes: Uint8Array | null;
  readonly bytesReceived: number;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes.length === 0 ? null : bytes;
    this.bytesReceived = bytes.length;
  }

  read(): Promise<Uint8Array | null> {
    const bytes = this.#bytes;
    this.#bytes = null;
    return Promise.resolve(bytes);
  }

  readAll(maxBytes = Infinity, tooLarge?: () => Error): Uint8Array {
    const bytes = this.#bytes ?? new Uint8Array(0);
    this.#bytes = null;
    if (bytes.length > maxBytes) throw tooLarge?.();
    return bytes;
  }

  cancel(): Promise<void> {
    this.#bytes = null;
    return Promise.resolve();
  }
}

/** The deadline of a request's call. A request that no client sent may have a signal, too. */
export function deadlineOf(request: Request): CallDeadline | null {
  const { signal, extensions: { call } } = request;
  if (call !== undefined) return call.deadline;
  return signal === null ? null : new CallDeadline({ totalMs: null, signal, request });
}

/** The body for the caller of a request. */
export function boundBy(request: Request, stream: BodyStream): BodyStream {
  const deadline = deadlineOf(request);
  return deadline?.isBounded ? new BoundStream(stream, deadline) : stream;
}

/** A body that is read until its call ends. */
class BoundStream implements BodyStream {
  readonly #source: BodyStream;
  readonly #deadline: CallDeadline;

  constructor(source: BodyStream, deadline: CallDeadline) {
    this.#source = source;
    this.#deadline = deadline;
  }

  get bytesReceived(): number {
    return this.#source.bytesReceived;
  }

  get trailers(): readonly string[] | null {
    return this.#source.trailers;
  }

  read(): Promise<Uint8Array | null> {
    return this.#bound(this.#source.read());
  }

  readAll(maxBytes?: number, tooLarge?: () => Error): Uint8Array | Promise<Uint8Array> {
    const whole = this.#source.readAll(maxBytes, tooLarge);
    return whole instanceof Promise ? this.#bound(whole) : whole;
  }

  /** Does not wait for a source that may be stuck when the call is over. */
  async cancel(reason?: unknown): Promise<void> {
    const cancelling = this.#source.cancel(reason);
    if (this.#deadline.isOver) cancelling.catch(() => {}); // the call has its error
    else await cancelling;
  }

  async #bound<Value>(work: Promise<Value>): Promise<Value> {
    work.catch(() => {}); // reported below, unless the call is over already
    try {
      return await this.#deadline.bound(() => work, { graceMs: GRACE_MS });
    } catch (error) {
      this.#source.cancel(error).catch(() => {}); // the error below says more
      throw error;
    }
  }
}
