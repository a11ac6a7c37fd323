/**
 * Data frames into messages (RFC 6455 §5.4): fragments joined, text checked, compressed messages inflated, and every
 * limit noticed at the frame that exceeds it.
 */
import { CLOSE, ViolationError } from "../close_codes.ts";
import type { MessageDeflate } from "./deflate.ts";
import type { PayloadPart } from "../frames/frame_reader.ts";
import { type FrameHeader, messageEventOf } from "../frames/frame_header.ts";
import type { WebSocketLimits } from "../limits.ts";
import { MessageBuffer } from "./message_buffer.ts";
import { MESSAGE_MOVES, type MessageState } from "../state.ts";
import { decodeText, invalidText, UTF8Checker } from "./utf8.ts";

/** Receives messages. */
export interface MessageSink {
  onText(text: string): void;
  /** The bytes belong to the receiver. */
  onBinary(bytes: Uint8Array): void;
}

/** What a reader is made of. */
export interface MessageReaderInit {
  readonly limits: WebSocketLimits;
  /** What was negotiated; `null` without compression. */
  readonly deflate: MessageDeflate | null;
  /** Whether received bytes may be kept instead of copied. */
  readonly keepsBytes: boolean;
}

/** Up to this size a copy costs less than a view, and does not keep a large buffer alive. */
const COPIED_BYTES = 4096;

/** Reads the messages of one connection. */
export class MessageReader {
  readonly #sink: MessageSink;
  readonly #init: MessageReaderInit;
  readonly #held = new MessageBuffer();
  readonly #checker = new UTF8Checker();
  #state: MessageState = "between";
  #isText = false;
  #isCompressed = false;
  #fragments = 0;
  /** Of the current frame, not yet arrived. */
  #frameLeft = 0;
  #isFinal = true;

  constructor(sink: MessageSink, init: MessageReaderInit) {
    this.#sink = sink;
    this.#init = init;
  }

  /**
   * A data frame begins.
   *
   * @throws {ViolationError} 1002 for a frame out of order, 1009 for one that is too long, 1008 for too many
   */
  begin(header: FrameHeader): void {
    const event = messageEventOf(header);
    const next = MESSAGE_MOVES[this.#state][event];
    if (next === undefined) throw outOfOrder(this.#state);
    if (this.#state === "between") {
      this.#isText = event === "text" || event === "textBegin";
      this.#isCompressed = header.isCompressed;
      this.#fragments = 0;
    }
    this.#state = next;
    this.#frameLeft = header.length;
    this.#isFinal = header.isFinal;
    this.#checkLimits(header.length);
  }

  /**
   * The next part of the frame's payload.
   *
   * @throws {ViolationError} 1007 for text that is not UTF-8 and data that can't be inflated, 1009 for too much of it
   */
  push(bytes: Uint8Array, { start, end, isLast }: PayloadPart): void {
    this.#frameLeft -= end - start;
    const isComplete = isLast && this.#isFinal;
    if (isComplete && this.#held.length === 0 && !this.#isCompressed) {
      return this.#emitWhole(bytes, start, end);
    }
    if (this.#isText && !this.#isCompressed && !this.#checker.accepts(bytes, start, end)) {
      throw invalidText();
    }
    this.#held.append(bytes.subarray(start, end), this.#frameLeft);
    if (isComplete) this.#emitHeld();
  }

  /** Forgets what is unfinished. */
  clear(): void {
    this.#held.clear();
  }

  #checkLimits(length: number): void {
    const { maxFrameBytes, maxMessageBytes, maxFragments } = this.#init.limits;
    if (length > maxFrameBytes) {
      throw tooBig(`a frame of ${length} bytes exceeds maxFrameBytes (${maxFrameBytes})`);
    }
    // Compressed or not: a message that is longer on the wire than it may become is refused as well.
    if (this.#held.length + length > maxMessageBytes) {
      throw tooBig(`a message exceeds maxMessageBytes (${maxMessageBytes})`);
    }
    if (++this.#fragments > maxFragments) {
      throw new ViolationError(
        CLOSE.POLICY_VIOLATION,
        `a message has more than maxFragments (${maxFragments}) frames`,
      );
    }
  }

  /** One frame in one piece: nothing is copied but bytes that are lent (bench: websocket_125). */
  #emitWhole(bytes: Uint8Array, start: number, end: number): void {
    // An empty last frame may follow empty ones only: a broken character would be held.
    if (this.#isText) return this.#sink.onText(decodeText(bytes.subarray(start, end)));
    const isKept = this.#init.keepsBytes && end - start > COPIED_BYTES;
    this.#sink.onBinary(isKept ? bytes.subarray(start, end) : bytes.slice(start, end));
  }

  #emitHeld(): void {
    let bytes = this.#held.take();
    if (this.#isCompressed) bytes = this.#inflate(bytes);
    if (!this.#isText) return this.#sink.onBinary(bytes);
    if (!this.#checker.isComplete) throw invalidText();
    this.#sink.onText(decodeText(bytes));
  }

  #inflate(bytes: Uint8Array): Uint8Array {
    const { deflate, limits } = this.#init;
    if (deflate === null) throw new Error("Impossible: RSV1 without permessage-deflate");
    return deflate.inflate(bytes, limits);
  }
}

function outOfOrder(state: MessageState): ViolationError {
  return new ViolationError(
    CLOSE.PROTOCOL_ERROR,
    state === "between"
      ? "a continuation frame without a message to continue"
      : "a new message begins before the last one has ended",
  );
}

function tooBig(message: string): ViolationError {
  return new ViolationError(CLOSE.TOO_BIG, message);
}
