/**
 * What the pool and the bridge know of a connection: it carries exchanges, and reports when it may carry
 * more. Which HTTP it speaks, and over what, stays behind this interface.
 */
import type { Deadline } from "../../clock/deadline.ts";
import type { ExchangeEvents } from "../../observe/exchange_events.ts";
import type { BodySource, BodyStream } from "../../semantics/body.ts";
import type { FieldLines, FieldSection } from "../../semantics/fields.ts";
import type { NetworkStream } from "../../semantics/network_stream.ts";

/** One request as the wire sends it. */
export interface OutgoingRequest {
  readonly method: string;
  /** The whole URL, for messages. */
  readonly url: string;
  /** The request target (RFC 9112 §3.2). */
  readonly target: string;
  /** Every field to send, in order: `Host` and the framing fields among them. */
  readonly fields: FieldLines;
  readonly body: BodySource | null;
  /** Called for each 1xx but 101 (RFC 9110 §15.2). */
  readonly onInformational: ((status: number, fields: FieldSection) => void) | null;
  /** Set by an exchange that fails: whether it may be sent again at once, on another connection. */
  mayReplay: boolean;
  /** Set by an exchange that fails: whether it would be possible over HTTP/1.1. */
  needsHttp1: boolean;
}

/** One response as the wire received it: the head is here, the body may still be on its way. */
export interface IncomingResponse {
  readonly version: "HTTP/2" | "HTTP/1.1" | "HTTP/1.0";
  readonly status: number;
  readonly reason: string;
  readonly fields: FieldSection;
  readonly body: BodyStream;
  /** The raw stream after `101`, or a `CONNECT` (extended, over HTTP/2) that was accepted. */
  readonly upgraded: NetworkStream | null;
  /** The stream that carries it, over HTTP/2. */
  readonly streamId: number | null;
  /** Receives what becomes of the body; `null` without a trace. */
  readonly events: ExchangeEvents | null;
  /** What it came over: `upgraded`, or a stream that can only be asked about. */
  readonly stream: NetworkStream;
}

/** Receives the state of a connection: the pool. */
export interface ConnectionOwner {
  /** An exchange ended and the connection may carry another in its place. */
  onReleased(connection: Connection): void;
  /** `isAtRest` has become true: what keeps the process alive may have changed. */
  onRest(connection: Connection): void;
  /** `maxExchanges` has changed. */
  onRoom(connection: Connection): void;
  /** The connection is closed. Called once; nothing is called after it. */
  onClosed(connection: Connection): void;
}

/** A connection that carries exchanges. */
export interface Connection {
  /** Named once by the pool, before the first exchange. */
  owner: ConnectionOwner | null;
  /** Bytes of HTTP so far, heads and frames included; not those of TLS, nor what follows an upgrade. */
  readonly totalSentBytes: number;
  readonly totalReceivedBytes: number;
  /** Whether it carries several exchanges at once: HTTP/2 does. */
  readonly isShared: boolean;
  /** How many exchanges it may carry at once, just now: 1 over HTTP/1.1, 0 where it takes no more. */
  readonly maxExchanges: number;
  /** Whether the server has announced its limit: until then one exchange is sent, and others wait. */
  readonly knowsRoom: boolean;
  /** How long it may be idle before its server may close it; `Infinity` where the server said nothing. */
  readonly serverIdleMs: number;
  /**
   * Sends one request and resolves with the head of its response. The caller has made sure that the
   * connection has room for it. A failure rejects with an error of this library, or the signal's reason.
   */
  exchange(request: OutgoingRequest, deadline: Deadline): Promise<IncomingResponse>;
  /** Closes now. A running exchange fails with `reason`. Idempotent. */
  close(reason?: Error): void;
  /** Whether all that it carries is responses that are not read: those need not keep the process alive. */
  readonly isAtRest: boolean;
  /** Whether an open connection keeps the program alive: `ref` until `unref`, and again when something is waited for. */
  ref(): void;
  unref(): void;
}
