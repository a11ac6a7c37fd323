/**
 * The Huffman code of RFC 7541 §5.2. Codes of up to eight bits, which all common characters have, are
 * found with one look into a table; longer ones by their length, as in every canonical code.
 */
import { decodeLatin1 } from "../../../semantics/latin1.ts";
import type { ByteWriter } from "../../../lists/byte_writer.ts";
import { CODE_LENGTHS } from "./huffman_table.ts";

const EOS = 256;
const LONGEST_BITS = 30;

/** Both directions of the code, made from its lengths when first used. */
interface HuffmanCode {
  /** The code of each symbol, right-aligned. */
  readonly codes: Uint32Array;
  /** By the next eight bits: `symbol << 4 | bits`, or 0 where the code is longer. */
  readonly short: Uint16Array;
  /** By length: the first code, how many there are, and where their symbols begin in `symbols`. */
  readonly first: Uint32Array;
  readonly count: Uint32Array;
  readonly offset: Uint32Array;
  /** All symbols, by length and value. */
  readonly symbols: Uint16Array;
}

let code: HuffmanCode | null = null;
let scratch = new Uint8Array(512);

function scratchOf(length: number): Uint8Array {
  if (scratch.length < length) scratch = new Uint8Array(2 * length);
  return scratch;
}

function makeCode(): HuffmanCode {
  const symbols = Uint16Array.from(CODE_LENGTHS, (_, symbol) => symbol)
    .sort((a, b) => (CODE_LENGTHS[a] ?? 0) - (CODE_LENGTHS[b] ?? 0) || a - b);
  const codes = new Uint32Array(CODE_LENGTHS.length);
  const short = new Uint16Array(256);
  const [first, count, offset] = [0, 1, 2].map(() => new Uint32Array(LONGEST_BITS + 1)) as [
    Uint32Array,
    Uint32Array,
    Uint32Array,
  ];
  let next = 0;
  let bits = 0;
  symbols.forEach((symbol, i) => {
    const length = CODE_LENGTHS[symbol] ?? 0;
    if (length > bits) {
      next *= 2 ** (length - bits);
      bits = length;
      first[bits] = next;
      offset[bits] = i;
    }
    if (length <= 8) short.fill(symbol << 4 | length, next << 8 - length, next + 1 << 8 - length);
    codes[symbol] = next++;
    count[bits] = (count[bits] ?? 0) + 1;
  });
  return { codes, short, first, count, offset, symbols };
}

/** How many bytes the text takes when encoded. */
export function huffmanLength(text: string): number {
  let bits = 0;
  for (let i = 0; i < text.length; i++) bits += CODE_LENGTHS[text.charCodeAt(i)] ?? LONGEST_BITS;
  return bits + 7 >> 3;
}

/** Appends the encoded text, which is a byte string. */
export function huffmanEncode(text: string, out: ByteWriter): void {
  const { codes } = code ??= makeCode();
  // At most 7 bits are left from the last character and 30 come: more than an int32 holds as a shift.
  let pending = 0;
  let bits = 0;
  for (let i = 0; i < text.length; i++) {
    const symbol = text.charCodeAt(i);
    const length = CODE_LENGTHS[symbol] ?? 0;
    pending = pending * 2 ** length + (codes[symbol] ?? 0);
    bits += length;
    while (bits >= 8) {
      bits -= 8;
      const scale = 2 ** bits;
      out.appendByte(Math.floor(pending / scale));
      pending %= scale;
    }
  }
  if (bits > 0) out.appendByte((pending + 1) * 2 ** (8 - bits) - 1);
}

/**
 * The text that the bytes from `start` to `end` encode, or `null` where they are no Huffman code: an
 * EOS in it, or padding that is longer than 7 bits or not all ones.
 */
export function huffmanDecode(bytes: Uint8Array, start: number, end: number): string | null {
  const { short } = code ??= makeCode();
  // No code is shorter than five bits.
  const most = Math.ceil((end - start) * 8 / 5);
  const text = scratchOf(most);
  let length = 0;
  let held = 0;
  let bits = 0;
  for (let at = start;;) {
    while (bits <= 16 && at < end) {
      held = (held << 8 | (bytes[at++] ?? 0)) & 0xffffff;
      bits += 8;
    }
    if (bits === 0) break;
    const entry = short[(bits >= 8 ? held >> bits - 8 : held << 8 - bits | 255 >> bits) & 255] ?? 0;
    const used = entry & 15;
    if (entry === 0) {
      const long = decodeLong(bytes, { at, end, held, bits });
      if (long === null) return null;
      if (long === "padding") break;
      text[length++] = long.symbol;
      ({ at, held, bits } = long);
    } else if (used > bits) {
      // What is left is no whole code: it must be padding, a prefix of EOS.
      if (!isPadding(held, bits)) return null;
      break;
    } else {
      text[length++] = entry >> 4;
      bits -= used;
    }
  }
  return decodeLatin1(text, 0, length);
}

/** Where the decoder stands: the next byte, and the bits taken from the bytes before it. */
interface Cursor {
  readonly at: number;
  readonly end: number;
  readonly held: number;
  readonly bits: number;
}

/** One code of more than eight bits; rare enough to be read bit by bit. */
function decodeLong(
  bytes: Uint8Array,
  { at, end, held, bits }: Cursor,
): { symbol: number; at: number; held: number; bits: number } | "padding" | null {
  const { first, count, offset, symbols } = code ??= makeCode();
  const isShort = bits < 8 && at >= end;
  if (isShort) return isPadding(held, bits) ? "padding" : null;
  let value = 0;
  for (let length = 1; length <= LONGEST_BITS; length++) {
    if (bits === 0) {
      // The code goes on where the bytes do not: all ones of it may be padding only up to 7 bits.
      if (at >= end) return null;
      held = bytes[at++] ?? 0;
      bits = 8;
    }
    bits--;
    value = value * 2 + (held >> bits & 1);
    const index = value - (first[length] ?? 0);
    if (length > 8 && index >= 0 && index < (count[length] ?? 0)) {
      const symbol = symbols[(offset[length] ?? 0) + index] ?? EOS;
      return symbol === EOS ? null : { symbol, at, held, bits };
    }
  }
  return null;
}

function isPadding(held: number, bits: number): boolean {
  return bits < 8 && (held & (1 << bits) - 1) === (1 << bits) - 1;
}
