/**
 * What decoders read, what they are, and the codings there are: as much as `node:zlib`'s and the web's have in common.
 */
import { joinBytes } from "../join_bytes.ts";

/** A coding that can be undone. */
export type Coding = "gzip" | "deflate" | "br" | "zstd";

/** What can be read: the next bytes, never empty, or `null` after the last. */
export interface ByteReader {
  read(): Promise<Uint8Array | null>;
}

/** A reader that holds something which `close()` frees. */
export interface ContentReader extends ByteReader {
  close(): void;
}

/** Whoever undoes codings. What its readers and `atOnce()` throw is plain; the caller names the coding. */
export interface Decoders {
  /** Whether a coding can be undone. */
  supports(coding: Coding): boolean;
  /** A reader of what `input` holds in this coding. */
  reader(coding: Coding, input: Input): ContentReader | Promise<ContentReader>;
  /** The content, or `null` where only reading can tell what is right. */
  atOnce(
    coding: Coding,
    options: { readonly bytes: Uint8Array; readonly maxBytes: number },
  ): Uint8Array | "too large" | null;
}

/** A reader to which bytes can be given back. */
export class Input implements ByteReader {
  readonly #source: ByteReader;
  #returned: Uint8Array | null = null;

  constructor(source: ByteReader) {
    this.#source = source;
  }

  async read(): Promise<Uint8Array | null> {
    let chunk = this.#returned;
    this.#returned = null;
    while (chunk === null || chunk.length === 0) {
      chunk = await this.#source.read();
      if (chunk === null) break;
    }
    return chunk;
  }

  /** Gives back the bytes that the next `read()` shall begin with. */
  unread(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#returned = this.#returned === null ? bytes : joinBytes([bytes, this.#returned]);
  }

  /** At least `count` bytes, or fewer at the end. */
  async readAtLeast(count: number): Promise<Uint8Array> {
    let bytes = new Uint8Array(0);
    while (bytes.length < count) {
      const chunk = await this.read();
      if (chunk === null) break;
      bytes = joinBytes([bytes, chunk]);
    }
    return bytes;
  }
}

/** RFC 1950 §2.2. Raw deflate is what some servers send instead; it never begins like this. */
export function isZlib(start: Uint8Array): boolean {
  const [cmf = 0, flags = 0] = start;
  return (cmf & 15) === 8 && (cmf * 256 + flags) % 31 === 0;
}
