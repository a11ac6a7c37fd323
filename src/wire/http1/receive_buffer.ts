/**
 * Bytes that have arrived but can't be understood before more come: an unfinished head or line. What
 * was looked at once is not looked at again, and nothing is kept beyond the end of what is unfinished.
 */

const LF = 10;
const CR = 13;

const INITIAL_BYTES = 512;
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

  /** All that is held: a view, valid until the next change. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Adds a copy of the bytes and returns all that is held. */
  add(bytes: Uint8Array): Uint8Array {
    const needed = this.#length + bytes.length;
    if (needed > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2, INITIAL_BYTES));
      larger.set(this.bytes);
      this.#bytes = larger;
    }
    this.#bytes.set(bytes, this.#length);
    this.#length = needed;
    return this.bytes;
  }

  /** Forgets everything, and the memory with it: few heads are split, and few connections are busy. */
  clear(): void {
    this.#bytes = NOTHING;
    this.#length = 0;
  }
}

/**
 * Where the head that begins at `start` ends: just behind its empty line, or -1. A line may end with
 * LF alone (RFC 9112 §2.2), an empty one too.
 */
export function findHeadEnd(bytes: Uint8Array, start: number): number {
  for (let i = start; i < bytes.length; i++) {
    if (bytes[i] !== LF) continue;
    if (bytes[i + 1] === LF) return i + 2;
    if (bytes[i + 1] === CR && bytes[i + 2] === LF) return i + 3;
  }
  return -1;
}

/** The same for a head that begins in `held` and continues in `bytes`: an index into the latter, or -1. */
export function findHeadEndAfter(held: Uint8Array, bytes: Uint8Array): number {
  const last = held[held.length - 1];
  if (last === LF) {
    if (bytes[0] === LF) return 1;
    if (bytes[0] === CR && bytes[1] === LF) return 2;
  } else if (last === CR && held[held.length - 2] === LF && bytes[0] === LF) {
    return 1;
  }
  return findHeadEnd(bytes, 0);
}

/** Where the byte stands at or after `start`, or -1. A loop: `indexOf` costs more for what is near. */
export function findByte(bytes: Uint8Array, byte: number, start: number): number {
  for (let i = start; i < bytes.length; i++) if (bytes[i] === byte) return i;
  return -1;
}
