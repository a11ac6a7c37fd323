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
 * A file that the program has opened and will close, such as `Deno.FsFile`. It is sent from its current position, and
 * from there again where a redirect or a login asks for it.
 */
export interface OpenFile {
  read(buffer: Uint8Array): Promise<number | null>;
  seek(offset: number, whence: number): Promise<number>;
  seekSync(offset: number, whence: number): number;
  statSync(): { readonly size: number; readonly isFile: boolean };
}

/** Anything that bytes can be sent from. Text is sent as UTF-8. */
export type ByteContent =
  | string
  | BufferSource
  | Blob
  | OpenFile
  | ReadableStream<BufferSource>
  | AsyncIterable<BufferSource>
  | Iterable<BufferSource>;

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
      // The first read happens for an empty Blob too: of a missing file Bun makes one that fails only when read.
      pull: async () => {
        if (offset > 0 && offset >= blob.size) return null;
        const slice = blob.slice(offset, offset + BLOB_READ_BYTES);
        offset += BLOB_READ_BYTES;
        return new Uint8Array(await slice.arrayBuffer());
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
