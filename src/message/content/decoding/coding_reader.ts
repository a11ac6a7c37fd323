/**
 * Codings read one over the other. Each layer counts what it produces, also that which the next one ignores: 1.5 KB of
 * `gzip, zstd, zstd` may unfold to 512 GB behind two bytes of content.
 */
import { DecodingError } from "../../../errors.ts";
import { ByteQueue } from "../../../lists/byte_queue.ts";
import {
  type ByteReader,
  type Coding,
  type ContentReader,
  type Decoders,
  Input,
} from "./byte_reader.ts";
import { Pace } from "./pace.ts";

/** How much content may become. */
export interface DecodingLimit {
  /** Most bytes after decoding. Default: no limit. */
  readonly maxBytes?: number | undefined;
  /** Makes the error for more. Default: a `DecodingError`. */
  readonly tooLarge?: (() => Error) | undefined;
  /** Most decoded bytes for each received one, once they are more than `FREE_BYTES`. Default: no limit. */
  readonly maxRatio?: number | undefined;
  /** Throws when the call has ended. Called between pieces, after the event loop has turned. */
  readonly throwIfOver?: (() => void) | undefined;
}

/** Content up to this size may come of any few bytes. */
export const FREE_BYTES: number = 8 * 1024 * 1024;

/** What lies between two codings is compressed itself: no honest sender makes so much of so little. */
const MAX_INNER_RATIO = 200;

/** What is decoded, and by what. */
export interface Undoing {
  /** In the order in which they were applied. */
  readonly codings: readonly Coding[];
  readonly decoders: Decoders;
  readonly limit: DecodingLimit;
}

/**
 * Decodes a body while it is read. Nothing is read before the first `read()`, and the source is read to its end before
 * the last one answers `null`. `close()` frees the decoders; the source is the caller's.
 *
 * @throws {DecodingError} if this runtime lacks a coding; `read()` rejects with one for content that is cut off or
 * corrupt, and for more than the limit allows
 */
export function decodeStream(
  source: ByteReader,
  { codings, decoders, limit }: Undoing,
): ContentReader {
  const received = new CountedSource(source);
  const pace = new Pace(limit.throwIfOver);
  let reader: ContentReader = received;
  codings.toReversed().forEach((coding, index) => {
    const isOutermost = index === codings.length - 1;
    const maxRatio = isOutermost ? limit.maxRatio ?? Infinity : MAX_INNER_RATIO;
    reader = new CodingReader({
      ...{ coding, decoders, pace, source: reader },
      ...{ received, maxRatio, isOutermost },
    });
  });
  return limit.maxBytes === undefined ? reader : new LimitedReader(reader, limit);
}

/** All of what a reader gives. */
export async function readAll(reader: ContentReader): Promise<Uint8Array> {
  const queue = new ByteQueue();
  try {
    for (let chunk = await reader.read(); chunk !== null; chunk = await reader.read()) {
      queue.push(chunk);
    }
  } finally {
    reader.close();
  }
  return queue.takeAll();
}

/** Whether so much content is too much for what was received. */
export function exceedsRatio(bytes: number, receivedBytes: number, maxRatio: number): boolean {
  return bytes > FREE_BYTES && bytes > maxRatio * receivedBytes;
}

/** The error for that. */
export function beyondRatio(maxRatio: number): DecodingError {
  return new DecodingError(
    `Cannot read the body: it is more than ${maxRatio} times as long as what was received (maxDecodedRatio)`,
  );
}

/** The error for more than a limit allows. */
export function tooLarge({ maxBytes, tooLarge }: DecodingLimit): Error {
  return tooLarge?.() ??
    new DecodingError(`Cannot decode content: it is more than ${maxBytes} bytes`);
}

/** A decoder's error, with the coding. */
export function decodingError(coding: Coding, error: unknown): DecodingError {
  const reason = error instanceof Error ? error.message : String(error);
  const words = reason === "unexpected end of file" ? "it ends early" : reason;
  return new DecodingError(`Cannot decode ${coding} content: ${words}`, { cause: error });
}

/** What was received. */
class CountedSource implements ContentReader {
  readonly #source: ByteReader;
  bytes = 0;

  constructor(source: ByteReader) {
    this.#source = source;
  }

  async read(): Promise<Uint8Array | null> {
    const chunk = await this.#source.read();
    this.bytes += chunk?.length ?? 0;
    return chunk;
  }

  close(): void {}
}

/** One layer. */
interface Layer {
  readonly coding: Coding;
  readonly decoders: Decoders;
  readonly pace: Pace;
  readonly source: ContentReader;
  readonly received: CountedSource;
  readonly maxRatio: number;
  readonly isOutermost: boolean;
}

/** Decodes one coding, with errors that name it. Its own failure is repeated; the source's and the call's pass through. */
class CodingReader implements ContentReader {
  readonly #layer: Layer;
  #foreign: { readonly error: unknown } | null = null;
  #reader: ContentReader | null = null;
  #failure: { readonly error: unknown } | null = null;
  #producedBytes = 0;

  constructor(layer: Layer) {
    const { coding, decoders } = layer;
    if (!decoders.supports(coding)) {
      throw new DecodingError(
        `Cannot decode ${coding} content: this runtime has no decoder for it; leave it out of Accept-Encoding`,
      );
    }
    this.#layer = layer;
  }

  async read(): Promise<Uint8Array | null> {
    if (this.#failure !== null) throw this.#failure.error;
    const { coding, pace } = this.#layer;
    try {
      if (pace.isDue) await this.#passThrough(() => pace.turn());
      this.#reader ??= await this.#begin();
      return this.#counted(await this.#reader.read());
    } catch (error) {
      this.#failure = this.#foreign ?? { error: decodingError(coding, error) };
      this.close();
      throw this.#failure.error;
    }
  }

  close(): void {
    this.#reader?.close();
    this.#layer.source.close();
  }

  #counted(bytes: Uint8Array | null): Uint8Array | null {
    const { maxRatio, received, isOutermost } = this.#layer;
    this.#producedBytes += bytes?.length ?? 0;
    if (!exceedsRatio(this.#producedBytes, received.bytes, maxRatio)) return bytes;
    const option = isOutermost ? " (maxDecodedRatio)" : "";
    throw new Error(`it is more than ${maxRatio} times as long as what was received${option}`);
  }

  async #begin(): Promise<ContentReader> {
    const { coding, decoders, source, pace } = this.#layer;
    const read = () => this.#passThrough(() => source.read());
    const turn = () => this.#passThrough(() => pace.turn());
    return await decoders.reader(coding, new Input({ read }, () => pace.isDue ? turn() : null));
  }

  /** Marks errors that are not this coding's. */
  async #passThrough<Value>(work: () => Promise<Value>): Promise<Value> {
    try {
      return await work();
    } catch (error) {
      this.#foreign ??= { error };
      throw error;
    }
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
