/** gzip over `node:zlib`'s raw inflate, RFC 1952: a row of members, read or decoded at once. */
import type { AtOnce, Input } from "../byte_reader.ts";
import { crc32, GzipHeader, isGzip, TRAILER_BYTES, trailerFault } from "./gzip_member.ts";
import type { Member } from "./members_reader.ts";
import { joined, owned, SMALL_BYTES, smallLimit, type Zlib, ZlibReader } from "../zlib_stream.ts";

/** Deflate makes at most this of a byte. */
const MOST_PER_BYTE = 1032;

/** The next member of a body; `null` if no further one follows. */
export async function nextGzipMember(
  zlib: Zlib,
  input: Input,
  isFirst: boolean,
): Promise<Member | Uint8Array | null> {
  const start = await input.readAtLeast(2);
  input.unread(start);
  if (!isGzip(start) && !isFirst) return null;
  const header = new GzipHeader();
  while (!header.isComplete) {
    const chunk = await readMore(input);
    const length = header.take(chunk);
    if (length < 0) throw new Error("it has no gzip header");
    input.unread(chunk.subarray(length));
  }
  const small = isFirst ? null : smallContent(zlib, await readMore(input), input);
  return small ?? checkedMember(zlib, input);
}

/** The content of a small member that is all there after its header, decoded at once: an engine of its own costs more. */
function smallContent(zlib: Zlib, chunk: Uint8Array, input: Input): Uint8Array | null {
  let content: Uint8Array | null = null;
  let size = 0;
  try {
    const { buffer, engine } = zlib.inflateRawSync(chunk.subarray(0, SMALL_BYTES), smallLimit());
    size = engine.bytesWritten + TRAILER_BYTES;
    if (size <= chunk.length) content = owned(buffer);
  } catch {
    // It is large, or it is broken: reading it decides which.
  }
  if (content !== null) check(zlib, content, chunk.subarray(size - TRAILER_BYTES, size));
  input.unread(content === null ? chunk : chunk.subarray(size));
  return content;
}

function checkedMember(zlib: Zlib, input: Input): Member {
  const checksum = zlib.crc32 ?? crc32;
  let crc = 0;
  let sizeBytes = 0;
  return {
    reader: new ZlibReader(zlib.createInflateRaw, input),
    onData(bytes): void {
      crc = checksum(bytes, crc);
      sizeBytes += bytes.length;
    },
    async onEnd(): Promise<void> {
      const trailer = await input.readAtLeast(TRAILER_BYTES);
      if (trailer.length < TRAILER_BYTES) throw new Error("unexpected end of file");
      const fault = trailerFault(trailer, crc, sizeBytes);
      if (fault !== null) throw new Error(fault);
      input.unread(trailer.subarray(TRAILER_BYTES));
    },
  };
}

/** All members at once; `null` if there are too many. */
export function gunzip(
  zlib: Zlib,
  { bytes, maxBytes, maxMembers = Infinity }: AtOnce,
): Uint8Array | null {
  const parts: Uint8Array[] = [];
  let left = maxBytes;
  let offset = 0;
  while (offset === 0 || isGzip(bytes.subarray(offset, offset + 2))) {
    if (parts.length === maxMembers) return null;
    const header = new GzipHeader();
    const length = header.take(bytes.subarray(offset));
    if (length < 0) throw new Error("it has no gzip header");
    if (!header.isComplete) throw new Error("unexpected end of file");
    offset += length;
    const { buffer, engine } = zlib.inflateRawSync(bytes.subarray(offset), {
      info: true,
      maxOutputLength: Math.max(1, left),
      chunkSize: chunkSizeFor(bytes, left),
    });
    offset += engine.bytesWritten + TRAILER_BYTES;
    if (offset > bytes.length) throw new Error("unexpected end of file");
    check(zlib, buffer, bytes.subarray(offset - TRAILER_BYTES, offset));
    parts.push(owned(buffer));
    left -= buffer.length;
  }
  return joined(parts);
}

/**
 * The size of the content if the body is one member, as nearly all are, and then its output is one array that needs no
 * copy (bench: gzip). The last four bytes say so; what a peer says wrong there costs no more than the default does.
 */
function chunkSizeFor(bytes: Uint8Array, maxBytes: number): number {
  const least = Math.max(64, bytes.length);
  if (bytes.length < 4) return least;
  const view = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 4, 4);
  const size = view.getUint32(0, true);
  return size > maxBytes || size > MOST_PER_BYTE * bytes.length ? least : Math.max(least, size);
}

function check(zlib: Zlib, content: Uint8Array, trailer: Uint8Array): void {
  const fault = trailerFault(trailer, (zlib.crc32 ?? crc32)(content, 0), content.length);
  if (fault !== null) throw new Error(fault);
}

async function readMore(input: Input): Promise<Uint8Array> {
  const chunk = await input.read();
  if (chunk === null) throw new Error("unexpected end of file");
  return chunk;
}
