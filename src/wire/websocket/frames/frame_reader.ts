/**
 * Bytes into frames. A payload is handed on as it arrives, in place, so that text can be checked and a limit noticed
 * before the frame is complete. Any split of the bytes gives the same frames.
 */
import {
  checkStart,
  type FrameHeader,
  headerBytes,
  MAX_SERVER_HEADER_BYTES,
  readHeader,
} from "./frame_header.ts";

/** Receives frames. The header and the bytes are lent until the call returns. */
export interface FrameSink {
  /** A header is complete. Throws what is wrong with the frame at this point. */
  onFrame(header: FrameHeader): void;
  /** The next part of the payload, from `start` to `end`; an empty payload is one empty part. */
  onPayload(bytes: Uint8Array, part: PayloadPart): void;
}

/** Which bytes, and whether they complete the frame. Changes with the next part. */
export interface PayloadPart {
  start: number;
  end: number;
  isLast: boolean;
}

const NOTHING = new Uint8Array(0);

/** Reads the frames of one connection. */
export class FrameReader {
  readonly #sink: FrameSink;
  readonly #allowsRSV1: boolean;
  readonly #header: FrameHeader = { isFinal: true, isCompressed: false, opcode: 0, length: 0 };
  readonly #part: PayloadPart = { start: 0, end: 0, isLast: true };
  /** The beginning of a header whose end has not come. */
  readonly #pending = new Uint8Array(MAX_SERVER_HEADER_BYTES);
  #pendingBytes = 0;
  /** What is left of the payload; -1 between frames. */
  #payloadLeft = -1;
  #isStopped = false;

  constructor(sink: FrameSink, allowsRSV1: boolean) {
    this.#sink = sink;
    this.#allowsRSV1 = allowsRSV1;
  }

  /** Discards everything that follows, the rest of the current bytes included. */
  stop(): void {
    this.#isStopped = true;
  }

  /**
   * Reads what has arrived.
   *
   * @throws {ViolationError} for a frame that ends the connection
   */
  receive(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length && !this.#isStopped) {
      if (this.#payloadLeft < 0) at = this.#readHeader(bytes, at);
      if (this.#payloadLeft > 0) at = this.#readPayload(bytes, at);
    }
  }

  #readHeader(bytes: Uint8Array, at: number): number {
    if (this.#pendingBytes > 0 || bytes.length - at < 2) return this.#collectHeader(bytes, at);
    const second = bytes[at + 1] ?? 0;
    checkStart(bytes[at] ?? 0, second, this.#allowsRSV1);
    const end = at + headerBytes(second);
    if (end > bytes.length) return this.#collectHeader(bytes, at);
    this.#begin(bytes, at);
    return end;
  }

  /** A header in pieces: byte by byte until it is complete. */
  #collectHeader(bytes: Uint8Array, from: number): number {
    const pending = this.#pending;
    for (let at = from; at < bytes.length;) {
      pending[this.#pendingBytes++] = bytes[at++] ?? 0;
      if (this.#pendingBytes < 2) continue;
      const [first = 0, second = 0] = pending;
      if (this.#pendingBytes === 2) checkStart(first, second, this.#allowsRSV1);
      if (this.#pendingBytes < headerBytes(second)) continue;
      this.#pendingBytes = 0;
      this.#begin(pending, 0);
      return at;
    }
    return bytes.length;
  }

  #begin(bytes: Uint8Array, at: number): void {
    const header = this.#header;
    readHeader(header, bytes, at);
    this.#sink.onFrame(header);
    this.#payloadLeft = header.length;
    if (header.length === 0) this.#emit(NOTHING, 0, 0);
  }

  #readPayload(bytes: Uint8Array, at: number): number {
    const end = Math.min(bytes.length, at + this.#payloadLeft);
    if (end > at) this.#emit(bytes, at, end);
    return end;
  }

  #emit(bytes: Uint8Array, start: number, end: number): void {
    const part = this.#part;
    part.start = start;
    part.end = end;
    this.#payloadLeft -= end - start;
    part.isLast = this.#payloadLeft === 0;
    if (part.isLast) this.#payloadLeft = -1;
    this.#sink.onPayload(bytes, part);
  }
}
