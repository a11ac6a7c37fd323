/**
 * Frames into bytes (RFC 9113 §4.1, §6), as a client sends them. They wait in one buffer until they are
 * taken; another is filled meanwhile.
 */
import { ByteWriter } from "../../../lists/byte_writer.ts";
import { type Reason, REASONS } from "../reasons.ts";
import { FLAG, FRAME, type FrameHeader } from "./frame_table.ts";

/** RFC 9113 §3.4: what a client says first. */
export const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/** What waits to be sent. */
export class FrameWriter {
  #out = new ByteWriter();
  #taken = new ByteWriter();

  /** Bytes that were not taken yet. */
  get length(): number {
    return this.#out.length;
  }

  /** Every frame that waits. The bytes hold until the next call. */
  take(): Uint8Array {
    const out = this.#out;
    this.#out = this.#taken;
    this.#out.clear();
    this.#taken = out;
    return out.bytes();
  }

  /** @param settings identifier, value, identifier, value … */
  preface(settings: readonly number[]): void {
    this.#out.appendLatin1(PREFACE);
    this.#header({ length: settings.length * 3, type: FRAME.SETTINGS, flags: 0, streamId: 0 });
    settings.forEach((number, i) => {
      if (i % 2 === 0) this.#uint16(number);
      else this.#uint32(number);
    });
  }

  /** HEADERS, and CONTINUATION where one frame is too small (RFC 9113 §4.3). */
  headers(
    block: Uint8Array,
    head: { streamId: number; endsStream: boolean; maxFrameBytes: number },
  ): void {
    const { streamId, endsStream, maxFrameBytes } = head;
    let at = 0;
    do {
      const length = Math.min(block.length - at, maxFrameBytes);
      const type = at === 0 ? FRAME.HEADERS : FRAME.CONTINUATION;
      const ends = at === 0 && endsStream ? FLAG.END_STREAM : 0;
      const isLast = at + length === block.length ? FLAG.END_HEADERS : 0;
      this.#header({ length, type, flags: ends | isLast, streamId });
      this.#out.append(block.subarray(at, at + length));
      at += length;
    } while (at < block.length);
  }

  data(streamId: number, bytes: Uint8Array, { endsStream }: { endsStream: boolean }): void {
    const flags = endsStream ? FLAG.END_STREAM : 0;
    this.#header({ length: bytes.length, type: FRAME.DATA, flags, streamId });
    this.#out.append(bytes);
  }

  settingsAck(): void {
    this.#header({ length: 0, type: FRAME.SETTINGS, flags: FLAG.ACK, streamId: 0 });
  }

  /** @param data the eight bytes of a ping */
  ping(data: Uint8Array, { isAck }: { isAck: boolean }): void {
    this.#header({ length: 8, type: FRAME.PING, flags: isAck ? FLAG.ACK : 0, streamId: 0 });
    this.#out.append(data);
  }

  reset(streamId: number, reason: Reason): void {
    this.#header({ length: 4, type: FRAME.RST_STREAM, flags: 0, streamId });
    this.#uint32(REASONS[reason]);
  }

  /** We take no streams of the server's, so the last one we answer is 0. */
  goaway(reason: Reason): void {
    this.#header({ length: 8, type: FRAME.GOAWAY, flags: 0, streamId: 0 });
    this.#uint32(0);
    this.#uint32(REASONS[reason]);
  }

  windowUpdate(streamId: number, bytes: number): void {
    this.#header({ length: 4, type: FRAME.WINDOW_UPDATE, flags: 0, streamId });
    this.#uint32(bytes);
  }

  #header({ length, type, flags, streamId }: FrameHeader): void {
    const out = this.#out;
    out.appendByte(length >> 16);
    this.#uint16(length & 0xffff);
    out.appendByte(type);
    out.appendByte(flags);
    this.#uint32(streamId);
  }

  #uint16(number: number): void {
    this.#out.appendByte(number >> 8);
    this.#out.appendByte(number & 255);
  }

  #uint32(number: number): void {
    this.#uint16(number >>> 16);
    this.#uint16(number & 0xffff);
  }
}
