/**
 * The four content codings over `node:zlib`, each in two ways: as a reader, and at once for what is small. Both agree on
 * what a body is: one zlib or brotli stream, or a row of gzip members or Zstandard frames. What follows and does not
 * begin another member is ignored; what ends early or fails its check is an error.
 */
import { zlibModule } from "../../../runtime/host.ts";
import {
  type AtOnce,
  type Coding,
  type ContentReader,
  type Decoders,
  type Input,
  isZlib,
} from "./byte_reader.ts";
import { gunzip, nextGzipMember } from "./members/gzip.ts";
import { type Member, MembersReader } from "./members/members_reader.ts";
import { owned, type Zlib, ZlibReader } from "./zlib_stream.ts";
import { nextZstdFrame, unzstd } from "./members/zstd.ts";

/**
 * One byte after the end. A decoder that takes it had no whole stream before: Deno's brotli does not say so itself.
 */
const PROBE = new Uint8Array(1);

/** The decoders of the runtime's own zlib; `null` if it has none. */
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

/**
 * A reader of what `input` holds in this coding. Errors are plain; the caller names the coding.
 *
 * @throws {Error} for a coding that this zlib does not support
 */
export function zlibReader(zlib: Zlib, coding: Coding, input: Input): ContentReader {
  if (!zlibSupports(zlib, coding)) throw new Error(`this runtime's zlib has no ${coding}`);
  switch (coding) {
    case "gzip":
      return new MembersReader(input, (isFirst) => nextGzipMember(zlib, input, isFirst));
    case "deflate":
      return new MembersReader(input, (isFirst) => isFirst ? onlyInflate(zlib, input) : null);
    case "br":
      return new MembersReader(input, (isFirst) => isFirst ? onlyBrotli(zlib, input) : null);
    case "zstd":
      return new MembersReader(input, (isFirst) => nextZstdFrame(zlib, input, isFirst));
  }
}

async function onlyInflate(zlib: Zlib, input: Input): Promise<Member> {
  const start = await input.readAtLeast(2);
  input.unread(start);
  const create = isZlib(start) ? zlib.createInflate : zlib.createInflateRaw;
  return { reader: new ZlibReader(create, input) };
}

async function onlyBrotli(zlib: Zlib, input: Input): Promise<Member> {
  const start = await input.readAtLeast(1);
  input.unread(start);
  checkBrotliWindow(start);
  return { reader: new ZlibReader(zlib.createBrotliDecompress, input, PROBE) };
}

/**
 * Decodes at once, or not (`null`) if only reading can decide what is right. Throws what zlib throws, which is
 * `ERR_BUFFER_TOO_LARGE` for more than `maxBytes`.
 */
export function zlibDecode(
  zlib: Zlib,
  coding: Coding,
  options: AtOnce,
): Uint8Array | null {
  const { bytes, maxBytes } = options;
  const limit = { info: true as const, maxOutputLength: Math.max(1, maxBytes) };
  switch (coding) {
    case "gzip":
      return gunzip(zlib, options);
    case "deflate": {
      const inflate = isZlib(bytes) ? zlib.inflateSync : zlib.inflateRawSync;
      return owned(inflate(bytes, limit).buffer);
    }
    case "br": {
      checkBrotliWindow(bytes);
      const probed = new Uint8Array(bytes.length + PROBE.length);
      probed.set(bytes);
      const { buffer, engine } = zlib.brotliDecompressSync(probed, limit);
      if (engine.bytesWritten > bytes.length) throw new Error("unexpected end of file");
      // Bytes are left: they follow the content, or Deno's decoder met an error there that it does not report.
      return engine.bytesWritten < bytes.length ? null : owned(buffer);
    }
    case "zstd":
      return unzstd(zlib, options);
  }
}

/**
 * RFC 7932 §9.1 has windows up to 16 MB; its one reserved code begins a stream of the "large window" format, with up to
 * 1 GB, which Deno's decoder accepts.
 */
function checkBrotliWindow(bytes: Uint8Array): void {
  if (((bytes[0] ?? 0) & 0x7f) === 0x11) {
    throw new Error("its window is larger than 16 MB (RFC 7932)");
  }
}
