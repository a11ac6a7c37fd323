/**
 * The two halves of an exchange (RFC 9112 §9) and when a connection may carry the next one.
 *
 * ```text
 *  request    idle ─head─▶ sending ─end─▶ sent ──────────┐
 *                                                        ├─ both done: idle again, or never again
 *  response   idle ─request─▶ awaitingHead ─head─▶ inBody ─end─▶ complete
 *                             ▲    │  └─upgrade─▶ handedOver
 *                             └────┘ informational         any ─fail─▶ failed
 * ```
 *
 * A missing cell is a mistake: of the caller in the request half, of the peer in the response half.
 */

/** The legal moves of one half. */
export type Moves<State extends string, Event extends string> = Readonly<
  Record<State, Readonly<Partial<Record<Event, State>>>>
>;

export type RequestState = "idle" | "sending" | "sent";
export type RequestEvent = "head" | "data" | "end" | "next";

export const REQUEST_MOVES: Moves<RequestState, RequestEvent> = {
  idle: { head: "sending" },
  sending: { data: "sending", end: "sent" },
  sent: { next: "idle" },
};

export type ResponseState =
  | "idle"
  | "awaitingHead"
  | "inBody"
  | "complete"
  | "handedOver"
  | "failed";
export type ResponseEvent =
  | "request"
  | "informational"
  | "head"
  | "upgrade"
  | "end"
  | "next"
  | "fail";

export const RESPONSE_MOVES: Moves<ResponseState, ResponseEvent> = {
  idle: { request: "awaitingHead", fail: "failed" },
  awaitingHead: {
    informational: "awaitingHead",
    head: "inBody",
    upgrade: "handedOver",
    fail: "failed",
  },
  inBody: { end: "complete", fail: "failed" },
  complete: { next: "idle", fail: "failed" },
  handedOver: { fail: "failed" },
  failed: { fail: "failed" },
};

/** Whether both halves are where the next exchange may begin (RFC 9112 §9.3). */
export function isBetweenExchanges(request: RequestState, response: ResponseState): boolean {
  return (request === "idle" && response === "idle") ||
    (request === "sent" && response === "complete");
}
