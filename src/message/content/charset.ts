/**
 * Character sets: what a `Content-Type` names, whether it is known, and its decoder. Known is what the web's
 * `TextDecoder` knows, under its labels, and whatever more_charsets.ts adds where an entry hands that in. Malformed bytes
 * become U+FFFD, never an error; a byte order mark is not part of the text.
 */
import { parseMediaType } from "../../semantics/media_type.ts";

/** Turns bytes into text, a chunk at a time. */
export interface IncrementalDecoder {
  decode(bytes?: Uint8Array, options?: { readonly stream?: boolean }): string;
}

/** Whoever knows charsets. */
export interface Charsets {
  /** A decoder, or `null` for a label that nobody knows. */
  decoderFor(label: string): IncrementalDecoder | null;
  /** The charset of a JSON text. */
  ofJSON(bytes: Uint8Array): string;
}

/** Set when the entry is loaded, before any text is decoded. JSON between systems is UTF-8 (RFC 8259 §8.1). */
let current: Charsets = { decoderFor: platformDecoder, ofJSON: () => "utf-8" };

/** Has charsets looked up in `charsets` from now on. */
export function useCharsets(charsets: Charsets): void {
  current = charsets;
}

/** The charset that a `Content-Type` names, as it is written there, or `null` if it names none or an unknown one. */
export function charsetOf(contentType: string | null): string | null {
  const label = contentType === null
    ? undefined
    : parseMediaType(contentType).parameters.get("charset");
  return label !== undefined && isKnownCharset(label) ? label : null;
}

/** Whether there is a decoder for a charset. */
export function isKnownCharset(label: string): boolean {
  return current.decoderFor(label) !== null;
}

/**
 * A decoder for a charset.
 *
 * @throws {RangeError} for one that is not known
 */
export function makeTextDecoder(label: string): IncrementalDecoder {
  const decoder = current.decoderFor(label);
  if (decoder !== null) return decoder;
  throw new RangeError(`Cannot decode text as "${label}": no such charset`);
}

/** A decoder for a JSON text. */
export function makeJSONDecoder(bytes: Uint8Array): IncrementalDecoder {
  return makeTextDecoder(current.ofJSON(bytes));
}

/** The platform's decoder for a label, or `null` where it has none. */
function platformDecoder(label: string): IncrementalDecoder | null {
  try {
    return new TextDecoder(label) as IncrementalDecoder; // bodies are never in shared memory
  } catch {
    return null; // it throws for what it does not know
  }
}
