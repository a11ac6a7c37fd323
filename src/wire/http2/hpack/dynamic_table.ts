/**
 * The fields that two peers have taught each other (RFC 7541 §2.3.2, §4): a ring of entries, newest first,
 * evicted from the old end once their sizes exceed what is allowed.
 */

/** What an entry costs beyond its characters (RFC 7541 §4.1). */
export const ENTRY_OVERHEAD_BYTES = 32;

/** One of the two tables of a connection's direction. */
export class DynamicTable {
  #names: string[] = [];
  #values: string[] = [];
  /** Where the oldest entry stands; the entries before it are gone. */
  #oldest = 0;
  #sizeBytes = 0;
  #maxBytes: number;
  #version = 0;

  /** @param maxBytes as of RFC 7541 §4.2 */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get length(): number {
    return this.#names.length - this.#oldest;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  get maxBytes(): number {
    return this.#maxBytes;
  }

  /** Another number after each change: what was derived from the table then holds no more. */
  get version(): number {
    return this.#version;
  }

  /** The name at a place, 0 being the newest entry. */
  nameAt(place: number): string {
    return this.#names[this.#names.length - 1 - place] ?? "";
  }

  valueAt(place: number): string {
    return this.#values[this.#values.length - 1 - place] ?? "";
  }

  /** The place of a field, or -1. The table is short: 4 KB are some forty entries. */
  placeOf(name: string, value: string): number {
    for (let i = this.#names.length - 1; i >= this.#oldest; i--) {
      if (this.#values[i] === value && this.#names[i] === name) return this.#names.length - 1 - i;
    }
    return -1;
  }

  placeOfName(name: string): number {
    const i = this.#names.lastIndexOf(name);
    return i < this.#oldest ? -1 : this.#names.length - 1 - i;
  }

  /** Adds the newest entry. One that is larger than the table empties it (RFC 7541 §4.4). */
  add(name: string, value: string): void {
    const bytes = name.length + value.length + ENTRY_OVERHEAD_BYTES;
    // nginx adds every field to a table that it keeps empty (bench: get_1k_h2).
    if (bytes > this.#maxBytes && this.length === 0) return;
    this.#version++;
    this.#evictTo(this.#maxBytes - bytes);
    if (bytes > this.#maxBytes) return;
    this.#names.push(name);
    this.#values.push(value);
    this.#sizeBytes += bytes;
  }

  /** Changes what the table may hold (RFC 7541 §4.3). */
  resize(maxBytes: number): void {
    this.#version++;
    this.#maxBytes = maxBytes;
    this.#evictTo(maxBytes);
  }

  #evictTo(bytes: number): void {
    while (this.#sizeBytes > bytes && this.length > 0) {
      const i = this.#oldest++;
      this.#sizeBytes -= (this.#names[i] ?? "").length + (this.#values[i] ?? "").length +
        ENTRY_OVERHEAD_BYTES;
      this.#names[i] = this.#values[i] = "";
    }
    if (this.#oldest > 64 && this.#oldest * 2 > this.#names.length) this.#compact();
  }

  #compact(): void {
    this.#names = this.#names.slice(this.#oldest);
    this.#values = this.#values.slice(this.#oldest);
    this.#oldest = 0;
  }
}
