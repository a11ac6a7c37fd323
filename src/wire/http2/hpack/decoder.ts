/**
 * Field blocks into field lines (RFC 7541 §3). A block that looks like the one before it, and leaves the
 * table as it is, is not decoded again: most responses of a server differ in nothing (bench: get_1k_h2).
 */
import { decodeLatin1 } from "../../../semantics/latin1.ts";
import { ViolationError } from "../reasons.ts";
import { DynamicTable, ENTRY_OVERHEAD_BYTES } from "./dynamic_table.ts";
import { huffmanDecode } from "./huffman.ts";
import { MAX_INTEGER } from "./integer.ts";
import { STATIC_FIELDS, STATIC_SIZE } from "./static_table.ts";

/** What a block says. */
export interface DecodedFields {
  /** Name, value, name, value …, pseudo-fields among them; cut off where the list grew too large. */
  readonly lines: readonly string[];
  /** The size of the whole list as RFC 9113 §6.5.2 counts it. */
  readonly listBytes: number;
}

/** Larger blocks are not remembered. */
const MEMO_BYTES = 1024;

/** The receiving end of one direction. */
export class HpackDecoder {
  readonly #table: DynamicTable;
  readonly #maxTableBytes: number;
  readonly #maxListBytes: number;
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #end = 0;
  readonly #memoBytes = new Uint8Array(MEMO_BYTES);
  #memoLength = -1;
  #memoVersion = 0;
  #memo: DecodedFields | null = null;

  /**
   * @param init.maxTableBytes what our SETTINGS_HEADER_TABLE_SIZE allows
   * @param init.maxListBytes of a larger list only the first lines are kept
   */
  constructor(init: { maxTableBytes: number; maxListBytes: number }) {
    this.#maxTableBytes = init.maxTableBytes;
    this.#maxListBytes = init.maxListBytes;
    this.#table = new DynamicTable(init.maxTableBytes);
  }

  /** How much the table holds, for tests. */
  get tableBytes(): number {
    return this.#table.sizeBytes;
  }

  /**
   * Decodes one whole block.
   *
   * @throws {ViolationError} COMPRESSION_ERROR; the table is then out of step permanently
   */
  decode(bytes: Uint8Array, start: number, end: number): DecodedFields {
    if (this.#isRemembered(bytes, start, end) && this.#memo !== null) return this.#memo;
    const version = this.#table.version;
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
    const decoded = this.#decodeBlock();
    if (this.#table.version === version) this.#remember(decoded, start);
    return decoded;
  }

  #isRemembered(bytes: Uint8Array, start: number, end: number): boolean {
    if (end - start !== this.#memoLength || this.#table.version !== this.#memoVersion) return false;
    const memo = this.#memoBytes;
    for (let i = 0; i < this.#memoLength; i++) if (memo[i] !== bytes[start + i]) return false;
    return true;
  }

  #remember(decoded: DecodedFields, start: number): void {
    const length = this.#end - start;
    if (length > MEMO_BYTES || decoded.listBytes > this.#maxListBytes) return;
    this.#memoBytes.set(this.#bytes.subarray(start, this.#end));
    this.#memoLength = length;
    this.#memoVersion = this.#table.version;
    this.#memo = decoded;
  }

  #decodeBlock(): DecodedFields {
    const lines: string[] = [];
    let listBytes = 0;
    while (this.#at < this.#end) {
      const first = this.#bytes[this.#at] ?? 0;
      if ((first & 0xe0) === 0x20) {
        // RFC 7541 §4.2: a size update stands before the first field of a block.
        if (listBytes > 0) throw compressionError("a table size update came after a field");
        this.#resize(this.#integer(5));
        continue;
      }
      const [name, value] = this.#field(first);
      listBytes += name.length + value.length + ENTRY_OVERHEAD_BYTES;
      if (listBytes <= this.#maxListBytes) lines.push(name, value);
    }
    return { lines, listBytes };
  }

  #field(first: number): readonly [name: string, value: string] {
    if (first >= 0x80) {
      const index = this.#integer(7);
      return [this.#nameAt(index), this.#valueAt(index)];
    }
    const isAdded = first >= 0x40;
    const index = this.#integer(isAdded ? 6 : 4);
    const name = index === 0 ? this.#string() : this.#nameAt(index);
    const value = this.#string();
    if (isAdded) this.#table.add(name, value);
    return [name, value];
  }

  #resize(maxBytes: number): void {
    if (maxBytes > this.#maxTableBytes) {
      throw compressionError("a table size update exceeds what was allowed");
    }
    this.#table.resize(maxBytes);
  }

  #nameAt(index: number): string {
    this.#check(index);
    if (index <= STATIC_SIZE) return STATIC_FIELDS[2 * index - 2] ?? "";
    return this.#table.nameAt(index - STATIC_SIZE - 1);
  }

  #valueAt(index: number): string {
    if (index <= STATIC_SIZE) return STATIC_FIELDS[2 * index - 1] ?? "";
    return this.#table.valueAt(index - STATIC_SIZE - 1);
  }

  #check(index: number): void {
    if (index === 0 || index > STATIC_SIZE + this.#table.length) {
      throw compressionError("a field refers to an entry that is not in the table");
    }
  }

  #string(): string {
    const isHuffman = (this.#bytes[this.#at] ?? 0) >= 0x80;
    const length = this.#integer(7);
    const start = this.#at;
    this.#at += length;
    if (this.#at > this.#end) throw compressionError("a field block ends inside a string");
    if (!isHuffman) return decodeLatin1(this.#bytes, start, this.#at);
    const text = huffmanDecode(this.#bytes, start, this.#at);
    if (text === null) throw compressionError("a string is not valid Huffman code");
    return text;
  }

  #integer(prefixBits: number): number {
    const full = (1 << prefixBits) - 1;
    let value = this.#byte() & full;
    if (value < full) return value;
    for (let scale = 1;; scale *= 128) {
      const byte = this.#byte();
      value += (byte & 127) * scale;
      if (value > MAX_INTEGER || scale > MAX_INTEGER) {
        throw compressionError("an integer in a field block is too large");
      }
      if (byte < 128) return value;
    }
  }

  #byte(): number {
    if (this.#at >= this.#end) throw compressionError("a field block ends inside a field");
    return this.#bytes[this.#at++] ?? 0;
  }
}

function compressionError(message: string): ViolationError {
  return new ViolationError("COMPRESSION_ERROR", message);
}
