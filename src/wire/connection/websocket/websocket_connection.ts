/**
 * A WebSocket engine on a socket: when frames are written, how long each wait may take, and how the connection ends.
 *
 * Frames of one turn leave in one write. The connection ends once: with the closing handshake, with a violation, with a
 * failure of the socket, or when the server does not answer in time; the owner is notified at that moment, and the
 * socket is free at most `closeTimeoutMs` later.
 */
import { ReadError, ReadTimeout } from "../../../errors.ts";
import type { SocketHandler } from "../../../runtime/socket.ts";
import { CLOSE } from "../../websocket/close_codes.ts";
import {
  type Fragment,
  WebSocketEngine,
  type WebSocketEngineInit,
  type WebSocketSink,
} from "../../websocket/engine.ts";
import type { HandedSocket } from "../upgraded_stream.ts";
import type { MessageSink } from "../../websocket/messages/message_reader.ts";

/** How a connection has ended. */
export interface WebSocketOutcome {
  /** Whether both sides have sent a close frame. */
  readonly wasClean: boolean;
  /** The server's code, or 1005 or 1006 for none (RFC 6455 §7.1.5). */
  readonly code: number;
  readonly reason: string;
  /** Why it was not clean; `null` when it was. */
  readonly error: Error | null;
}

/** Receives what a connection brings. No method may throw. */
export interface WebSocketOwner extends MessageSink {
  /** All messages of one read have been delivered. */
  onBatch(): void;
  onPong(payload: Uint8Array): void;
  /** All or a part of what waited to be sent has left. */
  onDrain(): void;
  /** The server has begun the closing handshake, or a rule was broken: nothing can be sent. */
  onEnded(outcome: WebSocketOutcome): void;
}

/** Calls `ring` once after `ms`, without keeping the program alive; returns what cancels it. */
export type StartTimeout = (ring: () => void, ms: number) => () => void;

/** What a connection is made of. */
export interface WebSocketConnectionInit extends WebSocketEngineInit {
  readonly startTimeout: StartTimeout;
  /** How long the closing handshake, and then the server's end of the stream, may take. */
  readonly closeTimeoutMs: number;
  /** Silence after which a PING is sent, and after as much again the connection has failed. `null` for neither. */
  readonly keepAliveMs: number | null;
  /** Attaches the connection to its socket. */
  readonly takeSocket: (handler: SocketHandler) => HandedSocket;
}

/** So much is written at once, without waiting for more of the same turn. */
const FLUSH_BYTES = 64 * 1024;

/**
 * So many microtasks without a new frame, and what there is leaves. A loop that awaits each `send()` adds the next frame
 * within two (bench: websocket_125).
 */
const IDLE_MICROTASKS = 3;

const NO_PAYLOAD = new Uint8Array(0);

/** Before the start. */
const NO_OWNER: WebSocketOwner = {
  onText: () => {},
  onBinary: () => {},
  onBatch: () => {},
  onPong: () => {},
  onDrain: () => {},
  onEnded: () => {},
};

/** One connection after its opening handshake. */
export class WebSocketConnection implements SocketHandler, WebSocketSink {
  readonly #engine: WebSocketEngine;
  readonly #init: WebSocketConnectionInit;
  #owner: WebSocketOwner = NO_OWNER;
  #line: HandedSocket | null = null;
  #outcome: WebSocketOutcome | null = null;
  #isReceiving = false;
  #isPaused = false;
  /** A flush is due; the outgoing bytes when it was last put off, and how often in vain. */
  #isFlushDue = false;
  #seenBytes = 0;
  #idleMicrotasks = 0;
  #stopClosing: (() => void) | null = null;
  #stopKeepAlive: (() => void) | null = null;
  #hasHeard = false;
  #awaitsPong = false;
  readonly #hop = () => this.#maybeFlush();

  constructor(init: WebSocketConnectionInit) {
    this.#init = init;
    this.#engine = new WebSocketEngine(this, init);
  }

  /** Starts to read, beginning with what has arrived already; `onOpen` is called before its messages. */
  start(owner: WebSocketOwner, onOpen: () => void = () => {}): void {
    this.#owner = owner;
    const line = this.#line = this.#init.takeSocket(this);
    onOpen();
    this.#watchSilence();
    if (line.leading.length > 0) this.onData(line.leading);
    if (line.isEnded) this.onEnd();
  }

  /** How it has ended; `null` while it has not. */
  get outcome(): WebSocketOutcome | null {
    return this.#outcome;
  }

  /** Whether messages can be sent. */
  get isOpen(): boolean {
    return this.#engine.state === "open" && this.#line !== null;
  }

  /** Bytes that were sent and have not left. */
  get unsentBytes(): number {
    return this.#engine.outgoingBytes + (this.#line?.socket.unsentBytes ?? 0);
  }

  /** Sends a text, and returns its size as UTF-8. */
  sendText(text: string): number {
    const size = this.#engine.sendText(text);
    this.#flushSoon();
    return size;
  }

  /** Sends bytes, and returns how many; they are copied. */
  sendBinary(bytes: Uint8Array): number {
    const size = this.#engine.sendBinary(bytes);
    this.#flushSoon();
    return size;
  }

  sendFragment(bytes: Uint8Array, fragment: Fragment): void {
    this.#engine.sendFragment(bytes, fragment);
    this.#flushSoon();
  }

  sendPing(payload: Uint8Array): void {
    this.#engine.sendPing(payload);
    this.#flushSoon();
  }

  /** Begins the closing handshake; does nothing once it has begun. */
  close(code: number | null, reason: string): void {
    if (!this.isOpen) return;
    this.#engine.sendClose(code, reason);
    this.#flush();
    this.resume(); // the server's answer stands behind its messages
    this.#stopClosing = this.#init.startTimeout(
      () => this.#end(closeTimedOut(this.#init.closeTimeoutMs)),
      this.#init.closeTimeoutMs,
    );
  }

  /** Ends the connection now, without a handshake. */
  abort(error: Error): void {
    this.#end(error);
  }

  /** Stops reading, so that the server is slowed down. */
  pause(): void {
    if (this.#isPaused || this.#engine.state === "closing") return;
    this.#isPaused = true;
    this.#line?.socket.pause();
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#line?.socket.resume();
  }

  /** Whether the open connection keeps the program alive. */
  ref(): void {
    this.#line?.socket.ref();
  }

  unref(): void {
    this.#line?.socket.unref();
  }

  // SocketHandler

  onData(bytes: Uint8Array): void {
    this.#hasHeard = true;
    this.#isReceiving = true;
    this.#engine.receive(bytes);
    this.#isReceiving = false;
    if (this.#engine.outgoingBytes > 0) this.#flush();
    this.#owner.onBatch();
  }

  onEnd(): void {
    if (this.#engine.receiveEnd()) {
      this.#end(new ReadError("The server ended the connection without a close frame"));
    } else this.#release();
  }

  onError(error: Error): void {
    this.#engine.receiveEnd();
    if (this.#outcome === null) this.#end(error);
    else this.#release();
  }

  onDrain(): void {
    this.#engine.outgoingLeft();
    this.#flush();
    this.#owner.onDrain();
  }

  // WebSocketSink

  onText(text: string): void {
    this.#owner.onText(text);
  }

  onBinary(bytes: Uint8Array): void {
    this.#owner.onBinary(bytes);
  }

  onPong(payload: Uint8Array): void {
    this.#awaitsPong = false;
    this.#owner.onPong(payload);
  }

  onClose(code: number, reason: string): void {
    this.#settle({ wasClean: true, code, reason, error: null });
    this.#awaitEnd();
  }

  onFailure(error: Error, closeCode: number): void {
    this.#settle({ wasClean: false, code: closeCode, reason: "", error });
    this.#awaitEnd();
  }

  /** RFC 6455 §7.1.1: the server closes the TCP connection first; not if it takes too long. */
  #awaitEnd(): void {
    this.#flush();
    this.#stopClosing?.();
    this.#stopClosing = this.#init.startTimeout(() => this.#release(), this.#init.closeTimeoutMs);
  }

  /** The connection is over without a closing handshake. */
  #end(error: Error): void {
    this.#engine.receiveEnd();
    this.#settle({ wasClean: false, code: CLOSE.ABNORMAL, reason: "", error });
    this.#release();
  }

  #settle(outcome: WebSocketOutcome): void {
    if (this.#outcome !== null) return;
    this.#outcome = outcome;
    this.#stopKeepAlive?.();
    this.#owner.onEnded(outcome);
  }

  #release(): void {
    this.#stopClosing?.();
    this.#stopClosing = null;
    const line = this.#line;
    this.#line = null;
    line?.close();
  }

  /** Writes at the end of the turn: after a read, or when no frame has been added for some microtasks. */
  #flushSoon(): void {
    if (this.#isReceiving || this.#isFlushDue) return;
    if (this.#engine.outgoingBytes >= FLUSH_BYTES) return this.#flush();
    this.#isFlushDue = true;
    this.#seenBytes = this.#engine.outgoingBytes;
    this.#idleMicrotasks = 0;
    queueMicrotask(this.#hop);
  }

  #maybeFlush(): void {
    const bytes = this.#engine.outgoingBytes;
    if (bytes === this.#seenBytes) this.#idleMicrotasks++;
    else {
      this.#seenBytes = bytes;
      this.#idleMicrotasks = 0;
    }
    const waits = bytes > 0 && bytes < FLUSH_BYTES && this.#idleMicrotasks < IDLE_MICROTASKS;
    if (waits) return queueMicrotask(this.#hop);
    this.#isFlushDue = false;
    this.#flush();
  }

  /** What can't be written yet waits in the engine, where frames come together, for onDrain(). */
  #flush(): void {
    const socket = this.#line?.socket;
    if (socket === undefined || socket.unsentBytes > 0) return;
    if (this.#engine.outgoingBytes === 0) return;
    for (const piece of this.#engine.takeOutgoing()) socket.write(piece);
    if (socket.unsentBytes > 0) return; // onDrain() follows
    this.#engine.outgoingLeft();
    this.#owner.onDrain();
  }

  /** Time without a byte from the server: a PING, then the end. */
  #watchSilence(): void {
    const { keepAliveMs, startTimeout } = this.#init;
    if (keepAliveMs === null) return;
    const check = () => {
      const isSilent = !this.#hasHeard && !this.#isPaused;
      this.#hasHeard = false;
      if (isSilent && this.#awaitsPong) return this.#end(silenceError(keepAliveMs));
      this.#awaitsPong = isSilent && this.isOpen;
      if (this.#awaitsPong) this.sendPing(NO_PAYLOAD);
      this.#stopKeepAlive = startTimeout(check, keepAliveMs);
    };
    this.#stopKeepAlive = startTimeout(check, keepAliveMs);
  }
}

function closeTimedOut(ms: number): ReadTimeout {
  return new ReadTimeout(
    `The server did not answer the close frame within ${ms} ms (closeTimeoutMs)`,
    { phase: "receive", requestSent: "yes" },
  );
}

function silenceError(ms: number): ReadTimeout {
  return new ReadTimeout(`The server did not answer a PING within ${ms} ms (keepAliveMs)`, {
    phase: "receive",
    requestSent: "yes",
  });
}
