/** RFC 6455 §5.2: opcodes, the header of a frame, and what is wrong with one. */
import { CLOSE, ViolationError } from "../close_codes.ts";
import type { MessageEvent } from "../state.ts";

/** Opcodes by name (§11.8). */
export const OPCODE = {
  CONTINUATION: 0x0,
  TEXT: 0x1,
  BINARY: 0x2,
  CLOSE: 0x8,
  PING: 0x9,
  PONG: 0xa,
} as const;

export const FIN = 0x80;
export const RSV1 = 0x40;
export const MASK = 0x80;

/** §5.5: the longest payload of a control frame. */
export const MAX_CONTROL_BYTES = 125;

/** Two bytes, a length of 8 bytes; servers send no masking key. */
export const MAX_SERVER_HEADER_BYTES = 10;

/** The fields of one frame's header. A reader changes it with each frame. */
export interface FrameHeader {
  isFinal: boolean;
  /** RSV1: permessage-deflate has compressed the message (RFC 7692 §6). */
  isCompressed: boolean;
  opcode: number;
  /** Of the payload. */
  length: number;
}

/** Whether the opcode is of a control frame (§5.5). */
export function isControl(opcode: number): boolean {
  return (opcode & 0x8) !== 0;
}

/** The event that a frame is for the machine of messages. */
export function messageEventOf({ opcode, isFinal }: FrameHeader): MessageEvent {
  switch (opcode) {
    case OPCODE.CONTINUATION:
      return isFinal ? "end" : "continuation";
    case OPCODE.TEXT:
      return isFinal ? "text" : "textBegin";
    case OPCODE.BINARY:
      return isFinal ? "binary" : "binaryBegin";
    default:
      return "control";
  }
}

/** How many bytes the header has, by its second byte: a length of 7, 16 or 64 bits. */
export function headerBytes(second: number): number {
  const length = second & 0x7f;
  return length < 126 ? 2 : length === 126 ? 4 : 10;
}

/**
 * Checks the first two bytes of a header, as soon as they are there.
 *
 * @throws {ViolationError} 1002
 */
export function checkStart(first: number, second: number, allowsRSV1: boolean): void {
  const opcode = first & 0x0f;
  const reserved = first & (allowsRSV1 ? 0x30 : 0x70);
  if (reserved !== 0) throw invalid("a reserved bit is set in a frame");
  if (opcode > OPCODE.PONG || opcode > OPCODE.BINARY && opcode < OPCODE.CLOSE) {
    throw invalid(`unknown opcode ${opcode}`);
  }
  if ((second & MASK) !== 0) throw invalid("a frame from the server is masked");
  if (!isControl(opcode)) {
    if (opcode === OPCODE.CONTINUATION && (first & RSV1) !== 0) {
      throw invalid("RSV1 is set in a continuation frame");
    }
    return;
  }
  if ((first & RSV1) !== 0) throw invalid("RSV1 is set in a control frame");
  if ((first & FIN) === 0) throw invalid("a control frame is fragmented");
  if ((second & 0x7f) > MAX_CONTROL_BYTES) {
    throw invalid(`a control frame has more than ${MAX_CONTROL_BYTES} bytes`);
  }
}

/**
 * Reads a whole header; `checkStart()` has passed.
 *
 * @throws {ViolationError} 1002 for a length that is not written in the fewest bytes, or has its first bit set (§5.2)
 */
export function readHeader(header: FrameHeader, bytes: Uint8Array, at: number): void {
  const first = bytes[at] ?? 0;
  header.isFinal = (first & FIN) !== 0;
  header.isCompressed = (first & RSV1) !== 0;
  header.opcode = first & 0x0f;
  const length = (bytes[at + 1] ?? 0) & 0x7f;
  header.length = length < 126 ? length : longLength(bytes, at + 2, length === 126);
}

function longLength(bytes: Uint8Array, at: number, isShort: boolean): number {
  const high = uint16(bytes, at);
  if (isShort) {
    if (high < 126) throw invalid("the length of a frame has more bytes than it needs");
    return high;
  }
  if (high > 0x7fff) throw invalid("the first bit of a frame's 64-bit length is set");
  const length = ((high * 0x1_0000 + uint16(bytes, at + 2)) * 0x1_0000 + uint16(bytes, at + 4)) *
      0x1_0000 + uint16(bytes, at + 6);
  if (length < 0x1_0000) throw invalid("the length of a frame has more bytes than it needs");
  return length;
}

function uint16(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) << 8 | (bytes[at + 1] ?? 0);
}

function invalid(message: string): ViolationError {
  return new ViolationError(CLOSE.PROTOCOL_ERROR, message);
}
