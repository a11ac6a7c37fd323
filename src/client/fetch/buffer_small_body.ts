/**
 * The body of a web `Request`, which does not report what it was made of. Buffered, it has a length and can be sent again,
 * as with any other `fetch`; so a body that comes without pauses is buffered up to a bound, and any other stays a stream.
 */
import { joinBytes } from "../../message/content/join_bytes.ts";
import { streamOf } from "../../message/web/web_stream.ts";

/** A body that is larger stays a stream, and is sent in chunks without a length. */
export const MAX_BUFFERED_BYTES: number = 64 * 1024 * 1024;

/** So does one that pauses for longer: content in memory, a Blob or a file does not. */
const MAX_PAUSE_MS = 50;

type Piece = ReadableStreamReadResult<Uint8Array<ArrayBuffer>>;

/** All bytes of a stream, or a stream of the same. */
export async function bufferSmallBody(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
): Promise<Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array<ArrayBuffer>>> {
  const reader = body.getReader();
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let sizeBytes = 0;
  while (true) {
    const next = reader.read();
    const piece = sizeBytes > MAX_BUFFERED_BYTES ? null : await soonOrNull(next);
    if (piece === null) return continuedStream(reader, { chunks, next });
    if (piece.done) return joinBytes(chunks);
    chunks.push(piece.value);
    sizeBytes += piece.value.length;
  }
}

/** What arrives without a pause, or `null`. */
async function soonOrNull(next: Promise<Piece>): Promise<Piece | null> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const pause = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), MAX_PAUSE_MS);
  });
  try {
    return await Promise.race([next, pause]);
  } finally {
    clearTimeout(timer);
  }
}

/** What was read, and what is still to come. */
function continuedStream(
  reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>,
  { chunks, next }: { readonly chunks: Uint8Array<ArrayBuffer>[]; readonly next: Promise<Piece> },
): ReadableStream<Uint8Array<ArrayBuffer>> {
  next.catch(() => {}); // the reader of the stream gets the error
  let pending: Promise<Piece> | null = next;
  return streamOf<Uint8Array<ArrayBuffer>>({
    async next() {
      const value = chunks.shift();
      if (value !== undefined) return { done: false, value };
      const piece = await (pending ?? reader.read());
      pending = null;
      return piece.done ? { done: true, value: undefined } : piece;
    },
    async return() {
      await reader.cancel();
      return { done: true, value: undefined };
    },
  });
}
