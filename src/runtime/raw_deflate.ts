/**
 * Raw DEFLATE (RFC 1951) by `node:zlib`, which Deno, Bun and Node all have: one call for each stream, as
 * `wire/websocket/deflate.ts` wants it.
 */
import { zlibModule } from "./host.ts";

interface ZlibOptions {
  readonly finishFlush: number;
  readonly dictionary?: Uint8Array;
  readonly windowBits?: number;
  readonly maxOutputLength?: number;
  readonly info?: true;
}

/** The part of `node:zlib` that is used here. */
interface Zlib {
  readonly constants: { readonly Z_SYNC_FLUSH: number };
  deflateRawSync(bytes: Uint8Array, options: ZlibOptions): Uint8Array;
  inflateRawSync(
    bytes: Uint8Array,
    options: ZlibOptions,
  ): { readonly buffer: Uint8Array; readonly engine: { readonly bytesWritten: number } };
}

/** Compresses and decompresses single streams. */
export interface RawDeflateCalls {
  /**
   * Ends with an empty block that is not final. Text of the `dictionary` is referred to instead of repeated; Deno ignores
   * it.
   */
  deflate(
    bytes: Uint8Array,
    options: { readonly windowBits: number; readonly dictionary: Uint8Array },
  ): Uint8Array;
  /** Throws a `RangeError` when the text would exceed `maxBytes`. */
  inflate(
    bytes: Uint8Array,
    maxBytes: number,
  ): { readonly bytes: Uint8Array; readonly consumed: number };
}

/** The runtime's own, or `null` without `node:zlib`. */
export function rawDeflate(): RawDeflateCalls | null {
  const zlib = zlibModule<Zlib>();
  if (zlib === null) return null;
  const finishFlush = zlib.constants.Z_SYNC_FLUSH;
  return {
    deflate: (bytes, { windowBits, dictionary }) =>
      zlib.deflateRawSync(bytes, {
        finishFlush,
        windowBits,
        ...(dictionary.length > 0 && { dictionary }), // zlib refuses an empty one
      }),
    inflate(bytes, maxBytes) {
      const options = { finishFlush, maxOutputLength: Math.max(1, maxBytes), info: true } as const;
      const { buffer, engine } = zlib.inflateRawSync(bytes, options);
      if (buffer.length > maxBytes) throw new RangeError("the text is too long");
      // Without Buffer's methods, and apart from the pool of Node in which others' bytes are.
      const isAlone = buffer.byteLength === buffer.buffer.byteLength;
      const owned = isAlone ? new Uint8Array(buffer.buffer) : new Uint8Array(buffer);
      return { bytes: owned, consumed: engine.bytesWritten };
    },
  };
}
