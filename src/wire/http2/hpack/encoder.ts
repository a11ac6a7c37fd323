/**
 * Field lines into field blocks (RFC 7541 §3). What a client sends with every request is put into the table
 * once and is a byte or two from then on; a path is written out, because it hardly ever comes again.
 */
import type { ByteWriter } from "../../../lists/byte_writer.ts";
import { DynamicTable, ENTRY_OVERHEAD_BYTES } from "./dynamic_table.ts";
import { huffmanEncode, huffmanLength } from "./huffman.ts";
import { writeInteger } from "./integer.ts";
import { STATIC_NAMES, STATIC_SIZE, staticIndexOf } from "./static_table.ts";

/** RFC 7541 §6: how a field is written. */
const INDEXED = { prefixBits: 7, flags: 0x80 };
const ADDED = { prefixBits: 6, flags: 0x40 };
const SIZE_UPDATE = { prefixBits: 5, flags: 0x20 };
const NOT_ADDED = { prefixBits: 4, flags: 0 };
const NEVER_ADDED = { prefixBits: 4, flags: 0x10 };
const HUFFMAN = { prefixBits: 7, flags: 0x80 };
const PLAIN = { prefixBits: 7, flags: 0 };

/** Credentials must not be guessed at through the size of what is compressed with them (RFC 7541 §7.1.3). */
const SECRET = new Set(["authorization", "proxy-authorization", "cookie"]);

/** Different with every request: an entry would only push out others. */
const FLEETING = new Set([
  ...[":path", "content-length", "date", "etag", "if-modified-since", "if-none-match", "range"],
  ...["traceparent", "x-request-id", "idempotency-key"],
]);

/** The sending end of one direction. */
export class HpackEncoder {
  readonly #table: DynamicTable;
  readonly #ownMaxBytes: number;
  /** Size updates that the next block must begin with (RFC 7541 §4.2). */
  #smallestBytes: number | null = null;
  #nextBytes: number | null = null;

  /** @param maxTableBytes the largest table this encoder uses, whatever the peer allows */
  constructor(maxTableBytes = 4096) {
    this.#ownMaxBytes = maxTableBytes;
    this.#table = new DynamicTable(maxTableBytes);
  }

  /** How much the table holds, for tests. */
  get tableBytes(): number {
    return this.#table.sizeBytes;
  }

  /** Another number whenever blocks that were encoded before may mean something else. */
  get version(): number {
    return this.#table.version;
  }

  /** Whether the next block must begin with a size update, so that no block can be reused for it. */
  get mustUpdateSize(): boolean {
    return this.#nextBytes !== null;
  }

  /** The peer's SETTINGS_HEADER_TABLE_SIZE. The table changes with the next block. */
  allow(maxTableBytes: number): void {
    const bytes = Math.min(maxTableBytes, this.#ownMaxBytes);
    if (bytes === (this.#nextBytes ?? this.#table.maxBytes)) return;
    this.#smallestBytes = Math.min(this.#smallestBytes ?? bytes, bytes);
    this.#nextBytes = bytes;
  }

  /** What a block begins with. */
  begin(out: ByteWriter): void {
    if (this.#nextBytes === null || this.#smallestBytes === null) return;
    if (this.#smallestBytes < this.#nextBytes) this.#resize(this.#smallestBytes, out);
    this.#resize(this.#nextBytes, out);
    this.#smallestBytes = this.#nextBytes = null;
  }

  /** Appends one field; the name is in lower case. */
  field(name: string, value: string, out: ByteWriter): void {
    if (SECRET.has(name)) return this.#literal(name, value, { form: NEVER_ADDED, out });
    const known = staticIndexOf(name, value);
    if (known > 0) return writeInteger(out, known, INDEXED);
    const place = this.#table.placeOf(name, value);
    if (place >= 0) return writeInteger(out, STATIC_SIZE + 1 + place, INDEXED);
    const bytes = name.length + value.length + ENTRY_OVERHEAD_BYTES;
    if (FLEETING.has(name) || bytes > this.#table.maxBytes / 4) {
      return this.#literal(name, value, { form: NOT_ADDED, out });
    }
    this.#literal(name, value, { form: ADDED, out });
    this.#table.add(name, value);
  }

  #literal(
    name: string,
    value: string,
    { form, out }: { form: typeof ADDED; out: ByteWriter },
  ): void {
    const index = this.#nameIndex(name);
    writeInteger(out, index, form);
    if (index === 0) writeString(name, out);
    writeString(value, out);
  }

  #nameIndex(name: string): number {
    const known = STATIC_NAMES.get(name);
    if (known !== undefined) return known;
    const place = this.#table.placeOfName(name);
    return place < 0 ? 0 : STATIC_SIZE + 1 + place;
  }

  #resize(maxBytes: number, out: ByteWriter): void {
    writeInteger(out, maxBytes, SIZE_UPDATE);
    this.#table.resize(maxBytes);
  }
}

function writeString(text: string, out: ByteWriter): void {
  const bytes = huffmanLength(text);
  if (bytes < text.length) {
    writeInteger(out, bytes, HUFFMAN);
    huffmanEncode(text, out);
  } else {
    writeInteger(out, text.length, PLAIN);
    out.appendLatin1(text);
  }
}
