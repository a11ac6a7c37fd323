/**
 * HTTP/1.1 from the client's side (RFC 9112), without I/O: bytes in, calls to a sink; calls in, bytes
 * out. One exchange at a time; it knows when the connection may carry another.
 *
 * Any split of the input gives the same calls. After an error the engine is dead: the connection has
 * lost its place in the stream.
 */
import { LocalProtocolError, RemoteProtocolError } from "../../errors.ts";
import { NO_FRAMING, type RequestFraming } from "../../semantics/connection_fields.ts";
import type { FieldLines } from "../../semantics/fields.ts";
import {
  type BodyReader,
  type BodyReaderInit,
  type DataSink,
  FixedReader,
  UntilCloseReader,
} from "./body_reader.ts";
import { ByteWriter } from "../../lists/byte_writer.ts";
import { ChunkedReader } from "./chunked_reader.ts";
import { type Framing, responseFraming } from "./framing.ts";
import { HeadMemo } from "./head_memo.ts";
import { checkHeadBegin, type ParsedHead, readHead, type ResponseHead } from "./head_reader.ts";
import { DEFAULT_LIMITS, type Http1Limits } from "./limits.ts";
import { findHeadEnd, findHeadEndAfter, ReceiveBuffer } from "./receive_buffer.ts";
import { type RequestHead, RequestWriter } from "./request_writer.ts";
import {
  isBetweenExchanges,
  REQUEST_MOVES,
  type RequestEvent,
  type RequestState,
  RESPONSE_MOVES,
  type ResponseEvent,
  type ResponseState,
} from "./state.ts";

export { ByteWriter };
export type { Http1Limits, RequestHead, ResponseHead };

/** Receives what arrives. Called from inside `receive()` and `receiveEnd()`. */
export interface ResponseSink extends DataSink {
  /** 1xx but 101: the final head is still to come. */
  onInformational(head: ResponseHead): void;
  /** @param contentLength the exact size of the content, if the head has it */
  onHead(head: ResponseHead, contentLength: number | null): void;
  /** Content, from `start` to `end`, lent until the call returns. */
  onData(bytes: Uint8Array, start: number, end: number): void;
  /** The response is complete. */
  onEnd(trailers: FieldLines | null): void;
  /** 101, or 2xx to CONNECT: what follows, beginning with `leading`, is not HTTP. */
  onUpgrade(head: ResponseHead, leading: Uint8Array): void;
}

const LAST_CHUNK = /* @__PURE__ */ Uint8Array.from("0\r\n\r\n", (c) => c.charCodeAt(0));
const CRLF = /* @__PURE__ */ LAST_CHUNK.subarray(3);
const NO_PIECES: readonly Uint8Array[] = [];

/** Both halves of the exchanges on one connection. */
export class Http1Engine {
  readonly #sink: ResponseSink;
  readonly #limits: Http1Limits;
  readonly #writer = new RequestWriter();
  readonly #pending = new ReceiveBuffer();
  readonly #memo = new HeadMemo();
  #requestState: RequestState = "idle";
  #responseState: ResponseState = "idle";
  #requestFraming: RequestFraming = NO_FRAMING;
  #sentBytes = 0;
  #method = "";
  #body: BodyReader | null = null;
  #informationalCount = 0;
  #receivedBytes = 0;
  #mustClose = false;
  #serverIdleMs = Infinity;

  constructor(sink: ResponseSink, limits: Partial<Http1Limits> = {}) {
    this.#sink = sink;
    this.#limits = { ...DEFAULT_LIMITS, ...limits };
  }

  /** Whether an exchange may begin now. */
  get isIdle(): boolean {
    return !this.#mustClose && isBetweenExchanges(this.#requestState, this.#responseState);
  }

  /** Whether no exchange may begin on this connection any more, now or later (RFC 9112 §9.3). */
  get mustClose(): boolean {
    return this.#mustClose;
  }

  /** Bytes of the current response so far, its head included. */
  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  /** How long the server said it keeps the connection open while idle; `Infinity` where it said nothing. */
  get serverIdleMs(): number {
    return this.#serverIdleMs;
  }

  /**
   * Begins an exchange: appends the head to `out`.
   *
   * @throws {LocalProtocolError} if the head can't be sent; then nothing has changed
   */
  sendHead(head: RequestHead, out: ByteWriter): void {
    if (!this.isIdle) {
      throw new LocalProtocolError("the connection is not ready for another request");
    }
    this.#requestFraming = this.#writer.writeHead(head, out);
    if (this.#requestState === "sent") {
      this.#moveRequest("next");
      this.#moveResponse("next");
    }
    this.#method = head.method;
    this.#sentBytes = 0;
    this.#receivedBytes = 0;
    this.#informationalCount = 0;
    this.#moveRequest("head");
    this.#moveResponse("request");
    // RFC 9112 §9.6: a client that sends `close` sends no request after it.
    if (this.#writer.asksToClose) this.#mustClose = true;
  }

  /**
   * Content of the request: the pieces to write, in order. The bytes themselves are not copied.
   *
   * @throws {LocalProtocolError} if there is more than the head promised
   */
  sendData(bytes: Uint8Array): readonly Uint8Array[] {
    this.#moveRequest("data");
    if (bytes.length === 0) return NO_PIECES;
    const framing = this.#requestFraming;
    this.#sentBytes += bytes.length;
    switch (framing.kind) {
      case "none":
        throw new LocalProtocolError("there is content, but neither Content-Length nor chunks");
      case "fixed":
        if (this.#sentBytes > framing.length) throw this.#wrongLength(framing.length);
        return [bytes];
      case "chunked": {
        const size = new TextEncoder().encode(`${bytes.length.toString(16)}\r\n`);
        return [size, bytes, CRLF];
      }
    }
  }

  /**
   * The end of the request: what is left to write.
   *
   * @throws {LocalProtocolError} if there was less than the head promised
   */
  sendEnd(): readonly Uint8Array[] {
    const framing = this.#requestFraming;
    if (framing.kind === "fixed" && this.#sentBytes < framing.length) {
      throw this.#wrongLength(framing.length);
    }
    this.#moveRequest("end");
    return framing.kind === "chunked" ? [LAST_CHUNK] : NO_PIECES;
  }

  /**
   * Bytes have arrived. They may be overwritten once this returns.
   *
   * @throws {RemoteProtocolError} if they are no response to what was sent; whatever comes after
   * that is ignored
   */
  receive(bytes: Uint8Array): void {
    try {
      this.#consume(bytes);
    } catch (error) {
      throw this.#fail(error);
    }
  }

  /**
   * The peer will send no more.
   *
   * @throws {RemoteProtocolError} if that is too early
   */
  receiveEnd(): void {
    this.#mustClose = true;
    switch (this.#responseState) {
      case "awaitingHead":
        throw this.#fail(
          new RemoteProtocolError(
            this.#receivedBytes === 0
              ? "server disconnected without sending a response"
              : `head ended after ${this.#receivedBytes} bytes`,
          ),
        );
      case "inBody":
        try {
          this.#body?.receiveEnd();
          this.#finishBody();
        } catch (error) {
          throw this.#fail(error);
        }
    }
  }

  #consume(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length) {
      switch (this.#responseState) {
        case "idle":
          throw new RemoteProtocolError("bytes arrived that answer no request");
        case "awaitingHead":
          at = this.#receiveHead(bytes, at);
          break;
        case "inBody":
          at = this.#receiveBody(bytes, at);
          break;
        case "complete":
          // What follows a complete response is never the next one: the response stands, the
          // connection does not.
          this.#mustClose = true;
          return;
        default:
          return;
      }
    }
  }

  #receiveHead(bytes: Uint8Array, at: number): number {
    const pending = this.#pending;
    const known = pending.isEmpty ? this.#memo.find(bytes, at) : null;
    if (known !== null) {
      this.#receivedBytes += this.#memo.length;
      return this.#actOnHead(known, bytes, at + this.#memo.length);
    }
    // Of what arrives after the first piece of a head, nothing was read before: `at` is 0 then.
    const end = pending.isEmpty ? findHeadEnd(bytes, at) : findHeadEndAfter(pending.bytes, bytes);
    const next = end < 0 ? bytes.length : end;
    this.#checkHeadSize(pending.length + next - at, { isWhole: end >= 0 });
    this.#receivedBytes += next - at;
    if (end < 0) {
      checkHeadBegin(pending.add(bytes.subarray(at)), 0, pending.length);
      return next;
    }
    return this.#actOnHead(this.#readHead(bytes, at, end), bytes, end);
  }

  #actOnHead(parsed: ParsedHead, bytes: Uint8Array, end: number): number {
    // RFC 9110 §15.2.2: it answers an Upgrade field.
    if (parsed.head.status === 101 && !this.#writer.asksToUpgrade) {
      throw new RemoteProtocolError("101 Switching Protocols without an Upgrade in the request");
    }
    if (isHandOver(this.#method, parsed.head.status)) {
      this.#moveResponse("upgrade");
      this.#mustClose = true;
      this.#sink.onUpgrade(parsed.head, bytes.slice(end));
    } else if (parsed.head.status < 200) {
      this.#actOnInformational(parsed.head);
    } else {
      this.#beginBody(parsed);
    }
    return end;
  }

  #readHead(bytes: Uint8Array, start: number, end: number): ParsedHead {
    const pending = this.#pending;
    if (pending.isEmpty) {
      const parsed = readHead(bytes, start, end);
      if (parsed.head.status >= 200) this.#memo.remember(parsed, bytes, { start, end });
      return parsed;
    }
    const whole = pending.add(bytes.subarray(start, end));
    const parsed = readHead(whole, 0, whole.length);
    pending.clear();
    return parsed;
  }

  #actOnInformational(head: ResponseHead): void {
    const { maxInformational } = this.#limits;
    if (++this.#informationalCount > maxInformational) {
      throw new RemoteProtocolError(`more than ${maxInformational} informational responses`);
    }
    this.#moveResponse("informational");
    this.#sink.onInformational(head);
  }

  #beginBody({ head, framing: fields, persists, idleMs }: ParsedHead): void {
    const { contentLength, transferEncoding } = fields;
    const framing = responseFraming({
      method: this.#method,
      status: head.status,
      transferEncoding,
      contentLength,
    });
    if (!persists || framing.kind === "untilClose") this.#mustClose = true;
    // RFC 9112 §6.3 step 3: someone may be trying to split the response.
    if (transferEncoding !== null && contentLength !== null) this.#mustClose = true;
    if (transferEncoding !== null && head.version === "HTTP/1.0") this.#mustClose = true;
    this.#serverIdleMs = idleMs;
    this.#moveResponse("head");
    this.#sink.onHead(head, knownLength(framing));
    this.#body = readerFor(framing, { sink: this.#sink, limits: this.#limits });
    if (this.#body === null) this.#finishBody();
  }

  #receiveBody(bytes: Uint8Array, at: number): number {
    const body = this.#body;
    if (body === null) throw new Error("Impossible: in a body without a reader");
    const end = body.receive(bytes, at);
    this.#receivedBytes += end - at;
    if (body.isEnded) this.#finishBody();
    return end;
  }

  #finishBody(): void {
    const trailers = this.#body?.trailers ?? null;
    this.#body = null;
    this.#moveResponse("end");
    this.#sink.onEnd(trailers);
  }

  #fail(error: unknown): unknown {
    this.#mustClose = true;
    this.#body = null;
    this.#pending.clear();
    this.#moveResponse("fail");
    return error;
  }

  /** The empty line is not counted; of an incomplete head, the last byte may be that line's CR. */
  #checkHeadSize(bytes: number, { isWhole }: { readonly isWhole: boolean }): void {
    const { maxHeadBytes } = this.#limits;
    if (bytes > maxHeadBytes + (isWhole ? 2 : 1)) {
      throw new RemoteProtocolError(`head is larger than ${maxHeadBytes} bytes`);
    }
  }

  #wrongLength(promised: number): LocalProtocolError {
    const verb = this.#sentBytes > promised ? "has more than" : `ended after ${this.#sentBytes} of`;
    return new LocalProtocolError(`body ${verb} the ${promised} bytes of its Content-Length`);
  }

  #moveRequest(event: RequestEvent): void {
    const next = REQUEST_MOVES[this.#requestState][event];
    if (next === undefined) {
      throw new LocalProtocolError(
        `${event} of a request can't be sent while ${this.#requestState}`,
      );
    }
    this.#requestState = next;
  }

  #moveResponse(event: ResponseEvent): void {
    const next = RESPONSE_MOVES[this.#responseState][event];
    if (next === undefined) throw new RemoteProtocolError(`${event} while ${this.#responseState}`);
    this.#responseState = next;
  }
}

/** What follows the head is another protocol's. */
function isHandOver(method: string, status: number): boolean {
  return status === 101 || (method === "CONNECT" && status >= 200 && status < 300);
}

/** `null` where not a byte of body follows. */
function readerFor(framing: Framing, init: BodyReaderInit): BodyReader | null {
  switch (framing.kind) {
    case "none":
      return null;
    case "fixed":
      return framing.length === 0 ? null : new FixedReader(framing.length, init.sink);
    case "chunked":
      return new ChunkedReader(init);
    case "untilClose":
      return new UntilCloseReader(init.sink);
  }
}

function knownLength(framing: Framing): number | null {
  switch (framing.kind) {
    case "none":
      return 0;
    case "fixed":
      return framing.length;
    default:
      return null;
  }
}
