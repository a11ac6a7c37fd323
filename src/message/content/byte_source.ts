/**
 * Outgoing bytes, whatever they were given as. Every kind becomes a `BodySource`: bytes, a `Blob`, an open file and a
 * list can be sent again from the beginning; a stream, a generator and any async iterable only once (an async iterable
 * may be a file stream that would silently be empty the second time).
 *
 * Nothing is read before `open()`, and never more than one piece ahead.
 */
import { StreamConsumed } from "../../errors.ts";
import type { BodySource } from "../../semantics/body.ts";

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
  /** The same at once: it tells where a file stands when it is given. */
  seekSync(offset: number, whence: number): number;
  /** How large the file is, and whether it is one that can be read again. */
  statSync(): { readonly size: number; readonly isFile: boolean };
}

/**
 * Anything that bytes can be sent from; text is sent as UTF-8. Streams, iterators and async iterables are sent once and
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
/** How much of a Blob is read at once: few calls, bounded memory. */
const BLOB_READ_BYTES = 262_144;

const EMPTY = new Uint8Array(0);
const encoder = new TextEncoder();

/** One reading of a source. */
interface Reading {
  /** The next chunk (an empty one is passed over), or `null` after the last. */
  pull(): Promise<Uint8Array | null> | Uint8Array | null;
  /** The rest is not wanted. */
  cancel(): unknown;
}

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
    let rest: Uint8Array | null = this.bytes;
    return new PieceIterator({
      pull: () => {
        const bytes = rest;
        rest = null;
        return bytes;
      },
      cancel: () => {},
    });
  }
}

/** Content that is read piece by piece while it is sent. */
export class ReadSource implements BodySource {
  readonly bytes = null;
  readonly sizeBytes: number | null;
  readonly isReplayable: boolean;
  readonly #begin: () => Reading;
  #isOpened = false;

  constructor(begin: () => Reading, facts: { sizeBytes: number | null; isReplayable: boolean }) {
    this.#begin = begin;
    this.sizeBytes = facts.sizeBytes;
    this.isReplayable = facts.isReplayable;
  }

  open(): AsyncIterator<Uint8Array, void> {
    if (this.#isOpened && !this.isReplayable) {
      throw new StreamConsumed(
        "Cannot send this content again: a stream or an iterator is read once; give bytes, a Blob or a file",
      );
    }
    this.#isOpened = true;
    return new PieceIterator(this.#begin());
  }
}

/**
 * The source of a value, or `null` where it is nothing that bytes come from.
 *
 * @throws {TypeError} for a stream that something else is reading
 */
export function byteSource(content: unknown): BodySource | null {
  const bytes = typeof content === "string" ? encoder.encode(content) : bytesOf(content);
  if (bytes !== null) return new BytesSource(bytes);
  if (content instanceof Blob) return blobSource(content);
  if (content instanceof ReadableStream) return streamSource(content);
  if (isOpenFile(content)) return fileSource(content);
  if (isAsyncIterable(content)) return asyncIterableSource(content);
  if (isIterable(content)) return iterableSource(content);
  return null;
}

/** A view of the same memory (a copy of shared memory), or `null` where a value is none. */
export function bytesOf(value: unknown): Uint8Array | null {
  if (value instanceof Uint8Array) return value;
  if (ArrayBuffer.isView(value)) {
    return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  }
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  const isShared = typeof SharedArrayBuffer !== "undefined" && value instanceof SharedArrayBuffer;
  return isShared ? new Uint8Array(value).slice() : null;
}

/** What a value is, in a word for an error message: `string`, `null`, `Date`. */
export function kindOf(value: unknown): string {
  if (value === null || typeof value !== "object") return value === null ? "null" : typeof value;
  return value.constructor?.name || "object";
}

function blobSource(blob: Blob): BodySource {
  const begin = (): Reading => {
    let offset = 0;
    return {
      pull: async () => {
        if (offset > 0 && offset >= blob.size) return null;
        // Of a missing file Bun makes an empty Blob, which fails only when it is read whole.
        const part = blob.size === 0 ? blob : blob.slice(offset, offset + BLOB_READ_BYTES);
        offset += BLOB_READ_BYTES;
        return new Uint8Array(await part.arrayBuffer());
      },
      cancel: () => {},
    };
  };
  return new ReadSource(begin, { sizeBytes: blob.size, isReplayable: true });
}

function fileSource(file: OpenFile): BodySource {
  const { size, isFile } = file.statSync();
  const start = isFile ? file.seekSync(0, 1) : 0;
  const begin = (): Reading => {
    const buffer = new Uint8Array(PIECE_BYTES);
    let isAtStart = !isFile; // a pipe has no positions
    return {
      pull: async () => {
        if (!isAtStart) await file.seek(start, 0);
        isAtStart = true;
        const length = await file.read(buffer);
        return length === null ? null : buffer.subarray(0, length);
      },
      cancel: () => {},
    };
  };
  const sizeBytes = isFile ? Math.max(0, size - start) : null;
  return new ReadSource(begin, { sizeBytes, isReplayable: isFile });
}

function streamSource(stream: ReadableStream<unknown>): BodySource {
  if (stream.locked) {
    throw new TypeError("Cannot send this stream: something else is reading it (it is locked)");
  }
  const begin = (): Reading => {
    const reader = stream.getReader();
    return {
      pull: async () => {
        const { done, value } = await reader.read();
        return done ? null : chunkBytes(value, () => reader.cancel());
      },
      cancel: () => reader.cancel(),
    };
  };
  return new ReadSource(begin, { sizeBytes: null, isReplayable: false });
}

function asyncIterableSource(iterable: AsyncIterable<unknown>): BodySource {
  const begin = (): Reading => {
    const iterator = iterable[Symbol.asyncIterator]();
    return {
      pull: async () => {
        const { done, value } = await iterator.next();
        return done ? null : chunkBytes(value, () => iterator.return?.());
      },
      cancel: () => iterator.return?.(),
    };
  };
  return new ReadSource(begin, { sizeBytes: null, isReplayable: false });
}

function iterableSource(iterable: Iterable<unknown>): BodySource {
  // An iterator answers with itself, and is used up by the first reading.
  const isReplayable = !Object.is(iterable[Symbol.iterator](), iterable);
  const begin = (): Reading => {
    const iterator = iterable[Symbol.iterator]();
    return {
      pull: () => {
        const { done, value } = iterator.next();
        return done ? null : chunkBytes(value, () => iterator.return?.());
      },
      cancel: () => iterator.return?.(),
    };
  };
  return new ReadSource(begin, { sizeBytes: null, isReplayable });
}

function chunkBytes(chunk: unknown, cancel: () => unknown): Uint8Array {
  const bytes = bytesOf(chunk);
  if (bytes !== null) return bytes;
  // The error below says more than a failure to stop would.
  Promise.resolve(cancel()).catch(() => {});
  const way = typeof chunk === "string" ? "encode it, or pipe it through a TextEncoderStream" : "";
  throw new TypeError(
    `Cannot send a chunk of type ${kindOf(chunk)}: a stream is made of bytes${way && `; ${way}`}`,
  );
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
        const chunk = await this.#reading.pull();
        if (chunk === null) this.#isDone = true;
        else this.#rest = chunk;
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
      await this.#reading.cancel();
    }
    return { done: true, value: undefined };
  }
}

function isOpenFile(value: unknown): value is OpenFile {
  return hasMethods(value, ["read", "seek", "seekSync", "statSync"]);
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return hasMethods(value, [Symbol.asyncIterator]);
}

function isIterable(value: unknown): value is Iterable<unknown> {
  return hasMethods(value, [Symbol.iterator]);
}

function hasMethods(value: unknown, names: readonly (string | symbol)[]): boolean {
  return typeof value === "object" && value !== null &&
    names.every((name) => typeof Reflect.get(value, name) === "function");
}
