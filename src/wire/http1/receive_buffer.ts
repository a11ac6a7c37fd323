/**
 * Bytes that have arrived but can't be understood before more come: an unfinished head or line. What
 * was looked at once is not looked at again.
 */
import { RemoteProtocolError } from "../../errors.ts";

const LF = 10;
const CR = 13;

const NOTHING = new Uint8Array(0);

/** Holds the beginning of something until its end has come. */
export class ReceiveBuffer {
  #bytes: Uint8Array = NOTHING;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  /** Adds a copy of the bytes and returns all that is held: a view, valid until the next change. */
  add(bytes: Uint8Array): Uint8Array {
    const needed = this.#length + bytes.length;
    if (needed > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2, 512));
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
    }
    this.#bytes.set(bytes, this.#length);
    this.#length = needed;
    return this.#bytes.subarray(0, needed);
  }

  clear(): void {
    this.#bytes = NOTHING;
    this.#length = 0;
  }
}

/**
 * Where the head that begins at `start` ends: just behind its empty line, or -1. A line may end with
 * LF alone (RFC 9112 §2.2), an empty one too.
 */
export function findHeadEnd(bytes: Uint8Array, start: number, from: number): number {
  for (let i = Math.max(from, start); i < bytes.length; i++) {
    if (bytes[i] !== LF) continue;
    if (bytes[i + 1] === LF) return i + 2;
    if (bytes[i + 1] === CR && bytes[i + 2] === LF) return i + 3;
  }
  return -1;
}

/** Where the line that begins at `start` ends: the place of its CRLF, or -1. LF alone is refused. */
export function findLineEnd(bytes: Uint8Array, start: number, from: number): number {
  for (let i = Math.max(from, start); i < bytes.length; i++) {
    if (bytes[i] !== LF) continue;
    // A bare LF here is how one reader is made to see another end than the next (RFC 9112 §11.2).
    if (i === start || bytes[i - 1] !== CR) {
      throw new RemoteProtocolError("chunk line without CRLF");
    }
    return i - 1;
  }
  return -1;
}
