/**
 * Who undoes `Content-Encoding`. `fetch` does so by itself, so an entry over `fetch` alone carries no decoders; every
 * other one hands them in here, when it is loaded.
 */
import { DecodingError } from "../../../errors.ts";
import type { ByteReader, ContentReader } from "./byte_reader.ts";

/** How much content may become. */
export interface DecodingLimit {
  /** Most bytes after decoding. Default: no limit. */
  readonly maxBytes?: number | undefined;
  /** Makes the error for more. Default: a `DecodingError`. */
  readonly tooLarge?: (() => Error) | undefined;
}

/** Whoever undoes what a `Content-Encoding` says. Both ways throw a `DecodingError` for what can't be decoded. */
export interface ContentDecoding {
  /** The codings that can be undone, in the order of the default `Accept-Encoding`. */
  codings(): readonly string[];
  /** Decodes while it is read. */
  stream(source: ByteReader, contentEncoding: string, limit: DecodingLimit): ContentReader;
  /** Decodes a whole body: at once where it is small. */
  whole(
    bytes: Uint8Array,
    contentEncoding: string,
    limit: DecodingLimit,
  ): Uint8Array | Promise<Uint8Array>;
}

/** Set when the entry is loaded, before any body is read. */
let current: ContentDecoding = { codings: () => [], stream: refuse, whole: refuse };

/** Has content decoded by `decoding` from now on. */
export function useDecoding(decoding: ContentDecoding): void {
  current = decoding;
}

/** Whoever undoes content codings in this program. */
export function contentDecoding(): ContentDecoding {
  return current;
}

function refuse(_: unknown, contentEncoding: string): never {
  throw new DecodingError(
    `Cannot decode ${contentEncoding} content: only fetch decodes here; import "@httpx/httpx/fetch/full"`,
  );
}
