/**
 * A chunked body (RFC 9112 §7.1), strictly: each leniency here has been someone's request smuggling.
 *
 * ```text
 *  size ─▶ data ─▶ dataCR ─▶ dataLF ─▶ size     size ─0─▶ trailers ─empty line─▶ ended
 * ```
 */
import { RemoteProtocolError } from "../../errors.ts";
import type { FieldLines } from "../../semantics/fields.ts";
import type { BodyReader, BodyReaderInit, DataSink } from "./body_reader.ts";
import { readFields } from "./head_reader.ts";
import type { Http1Limits } from "./limits.ts";
import { findByte, ReceiveBuffer } from "./receive_buffer.ts";

/** What the reader is in the middle of. */
type ChunkPart = "size" | "data" | "dataCR" | "dataLF" | "trailers" | "ended";

const CR = 13;
const LF = 10;
const SP = 32;
const HTAB = 9;
const SEMICOLON = 59;

/** 52 bits: a number that arithmetic does not round. */
const MAX_SIZE_DIGITS = 13;

/** Bytes of a size line that need no content to justify them, and how many more one byte of content does. */
const FREE_LINE_BYTES = 16;
const LINE_BYTES_PER_CONTENT_BYTE = 2;

/** Reads chunks, passes their data on, and keeps the trailer section. */
export class ChunkedReader implements BodyReader {
  readonly #sink: DataSink;
  readonly #limits: Http1Limits;
  /** The beginning of a size line. */
  readonly #line = new ReceiveBuffer();
  /** The trailer section so far; its last line may be unfinished. */
  readonly #trailerBytes = new ReceiveBuffer();
  #part: ChunkPart = "size";
  /** Of the current chunk. */
  #missingBytes = 0;
  #contentBytes = 0;
  /** By how much size lines are larger than the content allows. */
  #excessBytes = 0;
  #trailerLineStart = 0;
  #trailers: FieldLines | null = null;

  constructor({ sink, limits }: BodyReaderInit) {
    this.#sink = sink;
    this.#limits = limits;
  }

  get isEnded(): boolean {
    return this.#part === "ended";
  }

  get trailers(): FieldLines | null {
    return this.#trailers;
  }

  receive(bytes: Uint8Array, start: number): number {
    let at = start;
    while (at < bytes.length && this.#part !== "ended") at = this.#receivePart(bytes, at);
    return at;
  }

  receiveEnd(): void {
    throw new RemoteProtocolError(
      `body ended after ${this.#contentBytes} bytes, before the last chunk`,
    );
  }

  #receivePart(bytes: Uint8Array, at: number): number {
    switch (this.#part) {
      case "size":
        return this.#receiveSize(bytes, at);
      case "data":
        return this.#receiveData(bytes, at);
      case "dataCR":
        if (bytes[at] === LF) throw noCRLF();
        if (bytes[at] !== CR) throw tooLong();
        this.#part = "dataLF";
        return at + 1;
      case "dataLF":
        if (bytes[at] !== LF) throw tooLong();
        this.#part = "size";
        return at + 1;
      default:
        return this.#receiveTrailers(bytes, at);
    }
  }

  #receiveSize(bytes: Uint8Array, at: number): number {
    const line = this.#line;
    const lineFeed = findByte(bytes, LF, at);
    const next = lineFeed < 0 ? bytes.length : lineFeed + 1;
    const { maxChunkLineBytes } = this.#limits;
    // CRLF is not counted; without an LF yet, the last byte may be the CR.
    if (line.length + next - at > maxChunkLineBytes + (lineFeed < 0 ? 1 : 2)) {
      throw new RemoteProtocolError(`chunk size line is larger than ${maxChunkLineBytes} bytes`);
    }
    if (lineFeed < 0) {
      line.add(bytes.subarray(at));
    } else if (line.isEmpty) {
      this.#beginChunk(bytes, at, next);
    } else {
      const whole = line.add(bytes.subarray(at, next));
      this.#beginChunk(whole, 0, whole.length);
      line.clear();
    }
    return next;
  }

  #beginChunk(bytes: Uint8Array, start: number, next: number): void {
    const size = readChunkSize(bytes, start, endOfLine(bytes, start, next));
    this.#missingBytes = size;
    this.#part = size === 0 ? "trailers" : "data";
    const allowed = FREE_LINE_BYTES + LINE_BYTES_PER_CONTENT_BYTE * size;
    this.#excessBytes = Math.max(0, this.#excessBytes + next - start - allowed);
    if (this.#excessBytes > this.#limits.maxChunkExcessBytes) {
      throw new RemoteProtocolError("chunk size lines are much larger than the content");
    }
  }

  #receiveData(bytes: Uint8Array, start: number): number {
    const end = Math.min(bytes.length, start + this.#missingBytes);
    this.#missingBytes -= end - start;
    this.#contentBytes += end - start;
    if (this.#missingBytes === 0) this.#part = "dataCR";
    this.#sink.onData(bytes, start, end);
    return end;
  }

  #receiveTrailers(bytes: Uint8Array, at: number): number {
    const held = this.#trailerBytes;
    // Nearly every body ends so; nothing needs to be kept then (bench: micro/http1_engine).
    if (held.isEmpty && bytes[at] === CR && bytes[at + 1] === LF) {
      this.#part = "ended";
      return at + 2;
    }
    const lineFeed = findByte(bytes, LF, at);
    const next = lineFeed < 0 ? bytes.length : lineFeed + 1;
    const { maxTrailerBytes } = this.#limits;
    // The empty line after the section is not counted.
    if (held.length + next - at > maxTrailerBytes + 2) throw trailersTooLarge(maxTrailerBytes);
    const whole = held.add(bytes.subarray(at, next));
    if (lineFeed < 0) return next;
    const lineEnd = endOfLine(whole, this.#trailerLineStart, whole.length);
    if (lineEnd === this.#trailerLineStart) {
      this.#end(whole);
    } else if (whole.length > maxTrailerBytes) {
      throw trailersTooLarge(maxTrailerBytes);
    } else {
      this.#trailerLineStart = whole.length;
    }
    return next;
  }

  #end(section: Uint8Array): void {
    this.#part = "ended";
    if (this.#trailerLineStart === 0) return;
    this.#trailers = readFields(section, { start: 0, end: section.length, framing: null }).lines;
  }
}

/** RFC 9112 §7.1: hex digits, then nothing or `;` and extensions, which are ignored. */
function readChunkSize(bytes: Uint8Array, start: number, end: number): number {
  let size = 0;
  let at = start;
  for (; at < end; at++) {
    const digit = hexDigit(bytes[at] ?? 0);
    if (digit < 0) break;
    size = size * 16 + digit;
  }
  if (at === start) throw new RemoteProtocolError("chunk size is not a number");
  if (at - start > MAX_SIZE_DIGITS) throw new RemoteProtocolError("chunk size is too large");
  // Some servers write sizes in columns, padded on the right; that can be read in one way only.
  while (at < end && (bytes[at] === SP || bytes[at] === HTAB)) at++;
  if (at < end && bytes[at] !== SEMICOLON) {
    throw new RemoteProtocolError("chunk size is not a number");
  }
  for (; at < end; at++) {
    if (bytes[at] === CR || bytes[at] === 0) {
      throw new RemoteProtocolError("chunk extension contains a control character");
    }
  }
  return size;
}

/** Where the CRLF before `next` stands. LF alone shows one reader another end than the next (§11.2). */
function endOfLine(bytes: Uint8Array, start: number, next: number): number {
  const end = next - 2;
  if (end < start || bytes[end] !== CR) throw noCRLF();
  return end;
}

function hexDigit(c: number): number {
  if (c >= 48 && c <= 57) return c - 48;
  const lower = c | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}

function noCRLF(): RemoteProtocolError {
  return new RemoteProtocolError("chunk line without CRLF");
}

function tooLong(): RemoteProtocolError {
  return new RemoteProtocolError("chunk is longer than its size");
}

function trailersTooLarge(maxTrailerBytes: number): RemoteProtocolError {
  return new RemoteProtocolError(`trailers are larger than ${maxTrailerBytes} bytes`);
}
