/**
 * Every error of the library, one tree, the names httpx gave them:
 *
 * ```text
 * Error
 * ├─ HTTPError                    .request
 * │  ├─ RequestError
 * │  │  ├─ TransportError         .phase .peer .reusedConnection .bytesSent …
 * │  │  │  ├─ TimeoutException
 * │  │  │  │  ├─ ConnectTimeout · ReadTimeout · WriteTimeout · PoolTimeout
 * │  │  │  ├─ NetworkError
 * │  │  │  │  ├─ ConnectError · ReadError · WriteError · CloseError
 * │  │  │  ├─ ProtocolError
 * │  │  │  │  ├─ LocalProtocolError     the caller's mistake
 * │  │  │  │  └─ RemoteProtocolError    the peer's mistake
 * │  │  │  ├─ ProxyError            .status .statusText
 * │  │  │  └─ UnsupportedProtocol
 * │  │  ├─ DecodingError
 * │  │  └─ TooManyRedirects
 * │  └─ HTTPStatusError           .response (in message/response/response.ts)
 * ├─ InvalidURL
 * ├─ CookieConflict
 * ├─ SchemaError                  .issues (in message/response/schema.ts)
 * └─ StreamError
 *    └─ StreamConsumed · StreamClosed · ResponseNotRead · RequestNotRead
 * ```
 */
import type { Request } from "./message/request.ts";
import type { Timings } from "./timings.ts";
import type { Attempt } from "./attempt.ts";

/** The part of an exchange in which a transport failed. */
export type Phase = "pool" | "dns" | "connect" | "tls" | "proxy" | "send" | "receive";

/** What an `HTTPError` may carry beside its message. */
export interface HTTPErrorInit {
  /** The runtime's own error, where one began it. */
  readonly cause?: unknown;
  /** The request that failed. */
  readonly request?: Request;
}

/** What a `TransportError` may carry: the facts from which a caller decides what to do next. */
export interface TransportErrorInit extends HTTPErrorInit {
  /** Where in the exchange it happened. */
  readonly phase?: Phase;
  /** `"host:port"` or a socket's path, where a peer was known. */
  readonly peer?: string;
  /** Whether the connection had carried an earlier request. */
  readonly reusedConnection?: boolean;
  /** Bytes of this request that were handed to the socket. */
  readonly bytesSent?: number;
  /** Bytes of this response that had arrived. */
  readonly bytesReceived?: number;
  /** Whether the peer can have seen this request. */
  readonly requestSent?: "no" | "partly" | "yes";
  /** Whether sending it again can have no effect that sending it once had not. */
  readonly safeToRetry?: boolean;
}

/** What a `ProxyError` may carry beside what every `TransportError` may. */
export interface ProxyErrorInit extends TransportErrorInit {
  /** A status of HTTP, or a reply of SOCKS. */
  readonly status?: number;
  /** The words to it. */
  readonly statusText?: string;
}

/**
 * Anything that goes wrong with a request or its response's status.
 *
 * @example Catch whatever a call can throw over the network
 * ```ts
 * import * as httpx from "@httpx/httpx";
 * import { assert } from "@std/assert";
 *
 * try {
 *   (await httpx.get("http://127.0.0.1:1/")).raiseForStatus();
 * } catch (error) {
 *   assert(error instanceof httpx.HTTPError);
 * }
 * ```
 */
export class HTTPError extends Error {
  #request: Request | undefined;
  #attempts: readonly Attempt[] | undefined;
  #timings: Timings | null = null;

  /** An error with a message, and the cause and request it may have. */
  constructor(message: string, init: HTTPErrorInit = {}) {
    super(message, init.cause === undefined ? undefined : { cause: init.cause });
    this.#request = init.request;
  }

  /** The request that failed, or `undefined` where the failure had none. */
  get request(): Request | undefined {
    return this.#request;
  }

  set request(request: Request | undefined) {
    this.#request = request;
  }

  /** How long the parts of the exchange took that took place; `null` for one that was not measured. */
  get timings(): Timings | null {
    return this.#timings;
  }

  set timings(timings: Timings | null) {
    this.#timings = timings;
  }

  /** Each try of the request with `retry`, the last one too; empty without. */
  get attempts(): readonly Attempt[] {
    return this.#attempts ?? [];
  }

  set attempts(attempts: readonly Attempt[]) {
    this.#attempts = attempts;
  }
}

/** A request that got no usable response. */
export class RequestError extends HTTPError {}

/**
 * A failure on the way: no connection, a broken one, a late one, or one that spoke nonsense.
 *
 * @example Try again where that is safe
 * ```ts
 * import { Client, ConnectError, MockTransport, Response, TransportError } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * let calls = 0;
 * const transport = new MockTransport(() => {
 *   if (++calls === 1) throw new ConnectError("connection refused", { safeToRetry: true });
 *   return new Response(201);
 * });
 * await using client = new Client({ transport });
 * const order = () => client.post("https://example.org/orders", { json: { item: 7 } });
 *
 * const response = await order().catch((error) => {
 *   if (error instanceof TransportError && error.safeToRetry) return order();
 *   throw error;
 * });
 * assertEquals([response.status, calls], [201, 2]);
 * ```
 */
export class TransportError extends RequestError {
  /** Where in the exchange it happened. */
  readonly phase: Phase | undefined;
  /** `"host:port"` or a socket's path, where a peer was known. */
  readonly peer: string | undefined;
  /** Whether the connection had carried an earlier request. Default: `false`. */
  readonly reusedConnection: boolean;
  /** Bytes of this request that were handed to the socket. Default: 0. */
  readonly bytesSent: number;
  /** Bytes of this response that had arrived. Default: 0. */
  readonly bytesReceived: number;
  /** Whether the peer can have seen this request. Default: `"no"`. */
  readonly requestSent: "no" | "partly" | "yes";
  /** Whether sending it again can have no effect that sending it once had not. Default: `false`. */
  readonly safeToRetry: boolean;

  /** Facts that are left out have the defaults of their properties. */
  constructor(message: string, init: TransportErrorInit = {}) {
    super(message, init);
    this.phase = init.phase;
    this.peer = init.peer;
    this.reusedConnection = init.reusedConnection ?? false;
    this.bytesSent = init.bytesSent ?? 0;
    this.bytesReceived = init.bytesReceived ?? 0;
    this.requestSent = init.requestSent ?? "no";
    this.safeToRetry = init.safeToRetry ?? false;
  }
}

/**
 * A deadline passed.
 *
 * @example Whichever deadline it was
 * ```ts
 * import { Client, ConnectTimeout, MockTransport, ReadTimeout, TimeoutException } from "@httpx/httpx";
 * import { assertRejects } from "@std/assert";
 *
 * const transport = new MockTransport(({ url }) => {
 *   throw url.endsWith("/a") ? new ConnectTimeout("in a test") : new ReadTimeout("in a test");
 * });
 * await using client = new Client({ transport });
 * await assertRejects(() => client.get("https://example.org/a"), TimeoutException);
 * await assertRejects(() => client.get("https://example.org/b"), TimeoutException);
 * ```
 */
export class TimeoutException extends TransportError {}

/** No connection within `timeout.connect`: names, TCP and TLS together. */
export class ConnectTimeout extends TimeoutException {}

/** The peer sent nothing for `timeout.read`, or the whole call took `timeout.total` while receiving. */
export class ReadTimeout extends TimeoutException {}

/** The peer took nothing for `timeout.write`, or the whole call took `timeout.total` while sending. */
export class WriteTimeout extends TimeoutException {}

/** No connection of the pool came free within `timeout.pool`. */
export class PoolTimeout extends TimeoutException {}

/**
 * The path to the peer failed.
 *
 * @example No way to the server
 * ```ts
 * import { ConnectError, get, NetworkError } from "@httpx/httpx";
 * import { assert, assertRejects } from "@std/assert";
 *
 * const error = await assertRejects(() => get("http://127.0.0.1:1/"), NetworkError);
 * assert(error instanceof ConnectError);
 * ```
 */
export class NetworkError extends TransportError {}

/** No connection could be made: names, TCP, TLS or permission. */
export class ConnectError extends NetworkError {}

/** The connection broke while receiving. */
export class ReadError extends NetworkError {}

/** The connection broke while sending. */
export class WriteError extends NetworkError {}

/** A connection could not be closed. */
export class CloseError extends NetworkError {}

/**
 * A side broke the protocol.
 *
 * @example Whichever side broke it
 * ```ts
 * import { Client, MockTransport, ProtocolError, RemoteProtocolError } from "@httpx/httpx";
 * import { assertRejects } from "@std/assert";
 *
 * const transport = new MockTransport(() => {
 *   throw new RemoteProtocolError("in a test");
 * });
 * await using client = new Client({ transport });
 * await assertRejects(() => client.get("https://example.org/"), ProtocolError);
 * ```
 */
export class ProtocolError extends TransportError {}

/** What the caller asked to send is not valid HTTP; nothing of it was sent, or the connection is gone. */
export class LocalProtocolError extends ProtocolError {}

/** What the peer sent is not valid HTTP; the connection is gone. */
export class RemoteProtocolError extends ProtocolError {}

/** A proxy refused, failed or broke its protocol. */
export class ProxyError extends TransportError {
  /** What the proxy answered: a status of HTTP (407, 502 …), or a code of SOCKS; `undefined` without an answer. */
  readonly status: number | undefined;
  /** The words to it: the proxy's own, or those of RFC 1928. */
  readonly statusText: string | undefined;

  /** Facts that are left out have the defaults of their properties. */
  constructor(message: string, init: ProxyErrorInit = {}) {
    super(message, init);
    this.status = init.status;
    this.statusText = init.statusText;
  }
}

/** A URL whose scheme nothing here speaks, or that has none. */
export class UnsupportedProtocol extends TransportError {}

/** Content that is not what `Content-Encoding` says. */
export class DecodingError extends RequestError {}

/** More redirects than `maxRedirects`, or a loop. */
export class TooManyRedirects extends RequestError {}

/**
 * A string that is not a URL. One without a scheme is an `UnsupportedProtocol`.
 *
 * @example A port that is not a number
 * ```ts
 * import { InvalidURL, Request } from "@httpx/httpx";
 * import { assertThrows } from "@std/assert";
 *
 * assertThrows(() => new Request("GET", "https://example.org:http/"), InvalidURL, "its port is no number");
 * ```
 */
export class InvalidURL extends Error {}

/**
 * A cookie name that several cookies have; say which `domain` or `path`.
 *
 * @example One name for two domains
 * ```ts
 * import { CookieConflict, Cookies } from "@httpx/httpx";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const cookies = new Cookies();
 * cookies.set("id", "1", { domain: "a.example" });
 * cookies.set("id", "2", { domain: "b.example" });
 * assertThrows(() => cookies.get("id"), CookieConflict);
 * assertEquals(cookies.get("id", { domain: "a.example" }), "1");
 * ```
 */
export class CookieConflict extends Error {}

/**
 * A body used in a way its state does not allow: a mistake in the calling code.
 *
 * @example Whichever mistake it was
 * ```ts
 * import { Response, StreamError } from "@httpx/httpx";
 * import { assertThrows } from "@std/assert";
 *
 * const response = new Response(200, { stream: [new Uint8Array(3)] });
 * assertThrows(() => response.content, StreamError);
 * ```
 */
export class StreamError extends Error {}

/** A body that can be read once was read before. */
export class StreamConsumed extends StreamError {}

/** A body was closed before it was read. */
export class StreamClosed extends StreamError {}

/** A streamed response's `content` was used before `read()`. */
export class ResponseNotRead extends StreamError {}

/** A streamed request's `content` was used before `read()`. */
export class RequestNotRead extends StreamError {}

/** Names stand on the prototypes, as those of the language's own errors do, and survive minifiers. */
const NAMED: Readonly<Record<string, { readonly prototype: Error }>> = {
  ...{ HTTPError, RequestError, TransportError, TimeoutException, ConnectTimeout, ReadTimeout },
  ...{ WriteTimeout, PoolTimeout, NetworkError, ConnectError, ReadError, WriteError },
  ...{ CloseError, ProtocolError, LocalProtocolError, RemoteProtocolError, ProxyError },
  ...{ UnsupportedProtocol, DecodingError, TooManyRedirects, InvalidURL },
  ...{ CookieConflict, StreamError, StreamConsumed, StreamClosed, ResponseNotRead },
  ...{ RequestNotRead },
};

for (const [name, error] of Object.entries(NAMED)) nameError(error, name);

/** Names a class of errors; one of another file calls it from a static field that is marked as pure. */
export function nameError({ prototype }: { readonly prototype: Error }, name: string): true {
  Object.defineProperty(prototype, "name", { value: name, configurable: true, writable: true });
  return true;
}
