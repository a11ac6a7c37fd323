/**
 * HTTP/2 frames as a test writes them, legal or not, and as it reads what an engine sent. Nothing here is
 * shared with the code under test: field blocks are plain literals.
 */
import { joinBytes } from "../../../src/message/content/join_bytes.ts";

/** Frame types and flags by name. */
export const T = {
  DATA: 0,
  HEADERS: 1,
  PRIORITY: 2,
  RST_STREAM: 3,
  SETTINGS: 4,
  PUSH_PROMISE: 5,
  PING: 6,
  GOAWAY: 7,
  WINDOW_UPDATE: 8,
  CONTINUATION: 9,
} as const;
export const F = { END_STREAM: 1, ACK: 1, END_HEADERS: 4, PADDED: 8, PRIORITY: 32 } as const;

const TYPE_NAMES = Object.keys(T);
const REASONS = [
  ...["NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT"],
  ...["STREAM_CLOSED", "FRAME_SIZE_ERROR", "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR"],
  ...["CONNECT_ERROR", "ENHANCE_YOUR_CALM", "INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED"],
];

/** One frame. */
export function frame(
  type: number,
  flags: number,
  streamId: number,
  payload: ArrayLike<number> = [],
): Uint8Array {
  const { length } = payload;
  const header = [length >> 16, length >> 8, length, type, flags, ...uint32(streamId)];
  const bytes = new Uint8Array(9 + length);
  bytes.set(header.map((byte) => byte & 255));
  bytes.set(payload, 9);
  return bytes;
}

/** A number of 32 bits as bytes. */
export function uint32(number: number): number[] {
  return [number >>> 24, number >>> 16 & 255, number >>> 8 & 255, number & 255];
}

/** SETTINGS: identifier, value, identifier, value … */
export function settings(...numbers: number[]): Uint8Array {
  const payload: number[] = [];
  for (let i = 0; i < numbers.length; i += 2) {
    payload.push(0, numbers[i] ?? 0, ...uint32(numbers[i + 1] ?? 0));
  }
  return frame(T.SETTINGS, 0, 0, payload);
}

/** A field block of literals that no table remembers (RFC 7541 §6.2.2). */
export function block(fields: Readonly<Record<string, string>> | readonly string[]): number[] {
  const flat = Array.isArray(fields) ? fields : Object.entries(fields).flat();
  const bytes: number[] = [];
  for (let i = 0; i < flat.length; i += 2) {
    bytes.push(0, ...literal(flat[i] ?? ""), ...literal(flat[i + 1] ?? ""));
  }
  return bytes;
}

/** A string without Huffman code (RFC 7541 §5.2). */
function literal(text: string): number[] {
  const bytes = Array.from(text, (c) => c.charCodeAt(0));
  const { length } = bytes;
  if (length < 127) return [length, ...bytes];
  let rest = length - 127;
  const prefix = [127];
  for (; rest >= 128; rest >>= 7) prefix.push(rest & 127 | 128);
  return [...prefix, rest, ...bytes];
}

/** HEADERS in one frame. */
export function headers(
  streamId: number,
  fields: Parameters<typeof block>[0] = { ":status": "200" },
  flags: number = F.END_HEADERS,
): Uint8Array {
  return frame(T.HEADERS, flags, streamId, block(fields));
}

/** DATA. */
export function data(streamId: number, text: string, flags = 0): Uint8Array {
  return frame(T.DATA, flags, streamId, Array.from(text, (c) => c.charCodeAt(0)));
}

/** Several frames as one run of bytes. */
export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return joinBytes(parts);
}

/** The streams on which HEADERS have come, in bytes of whole frames, maybe with the preface before them. */
export function requestsIn(bytes: Uint8Array): number[] {
  const ids: number[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = bytes[0] === 80 ? 24 : 0; at + 9 <= bytes.length;) {
    if (bytes[at + 3] === T.HEADERS) ids.push(view.getUint32(at + 5));
    at += 9 + (view.getUint32(at) >>> 8);
  }
  return ids;
}

/** Frames that were sent, as short lines: `RST_STREAM 1 CANCEL`, `WINDOW_UPDATE 0 +65535`. */
export function describeFrames(bytes: Uint8Array): string[] {
  const lines: string[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isPreface = bytes[0] === 80 && bytes[1] === 82; // "PR"
  for (let at = isPreface ? 24 : 0; at < bytes.length;) {
    const length = view.getUint32(at) >>> 8;
    const type = view.getUint8(at + 3);
    const flags = view.getUint8(at + 4);
    const streamId = view.getUint32(at + 5);
    const name = TYPE_NAMES[type] ?? `type ${type}`;
    lines.push(`${name} ${streamId}${detail({ type, flags, length }, view, at + 9)}`);
    at += 9 + length;
  }
  return lines;
}

function detail(
  { type, flags, length }: { type: number; flags: number; length: number },
  view: DataView,
  at: number,
): string {
  const ends = (flags & F.END_STREAM) !== 0 ? " ends" : "";
  switch (type) {
    case T.DATA:
      return ` ${length}${ends}`;
    case T.HEADERS:
      return ends + ((flags & F.END_HEADERS) !== 0 ? "" : " goes on");
    case T.RST_STREAM:
      return ` ${REASONS[view.getUint32(at)]}`;
    case T.GOAWAY:
      return ` ${REASONS[view.getUint32(at + 4)]}`;
    case T.WINDOW_UPDATE:
      return ` +${view.getUint32(at)}`;
    case T.SETTINGS:
    case T.PING:
      return (flags & F.ACK) !== 0 ? " ack" : "";
    default:
      return "";
  }
}
