/**
 * RFC 6455 for a client, without I/O: bytes in, messages out; messages in, frames out.
 *
 * The engine answers PING and CLOSE, and ends a connection whose server breaks a rule: it puts the close frame among its
 * outgoing bytes and reports the violation, once. When to write, how long to wait and when to close the socket is up to
 * the connection that drives it.
 */
import { LocalProtocolError, type RemoteProtocolError } from "../../errors.ts";
import { CLOSE, isWireCode, ViolationError } from "./close_codes.ts";
import { ControlBudget } from "./control_budget.ts";
import type { MessageDeflate } from "./messages/deflate.ts";
import { FrameReader, type FrameSink, type PayloadPart } from "./frames/frame_reader.ts";
import { FrameWriter, WHOLE_TEXT } from "./frames/frame_writer.ts";
import { type FrameHeader, isControl, MAX_CONTROL_BYTES, OPCODE } from "./frames/frame_header.ts";
import { DEFAULT_LIMITS, type WebSocketLimits } from "./limits.ts";
import type { FillRandom } from "./frames/mask.ts";
import { MessageReader, type MessageSink } from "./messages/message_reader.ts";
import { CONNECTION_MOVES, type ConnectionEvent, type ConnectionState } from "./state.ts";
import { decodeText } from "./messages/utf8.ts";

/** Receives what a connection brings. No method may throw. */
export interface WebSocketSink extends MessageSink {
  /** A PONG; the payload is lent. */
  onPong(payload: Uint8Array): void;
  /** The server's close frame; 1005 when it has no code. The answer is among the outgoing bytes. */
  onClose(code: number, reason: string): void;
  /** The server broke a rule; the close frame is among the outgoing bytes. Nothing follows. */
  onFailure(error: RemoteProtocolError, closeCode: number): void;
}

/** What an engine is made of. */
export interface WebSocketEngineInit {
  readonly limits?: Partial<WebSocketLimits>;
  /** What was negotiated. Default: no compression. */
  readonly deflate?: MessageDeflate | null;
  /** Messages below this size are sent uncompressed. Default: 1024 bytes. */
  readonly deflateFromBytes?: number;
  /** Whether received bytes may be kept instead of copied. Default: `false`. */
  readonly keepsBytes?: boolean;
  readonly fillRandom: FillRandom;
  /** Milliseconds that never go back. */
  readonly now: () => number;
}

/** A part of a message that is sent in fragments. */
export interface Fragment {
  readonly type: "text" | "binary";
  readonly isFirst: boolean;
  readonly isFinal: boolean;
}

const DEFLATE_FROM_BYTES = 1024;
/** With more than this waiting to be written, PINGs are answered by the latest alone. */
const MAX_PENDING_BYTES = 64 * 1024;
const NOTHING = new Uint8Array(0);
const ENCODER = new TextEncoder();

/** One connection after its opening handshake. */
export class WebSocketEngine implements FrameSink {
  readonly #sink: WebSocketSink;
  readonly #messages: MessageReader;
  readonly #frames: FrameReader;
  readonly #writer: FrameWriter;
  readonly #budget: ControlBudget;
  readonly #deflate: MessageDeflate | null;
  readonly #deflateFromBytes: number;
  readonly #control = new Uint8Array(MAX_CONTROL_BYTES);
  #controlBytes = 0;
  #opcode = 0;
  /** The answer to the latest PING, while too much waits to be written. */
  #latePong: Uint8Array | null = null;
  #state: ConnectionState = "open";

  constructor(sink: WebSocketSink, init: WebSocketEngineInit) {
    const { deflate = null, keepsBytes = false } = init;
    const limits = { ...DEFAULT_LIMITS, ...init.limits };
    this.#sink = sink;
    this.#deflate = deflate;
    this.#deflateFromBytes = init.deflateFromBytes ?? DEFLATE_FROM_BYTES;
    this.#messages = new MessageReader(sink, { limits, deflate, keepsBytes });
    this.#frames = new FrameReader(this, deflate !== null);
    this.#writer = new FrameWriter(init.fillRandom);
    this.#budget = new ControlBudget(limits.maxControlFrames, init.now);
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** Bytes that wait to be taken. */
  get outgoingBytes(): number {
    return this.#writer.length;
  }

  /** Reads what has arrived; after the end of a connection it is discarded (§1.4, §7.1.7). */
  receive(bytes: Uint8Array): void {
    if (!this.#may("receive")) return;
    try {
      this.#frames.receive(bytes);
    } catch (error) {
      if (!(error instanceof ViolationError)) throw error;
      this.#fail(error);
    }
  }

  /** The server will send no more bytes. Returns whether a closing handshake is missing. */
  receiveEnd(): boolean {
    if (!this.#may("end")) return false;
    this.#move("end");
    this.#messages.clear();
    return true;
  }

  /** Sends a text in one frame, and returns its size as UTF-8. */
  sendText(text: string): number {
    this.#move("send");
    const isLong = this.#deflate !== null && text.length >= this.#deflateFromBytes;
    if (!isLong) return this.#writer.writeText(WHOLE_TEXT, text);
    const bytes = ENCODER.encode(text);
    this.#sendCompressed(OPCODE.TEXT, bytes);
    return bytes.length;
  }

  /** Sends bytes in one frame, and returns how many; they are copied. */
  sendBinary(bytes: Uint8Array): number {
    this.#move("send");
    const isLong = this.#deflate !== null && bytes.length >= this.#deflateFromBytes;
    if (isLong) this.#sendCompressed(OPCODE.BINARY, bytes);
    else this.#write(OPCODE.BINARY, bytes);
    return bytes.length;
  }

  /** Sends a part of a message as a frame of its own, uncompressed; only control frames may come between (§5.4). */
  sendFragment(bytes: Uint8Array, { type, isFirst, isFinal }: Fragment): void {
    this.#move("send");
    const opcode = !isFirst ? OPCODE.CONTINUATION : type === "text" ? OPCODE.TEXT : OPCODE.BINARY;
    this.#writer.write({ opcode, isFinal, isCompressed: false }, bytes);
  }

  /**
   * Sends a PING.
   *
   * @throws {LocalProtocolError} for more than 125 bytes
   */
  sendPing(payload: Uint8Array): void {
    if (payload.length > MAX_CONTROL_BYTES) {
      throw new LocalProtocolError(
        `Cannot send a PING of ${payload.length} bytes: it takes ${MAX_CONTROL_BYTES} at most`,
      );
    }
    this.#move("send");
    this.#write(OPCODE.PING, payload);
  }

  /** Sends the close frame, which begins the closing handshake; without a code it is empty. */
  sendClose(code: number | null, reason: string): void {
    this.#move("sendClose");
    this.#writeClose(code, reason);
  }

  /** Takes all frames, as pieces to be written in order. They must not change until they have left. */
  takeOutgoing(): readonly Uint8Array[] {
    const pong = this.#latePong;
    if (pong !== null && this.#may("send")) this.#write(OPCODE.PONG, pong);
    this.#latePong = null;
    return this.#writer.take();
  }

  /** All that was taken has left: its memory may be used again. */
  outgoingLeft(): void {
    this.#writer.giveBack();
  }

  // FrameSink

  onFrame(header: FrameHeader): void {
    this.#opcode = header.opcode;
    if (isControl(header.opcode)) {
      this.#controlBytes = 0;
      this.#budget.spend();
    } else this.#messages.begin(header);
  }

  onPayload(bytes: Uint8Array, part: PayloadPart): void {
    if (!isControl(this.#opcode)) return this.#messages.push(bytes, part);
    this.#control.set(bytes.subarray(part.start, part.end), this.#controlBytes);
    this.#controlBytes += part.end - part.start;
    if (part.isLast) this.#onControl(this.#control.subarray(0, this.#controlBytes));
  }

  #onControl(payload: Uint8Array): void {
    if (this.#opcode === OPCODE.CLOSE) this.#onClose(payload);
    else if (this.#opcode === OPCODE.PONG) this.#sink.onPong(payload);
    else if (this.#may("send")) this.#answerPing(payload);
  }

  /** §5.5.3: only the latest PING needs an answer, so a server that does not read costs no memory. */
  #answerPing(payload: Uint8Array): void {
    const isBlocked = this.#writer.length > MAX_PENDING_BYTES;
    this.#latePong = isBlocked ? payload.slice() : null;
    if (!isBlocked) this.#write(OPCODE.PONG, payload);
  }

  /** §5.5.1: the answer has the code of the server. */
  #onClose(payload: Uint8Array): void {
    const { code, reason } = readClose(payload);
    const mustAnswer = this.#state === "open";
    this.#move("receiveClose");
    this.#stopReading();
    if (mustAnswer) this.#writeClose(code === CLOSE.NO_STATUS ? null : code, "");
    this.#sink.onClose(code, reason);
  }

  #fail(violation: ViolationError): void {
    const mayAnswer = this.#may("sendClose");
    if (!this.#may("fail")) return;
    this.#move("fail");
    this.#stopReading();
    if (mayAnswer) this.#writeClose(violation.closeCode, "");
    this.#sink.onFailure(violation.toError(), violation.closeCode);
  }

  #stopReading(): void {
    this.#frames.stop();
    this.#messages.clear();
  }

  #sendCompressed(opcode: number, bytes: Uint8Array): void {
    const compressed = this.#deflate?.deflate(bytes) ?? null;
    if (compressed === null) this.#write(opcode, bytes);
    else this.#writer.write({ opcode, isFinal: true, isCompressed: true }, compressed);
  }

  #write(opcode: number, payload: Uint8Array): void {
    this.#writer.write({ opcode, isFinal: true, isCompressed: false }, payload);
  }

  #writeClose(code: number | null, reason: string): void {
    if (code === null) return this.#write(OPCODE.CLOSE, NOTHING);
    const text = ENCODER.encode(reason);
    const payload = new Uint8Array(2 + text.length);
    payload[0] = code >>> 8;
    payload[1] = code;
    payload.set(text, 2);
    this.#write(OPCODE.CLOSE, payload);
  }

  #may(event: ConnectionEvent): boolean {
    return CONNECTION_MOVES[this.#state][event] !== undefined;
  }

  /** @throws {LocalProtocolError} for a move that the table does not have */
  #move(event: ConnectionEvent): void {
    const next = CONNECTION_MOVES[this.#state][event];
    if (next === undefined) {
      throw new LocalProtocolError(`Cannot ${event} on a WebSocket that is ${this.#state}`);
    }
    this.#state = next;
  }
}

/** §5.5.1, §7.4: a code of two bytes that may be on the wire, and a reason in UTF-8; or nothing. */
function readClose(payload: Uint8Array): { code: number; reason: string } {
  if (payload.length === 0) return { code: CLOSE.NO_STATUS, reason: "" };
  if (payload.length === 1) {
    throw new ViolationError(CLOSE.PROTOCOL_ERROR, "a close frame has one byte");
  }
  const code = (payload[0] ?? 0) << 8 | (payload[1] ?? 0);
  if (!isWireCode(code)) {
    throw new ViolationError(CLOSE.PROTOCOL_ERROR, `a close frame has the invalid code ${code}`);
  }
  return { code, reason: decodeText(payload.subarray(2)) };
}
