/**
 * The closing handshake (RFC 6455 §7.1) and the frames of one message (§5.4).
 *
 * ```text
 *          sendClose            receiveClose
 *   open ────────────▶ closing ──────────────▶ closed
 *    │ receiveClose: the answer is sent at once  ▲
 *    └───────────────────────────────────────────┘
 *   open, closing ─fail─▶ failed        open, closing ─end─▶ lost
 *
 *             textBegin                                 text, binary
 *   between ─────────────▶ inText ─end─▶ between       between ─▶ between
 *             binaryBegin                               control: no change, anywhere
 *   between ─────────────▶ inBinary ─end─▶ between
 * ```
 *
 * A missing cell of the first table is the caller's mistake, or input that is discarded; a missing cell of the second
 * is the server's mistake (1002).
 */

/** The legal moves of a machine. */
export type Moves<State extends string, Event extends string> = Readonly<
  Record<State, Readonly<Partial<Record<Event, State>>>>
>;

/** The life of a connection after its opening handshake. */
export type ConnectionState = "open" | "closing" | "closed" | "failed" | "lost";
export type ConnectionEvent = "send" | "sendClose" | "receive" | "receiveClose" | "fail" | "end";

/** After `sendClose` nothing is sent; after `receiveClose` nothing is read (§5.5.1). */
export const CONNECTION_MOVES: Moves<ConnectionState, ConnectionEvent> = {
  open: {
    send: "open",
    sendClose: "closing",
    receive: "open",
    receiveClose: "closed",
    fail: "failed",
    end: "lost",
  },
  closing: { receive: "closing", receiveClose: "closed", fail: "failed", end: "lost" },
  closed: {},
  failed: {},
  lost: {},
};

/** Where one direction is between the frames of its messages. */
export type MessageState = "between" | "inText" | "inBinary";
export type MessageEvent =
  | "text"
  | "textBegin"
  | "binary"
  | "binaryBegin"
  | "continuation"
  | "end"
  | "control";

/** Which frame may follow which (§5.4). */
export const MESSAGE_MOVES: Moves<MessageState, MessageEvent> = {
  between: {
    text: "between",
    textBegin: "inText",
    binary: "between",
    binaryBegin: "inBinary",
    control: "between",
  },
  inText: { continuation: "inText", end: "between", control: "inText" },
  inBinary: { continuation: "inBinary", end: "between", control: "inBinary" },
};
