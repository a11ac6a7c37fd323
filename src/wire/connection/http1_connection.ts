/**
 * An HTTP/1.1 engine on a socket: carries one exchange at a time.
 *
 * The socket delivers bytes, the engine interprets them, and the running `Exchange` receives
 * both. When the response is complete and nothing stands against it, the connection goes back to its
 * owner; when anything is amiss it closes, once, and its exchange fails with the reason.
 */
import type { Clock } from "../../clock/clock.ts";
import type { Deadline } from "../../clock/deadline.ts";
import { CloseError, ReadError } from "../../errors.ts";
import type { Socket, SocketHandler } from "../../runtime/socket.ts";
import type { NetworkStream } from "../../semantics/network_stream.ts";
import {
  ByteWriter,
  Http1Engine,
  type Http1Limits,
  type ResponseHead,
  type ResponseSink,
} from "../http1/engine.ts";
import type {
  Connection,
  ConnectionOwner,
  IncomingResponse,
  OutgoingRequest,
} from "./connection.ts";
import { Failure } from "./exchange/failure.ts";
import {
  Exchange,
  type ExchangeHost,
  type ExchangeResult,
  expectsContinue,
} from "./exchange/exchange.ts";
import { HIGH_WATER_BYTES } from "./incoming_body.ts";
import { LIFECYCLE, type Lifecycle, type LifecycleEvent } from "./lifecycle.ts";
import { HTTPStream } from "./network_stream.ts";
import { type StartTLS, UpgradedStream } from "./upgraded_stream.ts";
import type { ConnectTimes } from "../../semantics/exchange_times.ts";

/** Content up to this size leaves in one write with its head. */
const ONE_WRITE_BYTES = 64 * 1024;

/** What a connection is made of. */
export interface Http1ConnectionInit {
  readonly socket: Socket;
  readonly clock: Clock;
  /** `"host:port"`, for errors. */
  readonly peer: string;
  /** How the connection came to be. Default: not known. */
  readonly connectTimes?: ConnectTimes;
  readonly limits: Partial<Http1Limits>;
  /** Used by the stream after an upgrade. */
  readonly startTLS: StartTLS;
}

/** One socket, one exchange at a time. */
export class Http1Connection implements Connection, SocketHandler, ExchangeHost {
  owner: ConnectionOwner | null = null;
  readonly isShared = false;
  readonly knowsRoom = true;
  readonly protocol = "http11";
  readonly streamId = null;
  readonly maxExchanges = 1;
  readonly peer: string;
  readonly stream: NetworkStream;
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #startTLS: StartTLS;
  readonly #engine: Http1Engine;
  #out = new ByteWriter();
  #lifecycle: Lifecycle = "idle";
  #exchange: Exchange | null = null;
  #request: OutgoingRequest | null = null;
  #exchangeCount = 0;
  readonly connectTimes: ConnectTimes | null;
  totalSentBytes = 0;
  totalReceivedBytes = 0;
  #isComplete = false;
  #isPaused = false;
  #isRef = true;
  #closedBy: unknown = null;
  #upgraded: UpgradedStream | null = null;

  constructor(init: Http1ConnectionInit) {
    this.#socket = init.socket;
    this.#clock = init.clock;
    this.peer = init.peer;
    this.#startTLS = init.startTLS;
    this.connectTimes = init.connectTimes ?? null;
    this.stream = new HTTPStream(init.socket);
    this.#engine = new Http1Engine(this.#makeSink(), init.limits);
    this.#socket.attach(this);
  }

  exchange(request: OutgoingRequest, deadline: Deadline): Promise<IncomingResponse> {
    return new Promise((resolve, reject) => {
      this.#begin(request, deadline, { resolve, reject });
    });
  }

  get serverIdleMs(): number {
    return this.#engine.serverIdleMs;
  }

  close(reason: Error = new CloseError("the connection was closed")): void {
    this.abandon(new Failure({ by: "client", reason: reason.message }));
  }

  get isAtRest(): boolean {
    return this.#exchange?.isAtRest ?? false;
  }

  ref(): void {
    if (this.#isRef) return;
    this.#isRef = true;
    this.#socket.ref();
  }

  unref(): void {
    if (!this.#isRef) return;
    this.#isRef = false;
    this.#socket.unref();
  }

  // SocketHandler

  onData(bytes: Uint8Array): void {
    this.totalReceivedBytes += bytes.length;
    try {
      this.#engine.receive(bytes);
    } catch (error) {
      return this.abandon(Failure.ofEngine(error));
    }
    if (this.#isComplete) this.#settle();
    else this.#exchange?.onProgress();
  }

  onEnd(): void {
    if (this.#exchange === null) return this.abandon(null);
    try {
      this.#engine.receiveEnd();
    } catch (error) {
      return this.abandon(Failure.ofEngine(error));
    }
    this.#isComplete = true;
    this.#settle();
  }

  onError(error: Error): void {
    this.abandon(Failure.ofSocket(error));
  }

  onDrain(): void {
    this.#exchange?.onDrain();
  }

  // ExchangeHost

  onRest(): void {
    this.owner?.onRest(this);
  }

  get isReused(): boolean {
    return this.#exchangeCount > 1;
  }

  /** The bytes of a chunk that was split over reads are given too: the engine passes views only. */
  get givesBytes(): boolean {
    return this.#socket.givesBytes;
  }

  get unsentBytes(): number {
    return this.#socket.unsentBytes;
  }

  get queuedBytes(): number {
    return this.#socket.queuedBytes;
  }

  get receivedBytes(): number {
    return this.#engine.receivedBytes;
  }

  sendData(bytes: Uint8Array): number {
    return this.#write(this.#engine.sendData(bytes));
  }

  sendEnd(): number {
    return this.#write(this.#engine.sendEnd());
  }

  /** The whole connection is one exchange's: its socket stops, and TCP slows the peer. */
  onUnread(bytes: number): void {
    if (!this.#isPaused && bytes > HIGH_WATER_BYTES) {
      this.#isPaused = true;
      this.#socket.pause();
    } else if (this.#isPaused && bytes <= HIGH_WATER_BYTES / 2) {
      this.#isPaused = false;
      this.#socket.resume();
    }
  }

  abandon(reason: unknown): void {
    if (this.#lifecycle === "closed") return;
    this.#move("close");
    this.#closedBy = reason;
    const exchange = this.#exchange;
    this.#exchange = null;
    // Facts of the failure (bytes still unsent) are read before the socket forgets them.
    exchange?.fail(reason ?? new Failure({ by: "network", reason: "the connection was closed" }));
    if (this.#upgraded !== null) this.#upgraded.breakOff(streamError(reason));
    this.#socket.close();
    this.owner?.onClosed(this);
  }

  #makeSink(): ResponseSink {
    return {
      onInformational: (head) => this.#exchange?.onInformational(head),
      onHead: (head, contentLength) => this.#exchange?.onHead(head, contentLength),
      onData: (bytes, start, end) => this.#exchange?.onData(bytes, start, end),
      onEnd: (trailers) => {
        this.#isComplete = true;
        this.#exchange?.onEnd(trailers);
      },
      onUpgrade: (head, leading) => this.#onUpgrade(head, leading),
    };
  }

  #onUpgrade(head: ResponseHead, leading: Uint8Array): void {
    const exchange = this.#exchange;
    const request = this.#request;
    if (exchange === null || request === null) return;
    this.#move("upgrade");
    this.#exchange = null;
    this.#upgraded = new UpgradedStream({
      socket: this.#socket,
      clock: this.#clock,
      leading,
      request,
      onClosed: () => this.abandon(null),
      onReplaced: (stream) => this.#upgraded = stream,
      startTLS: this.#startTLS,
    });
    exchange.onUpgrade(head, this.#upgraded);
  }

  #begin(request: OutgoingRequest, deadline: Deadline, result: ExchangeResult): void {
    if (this.#lifecycle !== "idle") return result.reject(this.#unusable());
    this.#exchangeCount++;
    this.#isComplete = false;
    this.#request = request;
    const exchange = new Exchange(this, { request, deadline, result });
    this.#exchange = exchange;
    this.#move("begin");
    try {
      this.#sendHead(request, exchange);
    } catch (error) {
      this.#refuse(exchange, error);
    }
  }

  /** A server may refuse a client's certificate when the client takes the handshake for done (TLS 1.3). */
  #unusable(): ReadError {
    const failure = this.#closedBy instanceof Failure ? this.#closedBy : null;
    const reason = failure?.reason ?? "it was closed";
    const message = `Cannot use the connection to ${this.peer}: ${reason}`;
    return new ReadError(message, { cause: failure?.cause });
  }

  /**
   * Not a byte has gone out. A head that can't be sent leaves the connection as it was; content that
   * does not fit its head is found when the engine has begun, and there is no way back from there.
   */
  #refuse(exchange: Exchange, error: unknown): void {
    if (!this.#engine.isIdle) return this.abandon(Failure.ofEngine(error));
    this.#exchange = null;
    this.#exchangeCount--;
    exchange.fail(Failure.ofEngine(error));
    this.#goIdle();
  }

  #sendHead(request: OutgoingRequest, exchange: Exchange): void {
    // The last head may still lie in the runtime's hands.
    if (this.#socket.unsentBytes > 0) this.#out = new ByteWriter();
    const out = this.#out;
    out.clear();
    exchange.onSending();
    const { method, target, fields, body } = request;
    const contentBytes = body === null ? 0 : body.sizeBytes;
    this.#engine.sendHead({ method, target, fields, contentBytes }, out);
    if (body === null) {
      for (const piece of this.#engine.sendEnd()) out.append(piece);
      return this.#sendTogether(out, exchange, true);
    }
    const waits = expectsContinue(request);
    if (body.bytes !== null && body.bytes.length <= ONE_WRITE_BYTES && !waits) {
      for (const piece of this.#engine.sendData(body.bytes)) out.append(piece);
      for (const piece of this.#engine.sendEnd()) out.append(piece);
      return this.#sendTogether(out, exchange, true);
    }
    this.#sendTogether(out, exchange, false);
    if (waits) exchange.awaitContinue(this.#clock);
    else exchange.startUpload();
  }

  #sendTogether(out: ByteWriter, exchange: Exchange, isWhole: boolean): void {
    const bytes = out.bytes();
    this.totalSentBytes += bytes.length;
    this.#socket.write(bytes);
    exchange.onHeadSent(bytes.length, isWhole);
  }

  #write(pieces: readonly Uint8Array[]): number {
    let bytes = 0;
    for (const piece of pieces) {
      bytes += piece.length;
      this.#socket.write(piece);
    }
    this.totalSentBytes += bytes;
    return bytes;
  }

  /** The response is complete: bytes after it, if any, have been seen by the engine. */
  #settle(): void {
    this.#exchange = null;
    this.#request = null;
    if (this.#engine.mustClose || !this.#engine.isIdle) this.abandon(null);
    else this.#goIdle();
  }

  #goIdle(): void {
    this.#move("end");
    this.owner?.onReleased(this);
  }

  #move(event: LifecycleEvent): void {
    const next = LIFECYCLE[this.#lifecycle][event];
    if (next === undefined) throw new Error(`Impossible: ${event} while ${this.#lifecycle}`);
    this.#lifecycle = next;
  }
}

/** What a stream that was handed over ends with. */
function streamError(reason: unknown): unknown {
  return reason instanceof Failure
    ? new CloseError(`Cannot use the stream: ${reason.reason}`)
    : reason;
}
