/**
 * One stream: where its two halves stand, its two windows, and what has been counted. It moves by its
 * tables alone; the engine decides what a move means to the connection.
 */
import { LocalProtocolError } from "../../errors.ts";
import type { FieldLines } from "../../semantics/fields.ts";
import type { Http2ResponseHead, ParsedHead } from "./field_rules.ts";
import { ReceiveWindow, SendWindow } from "./flow_window.ts";
import type { Http2Limits } from "./limits.ts";
import { type StreamEnd, ViolationError } from "./reasons.ts";
import type { PromisedLength } from "./request_blocks.ts";
import {
  RESPONSE_MOVES,
  type ResponseEvent,
  type ResponseState,
  STREAM_MOVES,
  type StreamEvent,
  type StreamState,
} from "./stream_state.ts";

/** Receives the events of a stream. Called from inside `receive()`. */
export interface StreamHandler {
  /** 1xx: the final head is still to come. */
  onInformational(head: Http2ResponseHead): void;
  /** @param contentLength the exact size of the content, if the head has it */
  onHead(head: Http2ResponseHead, contentLength: number | null): void;
  /** Content, from `start` to `end`, lent until the call returns. */
  onData(bytes: Uint8Array, start: number, end: number): void;
  /** The response is complete. The request may not be: then the stream is still to be reset. */
  onEnd(trailers: FieldLines | null): void;
  /** The stream is gone before its response was complete. */
  onReset(end: StreamEnd): void;
}

/** What a stream is made of. */
export interface StreamInit {
  readonly id: number;
  readonly handler: StreamHandler;
  readonly method: string;
  /** Whether it becomes a tunnel when the server accepts it (RFC 8441). Default: `false`. */
  readonly isTunnel?: boolean;
  readonly promised: PromisedLength;
  /** What the server lets us send on a new stream. */
  readonly sendWindowBytes: number;
  readonly limits: Pick<Http2Limits, "streamWindowBytes" | "maxStreamWindowBytes">;
}

/** A request and its response on a connection. */
export class Http2Stream {
  readonly id: number;
  readonly handler: StreamHandler;
  readonly sendWindow: SendWindow;
  readonly receiveWindow: ReceiveWindow;
  readonly #isHead: boolean;
  readonly #isTunnel: boolean;
  readonly #promised: PromisedLength;
  #state: StreamState = "open";
  #response: ResponseState = "awaitingHead";
  #sentBytes = 0;
  #expectedBytes: number | null = null;
  #contentBytes = 0;
  #receivedBytes = 0;
  #informationalCount = 0;

  constructor(init: StreamInit) {
    this.id = init.id;
    this.handler = init.handler;
    this.sendWindow = new SendWindow(init.sendWindowBytes, "stream");
    this.receiveWindow = new ReceiveWindow({
      bytes: init.limits.streamWindowBytes,
      maxTargetBytes: init.limits.maxStreamWindowBytes,
      scope: "stream",
    });
    this.#isHead = init.method === "HEAD";
    this.#isTunnel = init.isTunnel ?? false;
    this.#promised = init.promised;
  }

  get state(): StreamState {
    return this.#state;
  }

  get responseState(): ResponseState {
    return this.#response;
  }

  /** Bytes of its frames so far. */
  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  /**
   * Content is about to be sent.
   *
   * @throws {LocalProtocolError} if there is more than the head promised
   */
  countSent(bytes: number): void {
    this.#sentBytes += bytes;
    this.#checkPromise((sent, promised) => sent > promised);
  }

  /**
   * The request ends here.
   *
   * @throws {LocalProtocolError} if there was less than the head promised
   */
  checkSentAll(): void {
    this.#checkPromise((sent, promised) => sent < promised);
  }

  /**
   * A head has arrived: 1xx, or the final one (RFC 9113 §8.1).
   *
   * @throws {ViolationError} if the response has no place for it, or it contradicts itself
   */
  receiveHead(
    { head, contentLength }: ParsedHead,
    { endsStream, maxInformational }: {
      readonly endsStream: boolean;
      readonly maxInformational: number;
    },
  ): void {
    if (head.status < 200) {
      if (endsStream) {
        throw new ViolationError("PROTOCOL_ERROR", "a 1xx response ends the stream", "stream");
      }
      this.#countInformational(maxInformational);
      this.moveResponse("informational");
      return this.handler.onInformational(head);
    }
    this.moveResponse("head");
    this.#expect(head.status, contentLength);
    if (endsStream) this.checkContentEnd();
    this.handler.onHead(head, endsStream ? 0 : contentLength);
  }

  /**
   * Content has arrived; what the head has announced of it is passed on.
   *
   * @throws {ViolationError} if there is more
   */
  receiveContent(bytes: Uint8Array, start: number, end: number): void {
    const announced = Math.min(end - start, (this.#expectedBytes ?? Infinity) - this.#contentBytes);
    this.#contentBytes += end - start;
    if (announced > 0) this.handler.onData(bytes, start, start + announced);
    if (announced < end - start) this.checkContentEnd();
  }

  #countInformational(limit: number): void {
    if (++this.#informationalCount > limit) {
      const message = `more than ${limit} informational responses`;
      throw new ViolationError("ENHANCE_YOUR_CALM", message, "stream");
    }
  }

  countFrame(bytes: number): void {
    this.#receivedBytes += bytes;
  }

  /** The final head decides how much content there is (RFC 9113 §8.1.1). */
  #expect(status: number, contentLength: number | null): void {
    const hasNone = this.#isHead || status === 204 || status === 304;
    // RFC 9110 §9.3.6: a length in the answer to a successful CONNECT means nothing.
    const isTunnel = this.#isTunnel && status < 300;
    this.#expectedBytes = isTunnel ? null : hasNone ? 0 : contentLength;
  }

  /** @throws {ViolationError} if the content was not what the head said */
  checkContentEnd(): void {
    const expected = this.#expectedBytes;
    if (expected !== null && this.#contentBytes !== expected) throw this.#mismatch(expected);
  }

  /** The error for a caller if the connection ends before the stream. */
  describeCut(): string {
    if (this.#response === "awaitingHead") return "server disconnected without sending a response";
    const expected = this.#expectedBytes;
    return expected === null
      ? `body ended after ${this.#contentBytes} bytes, before the end of its stream`
      : `body ended after ${this.#contentBytes} of ${expected} bytes`;
  }

  /** @throws {LocalProtocolError} for a sending that its state does not allow */
  move(event: StreamEvent): void {
    const next = STREAM_MOVES[this.#state][event];
    if (next === undefined) {
      throw new LocalProtocolError(`${event} can't be done on a stream that is ${this.#state}`);
    }
    this.#state = next;
  }

  /** @throws {ViolationError} for a frame that the response has no place for */
  moveResponse(event: ResponseEvent): void {
    const next = RESPONSE_MOVES[this.#response][event];
    if (next === undefined) {
      throw new ViolationError("PROTOCOL_ERROR", `${event} while ${this.#response}`, "stream");
    }
    this.#response = next;
  }

  #checkPromise(isBroken: (sent: number, promised: number) => boolean): void {
    const promised = this.#promised;
    const sent = this.#sentBytes;
    if (promised === null || !isBroken(sent, promised)) return;
    const verb = sent > promised ? "has more than" : `ended after ${sent} of`;
    throw new LocalProtocolError(`body ${verb} the ${promised} bytes of its Content-Length`);
  }

  #mismatch(expected: number): ViolationError {
    const message = this.#contentBytes > expected
      ? `content exceeds the ${expected} bytes it should have`
      : `content ended after ${this.#contentBytes} of ${expected} bytes`;
    return new ViolationError("PROTOCOL_ERROR", message, "stream");
  }
}
