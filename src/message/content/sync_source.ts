/**
 * Bodies of requests that can be read without promises too, for callers that block: bytes, generators and iterables, open
 * files, forms of these, and Blobs where somebody hands in who can read them. What can only be waited for is refused by
 * name.
 */
import type { BodySource } from "../../semantics/body.ts";
import {
  bytesOf,
  BytesSource,
  hasMethods,
  iteratorOf,
  kindOf,
  readOnce,
  ReadSource,
} from "./byte_source.ts";
import { MultipartSource } from "./multipart.ts";
import { openFileSource, syncReading } from "./open_file.ts";
import { joinBytes } from "./join_bytes.ts";

/** How much of a Blob is read at once: few calls, bounded memory. */
const BLOB_READ_BYTES = 262_144;

/** Reads a Blob. */
export type BlobReader = (blob: Blob) => Iterable<Uint8Array>;

let readBlob: BlobReader = () => {
  throw new TypeError('Cannot read a Blob without waiting: import "@httpx/httpx/sync"');
};

/** Has Blobs read by `reader` from now on, where nobody may wait. */
export function useBlobReader(reader: BlobReader): void {
  readBlob = reader;
}

/** Content that can be read either way, but once where it is not replayable. */
class EitherSource implements BodySource {
  readonly bytes = null;
  readonly #source: ReadSource;
  readonly #begin: () => Iterable<unknown>;

  constructor(source: ReadSource, begin: () => Iterable<unknown>) {
    this.#source = source;
    this.#begin = begin;
  }

  get sizeBytes(): number | null {
    return this.#source.sizeBytes;
  }

  get isReplayable(): boolean {
    return this.#source.isReplayable;
  }

  open(): AsyncIterator<Uint8Array, void> {
    return this.#source.open();
  }

  openSync(): Iterable<unknown> {
    if (this.isReplayable) return this.#begin();
    readOnce(this.#source);
    return readOnce(this.#begin());
  }
}

/** The source of what can be read either way, or `null`. */
export function eitherSource(content: unknown): BodySource | null {
  const file = openFileSource(content);
  if (file !== null) {
    return new EitherSource(file.source, () => syncReading(file));
  }
  if (content instanceof Blob) {
    const options = { sizeBytes: content.size, isReplayable: true };
    const source = new ReadSource(() => blobChunks(content), options);
    return new EitherSource(source, () => readBlob(content));
  }
  if (!isIterable(content)) return null;
  // An iterator answers with itself, and is used up by the first reading.
  const isReplayable = !hasMethods(content, [Symbol.asyncIterator]) &&
    !Object.is(iteratorOf(content), content);
  return new EitherSource(
    new ReadSource(() => iteratorOf(content), { isReplayable }),
    () => content,
  );
}

/** The chunks of a Blob. */
async function* blobChunks(blob: Blob): AsyncGenerator<Uint8Array, void> {
  let offset = 0;
  do {
    // Of a missing file Bun makes an empty Blob, which fails only when it is read whole.
    const part = blob.size === 0 ? blob : blob.slice(offset, offset + BLOB_READ_BYTES);
    offset += BLOB_READ_BYTES;
    yield new Uint8Array(await part.arrayBuffer());
  } while (offset < blob.size);
}

/**
 * The pieces of a body, none of them empty, of any size.
 *
 * @throws {TypeError} for a body that comes by waiting
 * @throws {StreamConsumed} for one that was read before, and is read once
 */
export function* syncPieces(source: BodySource): Generator<Uint8Array, void> {
  if (source.bytes !== null) {
    if (source.bytes.length > 0) yield source.bytes;
  } else if (source instanceof MultipartSource) {
    for (const part of source.begin()) yield* syncPieces(part);
  } else if (source instanceof EitherSource) {
    for (const chunk of source.openSync()) {
      const bytes = bytesOf(chunk);
      if (bytes === null) throw notBytes(chunk);
      if (bytes.length > 0) yield bytes;
    }
  } else {
    throw new TypeError(
      "Cannot send this content from a synchronous client: a stream has to be waited for; " +
        "give bytes, a Blob, a file or a generator",
    );
  }
}

/** The whole of a body. */
export function syncBytes(source: BodySource): Uint8Array {
  if (source.bytes !== null) return source.bytes;
  return joinBytes(Array.from(syncPieces(source), (piece) => new Uint8Array(piece))); // lent until the next
}

/**
 * Reads the body of a request into memory, so that it can be looked at and sent again.
 *
 * @throws {TypeError} for a body that has to be waited for
 */
export function readSync(request: { bodySource: BodySource | null }): void {
  const { bodySource } = request;
  if (bodySource === null || bodySource.bytes !== null) return;
  request.bodySource = new BytesSource(syncBytes(bodySource));
}

function notBytes(chunk: unknown): TypeError {
  const why = chunk instanceof Promise ? "; a synchronous client can't wait for them" : "";
  return new TypeError(
    `Cannot send a chunk of type ${kindOf(chunk)}: a stream is made of bytes${why}`,
  );
}

function isIterable(content: unknown): content is Iterable<unknown> {
  // FormData, URLSearchParams and Headers are iterable, but not of bytes.
  return hasMethods(content, [Symbol.iterator]) && !hasMethods(content, ["append"]);
}
