/**
 * Frames on their way out: masked, small ones one after the other in one buffer, so that all frames of a turn leave in one
 * write; a large payload in a buffer of its own.
 */
import { FIN, MASK, OPCODE, RSV1 } from "./frame_header.ts";
import { applyMask, type FillRandom, MaskKeys } from "./mask.ts";

const INITIAL_BYTES = 4096;

/** So much memory is kept for later frames. */
const KEPT_BYTES = 512 * 1024;

/**
 * From this size a payload has a buffer of its own, where it stands as it does in the caller's: some processors copy 64 KB
 * in 3 µs between addresses that are alike modulo 32, and in 60 µs between others (bench: websocket_64k).
 */
const LARGE_BYTES = 16 * 1024;
const ALIGNMENT = 32;

/** Two bytes, a length of up to 8, a key of 4. */
const MAX_HEADER_BYTES = 14;

const ENCODER = new TextEncoder();

/** The first byte of a frame, in parts. */
export interface FrameStart {
  readonly opcode: number;
  readonly isFinal: boolean;
  readonly isCompressed: boolean;
}

/** A text in one uncompressed frame. */
export const WHOLE_TEXT: FrameStart = {
  opcode: OPCODE.TEXT,
  isFinal: true,
  isCompressed: false,
};

/** Writes the frames of one connection. */
export class FrameWriter {
  readonly #keys: MaskKeys;
  /** Where small frames go, and how many bytes of them there are. */
  #memory = memoryOf(INITIAL_BYTES);
  #length = 0;
  /** What stands before them. */
  #pieces: Uint8Array[] = [];
  #pieceBytes = 0;
  /** The memory of what was taken, and of what has left. */
  #lent: Memory[] = [];
  #spare: Memory[] = [];

  constructor(fill: FillRandom) {
    this.#keys = new MaskKeys(fill);
  }

  /** Bytes that wait to be taken. */
  get length(): number {
    return this.#pieceBytes + this.#length;
  }

  /** Appends a frame with a copy of the payload. */
  write(start: FrameStart, payload: Uint8Array): void {
    const { length } = payload;
    if (length >= LARGE_BYTES) return this.#writeLarge(start, payload);
    this.#reserve(length + MAX_HEADER_BYTES);
    const at = this.#length + headerBytesFor(length);
    this.#memory.bytes.set(payload, at);
    this.#length = this.#finish(this.#memory, start, { from: this.#length, at, length });
  }

  /**
   * Appends a frame with the text as UTF-8, and returns how many bytes that is. A lone surrogate is sent as U+FFFD, as
   * everywhere on the web.
   */
  writeText(start: FrameStart, text: string): number {
    this.#reserve(text.length + MAX_HEADER_BYTES);
    // Most text is ASCII: as many bytes as characters.
    const guess = this.#length + headerBytesFor(text.length);
    const length = this.#encode(text, guess);
    const at = this.#length + headerBytesFor(length);
    if (at !== guess) {
      this.#reserve(length + MAX_HEADER_BYTES);
      this.#memory.bytes.copyWithin(at, guess, guess + length);
    }
    this.#length = this.#finish(this.#memory, start, { from: this.#length, at, length });
    return length;
  }

  /** Takes all frames, as pieces to be written in order. They must not change until they have left. */
  take(): readonly Uint8Array[] {
    this.#endPiece();
    const taken = this.#pieces;
    this.#pieces = [];
    this.#pieceBytes = 0;
    return taken;
  }

  /** All pieces that were taken have left: their memory may be used again. */
  giveBack(): void {
    let keptBytes = this.#spare.reduce((sum, { bytes }) => sum + bytes.length, 0);
    for (const memory of this.#lent) {
      keptBytes += memory.bytes.length;
      if (keptBytes > KEPT_BYTES) break;
      this.#spare.push(memory);
    }
    this.#lent = [];
  }

  #writeLarge(start: FrameStart, payload: Uint8Array): void {
    this.#endPiece();
    const at = ALIGNMENT + payload.byteOffset % ALIGNMENT;
    const memory = this.#obtain(at + payload.length);
    memory.bytes.set(payload, at);
    const from = at - headerBytesFor(payload.length);
    const end = this.#finish(memory, start, { from, at, length: payload.length });
    this.#push(memory, from, end);
  }

  /** What stands in the buffer for small frames becomes a piece. */
  #endPiece(): void {
    if (this.#length === 0) return;
    this.#push(this.#memory, 0, this.#length);
    this.#length = 0;
    this.#memory = this.#obtain(INITIAL_BYTES);
  }

  #push(memory: Memory, from: number, end: number): void {
    this.#pieces.push(memory.bytes.subarray(from, end));
    this.#pieceBytes += end - from;
    this.#lent.push(memory);
  }

  #obtain(size: number): Memory {
    const at = this.#spare.findIndex(({ bytes }) => bytes.length >= size);
    const [spare] = at < 0 ? [] : this.#spare.splice(at, 1);
    return spare ?? memoryOf(size);
  }

  #encode(text: string, at: number): number {
    const { read, written } = ENCODER.encodeInto(text, this.#memory.bytes.subarray(at));
    if (read === text.length) return written;
    const rest = text.slice(read);
    this.#reserve(at - this.#length + written + 3 * rest.length);
    return written + ENCODER.encodeInto(rest, this.#memory.bytes.subarray(at + written)).written;
  }

  /** Writes the header before the payload, which stands at `at`, and masks it; returns where the frame ends. */
  #finish(memory: Memory, start: FrameStart, { from, at, length }: FramePlace): number {
    const { bytes } = memory;
    let i = from;
    bytes[i++] = (start.isFinal ? FIN : 0) | (start.isCompressed ? RSV1 : 0) | start.opcode;
    if (length < 126) {
      bytes[i++] = MASK | length;
    } else if (length < 0x1_0000) {
      bytes[i++] = MASK | 126;
      bytes[i++] = length >>> 8;
      bytes[i++] = length;
    } else {
      bytes[i++] = MASK | 127;
      for (let shift = 56; shift >= 0; shift -= 8) bytes[i++] = Math.floor(length / 2 ** shift);
    }
    const key = this.#keys.next();
    bytes[i++] = key;
    bytes[i++] = key >>> 8;
    bytes[i++] = key >>> 16;
    bytes[i++] = key >>> 24;
    applyMask(memory, { start: at, end: at + length, key });
    return at + length;
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#memory.bytes.length) return;
    const larger = memoryOf(Math.max(needed, this.#memory.bytes.length * 2));
    larger.bytes.set(this.#memory.bytes);
    this.#memory = larger;
  }
}

/** Where a frame begins, and where its payload stands. */
interface FramePlace {
  readonly from: number;
  readonly at: number;
  readonly length: number;
}

interface Memory {
  readonly bytes: Uint8Array;
  readonly words: Int32Array;
}

function memoryOf(size: number): Memory {
  const buffer = new ArrayBuffer((size + 3) & ~3);
  return { bytes: new Uint8Array(buffer), words: new Int32Array(buffer) };
}

function headerBytesFor(length: number): number {
  return length < 126 ? 6 : length < 0x1_0000 ? 8 : MAX_HEADER_BYTES;
}
