/**
 * Decompression by the web's `DecompressionStream`, for runtimes without `node:zlib`. It reads one gzip member and is
 * strict about what follows; which formats it knows is found by asking it.
 */
import {
  type ByteReader,
  type Coding,
  type ContentReader,
  type Decoders,
  type Input,
  isZlib,
} from "./byte_reader.ts";

/** DecompressionStream unfolds a written chunk whole: small ones keep a bomb (1 : 1032 in deflate) small. */
const SLICE_BYTES = 1024;

/** Whether this runtime can decode a format. */
export function webSupports(format: string): boolean {
  try {
    return new DecompressionStream(format as CompressionFormat) !== null; // it throws for what it does not know
  } catch {
    return false;
  }
}

const FORMATS: Readonly<Record<Coding, string>> = {
  gzip: "gzip",
  deflate: "deflate",
  br: "brotli",
  zstd: "zstd",
};

/** The decoders that every runtime of the web has. */
export const WEB_DECODERS: Decoders = {
  supports: (coding) => webSupports(FORMATS[coding]),
  reader: webReader,
  atOnce: () => null,
};

async function webReader(coding: Coding, input: Input): Promise<ContentReader> {
  const start = await input.readAtLeast(2);
  if (start.length === 0) return { read: () => Promise.resolve(null), close: () => {} };
  input.unread(start);
  const isRaw = coding === "deflate" && !isZlib(start);
  return new WebReader(input, isRaw ? "deflate-raw" : FORMATS[coding]);
}

/** Reads `source` through a `DecompressionStream`. */
export class WebReader implements ContentReader {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #writer: WritableStreamDefaultWriter<BufferSource>;
  readonly #source: ByteReader;
  #failure: { readonly error: unknown } | null = null;
  #isPumping = false;

  constructor(source: ByteReader, format: string) {
    const stream = new DecompressionStream(format as CompressionFormat); // asked webSupports() before
    this.#source = source;
    this.#reader = stream.readable.getReader();
    this.#writer = stream.writable.getWriter();
  }

  async read(): Promise<Uint8Array | null> {
    if (!this.#isPumping) {
      this.#isPumping = true;
      this.#pump().catch((error) => this.#fail(error));
    }
    for (;;) {
      const { done, value } = await this.#reader.read().catch((error) => {
        throw this.#failure?.error ?? error;
      });
      if (this.#failure !== null) throw this.#failure.error;
      if (done) return null;
      if (value.length > 0) return value;
    }
  }

  close(): void {
    this.#fail(new Error("closed"));
  }

  async #pump(): Promise<void> {
    for (;;) {
      const chunk = await this.#source.read();
      if (chunk === null) return await this.#writer.close();
      for (let offset = 0; offset < chunk.length; offset += SLICE_BYTES) {
        await this.#writer.ready;
        // A copy: the stream may take the memory away, and a view of shared memory is refused.
        await this.#writer.write(chunk.slice(offset, offset + SLICE_BYTES) as BufferSource);
      }
    }
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#writer.abort(error).catch(() => {});
    this.#reader.cancel(error).catch(() => {});
  }
}
