/**
 * What decoders read, what they are, and the codings there are: what `node:zlib`'s and the web's have in common.
 */
import { joinBytes } from "../join_bytes.ts";

/** A coding that can be decoded. */
export type Coding = "gzip" | "deflate" | "br" | "zstd";

/** A source of bytes: the next ones, never empty, or `null` after the last. */
export interface ByteReader {
  read(): Promise<Uint8Array | null>;
}

/** A reader that holds something which `close()` frees. */
export interface ContentReader extends ByteReader {
  close(): void;
}

/** The decoders of one kind. What their readers and `atOnce()` throw is plain; the caller names the coding. */
export interface Decoders {
  /** Whether a coding can be decoded. */
  supports(coding: Coding): boolean;
  /** A reader of what `input` holds in this coding. */
  reader(coding: Coding, input: Input): ContentReader | Promise<ContentReader>;
  /** The content, or `null` if it has to be read. */
  atOnce(
    coding: Coding,
    options: AtOnce,
  ): Uint8Array | "too large" | null;
}

/** What is decoded at once, and how much of it. */
export interface AtOnce {
  readonly bytes: Uint8Array;
  readonly maxBytes: number;
  /** Most gzip members or zstd frames. Default: no limit. */
  readonly maxMembers?: number;
}

/** A reader to which bytes can be given back. */
export class Input implements ByteReader {
  readonly #source: ByteReader;
  readonly #pause: () => Promise<void> | null;
  /** Given back, the next ones last. Kept apart: joining them for each member of a body would cost its square. */
  readonly #returned: Uint8Array[] = [];

  /** @param pause called before each read; a promise is waited for */
  constructor(source: ByteReader, pause: () => Promise<void> | null = () => null) {
    this.#source = source;
    this.#pause = pause;
  }

  async read(): Promise<Uint8Array | null> {
    const pause = this.#pause();
    if (pause !== null) await pause;
    for (;;) {
      const chunk = this.#returned.pop() ?? await this.#source.read();
      if (chunk === null || chunk.length > 0) return chunk;
    }
  }

  /** Gives back the bytes that the next `read()` shall begin with. */
  unread(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#returned.push(bytes);
  }

  /** At least `count` bytes, or fewer at the end. Meant for small numbers: chunks are joined. */
  async readAtLeast(count: number): Promise<Uint8Array> {
    let bytes: Uint8Array = await this.read() ?? new Uint8Array(0);
    while (bytes.length < count) {
      const chunk = await this.read();
      if (chunk === null) break;
      // No more of the chunk than is asked for: it may be large, and `bytes` small again and again.
      const missing = count - bytes.length;
      this.unread(chunk.subarray(missing));
      bytes = joinBytes([bytes, chunk.subarray(0, missing)]);
    }
    return bytes;
  }
}

/** RFC 1950 §2.2. Raw deflate is what some servers send instead; it never begins like this. */
export function isZlib(start: Uint8Array): boolean {
  const [cmf = 0, flags = 0] = start;
  return (cmf & 15) === 8 && (cmf * 256 + flags) % 31 === 0;
}
