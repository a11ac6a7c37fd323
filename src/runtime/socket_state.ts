/**
 * The life of a connected socket, the same on every runtime.
 *
 *     open ── end ──▶ finishing ── drain ──▶ finished
 *      │                  │                     │
 *   peerEnd            peerEnd               peerEnd
 *      ▼                  ▼                     ▼
 *   peerEnded ─ end ▶ finishingLast ─ drain ▶ ended
 *
 * Any of them: `close` or `error` ▶ closed, but `close` while FIN is still to follow unsent bytes ▶ lingering;
 * `writeError` ▶ refused while the peer may still have sent something, else closed; `release` ▶ released.
 *
 * An adapter reports what happened to its connection and carries out the effects. It decides nothing itself: what the
 * handler receives, and when the connection is freed, follows from the table.
 */
import type { SocketHandler } from "./socket.ts";

/** Where a socket is in its life. */
export type SocketState =
  /** Both directions are open. */
  | "open"
  /** `end()` was called; FIN follows the unsent bytes. The peer may still send. */
  | "finishing"
  /** FIN is sent. The peer may still send. */
  | "finished"
  /** The peer has sent FIN. Writing is still possible. */
  | "peerEnded"
  /** The peer has sent FIN, and ours follows the unsent bytes. */
  | "finishingLast"
  /** Both have sent FIN. */
  | "ended"
  /** A write failed. What the peer sent before that is still to be read. */
  | "refused"
  /** Closed by the caller; the bytes that `end()` was to follow are still leaving. */
  | "lingering"
  /** Another socket (TLS) owns the connection now. */
  | "released"
  /** The connection is freed. */
  | "closed";

/** What can happen to a socket. */
export type SocketEvent =
  /** The caller ends its direction. */
  | "end"
  /** Everything written has been taken by the system. */
  | "drain"
  /** The peer has sent FIN or close_notify. */
  | "peerEnd"
  /** A write failed; reading may still work. */
  | "writeError"
  /** The connection failed. */
  | "error"
  /** The caller closes both directions. */
  | "close"
  /** A lingering socket has taken too long. */
  | "lingerOver"
  /** The connection is handed to another socket. */
  | "release";

/** What the handler is notified of. */
export type SocketReport = "drain" | "end" | "error";

/** One cell of the table. */
export interface SocketMove {
  readonly to: SocketState;
  readonly report: SocketReport | null;
}

/** Every state and every event. An event that changes nothing leads back to its own state. */
export const SOCKET_MOVES: Readonly<
  Record<SocketState, Readonly<Record<SocketEvent, SocketMove>>>
> = {
  open: {
    end: to("finishing"),
    drain: to("open", "drain"),
    peerEnd: to("peerEnded", "end"),
    writeError: to("refused"),
    error: to("closed", "error"),
    close: to("closed"),
    lingerOver: to("open"),
    release: to("released"),
  },
  finishing: {
    end: to("finishing"),
    drain: to("finished", "drain"),
    peerEnd: to("finishingLast", "end"),
    writeError: to("refused"),
    error: to("closed", "error"),
    close: to("lingering"),
    lingerOver: to("finishing"),
    release: to("finishing"),
  },
  finished: {
    end: to("finished"),
    drain: to("finished"),
    peerEnd: to("ended", "end"),
    writeError: to("refused"),
    error: to("closed", "error"),
    close: to("closed"),
    lingerOver: to("finished"),
    release: to("finished"),
  },
  peerEnded: {
    end: to("finishingLast"),
    drain: to("peerEnded", "drain"),
    peerEnd: to("peerEnded"),
    writeError: to("closed", "error"),
    error: to("closed", "error"),
    close: to("closed"),
    lingerOver: to("peerEnded"),
    release: to("peerEnded"),
  },
  finishingLast: {
    end: to("finishingLast"),
    drain: to("ended", "drain"),
    peerEnd: to("finishingLast"),
    writeError: to("closed", "error"),
    error: to("closed", "error"),
    close: to("lingering"),
    lingerOver: to("finishingLast"),
    release: to("finishingLast"),
  },
  ended: {
    end: to("ended"),
    drain: to("ended"),
    peerEnd: to("ended"),
    writeError: to("closed", "error"),
    error: to("closed", "error"),
    close: to("closed"),
    lingerOver: to("ended"),
    release: to("ended"),
  },
  // The system reports a reset once, to the writer: for the reader it then looks like an end.
  refused: {
    end: to("refused"),
    drain: to("refused"),
    peerEnd: to("closed", "error"),
    writeError: to("refused"),
    error: to("closed", "error"),
    close: to("closed"),
    lingerOver: to("refused"),
    release: to("refused"),
  },
  lingering: {
    end: to("lingering"),
    drain: to("closed"),
    peerEnd: to("lingering"),
    writeError: to("closed"),
    error: to("closed"),
    close: to("lingering"),
    lingerOver: to("closed"),
    release: to("lingering"),
  },
  released: stays("released"),
  closed: stays("closed"),
};

/** What the machine has its adapter do. */
export interface SocketEffects {
  /** Sends FIN: everything before it has left. */
  finish(): void;
  /** Goes on sending after `close()`; the machine bounds the time. */
  linger(): void;
  /** Frees the connection. Called once. */
  free(): void;
}

/** The states in which bytes are still accepted. */
const WRITABLE: ReadonlySet<SocketState> = new Set(["open", "peerEnded"]);

/** The state of one socket, and the handler that is notified of its changes. */
export class SocketMachine {
  readonly #effects: SocketEffects;
  #state: SocketState = "open";
  /** The row of the state: each write on Deno ends in a `drain` (bench: get_1k). */
  #moves = SOCKET_MOVES.open;
  #handler: SocketHandler | null = null;
  /** An end or a failure that came while no handler was attached. */
  #missed: ((handler: SocketHandler) => void) | null = null;
  #writeError: Error | null = null;
  /** Read before each write and each delivery, so they are kept as they change. */
  canWrite = true;
  isOver = false;

  constructor(effects: SocketEffects) {
    this.#effects = effects;
  }

  get state(): SocketState {
    return this.#state;
  }

  get handler(): SocketHandler | null {
    return this.#handler;
  }

  /** Sets the handler. Returns whether reading is to begin or to continue: no handler was attached before. */
  attach(handler: SocketHandler): boolean {
    const isFirst = this.#handler === null;
    this.#handler = handler;
    const missed = this.#missed;
    if (missed === null) return isFirst && !this.isOver;
    queueMicrotask(() => {
      if (this.#missed !== missed) return; // closed in the meantime
      this.#missed = null;
      missed(handler);
    });
    return isFirst && !this.isOver;
  }

  /** Removes the handler; ends and failures are kept for the next one. */
  detach(): void {
    this.#handler = null;
  }

  /** Moves along the table: carries out the effects first, so that the handler finds a consistent socket. */
  on(event: SocketEvent, error: Error | null = null): SocketState {
    const from = this.#state;
    const { to, report } = this.#moves[event];
    if (event === "writeError") this.#writeError ??= error;
    if (event === "close") this.#missed = null;
    if (to !== from) this.#enter(to);
    if (report !== null) this.#report(report, error);
    return to;
  }

  #enter(state: SocketState): void {
    const from = this.#state;
    this.#state = state;
    this.#moves = SOCKET_MOVES[state];
    this.canWrite = WRITABLE.has(state);
    this.isOver = state === "closed" || state === "lingering" || state === "released";
    if (state === "closed") this.#effects.free();
    else if (state === "lingering") this.#effects.linger();
    else if (state === "finished" || state === "ended" && from === "finishingLast") {
      this.#effects.finish();
    }
  }

  #report(report: SocketReport, given: Error | null): void {
    if (report === "drain") return this.#handler?.onDrain();
    // The write failed first: what follows is its consequence.
    const error = this.#writeError ?? given;
    const notify = (handler: SocketHandler) => {
      if (report === "end" || error === null) handler.onEnd();
      else handler.onError(error);
    };
    if (this.#handler === null) this.#missed = notify;
    else notify(this.#handler);
  }
}

function to(state: SocketState, report: SocketReport | null = null): SocketMove {
  return { to: state, report };
}

/** The row of a state that nothing changes. */
function stays(state: SocketState): Record<SocketEvent, SocketMove> {
  const move = to(state);
  return {
    end: move,
    drain: move,
    peerEnd: move,
    writeError: move,
    error: move,
    close: move,
    lingerOver: move,
    release: move,
  };
}
