/** Bytes on their way out: one buffer that grows and is used again. */

const INITIAL_BYTES = 1024;

/** Appends byte strings and bytes to one growing buffer. */
export class ByteWriter {
  #buffer = new Uint8Array(INITIAL_BYTES);
  #length = 0;
  /** The last view that was asked for: requests that are alike have the same length (bench: get_1k). */
  #view: Uint8Array | null = null;

  /** How many bytes stand in it. */
  get length(): number {
    return this.#length;
  }

  /** What stands in it: a view, valid until the next change. */
  bytes(): Uint8Array {
    const view = this.#view;
    if (view !== null && view.length === this.#length) return view;
    return this.#view = this.#buffer.subarray(0, this.#length);
  }

  clear(): void {
    this.#length = 0;
  }

  /** Goes back to an earlier length. */
  truncate(length: number): void {
    this.#length = length;
  }

  append(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Appends one byte. */
  appendByte(byte: number): void {
    if (this.#length === this.#buffer.length) this.#reserve(1);
    this.#buffer[this.#length++] = byte;
  }

  /** Appends characters up to U+00FF, one byte each. */
  appendLatin1(text: string): void {
    const { length } = text;
    this.#reserve(length);
    const buffer = this.#buffer;
    let at = this.#length;
    for (let i = 0; i < length; i++) buffer[at++] = text.charCodeAt(i);
    this.#length = at;
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#buffer.length) return;
    const larger = new Uint8Array(Math.max(needed, this.#buffer.length * 2));
    larger.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = larger;
    this.#view = null;
  }
}
