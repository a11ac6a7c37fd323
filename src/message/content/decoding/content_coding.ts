/**
 * `Content-Encoding`, RFC 9110 §8.4: gzip, deflate (as zlib and raw), br and zstd, one over the other where a server
 * stacks them. Small bodies are decoded at once and without a promise; everything else by pulling, so that what is held
 * is bounded by pieces and never by what a body unfolds to.
 */
import { DecodingError } from "../../../errors.ts";
import {
  type ByteReader,
  type Coding,
  type ContentReader,
  type Decoders,
  Input,
} from "./byte_reader.ts";
import { WEB_DECODERS } from "./web_decoder.ts";
import { joinBytes } from "../join_bytes.ts";

export type { ByteReader, Coding, ContentReader };

/** How much content may become. */
export interface DecodingLimit {
  /** Most bytes after decoding. Default: no limit. */
  readonly maxBytes?: number | undefined;
  /** Makes the error for more. Default: a `DecodingError`. */
  readonly tooLarge?: (() => Error) | undefined;
}

/** Codings above this in one header are an attack, not an encoding. */
const MAX_CODINGS = 5;
/** What is compressed to more than this, or unfolds to more, is decoded piece by piece: no long stop of the loop. */
const AT_ONCE_BYTES = 262_144;
const AT_ONCE_OUTPUT_BYTES = 8_388_608;

/** The longest array that every runtime's zlib takes for an answer. */
const MOST_AT_ONCE_BYTES = 1_073_741_824;

const CODINGS: readonly Coding[] = ["gzip", "deflate", "br", "zstd"];

/**
 * Undoes content codings with the decoders of one kind. A response is given the decoding of the transport and of the
 * client that it comes through (`Response.decodeBy()`); without one it is decoded by what the web has.
 */
export class ContentDecoding {
  readonly #find: () => Decoders;
  #decoders: Decoders | null = null;
  #codings: readonly Coding[] | null = null;

  /** @param find called once, when the decoders are first needed: loading them takes time */
  constructor(find: () => Decoders) {
    this.#find = find;
  }

  /** The codings that can be decoded here, in the order of the default `Accept-Encoding`. */
  get codings(): readonly Coding[] {
    return this.#codings ??= CODINGS.filter((coding) => this.#found.supports(coding));
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
    return decodeWhole(bytes, { ...this.#undo(contentEncoding), limit });
  }

  /**
   * Decodes a body while it is read. Nothing is read before the first `read()`, and the source is read to its end before
   * the last one answers `null`. `close()` frees the decoders; the source is the caller's.
   *
   * @throws {DecodingError} if this runtime lacks a coding; `read()` rejects with one for content that is cut off or
   * corrupt, and for more than `maxBytes`
   */
  stream(source: ByteReader, contentEncoding: string, limit: DecodingLimit = {}): ContentReader {
    return decodeStream(source, { ...this.#undo(contentEncoding), limit });
  }

  /**
   * Decodes a whole body at once, however large it is: for callers that block anyway.
   *
   * @throws {DecodingError} for content that is cut off or corrupt, and if this runtime can decode only by waiting
   */
  sync(bytes: Uint8Array, contentEncoding: string): Uint8Array {
    const { codings, decoders } = this.#undo(contentEncoding);
    let decoded = bytes;
    for (const coding of codings.toReversed()) {
      if (decoded.length === 0) return decoded;
      decoded = decodedAtOnce(coding, { bytes: decoded, decoders });
    }
    return decoded;
  }

  get #found(): Decoders {
    return this.#decoders ??= this.#find();
  }

  #undo(contentEncoding: string): { codings: readonly Coding[]; decoders: Decoders } {
    return { codings: parseContentEncoding(contentEncoding), decoders: this.#found };
  }
}

/** Decoding by `DecompressionStream` alone: for responses that no client and no transport has given another. */
export const WEB_DECODING: ContentDecoding = new ContentDecoding(() => WEB_DECODERS);

/** What is decoded, and by what. */
interface Undoing {
  readonly codings: readonly Coding[];
  readonly decoders: Decoders;
  readonly limit: DecodingLimit;
}

/**
 * The codings of a `Content-Encoding` value, in the order they were applied. `identity` and what nobody knows are
 * passed over, as httpx does.
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

function decodeStream(source: ByteReader, { codings, decoders, limit }: Undoing): ContentReader {
  let reader: ContentReader = { read: () => source.read(), close: () => {} };
  for (const coding of codings.toReversed()) reader = new CodingReader(coding, reader, decoders);
  return limit.maxBytes === undefined ? reader : new LimitedReader(reader, limit);
}

function decodedAtOnce(
  coding: Coding,
  { bytes, decoders }: { readonly bytes: Uint8Array; readonly decoders: Decoders },
): Uint8Array {
  let decoded: Uint8Array | "too large" | null = null;
  try {
    if (decoders.supports(coding)) {
      decoded = decoders.atOnce(coding, { bytes, maxBytes: MOST_AT_ONCE_BYTES });
    }
  } catch (error) {
    throw decodingError(coding, error);
  }
  if (decoded instanceof Uint8Array) return decoded;
  throw new DecodingError(
    `Cannot decode ${coding} content at once: ${
      decoded ?? "this runtime can't, or bytes follow it"
    }`,
  );
}

/** `null` where it has to be read: the output is too much for once, or only reading can tell. */
function decodeAtOnce(
  coding: Coding,
  { bytes, decoders, limit }: {
    readonly bytes: Uint8Array;
    readonly decoders: Decoders;
    readonly limit: DecodingLimit;
  },
): Uint8Array | null {
  const { maxBytes = Infinity } = limit;
  let decoded: Uint8Array | "too large" | null;
  try {
    const cap = Math.min(maxBytes, AT_ONCE_OUTPUT_BYTES);
    decoded = decoders.atOnce(coding, { bytes, maxBytes: cap });
  } catch (error) {
    throw decodingError(coding, error);
  }
  if (decoded === "too large") decoded = maxBytes > AT_ONCE_OUTPUT_BYTES ? null : decoded;
  if (decoded === "too large" || (decoded !== null && decoded.length > maxBytes)) {
    throw tooLarge(limit);
  }
  return decoded;
}

/** One coding undone, with errors that name it. Its own failure is repeated, the source's passes through. */
class CodingReader implements ContentReader {
  readonly #coding: Coding;
  readonly #source: ContentReader;
  readonly #decoders: Decoders;
  #sourceFailure: { readonly error: unknown } | null = null;
  #reader: ContentReader | null = null;
  #failure: { readonly error: unknown } | null = null;

  constructor(coding: Coding, source: ContentReader, decoders: Decoders) {
    if (!decoders.supports(coding)) {
      throw new DecodingError(
        `Cannot decode ${coding} content: this runtime has no decoder for it; leave it out of Accept-Encoding`,
      );
    }
    this.#coding = coding;
    this.#source = source;
    this.#decoders = decoders;
  }

  async read(): Promise<Uint8Array | null> {
    if (this.#failure !== null) throw this.#failure.error;
    try {
      this.#reader ??= await this.#begin();
      return await this.#reader.read();
    } catch (error) {
      this.#failure = this.#sourceFailure ?? { error: decodingError(this.#coding, error) };
      this.close();
      throw this.#failure.error;
    }
  }

  close(): void {
    this.#reader?.close();
    this.#source.close();
  }

  async #begin(): Promise<ContentReader> {
    const input = new Input({
      read: () =>
        this.#source.read().catch((error) => {
          this.#sourceFailure = { error };
          throw error;
        }),
    });
    return await this.#decoders.reader(this.#coding, input);
  }
}

/** Counts, and stops at the limit. */
class LimitedReader implements ContentReader {
  readonly #source: ContentReader;
  readonly #limit: DecodingLimit;
  #left: number;

  constructor(source: ContentReader, limit: DecodingLimit) {
    this.#source = source;
    this.#limit = limit;
    this.#left = limit.maxBytes ?? Infinity;
  }

  async read(): Promise<Uint8Array | null> {
    const bytes = this.#left < 0 ? null : await this.#source.read();
    this.#left -= bytes?.length ?? 0;
    if (this.#left >= 0) return bytes;
    this.close();
    throw tooLarge(this.#limit);
  }

  close(): void {
    this.#source.close();
  }
}

async function readAll(reader: ContentReader): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  try {
    for (let chunk = await reader.read(); chunk !== null; chunk = await reader.read()) {
      chunks.push(chunk);
    }
  } finally {
    reader.close();
  }
  return joinBytes(chunks);
}

function tooLarge({ maxBytes, tooLarge }: DecodingLimit): Error {
  return tooLarge?.() ??
    new DecodingError(`Cannot decode content: it is more than ${maxBytes} bytes`);
}

function decodingError(coding: Coding, error: unknown): DecodingError {
  const reason = error instanceof Error ? error.message : String(error);
  const words = reason === "unexpected end of file" ? "it ends early" : reason;
  return new DecodingError(`Cannot decode ${coding} content: ${words}`, { cause: error });
}
