/**
 * Bytes into frames (RFC 9113 §4). DATA is handed on as it arrives, without its padding; every other frame
 * is short and handed on whole. Any split of the bytes gives the same content.
 */
import { ViolationError } from "../reasons.ts";
import { FLAG, FRAME, FRAME_HEADER_BYTES, frameFault, type FrameHeader } from "./frame_table.ts";

/** Receives the frames. The header is lent: it changes with the next frame. */
export interface FrameSink {
  /** A frame begins. Throws what is wrong with it there. */
  onFrameBegin(header: FrameHeader): void;
  /** A whole frame, but DATA; the payload stands from `start` to `end`, lent until the call returns. */
  onFrame(header: FrameHeader, bytes: Uint8Array, start: number, end: number): void;
  /** Content of the DATA frame that has begun, from `start` to `end`, lent. */
  onData(bytes: Uint8Array, start: number, end: number): void;
  /** The DATA frame is complete. */
  onDataEnd(header: FrameHeader): void;
  /** A frame of an illegal size that ends no more than its stream: it is skipped. */
  onIllegalFrame(header: FrameHeader, violation: ViolationError): void;
}

type Reading = "header" | "payload" | "padLength" | "data" | "padding" | "skipped";

/** Where the reader stands between two frames, or inside one. */
export class FrameReader {
  readonly #sink: FrameSink;
  readonly #header = { type: 0, flags: 0, streamId: 0, length: 0 };
  #reading: Reading = "header";
  /** The part of a header or payload that came in earlier pieces. */
  #pending = new Uint8Array(64);
  #pendingLength = 0;
  #contentLeft = 0;
  #paddingLeft = 0;

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  /** Whether a frame has begun and is not complete. */
  get isInsideFrame(): boolean {
    return this.#reading !== "header" || this.#pendingLength > 0;
  }

  /**
   * Reads what has arrived.
   *
   * @throws {ViolationError} for a frame that ends the connection; what came after it is lost
   */
  receive(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length) at = this.#step(bytes, at);
  }

  #step(bytes: Uint8Array, at: number): number {
    switch (this.#reading) {
      case "header":
        return this.#readHeader(bytes, at);
      case "payload":
        return this.#readPayload(bytes, at);
      case "padLength":
        this.#beginContent(bytes[at] ?? 0);
        return at + 1;
      case "data":
        return this.#readData(bytes, at);
      case "padding":
        return this.#skip(bytes, { at, then: () => this.#endData() });
      case "skipped":
        return this.#skip(bytes, { at, then: () => this.#reading = "header" });
    }
  }

  #readHeader(bytes: Uint8Array, at: number): number {
    if (this.#pendingLength === 0 && bytes.length - at >= FRAME_HEADER_BYTES) {
      this.#begin(bytes, at);
      return at + FRAME_HEADER_BYTES;
    }
    const next = this.#collect(bytes, at, FRAME_HEADER_BYTES);
    if (this.#pendingLength === FRAME_HEADER_BYTES) {
      this.#pendingLength = 0;
      this.#begin(this.#pending, 0);
    }
    return next;
  }

  #begin(bytes: Uint8Array, at: number): void {
    const header = this.#header;
    header.length = (bytes[at] ?? 0) << 16 | (bytes[at + 1] ?? 0) << 8 | (bytes[at + 2] ?? 0);
    header.type = bytes[at + 3] ?? 0;
    header.flags = bytes[at + 4] ?? 0;
    header.streamId = readUint31(bytes, at + 5);
    const fault = frameFault(header);
    if (fault !== null) return this.#refuse(fault);
    this.#sink.onFrameBegin(header);
    if (header.type === FRAME.DATA) return this.#beginData();
    if (header.length > 0) this.#reading = "payload";
    else this.#sink.onFrame(header, bytes, at, at);
  }

  #refuse(fault: ViolationError): void {
    if (fault.scope === "connection") throw fault;
    this.#sink.onFrameBegin(this.#header);
    this.#sink.onIllegalFrame(this.#header, fault);
    this.#paddingLeft = this.#header.length;
    if (this.#paddingLeft > 0) this.#reading = "skipped";
  }

  #readPayload(bytes: Uint8Array, at: number): number {
    const { length } = this.#header;
    if (this.#pendingLength === 0 && bytes.length - at >= length) {
      this.#reading = "header";
      this.#sink.onFrame(this.#header, bytes, at, at + length);
      return at + length;
    }
    const next = this.#collect(bytes, at, length);
    if (this.#pendingLength === length) {
      this.#reading = "header";
      this.#pendingLength = 0;
      this.#sink.onFrame(this.#header, this.#pending, 0, length);
    }
    return next;
  }

  #beginData(): void {
    const { flags, length } = this.#header;
    this.#contentLeft = length;
    this.#paddingLeft = 0;
    if ((flags & FLAG.PADDED) === 0) {
      this.#reading = "data";
      if (length === 0) this.#endData();
    } else if (length === 0) {
      throw new ViolationError("FRAME_SIZE_ERROR", "padded DATA without a pad length");
    } else {
      this.#reading = "padLength";
    }
  }

  /** RFC 9113 §6.1: the pad length is part of the payload that it divides. */
  #beginContent(padLength: number): void {
    this.#contentLeft = this.#header.length - 1 - padLength;
    this.#paddingLeft = padLength;
    if (this.#contentLeft < 0) {
      throw new ViolationError("PROTOCOL_ERROR", "the padding of DATA exceeds its length");
    }
    this.#reading = "data";
    if (this.#contentLeft === 0) this.#endContent();
  }

  #readData(bytes: Uint8Array, at: number): number {
    const end = Math.min(bytes.length, at + this.#contentLeft);
    this.#contentLeft -= end - at;
    this.#sink.onData(bytes, at, end);
    if (this.#contentLeft === 0) this.#endContent();
    return end;
  }

  #endContent(): void {
    if (this.#paddingLeft > 0) this.#reading = "padding";
    else this.#endData();
  }

  #endData(): void {
    this.#reading = "header";
    this.#sink.onDataEnd(this.#header);
  }

  #skip(bytes: Uint8Array, { at, then }: { at: number; then: () => void }): number {
    const end = Math.min(bytes.length, at + this.#paddingLeft);
    this.#paddingLeft -= end - at;
    if (this.#paddingLeft === 0) then();
    return end;
  }

  /** Adds to the pending bytes until there are `wanted`. */
  #collect(bytes: Uint8Array, at: number, wanted: number): number {
    const end = Math.min(bytes.length, at + wanted - this.#pendingLength);
    if (wanted > this.#pending.length) {
      const larger = new Uint8Array(wanted);
      larger.set(this.#pending.subarray(0, this.#pendingLength));
      this.#pending = larger;
    }
    this.#pending.set(bytes.subarray(at, end), this.#pendingLength);
    this.#pendingLength += end - at;
    return end;
  }
}

/** A number of 31 bits; the first bit is reserved and ignored. */
export function readUint31(bytes: Uint8Array, at: number): number {
  return readUint32(bytes, at) & 0x7fffffff;
}

/** A number of 32 bits. */
export function readUint32(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 24 | (bytes[at + 1] ?? 0) << 16 | (bytes[at + 2] ?? 0) << 8 |
    (bytes[at + 3] ?? 0)) >>> 0;
}
