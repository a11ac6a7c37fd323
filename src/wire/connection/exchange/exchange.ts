/**
 * One request and its response: what is waited for, what has been counted, and how it ends. It settles
 * once: with a response whose body may follow, or with an error.
 *
 * Its host (an HTTP/1.1 connection, a stream of HTTP/2) feeds it what the engine has read; it
 * asks that host for everything that touches engine and socket.
 */
import type { Clock } from "../../../clock/clock.ts";
import type { Deadline, Expiry, Waiting } from "../../../clock/deadline.ts";
import type { Phase, TransportErrorInit } from "../../../errors.ts";
import { ExchangeEvents, type Protocol } from "../../../observe/exchange_events.ts";
import { maskURL } from "../../../observe/mask.ts";
import type { NetworkStream } from "../../../semantics/network_stream.ts";
import { type ConnectTimes, ExchangeTimes } from "../../../semantics/exchange_times.ts";
import { type FieldLines, type FieldSection, findField } from "../../../semantics/fields.ts";
import type { IncomingResponse, OutgoingRequest } from "../connection.ts";
import { Failure } from "./failure.ts";
import { type BodyFeeder, IncomingBody } from "../incoming_body.ts";
import { type BodyChannel, OutgoingBody } from "./outgoing_body.ts";
import type { Pipe } from "./pipe.ts";
import { isSafeToRetry, mayReplay } from "./replay.ts";
import type { UpgradedStream } from "../upgraded_stream.ts";

/** How long content waits for `100 Continue` before it is sent anyway (RFC 9110 §10.1.1). */
const CONTINUE_MS = 1000;

/** The head of a response, of either version. */
export interface ResponseHead {
  readonly version: IncomingResponse["version"];
  readonly status: number;
  readonly reason: string;
  readonly fields: FieldSection;
}

/** What an exchange asks of what carries it. */
export interface ExchangeHost {
  readonly protocol: Protocol;
  /** The stream that carries it, over HTTP/2. */
  readonly streamId: number | null;
  /** What callers see of the connection. */
  readonly stream: NetworkStream;
  /** `"host:port"`, for errors. */
  readonly peer: string;
  readonly isReused: boolean;
  /** How the connection came to be; `null` if that is not known. */
  readonly connectTimes: ConnectTimes | null;
  /** Whether received bytes are the exchange's to keep. */
  readonly givesBytes: boolean;
  /** Bytes of the request that have not left yet. */
  readonly unsentBytes: number;
  /** Those of them that the server can't have seen. */
  readonly queuedBytes: number;
  /** Bytes of this response so far, its head included. */
  readonly receivedBytes: number;
  sendData(bytes: Uint8Array): number;
  sendEnd(): number;
  /** The exchange waits for something, which keeps the process alive. */
  ref(): void;
  /** The exchange waits for nothing: the process may end meanwhile, unless something else is waited for. */
  onRest(): void;
  /** So many bytes lie unread that no caller waits for: the peer is slowed down, or not any more. */
  onUnread(bytes: number): void;
  /** Gives up the exchange, which fails with `error`. */
  abandon(error: unknown): void;
}

/** Where the promise of the caller is settled. */
export interface ExchangeResult {
  resolve(response: IncomingResponse): void;
  reject(error: unknown): void;
}

/** What an exchange waits for. */
type Sending = "awaitingSource" | "blocked" | "sent";

/** One request on its way out, one response on its way in. */
export class Exchange implements Waiting, BodyFeeder, BodyChannel {
  readonly #host: ExchangeHost;
  readonly #request: OutgoingRequest;
  readonly #deadline: Deadline;
  readonly #times: ExchangeTimes;
  readonly #result: ExchangeResult;
  /** `null` without a trace: then an event costs this comparison. */
  readonly #events: ExchangeEvents | null;
  #upload: OutgoingBody | null = null;
  #body: IncomingBody | null = null;
  #sending: Sending = "sent";
  #sentBytes = 0;
  /** Set while content waits for `100 Continue`. */
  #stopContinueTimer: (() => void) | null = null;
  #isOver = false;
  #isTunnel = false;

  constructor(
    host: ExchangeHost,
    exchange: { request: OutgoingRequest; deadline: Deadline; result: ExchangeResult },
  ) {
    this.#host = host;
    this.#request = exchange.request;
    this.#deadline = exchange.deadline;
    this.#result = exchange.result;
    const { trace, queuedAtMs } = exchange.deadline;
    const { isReused } = host;
    this.#times = new ExchangeTimes(host.connectTimes, { isReused, queuedAtMs });
    exchange.deadline.times = this.#times;
    this.#events = trace === null ? null : new ExchangeEvents(trace, host.protocol);
  }

  /**
   * The head is about to be handed to the socket.
   *
   * @throws what a listener has thrown: then nothing is to be sent
   */
  onSending(): void {
    this.#events?.begin(this.#host.streamId);
  }

  /** The head (and the content that left with it: all of it, or not) has been handed to the socket. */
  onHeadSent(bytes: number, isWhole: boolean): void {
    this.#sentBytes = bytes;
    this.#times.onSending(isWhole);
    if (this.#events !== null) this.#tellHeadSent(this.#events, isWhole);
    this.#wait();
  }

  /** Bytes that have arrived and that no caller waits for. */
  get unreadBytes(): number {
    return this.#body === null || this.#body.isWanted ? 0 : this.#body.heldBytes;
  }

  /** Whether nothing is waited for that the program must not end before: a response that is not read, background work. */
  get isAtRest(): boolean {
    if (this.#deadline.isBackground) return true;
    return this.#sending === "sent" && !this.#awaitsPeer();
  }

  /** Nothing can be sent before the server's settings have come. */
  awaitSettings(): void {
    this.#deadline.enter("read", this);
  }

  /** Content waits until the server asks for it, but not for ever. */
  awaitContinue(clock: Clock): void {
    this.#stopContinueTimer = clock.schedule(CONTINUE_MS, () => this.startUpload());
  }

  /** Begins to send content that did not leave with the head. */
  startUpload(): void {
    this.#stopWaitingForContinue();
    const { body } = this.#request;
    if (body === null || this.#upload !== null || this.#isOver) return;
    this.#upload = new OutgoingBody(body, this);
    this.#upload.run();
  }

  onInformational(head: ResponseHead): void {
    this.#request.onInformational?.(head.status, head.fields);
    this.#deadline.touch();
    if (head.status === 100 && this.#stopContinueTimer !== null) this.startUpload();
  }

  onHead(head: ResponseHead, contentLength: number | null): void {
    this.#stopWaitingForContinue();
    const { givesBytes: keepsBytes } = this.#host;
    const times = this.#times;
    this.#body = new IncomingBody(this, { contentLength, keepsBytes, times });
    this.#respond(head, this.#body, null);
  }

  /** A `CONNECT` was accepted on a stream of HTTP/2: what follows is raw, both ways, and has no deadline of the call. */
  onTunnel(
    head: ResponseHead,
    { pipe, makeStream }: {
      readonly pipe: Pipe;
      readonly makeStream: (incoming: IncomingBody) => NetworkStream;
    },
  ): void {
    const incoming = new IncomingBody(this, { contentLength: null, keepsBytes: false });
    const empty = new IncomingBody(this, { contentLength: 0, keepsBytes: true });
    empty.finish(null);
    this.#body = incoming;
    this.#isTunnel = true;
    this.#deadline.finish();
    this.#upload = new OutgoingBody(pipe, this);
    this.#upload.run();
    this.#respond(head, empty, makeStream(incoming));
  }

  /** The peer has ended its side of a tunnel. */
  onTunnelEnd(): void {
    this.#body?.finish(null);
  }

  onUpgrade(head: ResponseHead, stream: UpgradedStream): void {
    const body = new IncomingBody(this, { contentLength: 0, keepsBytes: true });
    this.#close();
    body.finish(null);
    this.#respond(head, body, stream);
  }

  onData(bytes: Uint8Array, start: number, end: number): void {
    this.#body?.push(bytes, start, end);
  }

  /** The response is complete. */
  onEnd(trailers: FieldLines | null): void {
    this.#close();
    this.#upload?.stop();
    this.#events?.onEnd();
    this.#body?.finish(trailers);
  }

  /** Bytes arrived and were understood; the response is not complete. */
  onProgress(): void {
    if (this.#isTunnel) return;
    if (this.#body !== null && !this.#body.isWanted) this.#rest();
    else this.#deadline.touch();
  }

  /** A part of what was held back has left. */
  onPartlySent(): void {
    this.#deadline.touch();
  }

  /** Everything that was held back has left. */
  onDrain(): void {
    if (this.#sending !== "blocked") return;
    this.#upload?.onDrain();
  }

  /**
   * The exchange is over without a complete response.
   *
   * @param reason a `Failure`, or an error that is the caller's own: a timeout, a signal's reason, what a source has thrown
   */
  fail(reason: unknown): void {
    if (this.#isOver) return;
    const final = reason instanceof Failure ? this.#describe(reason) : reason;
    this.#close();
    this.#upload?.stop();
    this.#events?.onFailure(final);
    if (this.#body === null) this.#result.reject(final);
    else this.#body.fail(final);
  }

  // Waiting

  onExpiry(expiry: Expiry): void {
    this.#host.abandon(this.#deadline.errorFor(expiry, this.#facts()));
  }

  // BodyFeeder

  onWanted(): void {
    if (this.#isOver) return;
    this.#host.onUnread(0);
    this.#wait();
  }

  onServed(): void {
    if (this.#isOver) return;
    this.#host.onUnread(this.unreadBytes);
    if (this.#isTunnel) return;
    if (!this.#body?.isWanted && this.#sending !== "blocked") this.#rest();
  }

  onFull(): void {
    if (!this.#isOver) this.#host.onUnread(this.unreadBytes);
  }

  onCancel(): void {
    this.#host.abandon(null);
  }

  // BodyChannel

  get isBlocked(): boolean {
    return this.#host.unsentBytes > 0;
  }

  sendData(bytes: Uint8Array): void {
    this.#sentBytes += this.#host.sendData(bytes);
  }

  sendEnd(): void {
    this.#sentBytes += this.#host.sendEnd();
  }

  onBlocked(): void {
    this.#sending = "blocked";
    this.#wait();
  }

  onAwaitingSource(): void {
    this.#sending = "awaitingSource";
    this.#wait();
  }

  onSent(): void {
    this.#times.onSent();
    this.#sending = "sent";
    this.#events?.onBodySent();
    this.#wait();
  }

  onSourceError(error: unknown): void {
    this.#host.abandon(Failure.ofEngine(error));
  }

  /** Says to the deadline what is waited for now. */
  #wait(): void {
    if (this.#isOver) return;
    if (this.isAtRest) this.#host.onRest();
    else this.#host.ref();
    if (this.#isTunnel) return;
    if (this.#sending === "blocked") this.#deadline.enter("write", this);
    else if (this.#awaitsPeer()) this.#deadline.enter("read", this);
    else this.#deadline.rest(this);
  }

  /** No caller wants the body just now. */
  #rest(): void {
    this.#deadline.rest(this);
    if (this.isAtRest) this.#host.onRest();
  }

  /** A caller wants the body, or the whole request is out and the head has not come. */
  #awaitsPeer(): boolean {
    return this.#body === null ? this.#sending === "sent" : this.#body.isWanted;
  }

  #tellHeadSent(events: ExchangeEvents, isWhole: boolean): void {
    events.onHeadSent(isWhole);
    events.trace.onFailure((error) => {
      if (!this.#isOver) this.#host.abandon(error);
    });
  }

  #stopWaitingForContinue(): void {
    this.#stopContinueTimer?.();
    this.#stopContinueTimer = null;
  }

  #respond(head: ResponseHead, body: IncomingBody, upgraded: NetworkStream | null): void {
    this.#times.onHead();
    this.#events?.onHead(head);
    this.#result.resolve({
      version: head.version,
      status: head.status,
      reason: head.reason,
      fields: head.fields,
      body,
      upgraded,
      stream: upgraded ?? this.#host.stream,
      streamId: this.#host.streamId,
      events: this.#events,
    });
  }

  #close(): void {
    this.#isOver = true;
    this.#stopWaitingForContinue();
    // The next exchange, or the next protocol, wants to hear.
    this.#host.onUnread(0);
    this.#deadline.finish();
  }

  #describe(failure: Failure): Error {
    const { method, url } = this.#request;
    const facts = this.#facts({ isUnprocessed: failure.verdict === "unprocessed" });
    const known = { isSafeToRetry: facts.safeToRetry, isReused: facts.reusedConnection };
    this.#request.mayReplay = mayReplay(failure, known);
    return failure.toError(`${method} ${maskURL(url)}`, facts);
  }

  /** @param known.isUnprocessed whether the server has said so; what was sent then does not count */
  #facts(
    known = { isUnprocessed: false },
  ): Required<Omit<TransportErrorInit, "cause" | "request">> {
    const host = this.#host;
    const { body, method } = this.#request;
    const leftBytes = Math.max(0, this.#sentBytes - host.queuedBytes);
    const isAllSent = this.#sending === "sent" && leftBytes === this.#sentBytes;
    const hasReached = leftBytes > 0 && !known.isUnprocessed;
    const requestSent = hasReached ? isAllSent ? "yes" : "partly" : "no";
    return {
      phase: this.#phase(),
      peer: host.peer,
      reusedConnection: host.isReused,
      bytesSent: leftBytes,
      bytesReceived: host.receivedBytes,
      requestSent,
      safeToRetry: isSafeToRetry({
        method,
        responseBytes: host.receivedBytes,
        requestSent,
        isBodyReplayable: body === null || body.isReplayable || !this.#upload?.isStarted,
      }),
    };
  }

  #phase(): Phase {
    return this.#sending === "sent" || this.#host.receivedBytes > 0 ? "receive" : "send";
  }
}

/** Whether the content waits until the server asks for it (RFC 9110 §10.1.1). */
export function expectsContinue(request: OutgoingRequest): boolean {
  return findField(request.fields, "expect")?.toLowerCase() === "100-continue";
}
