/**
 * RFC 9113 §5.1 for streams that a client opens; nothing is ever reserved, as push is disabled.
 *
 * ```text
 *           sendHead             sendEnd
 *   idle ─────────────▶ open ─────────────▶ halfClosedLocal
 *                        │ receiveEnd             │ receiveEnd
 *                        ▼        sendEnd         ▼
 *                 halfClosedRemote ──────▶ closed ◀── reset, either way
 * ```
 *
 * and of what comes on it: first a head (after any number of 1xx), then content, then the end, maybe
 * with trailers. A missing cell is a violation: the peer's where it receives, ours where it sends.
 */

/** The life of a stream. */
export type StreamState = "open" | "halfClosedLocal" | "halfClosedRemote" | "closed";
export type StreamEvent = "sendData" | "sendEnd" | "receiveEnd" | "reset";

export const STREAM_MOVES: Readonly<
  Record<StreamState, Readonly<Partial<Record<StreamEvent, StreamState>>>>
> = {
  open: {
    sendData: "open",
    sendEnd: "halfClosedLocal",
    receiveEnd: "halfClosedRemote",
    reset: "closed",
  },
  halfClosedLocal: { receiveEnd: "closed", reset: "closed" },
  halfClosedRemote: { sendData: "halfClosedRemote", sendEnd: "closed", reset: "closed" },
  closed: {},
};

/** Where the response is (RFC 9113 §8.1). */
export type ResponseState = "awaitingHead" | "inBody" | "complete";
export type ResponseEvent = "informational" | "head" | "data" | "trailers" | "end";

export const RESPONSE_MOVES: Readonly<
  Record<ResponseState, Readonly<Partial<Record<ResponseEvent, ResponseState>>>>
> = {
  awaitingHead: { informational: "awaitingHead", head: "inBody" },
  inBody: { data: "inBody", trailers: "inBody", end: "complete" },
  complete: {},
};
