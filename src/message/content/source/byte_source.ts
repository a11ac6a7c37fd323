/**
 * Outgoing bytes: what a caller may give, and the two sources that everything is sent from, bytes in memory and bytes that
 * are read while they are sent. Nothing is read before `open()`, and never more than one piece ahead.
 */
import { StreamConsumed } from "../../../errors.ts";
import type { BodySource } from "../../../semantics/body.ts";
import { kindOf } from "../../../semantics/kind.ts";

/**
 * A file that the program has opened and will close, such as `Deno.FsFile`. It is read while it is sent, from its current
 * position on, and from there again where a redirect or a login asks for it; what is no regular file (a pipe) only once.
 *
 * On Bun give `Bun.file(path)` and on Node `await fs.openAsBlob(path)`, which are Blobs that read while they are sent.
 * (Deno has `openAsBlob` too, but reads the whole file into memory there.)
 *
 * @example Send a part of what is at hand as a file is sent
 * ```ts
 * import { Request, type OpenFile } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * // const file: OpenFile = await Deno.open("report.pdf");
 * const text = new TextEncoder().encode("report");
 * let position = 0;
 * const file: OpenFile = {
 *   read(buffer) {
 *     const part = text.subarray(position, position + buffer.length);
 *     buffer.set(part);
 *     position += part.length;
 *     return Promise.resolve(part.length || null);
 *   },
 *   seek: (offset) => Promise.resolve(position = offset),
 *   seekSync: () => position,
 *   statSync: () => ({ size: text.length, isFile: true }),
 * };
 * const request = new Request("PUT", "https://example.org/report", { content: file });
 * assertEquals(request.headers.get("content-length"), "6");
 * assertEquals(await request.read(), text);
 * ```
 */
export interface OpenFile {
  /** Fills the buffer from its start; resolves with how many bytes, or `null` at the end. */
  read(buffer: Uint8Array): Promise<number | null>;
  /** Moves to an offset, counted as `whence` says; resolves with the new position. */
  seek(offset: number, whence: number): Promise<number>;
  /** The same for callers that block: the position of a file when it is given. */
  seekSync(offset: number, whence: number): number;
  /** Reads at once: what a synchronous client does. */
  readSync?(buffer: Uint8Array): number | null;
  /** How large the file is, and whether it is one that can be read again. */
  statSync(): { readonly size: number; readonly isFile: boolean };
}

/**
 * Anything that bytes can be sent from; text is sent as UTF-8. Bytes are copied when the request is made, as the web's
 * `fetch` does it: a buffer may be used again at once (64 MB take 20 to 40 ms). What is read while it is sent is not copied:
 * a list of buffers, `[bytes]`, a `Blob`, a file, a stream. Streams, iterators and async iterables are sent once and
 * chunked, everything else can be sent again where a redirect asks for it.
 *
 * @example Send bytes as they are made
 * ```ts
 * import { type ByteContent, Request } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * async function* lines(): AsyncGenerator<Uint8Array> {
 *   for (const n of [1, 2]) yield new TextEncoder().encode(`line ${n}\n`);
 * }
 * const content: ByteContent = lines();
 * const request = new Request("POST", "https://example.org/log", { content });
 * assertEquals(request.headers.get("transfer-encoding"), "chunked");
 * ```
 */
export type ByteContent =
  | string
  | Bytes
  | Blob
  | OpenFile
  | ReadableStream<Bytes>
  | AsyncIterable<Bytes>
  | Iterable<Bytes>;

/** Bytes in memory of any kind: wider than the web's `BufferSource`, which a plain `Uint8Array` type does not fit. */
export type Bytes = ArrayBufferLike | ArrayBufferView;

/** No piece is larger: write timeouts count per piece. */
const PIECE_BYTES = 65_536;

const EMPTY = new Uint8Array(0);

/** One reading of a source, chunk by chunk; empty chunks are passed over. */
export type Reading<Chunk = unknown> = Iterator<Chunk, unknown> | AsyncIterator<Chunk, unknown>;

/** Content that is in memory whole. */
export class BytesSource implements BodySource {
  readonly isReplayable = true;
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  get sizeBytes(): number {
    return this.bytes.length;
  }

  open(): AsyncIterator<Uint8Array, void> {
    return new PieceIterator([this.bytes].values());
  }
}

/** Content that is read piece by piece while it is sent. */
export class ReadSource implements BodySource {
  readonly bytes = null;
  readonly sizeBytes: number | null;
  readonly isReplayable: boolean;
  readonly #begin: () => Reading;

  constructor(
    begin: () => Reading,
    { sizeBytes = null, isReplayable = false }: {
      readonly sizeBytes?: number | null;
      readonly isReplayable?: boolean;
    } = {},
  ) {
    this.#begin = begin;
    this.sizeBytes = sizeBytes;
    this.isReplayable = isReplayable;
  }

  open(): AsyncIterator<Uint8Array, void> {
    if (!this.isReplayable) readOnce(this);
    return new PieceIterator(readOnce(this.#begin()));
  }
}

/** Sources and generators that have been read from: given a second time, they would be an empty body. */
const begun = new WeakSet<object>();

/**
 * What is read once, marked as read.
 *
 * @throws {StreamConsumed} where it was before, whatever it was given for
 */
export function readOnce<Source extends object>(source: Source): Source {
  if (begun.has(source)) {
    throw new StreamConsumed(
      "Cannot send this content again: a stream or an iterator is read once; give bytes, a Blob or a file",
    );
  }
  begun.add(source);
  return source;
}

/** Whatever chunks come from. */
export type Chunks<Chunk> = ReadableStream<Chunk> | AsyncIterable<Chunk> | Iterable<Chunk>;

/** Whether something is what chunks come from. */
export function isChunks(value: unknown): value is Chunks<unknown> {
  return value instanceof ReadableStream || hasMethods(value, [Symbol.asyncIterator]) ||
    hasMethods(value, [Symbol.iterator]);
}

/** Reads chunks; a stream by its reader rather than its iterator, which is missing on some edge runtimes. */
export function iteratorOf<Chunk>(source: Chunks<Chunk>): Reading<Chunk> {
  if (!(source instanceof ReadableStream)) {
    return Symbol.asyncIterator in source
      ? source[Symbol.asyncIterator]()
      : source[Symbol.iterator]();
  }
  const reader = source.getReader();
  return {
    next: () => reader.read() as Promise<IteratorResult<Chunk>>, // an end without a value
    return: async () => {
      await reader.cancel();
      return { done: true, value: undefined };
    },
  };
}

/** A view of the same memory (a copy of shared memory), or `null` where a value is none. */
export function bytesOf(value: unknown): Uint8Array | null {
  if (value instanceof Uint8Array) {
    return value.buffer instanceof ArrayBuffer ? value : new Uint8Array(value);
  }
  if (ArrayBuffer.isView(value)) {
    return bytesOf(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
  }
  const isBuffer = value instanceof ArrayBuffer || kindOf(value) === "SharedArrayBuffer";
  return isBuffer ? bytesOf(new Uint8Array(value as ArrayBuffer)) : null; // either kind is taken
}

/** Bytes that stay as they are whatever the caller does with its buffer, or `null` if a value has none. */
export function copyOfBytes(value: unknown): Uint8Array | null {
  const bytes = bytesOf(value);
  if (bytes === null) return null;
  const memory = ArrayBuffer.isView(value) ? value.buffer : value;
  if (bytes.buffer !== memory) return bytes; // shared memory was copied already
  // slice() is the faster copy (bench: post_1k); that of a Buffer shares its memory.
  return bytes.constructor === Uint8Array ? bytes.slice() : new Uint8Array(bytes);
}

/** Hands a reading out in pieces. `return()` works while a `next()` is waiting: it is how a hung producer is left. */
class PieceIterator implements AsyncIterator<Uint8Array, void> {
  readonly #reading: Reading;
  #rest: Uint8Array = EMPTY;
  #isDone = false;

  constructor(reading: Reading) {
    this.#reading = reading;
  }

  async next(): Promise<IteratorResult<Uint8Array, void>> {
    while (this.#rest.length === 0 && !this.#isDone) {
      try {
        const { done, value } = await this.#reading.next();
        if (done) this.#isDone = true;
        else this.#rest = bytesOf(value) ?? this.#refuse(value);
      } catch (error) {
        this.#isDone = true;
        throw error;
      }
    }
    if (this.#rest.length === 0) return { done: true, value: undefined };
    const value = this.#rest.subarray(0, PIECE_BYTES);
    this.#rest = this.#rest.subarray(value.length);
    return { done: false, value };
  }

  async return(): Promise<IteratorResult<Uint8Array, void>> {
    this.#rest = EMPTY;
    if (!this.#isDone) {
      this.#isDone = true;
      await this.#reading.return?.();
    }
    return { done: true, value: undefined };
  }

  #refuse(chunk: unknown): never {
    // The error below says more than a failure to stop would.
    this.return().catch(() => {});
    const way = typeof chunk === "string" ? "; encode it first" : "";
    throw new TypeError(
      `Cannot send a chunk of type ${kindOf(chunk)}: a stream is made of bytes${way}`,
    );
  }
}

/** Whether a value is an object with these methods. */
export function hasMethods(value: unknown, names: readonly (string | symbol)[]): boolean {
  return typeof value === "object" && value !== null &&
    names.every((name) => typeof Reflect.get(value, name) === "function");
}
