/**
 * Character sets: which one a `Content-Type` names, whether it is known, and its decoder. Malformed bytes become U+FFFD,
 * never an error; a byte order mark is not part of the text.
 */
import { parseMediaType } from "../../semantics/media_type.ts";
import { decoderFor, detectJSONEncoding, type IncrementalDecoder } from "./text_decoders.ts";

/** The charset that a `Content-Type` names, as it is written there, or `null` if it names none or an unknown one. */
export function charsetOf(contentType: string | null): string | null {
  const label = labelOf(contentType);
  return label !== undefined && isKnownCharset(label) ? label : null;
}

/** The charset that a `Content-Type` names, if it is not a known one, else `null`. */
export function unknownCharsetOf(contentType: string | null): string | null {
  const label = labelOf(contentType);
  return label === undefined || isKnownCharset(label) ? null : label;
}

function labelOf(contentType: string | null): string | undefined {
  if (contentType === null) return undefined;
  return parseMediaType(contentType).parameters.get("charset");
}

/** Whether there is a decoder for a charset. */
export function isKnownCharset(label: string): boolean {
  return decoderFor(label) !== null;
}

/**
 * A decoder for a charset.
 *
 * @throws {RangeError} for one that is not known
 */
export function makeTextDecoder(label: string): IncrementalDecoder {
  const decoder = decoderFor(label);
  if (decoder !== null) return decoder;
  throw new RangeError(`Cannot decode text as "${label}": no such charset`);
}

/** A decoder for a JSON text. */
export function makeJSONDecoder(bytes: Uint8Array): IncrementalDecoder {
  return makeTextDecoder(detectJSONEncoding(bytes));
}
