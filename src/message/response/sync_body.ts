/**
 * The body of a response that is read without promises: for callers that block. It keeps the same table of states as
 * every body, and can be read with promises all the same.
 */
import { StreamConsumed } from "../../errors.ts";
import {
  beyondRatio,
  type DecodingLimit,
  exceedsRatio,
} from "../content/decoding/coding_reader.ts";
import type { ContentDecoding } from "../content/decoding/content_coding.ts";
import { wrongMove } from "./body_state.ts";
import { ChunkStream } from "./body_streams.ts";
import { bodyOf, Response } from "./response.ts";
import { BodyNotKept, MAX_UNWANTED_BYTES, ResponseBody } from "./response_body.ts";
import { joinBytes } from "../content/join_bytes.ts";

/** As the bytes came; decoded; or decoded, and whole only if the body is small (`ResponseBody.discard()`). */
export type ReadMode = "raw" | "decoded" | "small";

/** How a body is read. */
export interface SyncReading {
  /** Whether all of it is wanted, in as few pieces as possible. */
  readonly isWhole: boolean;
  /** Undoes the content coding, if the source does not do so itself, within the limit. */
  readonly decoding: ContentDecoding;
  readonly limit: DecodingLimit;
}

/** The source of a body's bytes for callers that block. */
export interface SyncStream {
  /** Bytes that came from the peer so far, before decoding. */
  readonly bytesReceived: number;
  /** Names and values in turn, known once the last byte is read. */
  readonly trailers: readonly string[] | null;
  /** The next bytes, never empty and the caller's own, or `null` after the last. One mode for all of a body. */
  read(mode: ReadMode, options: SyncReading): Uint8Array | null;
  /** Gives up the rest. */
  cancel(): void;
}

/** A body that blocks: another way to read, with the states, limits and errors of every body. */
export class SyncBody extends ResponseBody {
  readonly #source: SyncStream;

  constructor(source: SyncStream, contentEncoding: string | null) {
    super({ contentEncoding, comesOtherwise: true });
    this.#source = source;
  }

  override get bytesReceived(): number {
    return this.#source.bytesReceived;
  }

  override get trailers(): readonly string[] | null {
    return this.#source.trailers;
  }

  /** Reads everything into memory. */
  override load(): Uint8Array {
    if (this.content !== null) return this.content;
    this.move("load");
    try {
      return this.keep(this.#readAll("decoded"));
    } catch (error) {
      throw this.#failed(error);
    }
  }

  override discard(): null {
    if (this.state !== "unread") return null;
    this.move("load");
    try {
      this.keep(this.#readAll("small"));
    } catch (error) {
      this.#failed(error); // closes it, which is all that is to be done
    }
    return null;
  }

  override keepBeginning(): Promise<void> {
    if (this.state !== "unread") return Promise.resolve();
    this.move("load");
    const chunks: Uint8Array[] = [];
    let length = 0;
    try {
      while (length < MAX_UNWANTED_BYTES) {
        const chunk = this.#read("decoded", false);
        if (chunk === null) break;
        chunks.push(chunk);
        length += chunk.length;
      }
      this.#source.cancel();
    } catch {
      // Broken off, late, or wrongly coded: the caller gets what was there by then.
    }
    this.keep(joined(chunks).slice(0, MAX_UNWANTED_BYTES));
    return Promise.resolve();
  }

  /** The chunks as they come. A caller that stops early, or a failure, closes the rest. */
  *chunks(mode: "raw" | "decoded"): Generator<Uint8Array<ArrayBuffer>, void> {
    const { content } = this;
    if (content !== null) {
      if (mode === "raw" && this.isCoded) throw wrongMove("consumed");
      // Bodies are never in shared memory; the web's types want to know.
      if (content.length > 0) yield content as Uint8Array<ArrayBuffer>;
      return;
    }
    this.move("stream");
    let length = 0;
    try {
      for (;;) {
        const chunk = this.#read(mode, false);
        if (chunk === null) break;
        length += chunk.length;
        if (mode === "decoded" && length > this.limits.maxBytes) throw this.tooLarge();
        yield chunk as Uint8Array<ArrayBuffer>;
      }
      this.move("end");
    } catch (error) {
      throw this.#failed(error);
    } finally {
      this.closeSync();
    }
  }

  override async *raw(): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
    yield* this.chunks("raw");
  }

  override async *decoded(): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
    yield* this.chunks("decoded");
  }

  /** Cancels what has not been read. */
  closeSync(): void {
    if (this.leave()) this.#source.cancel();
    this.finish();
  }

  override close(): Promise<void> {
    return new Promise((resolve) => resolve(this.closeSync()));
  }

  #read(mode: ReadMode, isWhole: boolean): Uint8Array | null {
    const limit = isWhole ? this.wholeLimit : this.decodingLimit;
    return this.#source.read(mode, { isWhole, decoding: this.decoding, limit });
  }

  #readAll(mode: "decoded" | "small"): Uint8Array {
    const chunks: Uint8Array[] = [];
    let length = 0;
    for (;;) {
      const chunk = this.#read(mode, true);
      if (chunk === null) return joined(chunks);
      chunks.push(chunk);
      length += chunk.length;
      if (length > this.limits.maxBytes) throw this.tooLarge();
      if (exceedsRatio(length, this.bytesReceived, this.limits.maxRatio)) {
        throw beyondRatio(this.limits.maxRatio);
      }
    }
  }

  /** Closes after a failure: that one is reported, not what closing may add. */
  #failed(error: unknown): unknown {
    try {
      this.closeSync();
    } catch {
      // The first failure is the one to report.
    }
    return this.named(error);
  }
}

/**
 * The same response with a body that can be read without promises.
 *
 * @throws {TypeError} where its body has to be waited for
 */
export function readableAtOnce(response: Response): Response {
  const body = bodyOf(response);
  if (body instanceof SyncBody || body.content !== null) return response;
  const { stream } = body;
  const chunks = stream instanceof ChunkStream ? stream.source : null;
  if (chunks === null || !(Symbol.iterator in chunks)) {
    throw new TypeError(
      "Cannot read the body of this response without waiting: give content or an iterable that is no stream",
    );
  }
  if (body.state !== "unread") throw new StreamConsumed("Cannot read the body: it was read before");
  const { status, headers, extensions, history, defaultEncoding } = response;
  const coding = headers.get("content-encoding");
  const source = new LocalStream(chunks, coding);
  const made = { headers, extensions, history, defaultEncoding };
  return responseOver(new SyncBody(source, coding), { status, ...made });
}

/** A response over a body that blocks. */
export function responseOver(
  body: SyncBody,
  { status, ...init }:
    & { readonly status: number }
    & Omit<
      ConstructorParameters<typeof Response>[1] & object,
      "stream"
    >,
): Response {
  // A body of this kind is taken as it is: no public option says that.
  return new Response(status, { ...init, stream: body as unknown as Iterable<Uint8Array> });
}

/** Chunks that are made in this thread. */
class LocalStream implements SyncStream {
  readonly trailers = null;
  readonly #chunks: Iterable<Uint8Array>;
  readonly #coding: string | null;
  #iterator: Iterator<Uint8Array> | null = null;
  #bytesReceived = 0;

  constructor(chunks: Iterable<Uint8Array>, coding: string | null) {
    this.#chunks = chunks;
    this.#coding = coding;
  }

  get bytesReceived(): number {
    return this.#bytesReceived;
  }

  read(mode: ReadMode, { decoding, limit }: SyncReading): Uint8Array | null {
    if (mode === "raw" || this.#coding === null) {
      const chunk = this.#next();
      if (mode !== "small" || this.#bytesReceived <= MAX_UNWANTED_BYTES) return chunk;
      throw new BodyNotKept("It is too long");
    }
    const chunks: Uint8Array[] = [];
    for (let chunk = this.#next(); chunk !== null; chunk = this.#next()) {
      chunks.push(chunk);
      if (mode === "small" && this.#bytesReceived > MAX_UNWANTED_BYTES) {
        throw new BodyNotKept("It is too long");
      }
    }
    if (chunks.length === 0) return null;
    const bytes = decoding.sync(joined(chunks), this.#coding, limit);
    return bytes.length === 0 ? null : bytes;
  }

  cancel(): void {
    this.#iterator ??= this.#chunks[Symbol.iterator]();
    this.#iterator.return?.();
  }

  #next(): Uint8Array | null {
    this.#iterator ??= this.#chunks[Symbol.iterator]();
    for (;;) {
      const { done, value } = this.#iterator.next();
      if (done) return null;
      if (!(value instanceof Uint8Array)) {
        throw new TypeError(`Cannot read the body: a chunk is no Uint8Array but ${typeof value}`);
      }
      if (value.length === 0) continue;
      this.#bytesReceived += value.length;
      return value;
    }
  }
}

/** A worker sends what is small in one (bench: get_1k_sync). */
function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const [first] = chunks;
  return first !== undefined && chunks.length === 1 ? first : joinBytes(chunks);
}
