/**
 * The frame of a gzip member, RFC 1952 §2.3: a header before the deflated data, CRC-32 and size after it.
 *
 * The frame is parsed here and not by zlib, because zlib takes any bytes after a member for another one: it fails on the
 * stray bytes that some servers add, and loses output with the failure.
 */

const FHCRC = 2;
const FEXTRA = 4;
const FNAME = 8;
const FCOMMENT = 16;
const RESERVED = 0xe0;

/** Size of the trailer. */
export const TRAILER_BYTES = 8;

/** Whether a member begins here; `null` if that takes two bytes to decide. */
export function isGzip(bytes: Uint8Array): boolean | null {
  if (bytes.length > 0 && bytes[0] !== 0x1f) return false;
  return bytes.length < 2 ? null : bytes[1] === 0x8b;
}

/** Longer than any name and comment that a gzip header has a reason to hold. */
const MAX_HEADER_BYTES = 65_536;

/** Fixed bytes: magic, method, flags, time, extra flags, system. */
const FIXED_BYTES = 10;

/** What of a header follows its fixed bytes, in the order of RFC 1952. */
const PARTS = [FEXTRA, FNAME, FCOMMENT, FHCRC] as const;

/** Follows the header of a member through chunks of any size. */
export class GzipHeader {
  #length = 0;
  #flags = 0;
  /** Which of `PARTS` the next byte may belong to; all of them: the header is complete. */
  #part = 0;
  /** Bytes of the part so far, and what its first two say of its size. */
  #partBytes = 0;
  #extraBytes = 0;

  /** Whether the header's last byte has been taken. */
  get isComplete(): boolean {
    return this.#length >= FIXED_BYTES && this.#part === PARTS.length;
  }

  /** How many of these bytes belong to the header, or -1 if it turns out not to be one. */
  take(bytes: Uint8Array): number {
    let taken = 0;
    while (!this.isComplete) {
      const byte = bytes[taken];
      if (byte === undefined) break;
      taken++;
      if (!this.#advance(byte)) return -1;
    }
    return taken;
  }

  #advance(byte: number): boolean {
    const at = this.#length++;
    if (at >= MAX_HEADER_BYTES) return false;
    if (at < FIXED_BYTES) {
      if (at === 3) this.#flags = byte;
      if (at === FIXED_BYTES - 1) this.#skipAbsent();
      return at === 3 ? (byte & RESERVED) === 0 : at > 3 || byte === [0x1f, 0x8b, 8][at];
    }
    if (this.#isEndOfPart(byte)) {
      this.#part++;
      this.#partBytes = 0;
      this.#skipAbsent();
    } else this.#partBytes++;
    return true;
  }

  #skipAbsent(): void {
    while (this.#part < PARTS.length && !(this.#flags & (PARTS[this.#part] ?? 0))) this.#part++;
  }

  #isEndOfPart(byte: number): boolean {
    const at = this.#partBytes;
    switch (PARTS[this.#part]) {
      case FEXTRA:
        if (at < 2) this.#extraBytes += at === 0 ? byte : byte * 256;
        return at >= 1 && at + 1 === 2 + this.#extraBytes;
      case FHCRC:
        return at === 1;
      default:
        return byte === 0; // a name, a comment
    }
  }
}

/** What is wrong with a member by its trailer, or `null`. */
export function trailerFault(trailer: Uint8Array, crc: number, sizeBytes: number): string | null {
  const view = new DataView(trailer.buffer, trailer.byteOffset, TRAILER_BYTES);
  if (view.getUint32(0, true) !== crc >>> 0) return "its checksum does not match";
  return view.getUint32(4, true) === sizeBytes % 2 ** 32 ? null : "its length does not match";
}

let table: Uint32Array | null = null;

/** CRC-32 of `bytes` after a text whose CRC-32 is `crc`: for runtimes whose zlib has none (Node before 20.15). */
export function crc32(bytes: Uint8Array, crc = 0): number {
  table ??= Uint32Array.from({ length: 256 }, (_, byte) => {
    for (let bit = 0; bit < 8; bit++) byte = byte & 1 ? byte >>> 1 ^ 0xedb88320 : byte >>> 1;
    return byte;
  });
  let state = ~crc;
  for (const byte of bytes) state = state >>> 8 ^ (table[(state ^ byte) & 255] ?? 0);
  return ~state >>> 0;
}
