/** RFC 9113 §6: the frames, where each may stand and how long it may be. */
import { type Reason, type Scope, ViolationError } from "../reasons.ts";

/** Frame types by name. */
export const FRAME = {
  DATA: 0x0,
  HEADERS: 0x1,
  PRIORITY: 0x2,
  RST_STREAM: 0x3,
  SETTINGS: 0x4,
  PUSH_PROMISE: 0x5,
  PING: 0x6,
  GOAWAY: 0x7,
  WINDOW_UPDATE: 0x8,
  CONTINUATION: 0x9,
} as const;

/** Flags by name; a bit means different things on different frames. */
export const FLAG = {
  ACK: 0x1,
  END_STREAM: 0x1,
  END_HEADERS: 0x4,
  PADDED: 0x8,
  PRIORITY: 0x20,
} as const;

/** RFC 9113 §4.1 */
export const FRAME_HEADER_BYTES = 9;

/** RFC 9113 §6.5.2: the least a peer must take, and what we take. */
export const DEFAULT_FRAME_BYTES = 16_384;

/** What a frame header says. */
export interface FrameHeader {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  /** Of the payload. */
  readonly length: number;
}

/** What holds for one type. */
export interface FrameRule {
  readonly name: string;
  /** Whether it belongs to a stream, to the connection (stream 0), or may be either's. */
  readonly on: "stream" | "connection" | "either";
  /** The legal payload lengths. */
  readonly length: { readonly exactly: number } | { readonly atLeast: number };
  /** What an illegal length ends. */
  readonly scope: Scope;
}

/** By type. A type beyond the table is unknown and ignored (RFC 9113 §5.5). */
export const FRAME_RULES: readonly FrameRule[] = [
  { name: "DATA", on: "stream", length: { atLeast: 0 }, scope: "connection" },
  { name: "HEADERS", on: "stream", length: { atLeast: 0 }, scope: "connection" },
  { name: "PRIORITY", on: "stream", length: { exactly: 5 }, scope: "stream" },
  { name: "RST_STREAM", on: "stream", length: { exactly: 4 }, scope: "connection" },
  { name: "SETTINGS", on: "connection", length: { atLeast: 0 }, scope: "connection" },
  { name: "PUSH_PROMISE", on: "stream", length: { atLeast: 4 }, scope: "connection" },
  { name: "PING", on: "connection", length: { exactly: 8 }, scope: "connection" },
  { name: "GOAWAY", on: "connection", length: { atLeast: 8 }, scope: "connection" },
  { name: "WINDOW_UPDATE", on: "either", length: { exactly: 4 }, scope: "connection" },
  { name: "CONTINUATION", on: "stream", length: { atLeast: 0 }, scope: "connection" },
];

/** `HTTP/1.` in the place of a frame header: its length, its type and its flags. */
const HTTP1 = { length: 0x48_54_54, type: 0x50, flags: 0x2f } as const;

/** What is wrong with a frame header by itself, or `null`. */
export function frameFault({ type, flags, streamId, length }: FrameHeader): ViolationError | null {
  if (length === HTTP1.length && type === HTTP1.type && flags === HTTP1.flags) {
    return fault(
      "PROTOCOL_ERROR",
      "the server answered in HTTP/1.1, and not in HTTP/2 as agreed; use a client with http1",
    );
  }
  if (length > DEFAULT_FRAME_BYTES) {
    return fault("FRAME_SIZE_ERROR", `a frame of ${length} bytes exceeds ${DEFAULT_FRAME_BYTES}`);
  }
  const rule = FRAME_RULES[type];
  if (rule === undefined) return null;
  if (rule.on === "stream" && streamId === 0) {
    return fault("PROTOCOL_ERROR", `${rule.name} on stream 0`);
  }
  if (rule.on === "connection" && streamId !== 0) {
    return fault("PROTOCOL_ERROR", `${rule.name} on stream ${streamId}`);
  }
  const least = "exactly" in rule.length ? rule.length.exactly : rule.length.atLeast;
  const isLegal = "exactly" in rule.length ? length === least : length >= least;
  if (!isLegal) return fault("FRAME_SIZE_ERROR", `${rule.name} of ${length} bytes`, rule.scope);
  if (type !== FRAME.SETTINGS) return null;
  const isWhole = (flags & FLAG.ACK) !== 0 ? length === 0 : length % 6 === 0;
  return isWhole ? null : fault("FRAME_SIZE_ERROR", `SETTINGS of ${length} bytes`);
}

function fault(reason: Reason, message: string, scope: Scope = "connection"): ViolationError {
  return new ViolationError(reason, message, scope);
}
