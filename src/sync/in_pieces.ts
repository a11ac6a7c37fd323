/** Chunks joined and cut so that each but the last has the same size, without promises. */
import { makeTextDecoder } from "../message/content/charset.ts";
import type { TextOptions } from "../message/response/text_stream.ts";

/**
 * Bytes in pieces.
 *
 * @throws {RangeError} for a size below 1
 */
export function* bytesInPieces(
  chunks: Iterable<Uint8Array>,
  sizeBytes: number,
): Generator<Uint8Array, void> {
  checkSize(sizeBytes, "bytes");
  let piece = new Uint8Array(sizeBytes);
  let filled = 0;
  for (const chunk of chunks) {
    for (let at = 0; at < chunk.length;) {
      const part = chunk.subarray(at, at + sizeBytes - filled);
      piece.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled < sizeBytes) continue;
      yield piece;
      piece = new Uint8Array(sizeBytes);
      filled = 0;
    }
  }
  if (filled > 0) yield piece.subarray(0, filled);
}

/**
 * The text of some bytes, without empty chunks; characters come whole however the bytes are cut.
 *
 * @throws {RangeError} for a size below 1
 */
export function* textInPieces(
  chunks: Iterable<Uint8Array>,
  { encoding, size }: TextOptions,
): Generator<string, void> {
  if (size !== undefined) checkSize(size, "characters");
  const decoder = makeTextDecoder(encoding);
  let text = "";
  for (const chunk of chunks) {
    text += decoder.decode(chunk, { stream: true });
    const most = size ?? Math.max(1, text.length);
    let at = 0;
    for (; text.length - at >= most; at += most) yield text.slice(at, at + most);
    text = text.slice(at);
  }
  text += decoder.decode();
  if (text !== "") yield text;
}

function checkSize(size: number, unit: string): void {
  if (size >= 1) return;
  throw new RangeError(`Cannot iterate in pieces of ${size} ${unit}: give 1 or more`);
}
