/** The parts of one message until it is complete, in one array that grows with what has arrived. */

const NOTHING = new Uint8Array(0);

/** A frame that announces no more than this gets its memory at once. */
const TRUSTED_BYTES = 128 * 1024;

/** Collects bytes; an announced length costs no memory before the bytes come. */
export class MessageBuffer {
  #bytes: Uint8Array = NOTHING;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** The size of the array, for tests. */
  get capacity(): number {
    return this.#bytes.length;
  }

  /** Adds a copy of a part; `moreBytes` of the same frame are announced. */
  append(part: Uint8Array, moreBytes: number): void {
    const needed = this.#length + part.length;
    if (needed > this.#bytes.length) this.#grow(needed, moreBytes);
    this.#bytes.set(part, this.#length);
    this.#length = needed;
  }

  /** Gives away what it holds, and is empty. */
  take(): Uint8Array {
    const all = this.#bytes;
    const length = this.#length;
    this.#bytes = NOTHING;
    this.#length = 0;
    if (length === all.length) return all;
    // A view of a much larger array would keep all of it alive.
    return length * 2 > all.length ? all.subarray(0, length) : all.slice(0, length);
  }

  clear(): void {
    this.#bytes = NOTHING;
    this.#length = 0;
  }

  #grow(needed: number, moreBytes: number): void {
    const announced = needed + moreBytes;
    const larger = new Uint8Array(sizeFor(this.#bytes.length, needed, announced));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}

/** At least half as much again, so that many small parts are copied a few times each, not thousands of times. */
function sizeFor(current: number, needed: number, announced: number): number {
  const doubled = Math.max(needed, current * 2);
  const fits = announced >= current * 1.5;
  return fits && (announced <= TRUSTED_BYTES || announced <= doubled) ? announced : doubled;
}
