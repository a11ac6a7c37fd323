/**
 * Names and values between callers and the wire: what a caller gives is checked here, once, and what arrived
 * as bytes becomes text here.
 */
import { invalidFieldReason, isToken, trimBlanks } from "../semantics/fields.ts";
import { textOfScalar } from "../semantics/scalar.ts";

/** `null`, for a name that was not found; checked only now, since a name that was found is valid. */
export function absentHeader(name: string): null {
  if (!isToken(name)) {
    throw new TypeError(
      `Cannot look up header ${JSON.stringify(name)}: no header can have this name`,
    );
  }
  return null;
}

/** A name or value with characters that no header can have: for the web's interface a `TypeError` like any other. */
export class UnsendableHeader extends TypeError {
  /** Says which header and why, in words that fit what was tried. */
  readonly fact: string;

  /** An error whose message begins with what was tried. */
  constructor(fact: string) {
    super(`Cannot set header ${fact}`);
    this.fact = fact;
  }
}

/** The value as it will stand in the list, or a `TypeError` that says what is wrong but never shows the value. */
export function checkedValue(name: string, value: unknown): string {
  const text = trimBlanks(checkedText(name, value));
  const reason = invalidFieldReason(name, text);
  if (reason !== null) throw new UnsendableHeader(`${JSON.stringify(name)}: ${reason}`);
  return text;
}

function checkedText(name: string, value: unknown): string {
  const text = textOfScalar(value);
  if (text !== null) return text;
  const found = value === null ? "null" : typeof value;
  throw new TypeError(
    `Cannot set header ${
      JSON.stringify(name)
    }: value is ${found}; give a string, or leave the header out`,
  );
}

/** A loop, not a pattern: values are short, and on Bun a lookup takes half the time so (bench: `get` of one header). */
export function isASCII(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}

/** The bytes of a byte string. */
export function bytesOf(byteString: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(byteString, (char) => char.charCodeAt(0));
}

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** RFC 9110 §5.5 leaves other bytes than ASCII opaque; senders mean UTF-8 or, from older days, Latin-1. */
export function decodeValue(byteString: string): string {
  if (isASCII(byteString)) return byteString;
  try {
    return UTF8.decode(bytesOf(byteString));
  } catch {
    return byteString; // one char for each byte is what Latin-1 says
  }
}
