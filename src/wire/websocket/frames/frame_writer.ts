/**
 * Frames on their way out: masked, one after the other in one buffer, so that all frames of a turn leave in one write.
 */
import { FIN, MASK, OPCODE, RSV1 } from "./frame_header.ts";
import { applyMask, type FillRandom, MaskKeys } from "./mask.ts";

const INITIAL_BYTES = 4096;

/** A buffer that has become larger is not kept for later frames. */
const KEPT_BYTES = 256 * 1024;

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
  #memory = memoryOf(INITIAL_BYTES);
  #length = 0;
  /** The buffer that was taken last, and one whose bytes have left. */
  #lent: Memory | null = null;
  #spare: Memory | null = null;

  constructor(fill: FillRandom) {
    this.#keys = new MaskKeys(fill);
  }

  /** Bytes that wait to be taken. */
  get length(): number {
    return this.#length;
  }

  /** Appends a frame with a copy of the payload. */
  write(start: FrameStart, payload: Uint8Array): void {
    const { length } = payload;
    this.#reserve(length + MAX_HEADER_BYTES);
    const at = this.#length + headerBytesFor(length);
    this.#memory.bytes.set(payload, at);
    this.#finish(start, at, length);
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
    this.#finish(start, at, length);
    return length;
  }

  /** Takes all frames: the bytes must not change until they have left. `null` when there are none. */
  take(): Uint8Array | null {
    if (this.#length === 0) return null;
    const taken = this.#memory.bytes.subarray(0, this.#length);
    this.#lent = this.#memory;
    this.#memory = this.#spare ?? memoryOf(INITIAL_BYTES);
    this.#spare = null;
    this.#length = 0;
    return taken;
  }

  /** All bytes that were taken have left: a buffer may be used again. */
  giveBack(): void {
    if (this.#lent !== null && this.#lent.bytes.length <= KEPT_BYTES) this.#spare = this.#lent;
    this.#lent = null;
  }

  #encode(text: string, at: number): number {
    const { read, written } = ENCODER.encodeInto(text, this.#memory.bytes.subarray(at));
    if (read === text.length) return written;
    const rest = text.slice(read);
    this.#reserve(at - this.#length + written + 3 * rest.length);
    return written + ENCODER.encodeInto(rest, this.#memory.bytes.subarray(at + written)).written;
  }

  /** Writes the header before the payload, which stands at `at`, and masks it. */
  #finish({ opcode, isFinal, isCompressed }: FrameStart, at: number, length: number): void {
    const { bytes } = this.#memory;
    let i = this.#length;
    bytes[i++] = (isFinal ? FIN : 0) | (isCompressed ? RSV1 : 0) | opcode;
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
    applyMask(this.#memory, { start: at, end: at + length, key });
    this.#length = at + length;
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#memory.bytes.length) return;
    const larger = memoryOf(Math.max(needed, this.#memory.bytes.length * 2));
    larger.bytes.set(this.#memory.bytes);
    this.#memory = larger;
  }
}

interface Memory {
  readonly bytes: Uint8Array;
  readonly words: Uint32Array;
}

function memoryOf(size: number): Memory {
  const buffer = new ArrayBuffer((size + 3) & ~3);
  return { bytes: new Uint8Array(buffer), words: new Uint32Array(buffer) };
}

function headerBytesFor(length: number): number {
  return length < 126 ? 6 : length < 0x1_0000 ? 8 : MAX_HEADER_BYTES;
}
