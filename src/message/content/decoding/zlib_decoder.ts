/**
 * The four content codings over `node:zlib`, each in two ways: as a reader, and at once for what is small. Both ways
 * agree on what a body is: one zlib or brotli stream, or a row of gzip members or Zstandard frames. What comes after it
 * and does not begin another member is ignored, as browsers and curl do; what ends early or does not check is an error.
 */
import { zlibModule } from "../../../runtime/host.ts";
import { type Coding, type ContentReader, type Decoders, Input, isZlib } from "./byte_reader.ts";
import { crc32, headerLength, isGzip, TRAILER_BYTES, trailerFault } from "./gzip_member.ts";
import { owned, type Zlib, ZlibReader } from "./zlib_stream.ts";
import { ZstdFrame } from "./zstd_frames.ts";
import { joinBytes } from "../join_bytes.ts";

/** Longer than any name and comment a gzip header has a reason to hold. */
const MAX_GZIP_HEADER_BYTES = 65_536;

/**
 * One byte after the end. A decoder that takes it had no whole stream before: Deno's brotli does not say so itself.
 */
const PROBE = new Uint8Array(1);

/** The decoders of the runtime's own zlib; `null` where it has none. */
export function zlibDecoders(): Decoders | null {
  const zlib = zlibModule<Zlib>();
  return zlib === null ? null : {
    supports: (coding) => zlibSupports(zlib, coding),
    reader: (coding, input) => zlibReader(zlib, coding, input),
    atOnce(coding, options) {
      try {
        return zlibDecode(zlib, coding, options);
      } catch (error) {
        if (isTooLarge(error)) return "too large";
        throw error;
      }
    },
  };
}

function isTooLarge(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE";
}

/** Whether this zlib can decode a coding. */
export function zlibSupports(zlib: Zlib, coding: Coding): boolean {
  return coding !== "zstd" || zlib.createZstdDecompress !== undefined;
}

/** A reader of what `input` holds in this coding. Errors are plain; the caller names the coding. */
export function zlibReader(zlib: Zlib, coding: Coding, input: Input): ContentReader {
  switch (coding) {
    case "gzip":
      return new MembersReader(input, (isFirst) => nextMember(zlib, input, isFirst));
    case "deflate":
      return new MembersReader(input, (isFirst) => isFirst ? onlyInflate(zlib, input) : null);
    case "br": {
      const reader = () => new ZlibReader(zlib.createBrotliDecompress, input, PROBE);
      return new MembersReader(input, (isFirst) => isFirst ? { reader: reader() } : null);
    }
    case "zstd": {
      const create = zlib.createZstdDecompress ?? noZstd();
      return new MembersReader(input, (isFirst) => nextFrame(create, input, isFirst));
    }
  }
}

/** One compressed stream of a row, with a check of its own where it has one. */
interface Member {
  readonly reader: ContentReader;
  onData?(bytes: Uint8Array): void;
  onEnd?(): Promise<void>;
}

type NextMember = (isFirst: boolean) => Promise<Member | null> | Member | null;

/** Reads members until there is none, then the input to its end. */
class MembersReader implements ContentReader {
  readonly #input: Input;
  readonly #next: NextMember;
  #member: Member | null = null;
  #state: "first" | "further" | "closed" = "first";

  constructor(input: Input, next: NextMember) {
    this.#input = input;
    this.#next = next;
  }

  async read(): Promise<Uint8Array | null> {
    while (this.#state !== "closed") {
      this.#member ??= await this.#begin();
      if (this.#member === null) return await this.#drain();
      const bytes = await this.#member.reader.read();
      if (bytes !== null) {
        this.#member.onData?.(bytes);
        return bytes;
      }
      this.#member.reader.close();
      await this.#member.onEnd?.();
      this.#member = null;
    }
    return null;
  }

  close(): void {
    this.#state = "closed";
    this.#member?.reader.close();
    this.#member = null;
  }

  /** The next member. No bytes at all are an empty content in every coding. */
  async #begin(): Promise<Member | null> {
    const isFirst = this.#state === "first";
    if (isFirst) {
      const bytes = await this.#input.read();
      if (bytes === null) return null;
      this.#input.unread(bytes);
      this.#state = "further";
    }
    return await this.#next(isFirst);
  }

  async #drain(): Promise<null> {
    this.#state = "closed";
    while (await this.#input.read() !== null);
    return null;
  }
}

async function onlyInflate(zlib: Zlib, input: Input): Promise<Member> {
  const start = await input.readAtLeast(2);
  input.unread(start);
  const create = isZlib(start) ? zlib.createInflate : zlib.createInflateRaw;
  return { reader: new ZlibReader(create, input) };
}

async function nextMember(zlib: Zlib, input: Input, isFirst: boolean): Promise<Member | null> {
  let bytes = await input.readAtLeast(2);
  if (!isGzip(bytes) && !isFirst) {
    input.unread(bytes);
    return null;
  }
  let length = headerLength(bytes);
  while (length === null) {
    const known = bytes.length;
    input.unread(bytes);
    bytes = await input.readAtLeast(known + 1);
    if (bytes.length === known) throw new Error("unexpected end of file");
    length = bytes.length > MAX_GZIP_HEADER_BYTES ? -1 : headerLength(bytes);
  }
  if (length < 0) throw new Error("it has no gzip header");
  input.unread(bytes.subarray(length));
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

async function nextFrame(
  create: Zlib["createInflate"],
  input: Input,
  isFirst: boolean,
): Promise<Member | null> {
  const start = await input.readAtLeast(4);
  input.unread(start);
  const isFrame = start.length >= 4 && new ZstdFrame().take(start.subarray(0, 4)) === 4;
  if (!isFrame && !isFirst) return null;
  const frame = new ZstdFrame();
  const source = {
    async read(): Promise<Uint8Array | null> {
      if (frame.isComplete) return null;
      const chunk = await input.read();
      if (chunk === null) throw new Error("unexpected end of file");
      const length = frame.take(chunk);
      if (length < 0) throw new Error("it has no Zstandard frame");
      input.unread(chunk.subarray(length));
      return chunk.subarray(0, length);
    },
  };
  return { reader: new ZlibReader(create, new Input(source)) };
}

/**
 * Decodes at once, or not (`null`) where only reading can tell what is right. Throws what zlib throws, which is
 * `ERR_BUFFER_TOO_LARGE` where there is more than `maxBytes`.
 */
export function zlibDecode(
  zlib: Zlib,
  coding: Coding,
  options: { readonly bytes: Uint8Array; readonly maxBytes: number },
): Uint8Array | null {
  const { bytes, maxBytes } = options;
  const limit = { info: true as const, maxOutputLength: Math.max(1, maxBytes) };
  switch (coding) {
    case "gzip":
      return gunzip(zlib, bytes, maxBytes);
    case "deflate": {
      const inflate = isZlib(bytes) ? zlib.inflateSync : zlib.inflateRawSync;
      return owned(inflate(bytes, limit).buffer);
    }
    case "br": {
      const probed = new Uint8Array(bytes.length + PROBE.length);
      probed.set(bytes);
      const { buffer, engine } = zlib.brotliDecompressSync(probed, limit);
      if (engine.bytesWritten > bytes.length) throw new Error("unexpected end of file");
      // Bytes are left. They follow the content, or they are where Deno's decoder met an error and kept it to itself.
      return engine.bytesWritten < bytes.length ? null : owned(buffer);
    }
    case "zstd":
      return unzstd(zlib, bytes, maxBytes);
  }
}

function gunzip(zlib: Zlib, bytes: Uint8Array, maxBytes: number): Uint8Array {
  const parts: Uint8Array[] = [];
  let left = maxBytes;
  let offset = 0;
  while (offset === 0 || isGzip(bytes.subarray(offset))) {
    const header = headerLength(bytes.subarray(offset));
    if (header === null) throw new Error("unexpected end of file");
    if (header < 0) throw new Error("it has no gzip header");
    offset += header;
    const limit = { info: true as const, maxOutputLength: Math.max(1, left) };
    const { buffer, engine } = zlib.inflateRawSync(bytes.subarray(offset), limit);
    offset += engine.bytesWritten + TRAILER_BYTES;
    if (offset > bytes.length) throw new Error("unexpected end of file");
    const trailer = bytes.subarray(offset - TRAILER_BYTES, offset);
    const fault = trailerFault(trailer, (zlib.crc32 ?? crc32)(buffer, 0), buffer.length);
    if (fault !== null) throw new Error(fault);
    parts.push(owned(buffer));
    left -= buffer.length;
  }
  return joined(parts);
}

function unzstd(zlib: Zlib, bytes: Uint8Array, maxBytes: number): Uint8Array {
  const decompress = zlib.zstdDecompressSync ?? noZstd();
  const parts: Uint8Array[] = [];
  let left = maxBytes;
  for (let rest = bytes; rest.length > 0;) {
    const frame = new ZstdFrame();
    const length = frame.take(rest);
    if (length < 0) {
      if (rest !== bytes) break;
      throw new Error("it has no Zstandard frame");
    }
    if (!frame.isComplete) {
      if (rest !== bytes && rest.length < 4) break;
      throw new Error("unexpected end of file");
    }
    const limit = { info: true as const, maxOutputLength: Math.max(1, left) };
    const { buffer } = decompress(rest.subarray(0, length), limit);
    parts.push(owned(buffer));
    left -= buffer.length;
    rest = rest.subarray(length);
  }
  return joined(parts);
}

/** Callers ask `zlibSupports()` first. */
function noZstd(): never {
  throw new Error("this runtime's zlib has no zstd");
}

/** Few contents have more than one. */
function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [first] = parts;
  return first !== undefined && parts.length === 1 ? first : joinBytes(parts);
}
