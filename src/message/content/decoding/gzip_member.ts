/**
 * The frame of a gzip member, RFC 1952 §2.3: a header before the deflated data, CRC-32 and size after it.
 *
 * The frame is read here and not by zlib, because zlib takes whatever follows a member for another one: it fails on the
 * stray bytes that some servers add, and loses output with the failure.
 */

const FHCRC = 2;
const FEXTRA = 4;
const FNAME = 8;
const FCOMMENT = 16;
const RESERVED = 0xe0;

/** Size of the trailer. */
export const TRAILER_BYTES = 8;

/** Whether a member begins here; `null` where two bytes are needed to tell. */
export function isGzip(bytes: Uint8Array): boolean | null {
  if (bytes.length > 0 && bytes[0] !== 0x1f) return false;
  return bytes.length < 2 ? null : bytes[1] === 0x8b;
}

/** Length of the header at the beginning of these bytes, `null` where it is not all there, -1 where it is none. */
export function headerLength(bytes: Uint8Array): number | null {
  const isMember = isGzip(bytes);
  if (isMember === false) return -1;
  const [, , method = 8, flags] = bytes;
  if (method !== 8) return -1;
  if (flags === undefined || bytes.length < 10) return null;
  if (flags & RESERVED) return -1;
  let length = 10;
  if (flags & FEXTRA) length += 2 + (bytes[10] ?? 0) + (bytes[11] ?? 0) * 256;
  for (const flag of [FNAME, FCOMMENT]) {
    if (!(flags & flag)) continue;
    const end = length < bytes.length ? bytes.indexOf(0, length) : -1;
    if (end < 0) return null;
    length = end + 1;
  }
  if (flags & FHCRC) length += 2;
  return length <= bytes.length ? length : null;
}

/** What is wrong with a member, told by its trailer, or `null`. */
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
