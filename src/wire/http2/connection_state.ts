/**
 * The life of a connection (RFC 9113 §3.4, §4.3, §6.8): which frames may come when.
 *
 * ```text
 *             SETTINGS         HEADERS without END_HEADERS
 *   preface ────────────▶ open ─────────────────────────▶ inBlock
 *                          ▲ └──────────────────────────────┘
 *                          │      CONTINUATION with END_HEADERS
 *   any ──fail──▶ closed
 * ```
 *
 * A missing cell is a PROTOCOL_ERROR that ends the connection.
 */
import { FRAME } from "./frames/frame_table.ts";

export type ConnectionState = "preface" | "open" | "inBlock" | "closed";

/** What a frame is to the state: most are alike. */
export type ConnectionEvent =
  | "settings"
  | "blockBegin"
  | "continuation"
  | "blockEnd"
  | "push"
  | "other";

export const CONNECTION_MOVES: Readonly<
  Record<ConnectionState, Readonly<Partial<Record<ConnectionEvent, ConnectionState>>>>
> = {
  preface: { settings: "open" },
  open: { settings: "open", blockBegin: "inBlock", other: "open" },
  inBlock: { continuation: "inBlock", blockEnd: "open" },
  closed: {},
};

/** The event that a frame of a type is. */
export function connectionEventOf(type: number): ConnectionEvent {
  switch (type) {
    case FRAME.SETTINGS:
      return "settings";
    case FRAME.HEADERS:
      return "blockBegin";
    case FRAME.CONTINUATION:
      return "continuation";
    case FRAME.PUSH_PROMISE:
      return "push";
    default:
      return "other";
  }
}
