/**
 * Where a Zstandard frame ends, RFC 8878 §3: found from the frame's own lengths, without decompressing. Decoders of
 * the runtimes differ in what they do at the end of a frame and at an early end of input; with the frames known, each is
 * handed exactly one frame, and a body that ends inside one is seen for what it is.
 */

const MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50; // and the fifteen after it

/** Follows one frame through chunks of any size. */
export class ZstdFrame {
  /** What the bytes being collected are. */
  #stage: "magic" | "descriptor" | "block" | "skippable" | "last" | "end" = "magic";
  #collected = 0;
  #missing = 4;
  /** Bytes to pass over before the next are collected. */
  #skip = 0;
  #hasChecksum = false;
  #shift = 0;

  /** Whether the frame's last byte has been taken. */
  get isComplete(): boolean {
    return this.#stage === "end";
  }

  /** Whether no byte of it has come. */
  get isUntouched(): boolean {
    return this.#stage === "magic" && this.#missing === 4;
  }

  /** How many of these bytes belong to the frame, or -1 where it turns out to be none. */
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

  /** Acts on a collected little-endian number. Answers `false` where it cannot stand there. */
  #advance(value: number): boolean {
    switch (this.#stage) {
      case "magic":
        if (value === MAGIC) return this.#collect("descriptor", 1);
        return (value & ~15) === SKIPPABLE_MAGIC && this.#collect("skippable", 4);
      case "skippable":
        this.#skip = value;
        return this.#collect("last", 0);
      case "descriptor":
        this.#hasChecksum = (value & 4) !== 0;
        this.#skip = headerRest(value);
        return this.#collect("block", 3);
      default: {
        const type = value >> 1 & 3;
        this.#skip = type === 1 ? 1 : value >> 3; // one byte, repeated
        const isLast = (value & 1) !== 0;
        if (isLast && this.#hasChecksum) this.#skip += 4;
        return type !== 3 && this.#collect(isLast ? "last" : "block", isLast ? 0 : 3);
      }
    }
  }

  #collect(stage: "descriptor" | "block" | "skippable" | "last", bytes: number): true {
    this.#stage = stage;
    this.#missing = bytes;
    this.#collected = this.#shift = 0;
    return true;
  }
}

/** §3.1.1.1: window descriptor, dictionary id and content size, after the descriptor byte. */
function headerRest(descriptor: number): number {
  const isSingleSegment = (descriptor & 32) !== 0;
  const dictionaryId = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const contentSize = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
  return (isSingleSegment ? 0 : 1) + dictionaryId + contentSize;
}
