/**
 * `Content-Encoding`, RFC 9110 §8.4: gzip, deflate (as zlib and raw), br and zstd, one over the other where a server
 * stacks them. Small bodies are decoded at once and without a promise; everything else by pulling, so that what is held
 * is bounded by pieces and never by what a body unfolds to.
 */
import { DecodingError } from "../../../errors.ts";
import type { ByteReader, Coding, ContentReader, Decoders } from "./byte_reader.ts";
import {
  beyondRatio,
  decodeStream,
  decodingError,
  type DecodingLimit,
  FREE_BYTES,
  readAll,
  tooLarge,
  type Undoing,
} from "./coding_reader.ts";
import { WEB_DECODERS } from "./web_decoder.ts";

export type { ByteReader, Coding, ContentReader, DecodingLimit };

/** Codings above this in one header are an attack, not an encoding. */
const MAX_CODINGS = 5;

/**
 * What is compressed to more than this is decoded piece by piece, and so is what unfolds to more than the coding's limit:
 * for either a decoder needs some 20 ms, in which the event loop stands still.
 */
const AT_ONCE_BYTES = 2_097_152;
const AT_ONCE_OUTPUT_BYTES: Readonly<Record<Coding, number>> = {
  gzip: FREE_BYTES,
  deflate: FREE_BYTES,
  br: FREE_BYTES / 2,
  zstd: FREE_BYTES,
};

/** A body of more gzip members or zstd frames is decoded piece by piece: each costs a call of zlib. */
const AT_ONCE_MEMBERS = 64;

/** The longest array that every runtime's zlib takes for an answer. */
const MOST_AT_ONCE_BYTES = 1_073_741_824;

const CODINGS: readonly Coding[] = ["gzip", "deflate", "br", "zstd"];

/**
 * Undoes content codings with the decoders of one kind. A response is given the decoding of the transport and of the
 * client that it comes through; without one it is decoded by what the web has.
 */
export class ContentDecoding {
  readonly #find: () => Decoders | Promise<Decoders>;
  readonly #hasZstd: () => boolean | null;
  #decoders: Decoders | null = null;
  #codings: readonly Coding[] | null = null;

  /**
   * @param find called when the decoders are first needed: loading them takes time. With a promise, nothing can be decoded
   * at once
   * @param known.hasZstd whether they have Zstandard beside the three that are older; `null` if they are here to be asked
   */
  constructor(
    find: () => Decoders | Promise<Decoders>,
    { hasZstd = () => null }: { readonly hasZstd?: () => boolean | null } = {},
  ) {
    this.#find = find;
    this.#hasZstd = hasZstd;
  }

  /** The codings that can be decoded here, in the order of the default `Accept-Encoding`. */
  get codings(): readonly Coding[] {
    return this.#codings ??= this.#knownCodings() ??
      CODINGS.filter((coding) => this.#decodersNow().supports(coding));
  }

  /**
   * Decodes a whole body: at once if it is small, else as a promise.
   *
   * @throws {DecodingError} for content that is cut off or corrupt, and for more than `maxBytes`
   */
  whole(
    bytes: Uint8Array,
    contentEncoding: string,
    limit: DecodingLimit = {},
  ): Uint8Array | Promise<Uint8Array> {
    const codings = parseContentEncoding(contentEncoding);
    const found = this.#decoders ?? this.#load();
    return found instanceof Promise
      ? found.then((decoders) => decodeWhole(bytes, { codings, decoders, limit }))
      : decodeWhole(bytes, { codings, decoders: found, limit });
  }

  /**
   * Decodes a body while it is read. Nothing is read before the first `read()`, and the source is read to its end before
   * the last one answers `null`. `close()` frees the decoders; the source is the caller's.
   *
   * @throws {DecodingError} if this runtime lacks a coding; `read()` rejects with one for content that is cut off or
   * corrupt, and for more than `maxBytes`
   */
  stream(source: ByteReader, contentEncoding: string, limit: DecodingLimit = {}): ContentReader {
    const codings = parseContentEncoding(contentEncoding);
    const found = this.#decoders ?? this.#load();
    return found instanceof Promise
      ? laterReader(found.then((decoders) => decodeStream(source, { codings, decoders, limit })))
      : decodeStream(source, { codings, decoders: found, limit });
  }

  /**
   * Decodes a whole body at once, as much of it as the limit allows: for callers that block anyway.
   *
   * @throws {DecodingError} for content that is cut off or corrupt, for more than the limit allows, and if this runtime can
   * decode only by waiting
   */
  sync(bytes: Uint8Array, contentEncoding: string, limit: DecodingLimit = {}): Uint8Array {
    const codings = parseContentEncoding(contentEncoding);
    const decoders = this.#decodersNow();
    const { maxBytes = Infinity, maxRatio = Infinity } = limit;
    const mostByRatio = Math.max(FREE_BYTES, maxRatio * bytes.length);
    const most = Math.min(maxBytes, mostByRatio, MOST_AT_ONCE_BYTES);
    let decoded: Uint8Array | "too large" = bytes;
    for (const coding of codings.toReversed()) {
      if (decoded.length === 0) return decoded;
      decoded = decodedAtOnce(coding, { bytes: decoded, decoders, maxBytes: most });
      if (decoded !== "too large" && decoded.length <= most) continue;
      if (most === maxBytes) throw tooLarge(limit);
      throw beyondRatio(maxRatio);
    }
    return decoded as Uint8Array; // the loop throws for the other
  }

  #knownCodings(): readonly Coding[] | null {
    const hasZstd = this.#hasZstd();
    return hasZstd === null ? null : CODINGS.filter((coding) => coding !== "zstd" || hasZstd);
  }

  #load(): Decoders | Promise<Decoders> {
    const found = this.#find();
    if (!(found instanceof Promise)) return this.#decoders = found;
    return found.then((decoders) => this.#decoders = decoders);
  }

  #decodersNow(): Decoders {
    const found = this.#decoders ?? this.#load();
    if (!(found instanceof Promise)) return found;
    found.catch(() => {});
    throw new DecodingError("Cannot decode content at once: the decoders are not loaded yet");
  }
}

/** A reader that is still being made; what it is made of is loaded while nothing is read. */
function laterReader(making: Promise<ContentReader>): ContentReader {
  let isClosed = false;
  making.catch(() => {}); // read() reports it
  return {
    read: async () => await (await making).read(),
    close() {
      if (isClosed) return;
      isClosed = true;
      making.then((reader) => reader.close(), () => {});
    },
  };
}

/** Decoding by `DecompressionStream` alone: for responses that no client and no transport has given another. */
export const WEB_DECODING: ContentDecoding = /* @__PURE__ */ new ContentDecoding(() =>
  WEB_DECODERS
);

/**
 * The codings of a `Content-Encoding` value, in the order they were applied. `identity` and unknown ones are skipped, as
 * in httpx.
 *
 * @throws {DecodingError} for more than five
 */
export function parseContentEncoding(value: string | null): readonly Coding[] {
  if (value === null) return [];
  const names = value.split(",").map((name) =>
    name.trim().toLowerCase().replace(/^x-(?=gzip$)/, "")
  );
  const codings = names.flatMap((name) => CODINGS.find((coding) => coding === name) ?? []);
  if (codings.length > MAX_CODINGS) {
    throw new DecodingError(
      `Cannot decode content: it is encoded ${codings.length} times, at most ${MAX_CODINGS} are undone`,
    );
  }
  return codings;
}

function decodeWhole(
  bytes: Uint8Array,
  undoing: Undoing,
): Uint8Array | Promise<Uint8Array> {
  const { codings, decoders, limit } = undoing;
  const { maxBytes = Infinity } = limit;
  const [coding] = codings;
  if (coding === undefined || bytes.length === 0) {
    if (bytes.length > maxBytes) throw tooLarge(limit);
    return bytes;
  }
  if (codings.length === 1 && bytes.length <= AT_ONCE_BYTES && decoders.supports(coding)) {
    const decoded = decodeAtOnce(coding, { bytes, decoders, limit });
    if (decoded !== null) return decoded;
  }
  const chunks = [bytes];
  const source = { read: () => Promise.resolve(chunks.pop() ?? null) };
  return readAll(decodeStream(source, undoing));
}

function decodedAtOnce(
  coding: Coding,
  { bytes, decoders, maxBytes }: {
    readonly bytes: Uint8Array;
    readonly decoders: Decoders;
    readonly maxBytes: number;
  },
): Uint8Array | "too large" {
  let decoded: Uint8Array | "too large" | null = null;
  try {
    if (decoders.supports(coding)) {
      decoded = decoders.atOnce(coding, { bytes, maxBytes });
    }
  } catch (error) {
    throw decodingError(coding, error);
  }
  if (decoded !== null) return decoded;
  throw new DecodingError(
    `Cannot decode ${coding} content at once: this runtime can't, or bytes follow it`,
  );
}

/** `null` if it has to be read: it is too much for once, or only reading can decide what is right. */
function decodeAtOnce(
  coding: Coding,
  { bytes, decoders, limit }: {
    readonly bytes: Uint8Array;
    readonly decoders: Decoders;
    readonly limit: DecodingLimit;
  },
): Uint8Array | null {
  const { maxBytes = Infinity } = limit;
  const most = AT_ONCE_OUTPUT_BYTES[coding];
  let decoded: Uint8Array | "too large" | null;
  try {
    const options = { bytes, maxBytes: Math.min(maxBytes, most), maxMembers: AT_ONCE_MEMBERS };
    decoded = decoders.atOnce(coding, options);
  } catch (error) {
    throw decodingError(coding, error);
  }
  if (decoded === "too large") decoded = maxBytes > most ? null : decoded;
  if (decoded === "too large" || (decoded !== null && decoded.length > maxBytes)) {
    throw tooLarge(limit);
  }
  return decoded;
}
