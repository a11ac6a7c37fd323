/**
 * One exchange on one stream: between `Exchange`, which knows what a request waits for, and the HTTP/2
 * engine, which knows frames. Content that the windows don't let through is held here, a view of the
 * caller's own bytes.
 */
import type { Clock } from "../../clock/clock.ts";
import type { Deadline } from "../../clock/deadline.ts";
import type { Slotted } from "../../lists/slot_list.ts";
import type { Trace } from "../../observe/trace.ts";
import type { NetworkStream } from "../../semantics/network_stream.ts";
import { LocalProtocolError } from "../../errors.ts";
import { type FieldLines, findField } from "../../semantics/fields.ts";
import type { Http2Engine, Http2Stream, StreamEnd, StreamHandler } from "../http2/engine.ts";
import type { OutgoingRequest } from "./connection.ts";
import {
  Exchange,
  type ExchangeHost,
  type ExchangeResult,
  expectsContinue,
  type ResponseHead,
} from "./exchange/exchange.ts";
import { Failure } from "./exchange/failure.ts";
import { Pipe } from "./exchange/pipe.ts";
import type { IncomingBody } from "./incoming_body.ts";
import { TunnelStream } from "./tunnel_stream.ts";
import type { ConnectTimes } from "../../semantics/exchange_times.ts";

/** Content up to this size leaves together with its head, where the windows allow. */
const ONE_WRITE_BYTES = 64 * 1024;

/** The one protocol that RFC 8441 is for; others go over HTTP/1.1. */
const WEBSOCKET = "websocket";

const NOTHING = new Uint8Array(0);

/** What a channel asks of its connection. */
export interface ChannelHost {
  readonly engine: Http2Engine;
  readonly clock: Clock;
  readonly stream: NetworkStream;
  readonly peer: string;
  readonly scheme: string;
  readonly isReused: boolean;
  readonly connectTimes: ConnectTimes | null;
  /** Whether the server's settings have come. */
  readonly knowsRoom: boolean;
  /** A channel waits for something, which keeps the process alive. */
  ref(): void;
  /** A channel waits for nothing any more. */
  onRest(): void;
  /** Frames wait: they leave with everything else of this turn. */
  flushSoon(): void;
  /** The channel holds content until `pump()` finds room for it. */
  onBlocked(channel: Http2Channel): void;
  /** The channel's exchange failed or was given up; the connection looks whether it was to blame. */
  onGivenUp(error: unknown): void;
  /** The server requires HTTP/1.1; false if that may not be used. */
  requireHttp1(): boolean;
  /** The channel has become a tunnel, which may be silent for as long as it likes. */
  onTunnel(): void;
  /** The channel is of no use any more. */
  onOver(channel: Http2Channel): void;
}

/** What is carried. */
export interface ChannelInit {
  readonly request: OutgoingRequest;
  readonly deadline: Deadline;
  readonly result: ExchangeResult;
}

/** An exchange and its stream. */
export class Http2Channel implements ExchangeHost, StreamHandler, Slotted {
  readonly givesBytes = false;
  readonly protocol = "http2";
  readonly isReused: boolean;
  /** Receives its steps. */
  readonly trace: Trace | null;
  slot = -1;
  readonly #host: ChannelHost;
  readonly #request: OutgoingRequest;
  readonly #exchange: Exchange;
  #stream: Http2Stream | null = null;
  #heldBytes: Uint8Array = NOTHING;
  #isOver = false;
  /** The outgoing side of a request that asks for a WebSocket, which is a tunnel here (RFC 8441). */
  readonly #pipe: Pipe | null;
  #isTunnel = false;

  constructor(host: ChannelHost, init: ChannelInit) {
    this.#host = host;
    this.isReused = host.isReused;
    this.#request = init.request;
    this.trace = init.deadline.trace;
    this.#exchange = new Exchange(this, init);
    const upgrade = findField(init.request.fields, "upgrade");
    const isWebSocket = upgrade?.toLowerCase() === WEBSOCKET;
    this.#pipe = isWebSocket ? new Pipe() : null;
    init.request.needsHttp1 = upgrade !== null && !isWebSocket;
  }

  /** Opens the stream and sends what can be sent; a tunnel waits for the server's settings first. */
  begin(): void {
    if (this.#stream !== null || this.#isOver) return;
    if (this.#pipe !== null && !this.#host.knowsRoom) return this.#exchange.awaitSettings();
    try {
      this.#sendHead();
    } catch (error) {
      this.abandon(Failure.ofEngine(error));
    }
  }

  /** Sends of the held content what the windows allow by now, and returns how much that was. */
  pump(): number {
    const stream = this.#stream;
    if (stream === null || this.#heldBytes.length === 0) return 0;
    const sent = this.#host.engine.sendData(stream, this.#heldBytes);
    if (sent === 0) return 0;
    this.#heldBytes = this.#heldBytes.subarray(sent);
    this.#host.flushSoon();
    if (this.#heldBytes.length === 0) this.#exchange.onDrain();
    else this.#exchange.onPartlySent();
    return sent;
  }

  /** The connection is gone: the exchange fails, and no frame is sent. */
  fail(reason: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#heldBytes = NOTHING;
    this.#exchange.fail(reason);
  }

  /** The server has closed the connection. */
  cut(): void {
    const reason = this.#stream?.describeCut() ?? "server disconnected without sending a response";
    this.fail(new Failure({ by: "peer", reason }));
  }

  get isAtRest(): boolean {
    return this.#exchange.isAtRest;
  }

  get isTunnel(): boolean {
    return this.#isTunnel;
  }

  // ExchangeHost

  ref(): void {
    this.#host.ref();
  }

  onRest(): void {
    this.#host.onRest();
  }

  get streamId(): number {
    return this.#stream?.id ?? this.#host.engine.nextStreamId;
  }

  get connectTimes(): ConnectTimes | null {
    return this.#host.connectTimes;
  }

  get stream(): NetworkStream {
    return this.#host.stream;
  }

  get peer(): string {
    return this.#host.peer;
  }

  get unsentBytes(): number {
    return this.#heldBytes.length;
  }

  get queuedBytes(): number {
    return this.#heldBytes.length;
  }

  get receivedBytes(): number {
    return this.#stream?.receivedBytes ?? 0;
  }

  sendData(bytes: Uint8Array): number {
    const stream = this.#openedStream();
    const sent = this.#host.engine.sendData(stream, bytes);
    if (sent < bytes.length) {
      this.#heldBytes = bytes.subarray(sent);
      this.#host.onBlocked(this);
    }
    this.#host.flushSoon();
    return bytes.length;
  }

  sendEnd(): number {
    const stream = this.#openedStream();
    this.#host.engine.sendEnd(stream);
    this.#host.flushSoon();
    // The peer has ended its side of the tunnel before.
    if (this.#isTunnel && stream.state === "closed") queueMicrotask(() => this.onEnd(null));
    return 0;
  }

  onUnread(bytes: number): void {
    const { engine } = this.#host;
    if (this.#stream === null || this.#isOver) return;
    if (engine.release(this.#stream, bytes)) this.#host.flushSoon();
  }

  abandon(reason: unknown): void {
    if (this.#isOver) return;
    const stream = this.#stream;
    this.fail(reason ?? new Failure({ by: "network", reason: "the response was given up" }));
    if (stream !== null) this.#host.engine.reset(stream, "CANCEL");
    this.#host.flushSoon();
    this.#host.onGivenUp(reason);
    this.#host.onOver(this);
  }

  // StreamHandler

  onInformational(head: ResponseHead): void {
    this.#exchange.onInformational(head);
  }

  onHead(head: ResponseHead, contentLength: number | null): void {
    if (this.#pipe !== null && head.status < 300) return this.#onAccepted(head, this.#pipe);
    this.#exchange.onHead(head, contentLength);
    this.#exchange.onProgress();
  }

  onData(bytes: Uint8Array, start: number, end: number): void {
    this.#exchange.onData(bytes, start, end);
    this.#exchange.onProgress();
    this.onUnread(this.#exchange.unreadBytes);
  }

  onEnd(trailers: FieldLines | null): void {
    if (this.#isOver) return;
    if (this.#isTunnel && this.#stream?.state !== "closed") return this.#exchange.onTunnelEnd();
    this.#isOver = true;
    this.#heldBytes = NOTHING;
    this.#exchange.onEnd(trailers);
    // RFC 9113 §8.1: the response is complete; the rest of the request is not needed.
    if (this.#stream !== null) this.#host.engine.reset(this.#stream, "NO_ERROR");
    this.#host.onOver(this);
  }

  onReset({ message, verdict, cause }: StreamEnd): void {
    if (this.#isOver) return;
    this.fail(
      verdict === "http1Required"
        ? this.#http1Required(message)
        : new Failure({ by: "peer", reason: message, verdict, cause }),
    );
    this.#host.onOver(this);
  }

  /** The server has not processed the request, and would over HTTP/1.1. */
  #http1Required(message: string): Failure {
    return this.#host.requireHttp1()
      ? new Failure({ by: "peer", reason: message, verdict: "unprocessed" })
      : new Failure({ by: "peer", reason: `${message}; allow http1`, verdict: "rejected" });
  }

  #onAccepted(head: ResponseHead, pipe: Pipe): void {
    this.#isTunnel = true;
    this.#host.onTunnel();
    const { clock, stream: connection } = this.#host;
    const request = this.#request;
    const makeStream = (incoming: IncomingBody) =>
      new TunnelStream({ incoming, outgoing: pipe, clock, connection, request });
    this.#exchange.onTunnel(head, { pipe, makeStream });
  }

  /** @throws {LocalProtocolError} if the server takes no tunnels */
  #openTunnel(): void {
    const { method, target, fields } = this.#request;
    const { engine, scheme } = this.#host;
    if (!engine.allowsExtendedConnect) {
      this.#request.needsHttp1 = true;
      throw new LocalProtocolError(
        'header "Upgrade": the server takes no WebSockets over HTTP/2 (RFC 8441); use a client with http1',
      );
    }
    const waitingBytes = engine.waitingBytes;
    const head = { method, scheme, target, fields, protocol: WEBSOCKET };
    this.#exchange.onSending();
    this.#stream = engine.openStream(head, { handler: this, endsStream: false });
    this.#host.flushSoon();
    this.#exchange.onHeadSent(engine.waitingBytes - waitingBytes, true);
  }

  #sendHead(): void {
    if (this.#pipe !== null) return this.#openTunnel();
    const { method, target, fields, body } = this.#request;
    const { engine, scheme } = this.#host;
    const waitingBytes = engine.waitingBytes;
    const contentBytes = body === null ? 0 : body.sizeBytes;
    const head = { method, scheme, target, fields, contentBytes };
    this.#exchange.onSending();
    const stream = engine.openStream(head, { handler: this, endsStream: body === null });
    this.#stream = stream;
    this.#host.flushSoon();
    const waits = body !== null && expectsContinue(this.#request);
    const bytes = waits ? null : body?.bytes ?? null;
    const isSmall = bytes !== null && bytes.length <= ONE_WRITE_BYTES;
    const isAllSent = body === null || (isSmall && engine.sendAll(stream, bytes));
    this.#exchange.onHeadSent(engine.waitingBytes - waitingBytes, isAllSent);
    if (isAllSent) return;
    if (waits) this.#exchange.awaitContinue(this.#host.clock);
    else this.#exchange.startUpload();
  }

  #openedStream(): Http2Stream {
    if (this.#stream === null) throw new Error("Impossible: content before its head");
    return this.#stream;
  }
}
