/**
 * The body of a web `Request`, which does not say what it was made of. Whole, it has a length and can be sent again, as
 * with any other `fetch`; so what comes at once is taken whole, and what does not is left a stream.
 */
import { joinBytes } from "../message/content/join_bytes.ts";
import { streamOf } from "../message/web_stream.ts";

/** A stream is no body at hand that gives so much at once. */
const MOST_BYTES = 1024 * 1024;

type Piece = ReadableStreamReadResult<Uint8Array<ArrayBuffer>>;

/** All bytes of a stream that has them at hand, else a stream of the same. */
export async function bodyAtHand(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
): Promise<Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array<ArrayBuffer>>> {
  const reader = body.getReader();
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  while (true) {
    const next = reader.read();
    const piece = size > MOST_BYTES ? null : await nowOrNull(next);
    if (piece === null) return streamOn(reader, { chunks, next });
    if (piece.done) return joinBytes(chunks);
    chunks.push(piece.value);
    size += piece.value.length;
  }
}

/** What comes before the event loop turns, or `null`. */
async function nowOrNull(next: Promise<Piece>): Promise<Piece | null> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const later = new Promise<null>((resolve) => timer = setTimeout(() => resolve(null), 0));
  try {
    return await Promise.race([next, later]);
  } finally {
    clearTimeout(timer);
  }
}

/** What was read, and what is still to come. */
function streamOn(
  reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>,
  { chunks, next }: { readonly chunks: Uint8Array<ArrayBuffer>[]; readonly next: Promise<Piece> },
): ReadableStream<Uint8Array<ArrayBuffer>> {
  next.catch(() => {}); // whoever reads is told
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
