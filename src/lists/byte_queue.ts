/**
 * Bytes in the order of their arrival. Small chunks are joined on arrival, so that a peer that sends one byte at a time
 * makes the queue hold little more than those bytes.
 */

/** A chunk up to this size is copied behind the one before it. Views of less also cost more than a copy (bench: get_1k). */
const SMALL_BYTES = 4 * 1024;

/** Up to this size a loop is faster than a view and `set()`. */
const LOOP_BYTES = 16;

const FIRST_BLOCK_BYTES = 1024;
const MAX_BLOCK_BYTES = 64 * 1024;

/** From this number of taken chunks on, the list is cut: `shift()` moves all the rest, each time. */
const MANY_CHUNKS = 1024;

const NOTHING: Uint8Array = new Uint8Array(0);

/** A queue of bytes. */
export class ByteQueue {
  #length = 0;
  #chunks: Uint8Array[] = [];
  #takenChunks = 0;
  /** Small chunks after the last of `#chunks`. */
  #block: Uint8Array | null = null;
  #usedBytes = 0;

  /** The number of bytes. */
  get length(): number {
    return this.#length;
  }

  /** Adds bytes that belong to the queue from now on. */
  push(bytes: Uint8Array): void {
    this.pushPart(bytes, 0, bytes.length);
  }

  /** Adds a copy of the bytes from `start` to `end`. */
  pushCopy(bytes: Uint8Array, start: number, end: number): void {
    const isJoined = end - start <= SMALL_BYTES && this.#length > 0;
    if (isJoined) this.#append(bytes, start, end);
    else this.#add(bytes.slice(start, end));
  }

  /** Adds the bytes from `start` to `end` of an array that belongs to the queue from now on. */
  pushPart(bytes: Uint8Array, start: number, end: number): void {
    const isJoined = end - start <= SMALL_BYTES && this.#length > 0;
    if (isJoined) this.#append(bytes, start, end);
    else this.#add(partOf(bytes, start, end));
  }

  /** Removes and returns the first chunk, or as much of it as is wanted; it is empty if the queue is. */
  shift(maxBytes = Infinity): Uint8Array {
    if (this.#chunks.length === 0) this.#closeBlock();
    const chunks = this.#chunks;
    const bytes = chunks[this.#takenChunks] ?? NOTHING;
    if (bytes.length > maxBytes) {
      chunks[this.#takenChunks] = bytes.subarray(maxBytes);
      this.#length -= maxBytes;
      return bytes.slice(0, maxBytes);
    }
    this.#length -= bytes.length;
    chunks[this.#takenChunks++] = NOTHING;
    if (this.#takenChunks >= chunks.length) {
      chunks.length = 0;
      this.#takenChunks = 0;
    } else if (this.#takenChunks >= MANY_CHUNKS && 2 * this.#takenChunks >= chunks.length) {
      chunks.splice(0, this.#takenChunks);
      this.#takenChunks = 0;
    }
    return bytes;
  }

  /** Removes and returns all bytes as one array. */
  takeAll(): Uint8Array {
    this.#closeBlock();
    if (this.#chunks.length <= 1) return this.shift();
    const all = new Uint8Array(this.#length);
    let offset = 0;
    for (const chunk of this.#chunks) { // those that were taken are empty
      all.set(chunk, offset);
      offset += chunk.length;
    }
    this.clear();
    return all;
  }

  clear(): void {
    this.#length = 0;
    this.#chunks = [];
    this.#takenChunks = 0;
    this.#block = null;
    this.#usedBytes = 0;
  }

  #add(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#closeBlock();
    this.#chunks.push(bytes);
    this.#length += bytes.length;
  }

  #append(bytes: Uint8Array, start: number, end: number): void {
    const size = end - start;
    const block = this.#blockFor(size);
    const offset = this.#usedBytes;
    this.#usedBytes += size;
    this.#length += size;
    if (size > LOOP_BYTES) return block.set(bytes.subarray(start, end), offset);
    for (let i = 0; i < size; i++) block[offset + i] = bytes[start + i] ?? 0;
  }

  #blockFor(size: number): Uint8Array {
    const block = this.#block;
    if (block !== null && this.#usedBytes + size <= block.length) return block;
    this.#closeBlock();
    const capacity = Math.min(2 * (block?.length ?? FIRST_BLOCK_BYTES / 2), MAX_BLOCK_BYTES);
    return this.#block = new Uint8Array(Math.max(capacity, size));
  }

  /** Makes a chunk of the block: a view if it is at least half full, else a copy, after which the block is used again. */
  #closeBlock(): void {
    const block = this.#block;
    const used = this.#usedBytes;
    if (block === null || used === 0) return;
    const isFull = 2 * used >= block.length;
    this.#chunks.push(isFull ? block.subarray(0, used) : block.slice(0, used));
    if (isFull) this.#block = null;
    this.#usedBytes = 0;
  }
}

/**
 * The bytes from `start` to `end`: `bytes` itself if it is those, a view of many, a copy of few, which so do not keep
 * the rest in memory.
 */
export function partOf(bytes: Uint8Array, start: number, end: number): Uint8Array {
  if (start === 0 && end === bytes.length) return bytes;
  return end - start <= SMALL_BYTES ? bytes.slice(start, end) : bytes.subarray(start, end);
}
