/**
 * Bodies of requests read without promises, for callers that block: bytes, generators and iterables, open files, Blobs
 * that a reader was lent to, and forms of these. What can only be waited for is refused by name.
 */
import type { BodySource } from "../../../semantics/body.ts";
import { kindOf } from "../../../semantics/kind.ts";
import { bytesOf } from "./byte_source.ts";
import { type BlobReader, BlobSource, EitherSource } from "./content_source.ts";
import { joinBytes } from "../join_bytes.ts";
import { MultipartSource } from "../multipart.ts";

/** Has the Blobs of a body, those of a form too, read by `reader` when they are read without promises. */
export function lendBlobReader(source: BodySource | null, reader: BlobReader): void {
  if (source instanceof BlobSource) source.reader = reader;
  if (source instanceof MultipartSource) {
    for (const part of source.row) lendBlobReader(part, reader);
  }
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

function notBytes(chunk: unknown): TypeError {
  const why = chunk instanceof Promise ? "; a synchronous client can't wait for them" : "";
  return new TypeError(
    `Cannot send a chunk of type ${kindOf(chunk)}: a stream is made of bytes${why}`,
  );
}
