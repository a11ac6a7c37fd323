/** Compressors of `node:zlib`, for the tests of what decompresses. */
import type { Coding } from "../../../src/message/content/decoding/content_coding.ts";

type Encoder = (bytes: Uint8Array) => Uint8Array;

// deno-lint-ignore no-explicit-any -- the module's types are not in this project
const zlib: any = (globalThis as any).process.getBuiltinModule("node:zlib");

function plain(encode: Encoder): Encoder {
  return (bytes) => new Uint8Array(encode(bytes));
}

/** The ways to write each coding: deflate has two. */
export const ENCODERS: Readonly<Record<Coding, readonly [Encoder, ...Encoder[]]>> = {
  gzip: [plain((bytes) => zlib.gzipSync(bytes))],
  deflate: [
    plain((bytes) => zlib.deflateSync(bytes)),
    plain((bytes) => zlib.deflateRawSync(bytes)),
  ],
  br: [
    plain((bytes) =>
      zlib.brotliCompressSync(bytes, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 4 } })
    ),
  ],
  zstd: [
    plain((bytes) => zlib.zstdCompressSync(bytes)),
    plain((bytes) => zlib.zstdCompressSync(bytes, { params: { [201]: 1 } })), // with a checksum
  ],
};

/** The codings that this runtime's zlib can write and read. */
export const CODINGS: readonly Coding[] = (["gzip", "deflate", "br", "zstd"] as const)
  .filter((coding) => coding !== "zstd" || "zstdCompressSync" in zlib);
