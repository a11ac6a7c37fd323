/**
 * UTF-8 of text messages (RFC 6455 §8.1): decoded by the runtime when a message is in one piece, and checked as its
 * pieces arrive when it is not, so that invalid text ends a connection before the message is complete.
 */
import { CLOSE, ViolationError } from "../close_codes.ts";

/** A byte order mark is text like any other. */
const DECODER = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Decodes a whole text.
 *
 * @throws {ViolationError} 1007
 */
export function decodeText(bytes: Uint8Array): string {
  try {
    return DECODER.decode(bytes);
  } catch {
    throw invalidText();
  }
}

/** The error for text that is not UTF-8. */
export function invalidText(): ViolationError {
  return new ViolationError(CLOSE.INVALID_PAYLOAD, "text is not valid UTF-8");
}

/** Checks one text that arrives in pieces (Unicode, table 3-7). */
export class UTF8Checker {
  /** Continuation bytes that must follow. */
  #missing = 0;
  /** The range of the next continuation byte: narrower after E0, ED, F0 and F4. */
  #lowest = 0x80;
  #highest = 0xbf;

  /** Whether a character is not broken off at this point. */
  get isComplete(): boolean {
    return this.#missing === 0;
  }

  /** Whether the text is still valid with the bytes from `start` to `end`. */
  accepts(bytes: Uint8Array, start: number, end: number): boolean {
    let at = start;
    while (at < end) {
      if (this.#missing === 0) {
        at = skipASCII(bytes, at, end);
        if (at < end && !this.#begin(bytes[at++] ?? 0)) return false;
      } else {
        const byte = bytes[at++] ?? 0;
        if (byte < this.#lowest || byte > this.#highest) return false;
        this.#missing--;
        this.#lowest = 0x80;
        this.#highest = 0xbf;
      }
    }
    return true;
  }

  #begin(byte: number): boolean {
    if (byte < 0xc2 || byte > 0xf4) return false;
    this.#missing = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
    if (byte === 0xe0) this.#lowest = 0xa0; // no overlong forms
    else if (byte === 0xed) this.#highest = 0x9f; // no surrogates
    else if (byte === 0xf0) this.#lowest = 0x90;
    else if (byte === 0xf4) this.#highest = 0x8f; // nothing above U+10FFFF
    return true;
  }
}

/** The first byte above 7F at or after `at`, or `end`. Eight bytes a step (bench: websocket_64k). */
function skipASCII(bytes: Uint8Array, at: number, end: number): number {
  const last = end - 8;
  while (at <= last) {
    const all = (bytes[at] ?? 0) | (bytes[at + 1] ?? 0) | (bytes[at + 2] ?? 0) |
      (bytes[at + 3] ?? 0) | (bytes[at + 4] ?? 0) | (bytes[at + 5] ?? 0) | (bytes[at + 6] ?? 0) |
      (bytes[at + 7] ?? 0);
    if (all > 0x7f) break;
    at += 8;
  }
  while (at < end && (bytes[at] ?? 0) < 0x80) at++;
  return at;
}
