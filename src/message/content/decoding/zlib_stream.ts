/**
 * Decompression by `node:zlib`, which Deno, Bun and Node all have: the part of its interface that is used, and one engine
 * read by pulling. An engine handles one compressed stream; it takes one piece of input at a time and is asked for all
 * output of it before the next, so that a bomb unfolds no faster than it is read.
 */
import { joinBytes } from "../join_bytes.ts";
import type { ContentReader, Input } from "./byte_reader.ts";

/** One engine of `node:zlib`. */
export interface ZlibEngine {
  readonly bytesWritten: number;
  on(event: "readable" | "end", listener: () => void): unknown;
  on(event: "error", listener: (error: unknown) => void): unknown;
  read(): Uint8Array | null;
  write(chunk: Uint8Array, done: () => void): unknown;
  end(): unknown;
  destroy(): unknown;
}

/** Output and engine of a one-shot call. */
export interface ZlibResult {
  readonly buffer: Uint8Array;
  readonly engine: ZlibEngine;
}

/** How much a one-shot call may answer, in pieces of which size. */
export interface OneShotOptions {
  readonly info: true;
  readonly maxOutputLength: number;
  readonly chunkSize?: number;
}

type OneShot = (bytes: Uint8Array, options: OneShotOptions) => ZlibResult;
type Streaming = (options: { chunkSize: number }) => ZlibEngine;

/** The part of `node:zlib` that is used here. */
export interface Zlib {
  readonly createInflate: Streaming;
  readonly createInflateRaw: Streaming;
  readonly createBrotliDecompress: Streaming;
  readonly createZstdDecompress?: Streaming; // from Node 22.15
  readonly inflateSync: OneShot;
  readonly inflateRawSync: OneShot;
  readonly brotliDecompressSync: OneShot;
  readonly zstdDecompressSync?: OneShot;
  readonly crc32?: (bytes: Uint8Array, crc: number) => number; // from Node 20.15
}

/** Size of an engine's output pieces. */
const PIECE_BYTES = 65_536;

/** Most input of an engine at a time: what a call gets is copied on Deno, and what it leaves is given back. */
const INPUT_BYTES = 65_536;

/** One of a row of streams that is not larger is decoded by a one-shot call. */
export const SMALL_BYTES = 1024;

/** Bounds of such a call. */
export function smallLimit(): OneShotOptions {
  return { info: true, maxOutputLength: 65_536, chunkSize: 1024 };
}

/**
 * The same bytes for a caller to keep: without Buffer's own methods (its `slice` shares memory), and copied if they are
 * part of a larger piece of memory, which is the engine's, or Node's pool with what others keep there.
 */
export function owned(bytes: Uint8Array): Uint8Array {
  const isAlone = bytes.byteLength === bytes.buffer.byteLength;
  return isAlone ? new Uint8Array(bytes.buffer) : new Uint8Array(bytes);
}

/** The parts of a content as one array; mostly there is one. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [first] = parts;
  return first !== undefined && parts.length === 1 ? first : joinBytes(parts);
}

/** Reads one compressed stream; what follows it is given back to the input. */
export class ZlibReader implements ContentReader {
  readonly #engine: ZlibEngine;
  readonly #input: Input;
  /** Written after the input's end instead of `end()`, to see whether the engine still wants bytes. */
  readonly #probe: Uint8Array | null;
  #last: Uint8Array = new Uint8Array(0);
  #fedBytes = 0;
  #state: "hungry" | "busy" | "draining" | "ended" = "hungry";
  #failure: { readonly error: unknown } | null = null;
  #hasChanged = false;
  #wake: (() => void) | null = null;

  constructor(create: Streaming, input: Input, probe: Uint8Array | null = null) {
    this.#engine = create({ chunkSize: PIECE_BYTES });
    this.#input = input;
    this.#probe = probe;
    this.#engine.on("readable", () => this.#notify());
    this.#engine.on("end", () => {
      this.#state = "ended";
      this.#notify();
    });
    this.#engine.on("error", (error) => {
      this.#failure = { error };
      this.#notify();
    });
  }

  async read(): Promise<Uint8Array | null> {
    for (;;) {
      const piece = this.#engine.read();
      if (piece !== null) return owned(piece);
      if (this.#failure !== null) throw this.#failure.error;
      if (this.#state === "ended") return this.#finish();
      if (this.#state === "hungry") await this.#feed();
      else await this.#change();
    }
  }

  close(): void {
    this.#engine.destroy();
  }

  async #feed(): Promise<void> {
    const chunk = await this.#input.read();
    if (chunk === null && this.#probe === null) {
      this.#state = "draining";
      this.#engine.end();
      return;
    }
    this.#state = "busy";
    if (chunk !== null) this.#input.unread(chunk.subarray(INPUT_BYTES));
    this.#last = chunk?.subarray(0, INPUT_BYTES) ?? this.#probe ?? this.#last;
    this.#fedBytes += this.#last.length;
    this.#engine.write(this.#last, () => this.#onWritten(chunk === null));
  }

  #onWritten(isProbe: boolean): void {
    if (this.#state !== "busy") return; // at its end an engine destroys itself, and reports that here too
    if (this.#engine.bytesWritten < this.#fedBytes) {
      this.#state = "draining"; // it leaves bytes only when it is at its end
    } else if (isProbe) {
      this.#failure ??= { error: new Error("unexpected end of file") };
    } else {
      this.#state = "hungry";
    }
    this.#notify();
  }

  #finish(): null {
    const unused = this.#fedBytes - this.#engine.bytesWritten;
    if (this.#last !== this.#probe) {
      this.#input.unread(this.#last.subarray(this.#last.length - unused));
    } else if (unused < this.#last.length) throw new Error("unexpected end of file");
    this.#fedBytes -= unused;
    return null;
  }

  #notify(): void {
    this.#hasChanged = true;
    this.#wake?.();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = null;
        this.#hasChanged = false;
        resolve();
      };
      if (this.#hasChanged) this.#wake();
    });
  }
}
