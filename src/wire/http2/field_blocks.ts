/**
 * Field blocks of responses: put together from HEADERS and CONTINUATION (RFC 9113 §4.3), decoded, and read
 * as heads. A server that says the same again and again is read once.
 */
import { ByteWriter } from "../../lists/byte_writer.ts";
import { type ParsedHead, readHead } from "./field_rules.ts";
import { FLAG, type FrameHeader } from "./frames/frame_table.ts";
import { type DecodedFields, HpackDecoder } from "./hpack/decoder.ts";
import type { Http2Limits } from "./limits.ts";
import { ViolationError } from "./reasons.ts";

/** The receiving side of one connection's compression. */
export class FieldBlocks {
  readonly #limits: Http2Limits;
  readonly #decoder: HpackDecoder;
  readonly #pending = new ByteWriter();
  #streamId = 0;
  #endsStream = false;
  #continuations = 0;
  #lastDecoded: DecodedFields | null = null;
  #lastHead: ParsedHead | null = null;

  constructor(limits: Http2Limits) {
    this.#limits = limits;
    this.#decoder = new HpackDecoder({
      maxTableBytes: limits.headerTableBytes,
      maxListBytes: limits.maxHeaderListBytes,
    });
  }

  /** The stream of the last block that began. */
  get streamId(): number {
    return this.#streamId;
  }

  /** Whether that block is the last of its stream. */
  get endsStream(): boolean {
    return this.#endsStream;
  }

  /** HEADERS: what the block says, or `null` where it goes on in the next frame. */
  begin(header: FrameHeader, bytes: Uint8Array, start: number, end: number): DecodedFields | null {
    const { flags } = header;
    let blockStart = start;
    let blockEnd = end;
    if ((flags & FLAG.PADDED) !== 0) blockEnd -= bytes[blockStart++] ?? 0;
    if ((flags & FLAG.PRIORITY) !== 0) blockStart += 5;
    if (blockStart > blockEnd) {
      throw new ViolationError("PROTOCOL_ERROR", "the padding of HEADERS exceeds its length");
    }
    this.#streamId = header.streamId;
    this.#endsStream = (flags & FLAG.END_STREAM) !== 0;
    if ((flags & FLAG.END_HEADERS) !== 0) return this.#decoder.decode(bytes, blockStart, blockEnd);
    this.#pending.clear();
    this.#pending.append(bytes.subarray(blockStart, blockEnd));
    this.#continuations = 0;
    return null;
  }

  /** CONTINUATION: the same. */
  continueBlock(
    header: FrameHeader,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): DecodedFields | null {
    const { maxBlockBytes, maxContinuations } = this.#limits;
    const isTooMuch = ++this.#continuations > maxContinuations ||
      this.#pending.length + end - start > maxBlockBytes;
    if (isTooMuch) {
      throw new ViolationError("ENHANCE_YOUR_CALM", "a field block of too many frames or bytes");
    }
    this.#pending.append(bytes.subarray(start, end));
    if ((header.flags & FLAG.END_HEADERS) === 0) return null;
    const block = this.#pending.bytes();
    return this.#decoder.decode(block, 0, block.length);
  }

  /**
   * Reads a block as the head of a response.
   *
   * @throws {ViolationError} if it is malformed
   */
  headOf(decoded: DecodedFields): ParsedHead {
    if (decoded === this.#lastDecoded && this.#lastHead !== null) return this.#lastHead;
    const parsed = readHead(decoded.lines);
    this.#lastDecoded = decoded;
    this.#lastHead = parsed;
    return parsed;
  }
}
