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

/** What there is beside the platform's decoders. */
export interface Charsets {
  /** Another name for a label in lower case, `_` written as `-`. */
  aliasOf(label: string): string | undefined;
  /** A decoder that the platform does not have, or `null`. */
  decoderOf(label: string): IncrementalDecoder | null;
  /** The charset of a JSON text. */
  ofJSON(bytes: Uint8Array): string;
}

/** Set when the entry is loaded, before any text is decoded. JSON between systems is UTF-8 (RFC 8259 §8.1). */
let more: Charsets = {
  aliasOf: () => undefined,
  decoderOf: () => null,
  ofJSON: () => "utf-8",
};

/** Has more charsets known from now on. */
export function useCharsets(charsets: Charsets): void {
  more = charsets;
}

/** The charset that a `Content-Type` names, as it is written there, or `null` where it names none that is known. */
export function charsetOf(contentType: string | null): string | null {
  const label = contentType === null
    ? undefined
    : parseMediaType(contentType)?.parameters.get("charset");
  return label !== undefined && isKnownCharset(label) ? label : null;
}

/** Whether there is a decoder for a charset. */
export function isKnownCharset(label: string): boolean {
  return resolve(label) !== null;
}

/**
 * A decoder for a charset.
 *
 * @throws {RangeError} for one that is not known
 */
export function makeTextDecoder(label: string): IncrementalDecoder {
  const known = resolve(label);
  if (known === null) throw new RangeError(`Cannot decode text as "${label}": no such charset`);
  return more.decoderOf(known) ?? new PlatformDecoder(known);
}

/** A decoder for a JSON text. */
export function makeJSONDecoder(bytes: Uint8Array): IncrementalDecoder {
  return makeTextDecoder(more.ofJSON(bytes));
}

/** The label under which a charset has a decoder. */
function resolve(label: string): string | null {
  const name = label.trim().toLowerCase();
  const dashed = name.replaceAll("_", "-");
  const alias = more.aliasOf(dashed);
  if (more.decoderOf(alias ?? name) !== null) return alias ?? name;
  return [name, alias, dashed].find((candidate) => candidate && isPlatformLabel(candidate)) ?? null;
}

function isPlatformLabel(label: string): boolean {
  try {
    return new TextDecoder(label) !== null; // it throws for what it does not know
  } catch {
    return false;
  }
}

/**
 * The platform's decoder, but for the mark: in a stream Deno's also leaves out a U+FEFF that happens to stand at the
 * beginning of a later chunk.
 */
class PlatformDecoder implements IncrementalDecoder {
  readonly #decoder: TextDecoder;
  #isAtStart = true;

  constructor(label: string) {
    this.#decoder = new TextDecoder(label, { ignoreBOM: true });
  }

  decode(bytes?: Uint8Array, { stream = false } = {}): string {
    const text = this.#decoder.decode(bytes, { stream });
    const isMarked = this.#isAtStart && text.startsWith("\ufeff");
    this.#isAtStart = !stream || this.#isAtStart && text === "";
    return isMarked ? text.slice(1) : text;
  }
}
