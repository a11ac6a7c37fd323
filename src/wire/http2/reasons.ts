/** RFC 9113 §7: why a stream or a connection ends, and the error that carries it through the engine. */
import { RemoteProtocolError } from "../../errors.ts";

/** The codes by their names. */
export const REASONS = {
  NO_ERROR: 0x0,
  PROTOCOL_ERROR: 0x1,
  INTERNAL_ERROR: 0x2,
  FLOW_CONTROL_ERROR: 0x3,
  SETTINGS_TIMEOUT: 0x4,
  STREAM_CLOSED: 0x5,
  FRAME_SIZE_ERROR: 0x6,
  REFUSED_STREAM: 0x7,
  CANCEL: 0x8,
  COMPRESSION_ERROR: 0x9,
  CONNECT_ERROR: 0xa,
  ENHANCE_YOUR_CALM: 0xb,
  INADEQUATE_SECURITY: 0xc,
  HTTP_1_1_REQUIRED: 0xd,
} as const;

/** The name of a code. */
export type Reason = keyof typeof REASONS;

const NAMES: readonly string[] = Object.keys(REASONS);

/** A code for a message: `"CANCEL (8)"`; a code that no RFC names as a number alone. */
export function describeReason(code: number): string {
  const name = NAMES[code];
  return name === undefined ? `code ${code}` : `${name} (${code})`;
}

/** How much of the connection a violation ends (RFC 9113 §5.4). */
export type Scope = "connection" | "stream";

/** The peer broke a rule. The engine answers with RST_STREAM or GOAWAY and the code. */
export class ViolationError extends Error {
  readonly reason: Reason;
  readonly scope: Scope;

  constructor(reason: Reason, message: string, scope: Scope = "connection") {
    super(message);
    this.reason = reason;
    this.scope = scope;
  }

  /** What a caller is told. */
  toError(): RemoteProtocolError {
    return new RemoteProtocolError(`${this.message} (${this.reason})`, { cause: this });
  }
}

/**
 * The peer said that it has not processed a request, and never will: by REFUSED_STREAM or by a GOAWAY that
 * leaves the stream out (RFC 9113 §8.7). The cause of the error that the request fails with.
 */
export class UnprocessedError extends Error {}

/**
 * The peer has ended a stream, and does not say that it left the request alone. The cause of the error that the request
 * fails with: the connection lives, and nothing is sent again unasked.
 */
export class ResetError extends Error {}
