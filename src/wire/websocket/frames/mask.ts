/** Masking (RFC 6455 §5.3): 32 bits a step, keys from a pool of random words. */

/** Fills an array with unpredictable bytes, as `crypto.getRandomValues` does. */
export type FillRandom = (bytes: Uint32Array<ArrayBuffer>) => unknown;

/** One call of the system for so many keys (bench: websocket_125). */
const POOL_WORDS = 256;

/** Keys that a server, or a script in between, can't foresee (§10.3). */
export class MaskKeys {
  readonly #fill: FillRandom;
  readonly #pool = new Uint32Array(POOL_WORDS);
  #used = POOL_WORDS;

  constructor(fill: FillRandom) {
    this.#fill = fill;
  }

  next(): number {
    if (this.#used === POOL_WORDS) {
      this.#fill(this.#pool);
      this.#used = 0;
    }
    return this.#pool[this.#used++] ?? 0;
  }
}

/** A byte array, and the same memory as words: the array begins at a word. */
export interface WordedBytes {
  readonly bytes: Uint8Array;
  readonly words: Int32Array;
}

/**
 * Masks the bytes from `start` to `end` in place. `key` is the word whose bytes, lowest first, are the key as it stands
 * in the frame.
 */
export function applyMask({ bytes, words }: WordedBytes, range: MaskRange): void {
  const { start, end, key } = range;
  let at = start;
  let rotated = key;
  for (; at < end && (at & 3) !== 0; at++) {
    bytes[at] = (bytes[at] ?? 0) ^ (rotated & 0xff);
    rotated = rotated >>> 8 | rotated << 24;
  }
  at = maskWords(words, { at, end, key: toPlatform(rotated) });
  for (; at < end; at++) {
    bytes[at] = (bytes[at] ?? 0) ^ (rotated & 0xff);
    rotated = rotated >>> 8 | rotated << 24;
  }
}

/** What to mask, and with which key. */
export interface MaskRange {
  readonly start: number;
  readonly end: number;
  readonly key: number;
}

/**
 * Eight words a step: 6 µs for 64 KB on Bun and 19 on V8, one by one 16 and 44 (bench: websocket_64k). Words of 64 bits are
 * faster still on V8 when it compiles them well, and ten times slower when it does not, or on Bun.
 */
function maskWords(
  words: Int32Array,
  { at, end, key }: { readonly at: number; readonly end: number; readonly key: number },
): number {
  if (end <= at) return at;
  const last = end >>> 2;
  let i = at >>> 2;
  // Every index is below `last`, and so within the memory.
  for (; i + 8 <= last; i += 8) {
    words[i]! ^= key;
    words[i + 1]! ^= key;
    words[i + 2]! ^= key;
    words[i + 3]! ^= key;
    words[i + 4]! ^= key;
    words[i + 5]! ^= key;
    words[i + 6]! ^= key;
    words[i + 7]! ^= key;
  }
  for (; i < last; i++) words[i]! ^= key;
  return i << 2;
}

const IS_LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/** A word as this machine would read the key's bytes. */
function toPlatform(key: number): number {
  if (IS_LITTLE_ENDIAN) return key;
  return (key & 0xff) << 24 | (key & 0xff00) << 8 | (key >>> 8 & 0xff00) | key >>> 24;
}
