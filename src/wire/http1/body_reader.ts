/**
 * The body of one response, whatever ends it (RFC 9112 §6, §7): tells content, end and trailers, and
 * how much of the input was its own.
 */
import { RemoteProtocolError } from "../../errors.ts";
import type { FieldLines } from "../../semantics/fields.ts";
import type { Framing } from "./framing.ts";
import { readFields } from "./head_reader.ts";
import type { Http1Limits } from "./limits.ts";
import { findLineEnd, ReceiveBuffer } from "./receive_buffer.ts";

/** Who is told of the body. */
export interface BodySink {
  onData(bytes: Uint8Array): void;
  onEnd(trailers: FieldLines | null): void;
}

/** What a chunked body is in the middle of. */
type ChunkPart = "size" | "data" | "dataEnd" | "trailers";

const MAX_SIZE_DIGITS = 13;

/** Reads one body. */
export class BodyReader {
  readonly #framing: Framing;
  readonly #sink: BodySink;
  readonly #limits: Http1Limits;
  readonly #line = new ReceiveBuffer();
  readonly #trailers = new ReceiveBuffer();
  #part: ChunkPart = "size";
  /** Of a fixed body or the current chunk. */
  #missingBytes: number;
  #contentBytes = 0;
  #isEnded = false;

  constructor(framing: Framing, sink: BodySink, limits: Http1Limits) {
    this.#framing = framing;
    this.#sink = sink;
    this.#limits = limits;
    this.#missingBytes = framing.kind === "fixed" ? framing.length : 0;
    if (framing.kind === "none" || (framing.kind === "fixed" && framing.length === 0)) {
      this.#end(null);
    }
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Reads from `start` and returns where it stopped: the end of the input, or of the body. */
  receive(bytes: Uint8Array, start: number): number {
    switch (this.#framing.kind) {
      case "none":
        return start;
      case "fixed": {
        const at = this.#takeData(bytes, start);
        if (this.#missingBytes === 0) this.#end(null);
        return at;
      }
      case "chunked": {
        let at = start;
        while (at < bytes.length && !this.#isEnded) at = this.#receivePart(bytes, at);
        return at;
      }
      case "untilClose":
        this.#deliver(start === 0 ? bytes : bytes.subarray(start));
        return bytes.length;
    }
  }

  /** The connection has ended: that may be the end of the body, or come too early. */
  receiveEnd(): void {
    const { kind } = this.#framing;
    if (kind === "untilClose") return this.#end(null);
    const of = kind === "fixed" ? ` of ${this.#framing.length}` : "";
    const before = kind === "fixed" ? "" : ", before the last chunk";
    throw new RemoteProtocolError(`body ended after ${this.#contentBytes}${of} bytes${before}`);
  }

  #receivePart(bytes: Uint8Array, at: number): number {
    switch (this.#part) {
      case "size":
        return this.#receiveLine(bytes, at);
      case "data": {
        const end = this.#takeData(bytes, at);
        if (this.#missingBytes === 0) this.#part = "dataEnd";
        return end;
      }
      case "dataEnd":
        return this.#receiveLine(bytes, at);
      case "trailers":
        return this.#receiveLine(bytes, at);
    }
  }

  /** Finds the end of a line, across inputs where it must, and acts on it. */
  #receiveLine(bytes: Uint8Array, at: number): number {
    const line = this.#line;
    if (line.isEmpty) {
      const end = findLineEnd(bytes, at, at);
      if (end >= 0) {
        this.#checkLineSize(end - at);
        this.#actOnLine(bytes, at, end);
        return end + 2;
      }
      this.#checkLineSize(bytes.length - at);
      line.add(bytes.subarray(at));
      return bytes.length;
    }
    const held = line.length;
    const joined = line.add(bytes.subarray(at));
    const end = findLineEnd(joined, 0, held);
    if (end < 0) {
      this.#checkLineSize(joined.length);
      return bytes.length;
    }
    this.#checkLineSize(end);
    line.clear();
    this.#actOnLine(joined, 0, end);
    return at + end + 2 - held;
  }

  #actOnLine(bytes: Uint8Array, start: number, end: number): void {
    switch (this.#part) {
      case "size":
        this.#missingBytes = readChunkSize(bytes, start, end);
        this.#part = this.#missingBytes === 0 ? "trailers" : "data";
        break;
      case "dataEnd":
        if (end > start) throw new RemoteProtocolError("chunk is longer than its size");
        this.#part = "size";
        break;
      case "trailers":
        if (end === start) this.#end(this.#readTrailers());
        else this.#keepTrailer(bytes.subarray(start, end + 2));
    }
  }

  #takeData(bytes: Uint8Array, start: number): number {
    const end = Math.min(bytes.length, start + this.#missingBytes);
    this.#missingBytes -= end - start;
    if (end > start) {
      this.#deliver(start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end));
    }
    return end;
  }

  #deliver(bytes: Uint8Array): void {
    this.#contentBytes += bytes.length;
    this.#sink.onData(bytes);
  }

  #keepTrailer(line: Uint8Array): void {
    const { maxTrailerBytes } = this.#limits;
    if (this.#trailers.length + line.length > maxTrailerBytes) {
      throw new RemoteProtocolError(`trailers are larger than ${maxTrailerBytes} bytes`);
    }
    this.#trailers.add(line);
  }

  #readTrailers(): FieldLines | null {
    if (this.#trailers.isEmpty) return null;
    const bytes = this.#trailers.add(new Uint8Array([13, 10]));
    return readFields(bytes, { start: 0, end: bytes.length, framing: null }).lines;
  }

  #checkLineSize(bytes: number): void {
    const isTrailer = this.#part === "trailers";
    const max = isTrailer ? this.#limits.maxTrailerBytes : this.#limits.maxChunkLineBytes;
    if (bytes <= max) return;
    const what = isTrailer ? "trailers are" : "chunk size line is";
    throw new RemoteProtocolError(`${what} larger than ${max} bytes`);
  }

  #end(trailers: FieldLines | null): void {
    this.#isEnded = true;
    this.#sink.onEnd(trailers);
  }
}

/** RFC 9112 §7.1: hex digits, then nothing or `;` and extensions, which are ignored. */
function readChunkSize(bytes: Uint8Array, start: number, end: number): number {
  let size = 0;
  let at = start;
  for (; at < end; at++) {
    const d = hexDigit(bytes[at] ?? 0);
    if (d < 0) break;
    size = size * 16 + d;
  }
  if (at === start) throw new RemoteProtocolError("chunk size is not a number");
  if (at - start > MAX_SIZE_DIGITS) throw new RemoteProtocolError("chunk size is too large");
  while (at < end && (bytes[at] === 32 || bytes[at] === 9)) at++;
  if (at < end && bytes[at] !== 59) throw new RemoteProtocolError("chunk size is not a number");
  for (; at < end; at++) {
    if (bytes[at] === 13 || bytes[at] === 0) {
      throw new RemoteProtocolError("chunk extension contains a control character");
    }
  }
  return size;
}

function hexDigit(c: number): number {
  if (c >= 48 && c <= 57) return c - 48;
  const lower = c | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}
