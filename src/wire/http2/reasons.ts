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

const NAMES: readonly string[] = /* @__PURE__ */ Object.keys(REASONS);

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

  /** The message for a caller. */
  toError(): RemoteProtocolError {
    return new RemoteProtocolError(`${this.message} (${this.reason})`, { cause: this });
  }
}

/** How a stream has ended before its response was complete. */
export interface StreamEnd {
  readonly message: string;
  /**
   * What the peer has made of the request: nothing, as it says (REFUSED_STREAM, or a GOAWAY that leaves the stream out,
   * RFC 9113 §8.7); nothing, because it wants HTTP/1.1 for it; or it has ended the stream without saying.
   */
  readonly verdict: "unprocessed" | "http1Required" | "rejected";
  readonly cause?: Error;
}

/** The end of a stream that the peer reset with this code. */
export function endByReset(code: number): StreamEnd {
  const message = `the server reset the stream: ${describeReason(code)}`;
  if (code === REASONS.REFUSED_STREAM) return { message, verdict: "unprocessed" };
  return { message, verdict: code === REASONS.HTTP_1_1_REQUIRED ? "http1Required" : "rejected" };
}

/** The end of a stream that a GOAWAY leaves out. */
export function endByGoaway(code: number): StreamEnd {
  const message = `the server is leaving: GOAWAY ${describeReason(code)}`;
  const isRequired = code === REASONS.HTTP_1_1_REQUIRED;
  return { message, verdict: isRequired ? "http1Required" : "unprocessed" };
}
