/**
 * Where a Zstandard frame ends, RFC 8878 §3: found from the frame's own lengths, without decompressing. Decoders of the
 * runtimes differ in what they do at the end of a frame and at an early end of input; with the frames known, each gets
 * exactly one frame, and a body that ends inside one is recognized. They also differ in the window they allow: here it is
 * RFC 9659's, since a few KB may ask for 128 MB of memory otherwise.
 */

const MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50; // and the fifteen after it

/** RFC 9659 §3: the largest window of a frame in a content coding. */
export const MAX_WINDOW_BYTES = 8 * 1024 * 1024;

/** Follows one frame through chunks of any size. */
export class ZstdFrame {
  /** What the bytes being collected are. */
  #stage: Stage | "magic" | "end" = "magic";
  #collected = 0;
  #missing = 4;
  /** Bytes to skip before the next are collected. */
  #skip = 0;
  #descriptor = 0;
  #shift = 0;
  #isSkippable = false;
  #fault = "it has no Zstandard frame";

  /** Whether the frame's last byte has been taken. */
  get isComplete(): boolean {
    return this.#stage === "end";
  }

  /** Whether a frame begins here: its magic number has been taken. */
  get hasBegun(): boolean {
    return this.#stage !== "magic";
  }

  /** Whether it is a skippable frame, which has no content (§3.1.2); known after four bytes. */
  get isSkippable(): boolean {
    return this.#isSkippable;
  }

  /** What is wrong if `take()` has answered -1. */
  get fault(): string {
    return this.#fault;
  }

  /** How many of these bytes belong to the frame, or -1 if it is not one, or one that is not allowed. */
  take(bytes: Uint8Array): number {
    let offset = 0;
    while (!this.isComplete) {
      const skipped = Math.min(this.#skip, bytes.length - offset);
      this.#skip -= skipped;
      offset += skipped;
      if (this.#skip > 0) break;
      if (this.#stage === "last") {
        this.#stage = "end";
        break;
      }
      const byte = bytes[offset];
      if (byte === undefined) break;
      offset++;
      this.#collected += byte * 2 ** this.#shift;
      this.#shift += 8;
      if (--this.#missing === 0 && !this.#advance(this.#collected)) return -1;
    }
    return offset;
  }

  /** Acts on a collected little-endian number. Returns `false` if it is not allowed there. */
  #advance(value: number): boolean {
    switch (this.#stage) {
      case "magic":
        if (value === MAGIC) return this.#collect("descriptor", 1);
        this.#isSkippable = (value & ~15) === SKIPPABLE_MAGIC;
        return this.#isSkippable && this.#collect("skippable", 4);
      case "skippable":
        this.#skip = value;
        return this.#collect("last", 0);
      case "descriptor":
        this.#descriptor = value;
        if (!isSingleSegment(value)) return this.#collect("window", 1);
        this.#skip = dictionaryBytes(value);
        return this.#collect("size", sizeBytes(value));
      case "window":
        this.#skip = dictionaryBytes(this.#descriptor) + sizeBytes(this.#descriptor);
        return this.#beginBlocks((1 + (value & 7) / 8) * 2 ** (10 + (value >> 3)));
      case "size": // of the content, and so of the window
        return this.#beginBlocks(value + (sizeBytes(this.#descriptor) === 2 ? 256 : 0));
      default: {
        const type = value >> 1 & 3;
        this.#skip = type === 1 ? 1 : value >> 3; // one byte, repeated
        const isLast = (value & 1) !== 0;
        if (isLast && (this.#descriptor & 4) !== 0) this.#skip += 4; // a checksum
        return type !== 3 && this.#collect(isLast ? "last" : "block", isLast ? 0 : 3);
      }
    }
  }

  #beginBlocks(windowBytes: number): boolean {
    if (windowBytes <= MAX_WINDOW_BYTES) return this.#collect("block", 3);
    this.#fault = "its window is larger than 8 MB (RFC 9659)";
    return false;
  }

  #collect(stage: Stage, bytes: number): true {
    this.#stage = stage;
    this.#missing = bytes;
    this.#collected = this.#shift = 0;
    return true;
  }
}

/** The parts of a frame that are collected after its magic number. */
type Stage = "descriptor" | "window" | "size" | "block" | "skippable" | "last";

// §3.1.1.1.1, the fields of the descriptor.

function isSingleSegment(descriptor: number): boolean {
  return (descriptor & 32) !== 0;
}

function dictionaryBytes(descriptor: number): number {
  return [0, 1, 2, 4][descriptor & 3] ?? 0;
}

/** Of the field that has the content's size. */
function sizeBytes(descriptor: number): number {
  return [isSingleSegment(descriptor) ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
}
