/**
 * The last head that came on a connection: a server that says the same again, as most do for a second or
 * so, is read once (bench: get_1k). A connection whose heads all differ soon stops looking.
 */
import type { ParsedHead } from "./head_reader.ts";

/** Larger heads are not remembered. */
const MEMO_BYTES = 1024;

/** So many heads in a row that were different, and no further one is remembered. */
const MOST_MISSES = 16;

/** One head, by its bytes. */
export class HeadMemo {
  #bytes: Uint8Array | null = null;
  #length = 0;
  #parsed: ParsedHead | null = null;
  #misses = 0;

  /** How many bytes the head has that was found last. */
  get length(): number {
    return this.#length;
  }

  /** The head, where its bytes, the empty line included, stand at `start` once more. */
  find(bytes: Uint8Array, start: number): ParsedHead | null {
    const parsed = this.#parsed;
    if (parsed === null || bytes.length - start < this.#length) return null;
    const known = this.#bytes;
    if (known === null) return null;
    for (let i = 0; i < this.#length; i++) if (known[i] !== bytes[start + i]) return null;
    this.#misses = 0;
    return parsed;
  }

  /** Keeps a head that was read from `start` to `end`. */
  remember(
    parsed: ParsedHead,
    bytes: Uint8Array,
    { start, end }: { start: number; end: number },
  ): void {
    this.#parsed = null;
    const length = end - start;
    if (length > MEMO_BYTES || ++this.#misses > MOST_MISSES) return;
    this.#bytes ??= new Uint8Array(MEMO_BYTES);
    for (let i = 0; i < length; i++) this.#bytes[i] = bytes[start + i] ?? 0;
    this.#length = length;
    this.#parsed = parsed;
  }
}
