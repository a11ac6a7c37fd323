/**
 * The source of whatever content was given. Bytes, a `Blob`, an open file and a list can be sent again from the
 * beginning; a stream, a generator and any async iterable only once (an async iterable may be a file stream that would
 * silently be empty the second time). All but streams and async iterables can be read without promises too, by callers
 * that block.
 */
import type { BodySource } from "../../../semantics/body.ts";
import {
  BytesSource,
  copyOfBytes,
  hasMethods,
  isChunks,
  iteratorOf,
  readOnce,
  ReadSource,
} from "./byte_source.ts";
import { openFileSource, syncReading } from "./open_file.ts";

/** How much of a Blob is read at once: few calls, bounded memory. */
const BLOB_READ_BYTES = 262_144;

const encoder = new TextEncoder();

/** Reads a Blob without promises. */
export type BlobReader = (blob: Blob) => Iterable<Uint8Array>;

/**
 * The source of a value, or `null` if it is not content.
 *
 * @throws {TypeError} for a stream that something else is reading
 */
export function contentSource(content: unknown): BodySource | null {
  const bytes = typeof content === "string" ? encoder.encode(content) : copyOfBytes(content);
  if (bytes !== null) return new BytesSource(bytes);
  const file = openFileSource(content);
  if (file !== null) return new EitherSource(file.source, () => syncReading(file));
  if (content instanceof Blob) return new BlobSource(content);
  if (content instanceof ReadableStream && content.locked) {
    throw new TypeError("Cannot send this stream: it is locked");
  }
  // FormData, URLSearchParams and Headers are iterable, but not of bytes.
  if (!isChunks(content) || hasMethods(content, ["append"])) return null;
  // An iterator answers with itself, and is used up by the first reading. Async ones mostly do, and are not asked.
  const isReplayable = !(content instanceof ReadableStream) &&
    !hasMethods(content, [Symbol.asyncIterator]) &&
    !Object.is(iteratorOf(content), content);
  const source = new ReadSource(() => iteratorOf(content), { isReplayable });
  return isIterable(content) ? new EitherSource(source, () => content) : source;
}

function isIterable(content: unknown): content is Iterable<unknown> {
  return hasMethods(content, [Symbol.iterator]);
}

/** Content that can be read either way, but once unless it is replayable. */
export class EitherSource implements BodySource {
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

/** A Blob. No runtime reads one without promises: callers that block lend it a reader. */
export class BlobSource extends EitherSource {
  reader: BlobReader | null = null;

  constructor(blob: Blob) {
    const sizeBytes = knownSize(blob);
    const source = sizeBytes === null
      ? new ReadSource(() => iteratorOf(blob.stream()))
      : new ReadSource(() => blobChunks(blob, sizeBytes), { sizeBytes, isReplayable: true });
    super(source, () => {
      if (sizeBytes === null) {
        throw new TypeError("Cannot read a Blob of unknown size without waiting; use a Client");
      }
      if (this.reader !== null) return this.reader(blob);
      throw new TypeError("Cannot read a Blob without waiting: send it by a SyncClient");
    });
  }
}

/** `null` if it is not known: Bun has Blobs of standard input, pipes (`Infinity`) and files in S3 (`NaN`). */
function knownSize({ size }: Blob): number | null {
  return Number.isSafeInteger(size) ? size : null;
}

/** The chunks of a Blob, up to the size it had when it was given: Bun's follow a file that grows. */
async function* blobChunks(blob: Blob, sizeBytes: number): AsyncGenerator<Uint8Array, void> {
  let offset = 0;
  do {
    const end = Math.min(offset + BLOB_READ_BYTES, sizeBytes);
    // Of a missing file Bun makes an empty Blob, which fails only when it is read whole.
    const part = sizeBytes === 0 ? blob : blob.slice(offset, end);
    offset = end;
    yield new Uint8Array(await part.arrayBuffer());
  } while (offset < sizeBytes);
}
