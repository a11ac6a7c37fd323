/** RFC 6455 §7.4: why a connection closes, and the error that carries the code through the engine. */
import { RemoteProtocolError } from "../../errors.ts";

/** The registered codes that this library sends or reports, by name. */
export const CLOSE = {
  NORMAL: 1000,
  GOING_AWAY: 1001,
  PROTOCOL_ERROR: 1002,
  UNSUPPORTED_DATA: 1003,
  /** Never on the wire: the close frame had no code. */
  NO_STATUS: 1005,
  /** Never on the wire: the connection ended without a close frame. */
  ABNORMAL: 1006,
  INVALID_PAYLOAD: 1007,
  POLICY_VIOLATION: 1008,
  TOO_BIG: 1009,
  MANDATORY_EXTENSION: 1010,
  INTERNAL_ERROR: 1011,
} as const;

/** Whether a close frame may contain the code (§7.4.1, §7.4.2, and the IANA registry up to 1014). */
export function isWireCode(code: number): boolean {
  if (code >= 3000) return code <= 4999;
  return code >= 1000 && code <= 1014 && code !== 1004 && code !== CLOSE.NO_STATUS &&
    code !== CLOSE.ABNORMAL;
}

/** The server broke a rule. The engine answers with a close frame that has the code. */
export class ViolationError extends Error {
  readonly closeCode: number;

  constructor(closeCode: number, message: string) {
    super(message);
    this.closeCode = closeCode;
  }

  /** The error for the caller. */
  toError(): RemoteProtocolError {
    const message = `Invalid WebSocket data from the server: ${this.message}`;
    return new RemoteProtocolError(`${message} (closed with ${this.closeCode})`, {
      cause: this,
      phase: "receive",
    });
  }
}
