/**
 * permessage-deflate (RFC 7692): what is offered, what a server's answer means, and which bytes of a message the
 * compressor and the decompressor see.
 *
 * A compressed message ends at a byte, after an empty block, so each one is a DEFLATE stream of its own that may
 * refer to the text before it. So this module keeps that text (32 KB each way at most) instead of a running compressor
 * (about 300 KB), and the compressor it is given has no state: one call for each message.
 */
import { CLOSE, ViolationError } from "../close_codes.ts";
import { type Extension, formatExtension } from "../handshake/extensions.ts";
import type { WebSocketLimits } from "../limits.ts";

/** Raw DEFLATE (RFC 1951), one call for each stream. */
export interface RawDeflate {
  /**
   * Compresses, and ends with an empty block that is not final: `00 00 FF FF`. `dictionary` is the text before, empty
   * for none; a runtime that can't use it compresses less.
   */
  deflate(
    bytes: Uint8Array,
    options: { readonly windowBits: number; readonly dictionary: Uint8Array },
  ): Uint8Array;
  /**
   * Decompresses one stream, or what there is of it.
   *
   * @throws {RangeError} when it would have more than `maxBytes`; any other error for invalid data
   */
  inflate(bytes: Uint8Array, maxBytes: number): Inflated;
}

/** A stream's text, and how many bytes of the input it had. */
export interface Inflated {
  readonly bytes: Uint8Array;
  readonly consumed: number;
}

/** What the caller may ask for. */
export interface DeflateOffer {
  /** Whether the client compresses each message by itself. */
  readonly clientNoContextTakeover: boolean;
  /** Whether the server has to. */
  readonly serverNoContextTakeover: boolean;
}

/** What both sides have agreed on. */
export interface DeflateTerms extends DeflateOffer {
  /** The most that the client's window may be. */
  readonly clientWindowBits: number;
}

export const DEFLATE_NAME = "permessage-deflate";

/** RFC 7692 §7.2.1: cut off from each message, and put back before it is decompressed. */
const TAIL = Uint8Array.of(0x00, 0x00, 0xff, 0xff);
const WINDOW_BYTES = 32_768;
const STORED_HEADER_BYTES = 5;
/** zlib can't make a raw stream with a window of 256 bytes. */
const LEAST_WINDOW_BITS = 9;
const NOTHING = new Uint8Array(0);

/** The value of `Sec-WebSocket-Extensions` in the request. */
export function formatOffer(offer: DeflateOffer): string {
  const parameters: [string, string | null][] = [["client_max_window_bits", null]];
  if (offer.clientNoContextTakeover) parameters.push(["client_no_context_takeover", null]);
  if (offer.serverNoContextTakeover) parameters.push(["server_no_context_takeover", null]);
  return formatExtension({ name: DEFLATE_NAME, parameters });
}

/** What the answer of the server means for an offer, or what is wrong with it (RFC 7692 §7.1). */
export function readTerms(
  answer: Extension,
  offer: DeflateOffer,
): DeflateTerms | { fault: string } {
  let { clientNoContextTakeover } = offer;
  let serverNoContextTakeover = false;
  let clientWindowBits = 15;
  const seen = new Set<string>();
  for (const [name, value] of answer.parameters) {
    if (seen.has(name)) return { fault: `parameter ${name} stands there twice` };
    seen.add(name);
    if (name === "client_no_context_takeover" && value === null) clientNoContextTakeover = true;
    else if (name === "server_no_context_takeover" && value === null) {
      serverNoContextTakeover = true;
    } else if (name === "client_max_window_bits" && isWindowBits(value)) clientWindowBits = +value;
    else if (name !== "server_max_window_bits" || !isWindowBits(value)) {
      return { fault: `parameter ${name} is unknown or has an invalid value` };
    }
  }
  if (offer.serverNoContextTakeover && !serverNoContextTakeover) {
    return { fault: "the server has not accepted server_no_context_takeover" };
  }
  return { clientNoContextTakeover, serverNoContextTakeover, clientWindowBits };
}

function isWindowBits(value: string | null): value is string {
  return value !== null && /^([89]|1[0-5])$/.test(value);
}

/** Compresses and decompresses the messages of one connection. */
export class MessageDeflate {
  readonly #raw: RawDeflate;
  readonly #terms: DeflateTerms;
  #sentWindow: Uint8Array = NOTHING;
  #receivedWindow: Uint8Array = NOTHING;

  constructor(raw: RawDeflate, terms: DeflateTerms) {
    this.#raw = raw;
    this.#terms = terms;
  }

  /** The payload of a message, or `null` when it is better sent as it is. */
  deflate(bytes: Uint8Array): Uint8Array | null {
    const { clientWindowBits: windowBits, clientNoContextTakeover } = this.#terms;
    if (windowBits < LEAST_WINDOW_BITS) return null;
    const compressed = this.#raw.deflate(bytes, { windowBits, dictionary: this.#sentWindow });
    const end = compressed.length - TAIL.length;
    // What is sent uncompressed does not enter the window of the server (§7.2.3.2).
    if (end >= bytes.length || !TAIL.every((byte, i) => compressed[end + i] === byte)) return null;
    if (!clientNoContextTakeover) {
      this.#sentWindow = windowAfter(this.#sentWindow, bytes, 2 ** windowBits);
    }
    return compressed.subarray(0, end);
  }

  /**
   * The message of a payload.
   *
   * @throws {ViolationError} 1009 when it is too large, 1007 when it is not DEFLATE
   */
  inflate(payload: Uint8Array, limits: WebSocketLimits): Uint8Array {
    const keeps = !this.#terms.serverNoContextTakeover;
    let window = keeps ? this.#receivedWindow : NOTHING;
    const parts: Uint8Array[] = [];
    let left = limits.maxMessageBytes;
    // A stream may end with a final block; another may follow it in the same message, or a byte of padding (§7.2.3.4).
    for (let rest = payload;;) {
      if (parts.length === limits.maxDeflateStreams) throw tooManyStreams(limits);
      const { bytes, consumed } = this.#inflateAfter(window, rest, left);
      parts.push(bytes);
      left -= bytes.length;
      window = windowAfter(window, bytes, WINDOW_BYTES);
      if (consumed === 0 || rest.length - consumed <= 1) break;
      rest = rest.subarray(consumed);
    }
    if (keeps) this.#receivedWindow = window;
    return joined(parts);
  }

  /**
   * The window goes before the payload as a block of its own, uncompressed (RFC 1951 §3.2.4), and its text is dropped
   * again: Deno's zlib has no dictionary for raw streams.
   */
  #inflateAfter(window: Uint8Array, payload: Uint8Array, maxBytes: number): Inflated {
    const start = window.length === 0 ? 0 : STORED_HEADER_BYTES + window.length;
    const input = new Uint8Array(start + payload.length + TAIL.length);
    if (start > 0) {
      const { length } = window;
      input.set([0, length, length >> 8, ~length, ~length >> 8]);
      input.set(window, STORED_HEADER_BYTES);
    }
    input.set(payload, start);
    input.set(TAIL, start + payload.length);
    try {
      const { bytes, consumed } = this.#raw.inflate(input, window.length + maxBytes);
      return { bytes: bytes.subarray(window.length), consumed: consumed - start };
    } catch (error) {
      throw error instanceof RangeError
        ? new ViolationError(CLOSE.TOO_BIG, "a compressed message exceeds maxMessageBytes")
        : new ViolationError(CLOSE.INVALID_PAYLOAD, "a compressed message can't be decompressed");
    }
  }
}

function tooManyStreams({ maxDeflateStreams }: WebSocketLimits): ViolationError {
  return new ViolationError(
    CLOSE.POLICY_VIOLATION,
    `a compressed message has more than maxDeflateStreams (${maxDeflateStreams})`,
  );
}

/** The last bytes of what came before and what has come, copied: the caller owns the message. */
function windowAfter(window: Uint8Array, bytes: Uint8Array, size: number): Uint8Array {
  if (bytes.length >= size) return bytes.slice(bytes.length - size);
  const kept = Math.min(window.length, size - bytes.length);
  const next = new Uint8Array(kept + bytes.length);
  next.set(window.subarray(window.length - kept));
  next.set(bytes, kept);
  return next;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [first] = parts;
  if (first !== undefined && parts.length === 1) return first;
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
