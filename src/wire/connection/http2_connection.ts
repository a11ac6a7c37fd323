/**
 * An HTTP/2 engine on a socket: carries as many exchanges at once as the server allows.
 *
 * All frames of one turn leave in one write, and while the runtime still holds the last write, frames
 * gather for the next (bench: get_1k_h2). A stream that ends badly is reset and harms no other; a
 * connection that does fails all of its streams, after GOAWAY with the reason.
 */
import { type Alarm, type Clock, makeAlarm } from "../../clock/clock.ts";
import type { Deadline } from "../../clock/deadline.ts";
import { CloseError, ReadTimeout } from "../../errors.ts";
import { SlotList } from "../../lists/slot_list.ts";
import type { Trace } from "../../observe/trace.ts";
import type { Socket, SocketHandler } from "../../runtime/socket.ts";
import type { NetworkStream } from "../../semantics/network_stream.ts";
import { type ConnectionSink, Http2Engine, type Http2Limits } from "../http2/engine.ts";
import type { PeerSettings } from "../http2/frames/settings.ts";
import type {
  Connection,
  ConnectionOwner,
  IncomingResponse,
  OutgoingRequest,
} from "./connection.ts";
import type { ExchangeResult } from "./exchange/exchange.ts";
import { Failure } from "./exchange/failure.ts";
import { type ChannelHost, Http2Channel } from "./http2_channel.ts";
import { HTTPStream } from "./network_stream.ts";
import type { ConnectTimes } from "../../semantics/exchange_times.ts";

/** How long a connection that has said GOAWAY waits for the server to read it. */
const LINGER_MS = 500;

const BUDGET_MS = 1000;

/** What a connection is made of. */
export interface Http2ConnectionInit {
  readonly socket: Socket;
  readonly clock: Clock;
  /** `"host:port"`, for errors. */
  readonly peer: string;
  /** How the connection came to be. Default: not known. */
  readonly connectTimes?: ConnectTimes;
  /** Of every request it carries. */
  readonly scheme: string;
  readonly limits: Partial<Http2Limits>;
  /** Called if the server requires HTTP/1.1 (RFC 9113 §7); `null` if that may not be used. */
  readonly onHttp1Required: (() => void) | null;
}

/** One socket, many exchanges at once. */
export class Http2Connection implements Connection, SocketHandler, ConnectionSink, ChannelHost {
  owner: ConnectionOwner | null = null;
  readonly engine: Http2Engine;
  readonly clock: Clock;
  readonly peer: string;
  readonly scheme: string;
  readonly stream: NetworkStream;
  readonly isShared = true;
  knowsRoom = false;
  readonly serverIdleMs: number = Infinity;
  readonly #socket: Socket;
  readonly #onHttp1Required: (() => void) | null;
  /** No `Set`, which would keep dead ones (see `Streams`). */
  readonly #channels = new SlotList<Http2Channel>();
  /** Channels that hold content back, in the order in which they were blocked. */
  readonly #blocked = new Set<Http2Channel>();
  #state: "open" | "lingering" | "closed" = "open";
  #willFlush = false;
  #isRef = true;
  #exchangeCount = 0;
  readonly connectTimes: ConnectTimes | null;
  totalSentBytes = 0;
  totalReceivedBytes = 0;
  #receivedAt = 0;
  #budgetsSince = 0;
  /** Asks a silent server whether it is there, well before the first read timeout. */
  readonly #silenceAlarm: Alarm = makeAlarm(() => this.#onSilence());
  #silenceLimitMs = Infinity;
  #isPingOut = false;
  #pingAt = 0;
  readonly #farewell: Alarm = makeAlarm(() => this.#end());

  constructor(init: Http2ConnectionInit) {
    this.#socket = init.socket;
    this.#onHttp1Required = init.onHttp1Required;
    this.clock = init.clock;
    this.peer = init.peer;
    this.connectTimes = init.connectTimes ?? null;
    this.stream = new HTTPStream(init.socket);
    this.scheme = init.scheme;
    this.engine = new Http2Engine(this, init.limits);
    this.#socket.attach(this);
  }

  get maxExchanges(): number {
    const most = this.knowsRoom ? Infinity : 1;
    return Math.min(most, this.#maxStreams);
  }

  get #maxStreams(): number {
    return this.#state === "open" ? this.engine.maxStreams : 0;
  }

  exchange(request: OutgoingRequest, deadline: Deadline): Promise<IncomingResponse> {
    return new Promise((resolve, reject) => {
      this.#begin(request, deadline, { resolve, reject });
    });
  }

  close(reason: Error = new CloseError("the connection was closed")): void {
    if (this.#state === "closed") return;
    this.engine.close("NO_ERROR");
    this.#flush();
    this.#fail(new Failure({ by: "client", reason: reason.message }));
    this.#end();
  }

  get isAtRest(): boolean {
    return this.#channels.size > 0 && this.#channels.items.every((channel) => channel.isAtRest);
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
    this.#receivedAt = this.clock.now();
    this.#isPingOut = false;
    if (this.#receivedAt - this.#budgetsSince > BUDGET_MS) {
      this.#budgetsSince = this.#receivedAt;
      this.engine.renewBudgets();
    }
    try {
      this.engine.receive(bytes);
    } catch (error) {
      return this.#leave(Failure.ofEngine(error));
    }
    if (this.engine.waitingBytes > 0) this.flushSoon();
    this.#endIfDrained();
  }

  onEnd(): void {
    this.#failEach((channel) => channel.cut());
    this.#end();
  }

  onError(error: Error): void {
    this.#fail(Failure.ofSocket(error));
    this.#end();
  }

  onDrain(): void {
    this.#flush();
  }

  // ConnectionSink

  onRoom(settings: PeerSettings): void {
    const isFirst = !this.knowsRoom;
    this.knowsRoom = true;
    this.#tellSettings(settings);
    // Those that had to wait for them; for any other this does nothing.
    if (isFirst) { for (const channel of [...this.#channels.items]) channel.begin(); }
    this.owner?.onRoom(this);
  }

  onWritable(): void {
    // A channel that could send moves to the end, one that could not keeps its place: none starves.
    for (const channel of this.#blocked) {
      const sent = channel.pump();
      if (sent > 0) this.#blocked.delete(channel);
      if (sent > 0 && channel.unsentBytes > 0) this.#blocked.add(channel);
    }
  }

  // ChannelHost

  onRest(): void {
    if (this.isAtRest) this.owner?.onRest(this);
  }

  get isReused(): boolean {
    return this.#exchangeCount > 1;
  }

  /** Once everything that this turn has to say is said. */
  flushSoon(): void {
    if (this.#willFlush) return;
    this.#willFlush = true;
    queueMicrotask(this.#flushNow);
  }

  onBlocked(channel: Http2Channel): void {
    this.#blocked.add(channel);
  }

  /** An unresponsive server is detected by PING: no byte came for a whole read timeout, not even its answer. */
  onGivenUp(error: unknown): void {
    if (!(error instanceof ReadTimeout) || !this.#isPingOut) return;
    // A ping that was just sent proves nothing yet.
    if (this.clock.now() - this.#pingAt < this.#silenceLimitMs / 2) return;
    const reason = "the server has stopped answering, PING too";
    this.#fail(new Failure({ by: "network", reason }));
    this.#end();
  }

  /** The connection takes no more requests: they go over HTTP/1.1 from now on. */
  requireHttp1(): boolean {
    if (this.#onHttp1Required === null) return false;
    this.#onHttp1Required();
    this.engine.drain();
    return true;
  }

  onTunnel(): void {
    if (this.#channels.items.every((channel) => channel.isTunnel)) this.#stopWaiting();
  }

  onOver(channel: Http2Channel): void {
    this.#channels.remove(channel);
    this.#blocked.delete(channel);
    if (this.#channels.size === 0) this.#stopWaiting();
    this.#afterExchange();
  }

  #begin(request: OutgoingRequest, deadline: Deadline, result: ExchangeResult): void {
    this.#exchangeCount++;
    const channel = new Http2Channel(this, { request, deadline, result });
    if (this.engine.streamCount >= this.#maxStreams) return this.#refuse(channel);
    this.#channels.add(channel);
    this.#expectWithin(deadline.readLimitMs);
    if (this.#exchangeCount === 1) tellPreface(deadline.trace);
    channel.begin();
  }

  /** Settings belong to no request: the first channel with a trace reports them. */
  #tellSettings({ maxStreams, windowBytes, frameBytes }: PeerSettings): void {
    for (const { trace } of this.#channels.items) {
      if (trace === null) continue;
      trace.start("http2.receive_remote_settings", {});
      return trace.complete("http2.receive_remote_settings", {
        max_concurrent_streams: maxStreams,
        initial_window_size: windowBytes,
        max_frame_size: frameBytes,
      });
    }
  }

  /** The server has changed its mind since the pool chose this connection: another will do. */
  #refuse(channel: Http2Channel): void {
    const reason = `the connection to ${this.peer} takes no more requests`;
    channel.fail(new Failure({ by: "peer", reason, verdict: "unprocessed" }));
    this.#afterExchange();
  }

  #afterExchange(): void {
    if (this.#state !== "open") return;
    if (this.engine.isDraining) this.#endIfDrained();
    else this.owner?.onReleased(this);
  }

  readonly #flushNow = (): void => {
    this.#willFlush = false;
    this.#flush();
  };

  /** Writes what waits, unless the runtime still holds the last write: then `onDrain()` comes back here. */
  #flush(): void {
    if (this.#state === "closed" || this.#socket.unsentBytes > 0) return;
    if (this.engine.waitingBytes === 0) return;
    const bytes = this.engine.takeOutgoing();
    this.totalSentBytes += bytes.length;
    this.#socket.write(bytes);
    this.onWritable();
  }

  /** The server has broken the protocol: GOAWAY with the reason is sent, and the socket stays open for a moment. */
  #leave(reason: unknown): void {
    if (this.#state !== "open") return;
    this.#state = "lingering";
    this.#flush();
    this.#fail(reason);
    this.#socket.end();
    this.clock.arm(this.#farewell, LINGER_MS);
  }

  #fail(reason: unknown): void {
    this.#failEach((channel) => channel.fail(reason));
  }

  #failEach(fail: (channel: Http2Channel) => void): void {
    this.#stopWaiting();
    const channels = this.#channels.clear();
    this.#blocked.clear();
    if (this.#state === "open") this.#state = "lingering";
    for (const channel of channels) fail(channel);
  }

  #end(): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.clock.remove(this.#farewell);
    this.#socket.close();
    this.owner?.onClosed(this);
  }

  #endIfDrained(): void {
    if (this.#state !== "open" || !this.engine.isDraining || this.#channels.size > 0) return;
    this.close();
  }

  // Silence

  #expectWithin(readLimitMs: number | null): void {
    if (this.#channels.size === 1) this.#receivedAt = this.clock.now();
    if (readLimitMs === null || readLimitMs / 2 >= this.#silenceLimitMs) return;
    this.#silenceLimitMs = readLimitMs / 2;
    this.clock.arm(this.#silenceAlarm, this.#silenceLimitMs);
  }

  #stopWaiting(): void {
    this.#silenceLimitMs = Infinity;
    this.#isPingOut = false;
    this.clock.remove(this.#silenceAlarm);
  }

  #onSilence(): void {
    const silentMs = this.clock.now() - this.#receivedAt;
    if (silentMs >= this.#silenceLimitMs && !this.#isPingOut) {
      this.#isPingOut = true;
      this.#pingAt = this.clock.now();
      this.engine.ping();
      this.flushSoon();
    }
    const nextMs = this.#isPingOut ? this.#silenceLimitMs : this.#silenceLimitMs - silentMs;
    this.clock.arm(this.#silenceAlarm, nextMs);
  }
}

/** They wait with the first request, and leave before it. */
function tellPreface(trace: Trace | null): void {
  if (trace === null) return;
  const { request } = trace;
  trace.start("http2.send_connection_init", { request });
  trace.complete("http2.send_connection_init");
}
