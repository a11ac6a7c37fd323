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
 * │  │  │  ├─ ProxyError
 * │  │  │  └─ UnsupportedProtocol
 * │  │  ├─ DecodingError
 * │  │  └─ TooManyRedirects
 * │  └─ HTTPStatusError           .response
 * ├─ InvalidURL
 * ├─ CookieConflict
 * └─ StreamError
 *    └─ StreamConsumed · StreamClosed · ResponseNotRead · RequestNotRead
 * ```
 */
import type { Request } from "./message/request.ts";
import type { Response } from "./message/response/response.ts";

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
}

/**
 * A request that got no usable response.
 *
 * @example Anything that ended a request
 * ```ts
 * import { Client, HTTPError, MockTransport, RequestError } from "@httpx/httpx";
 * import { assert, assertRejects } from "@std/assert";
 *
 * const transport = new MockTransport(() => {
 *   throw new RequestError("in a test");
 * });
 * await using client = new Client({ transport });
 * const error = await assertRejects(() => client.get("https://example.org/"), RequestError);
 * assert(error instanceof HTTPError && error.request?.method === "GET");
 * ```
 */
export class RequestError extends HTTPError {}

/**
 * A failure on the way: no connection, a broken one, a late one, or one that spoke nonsense.
 *
 * @example Decide by its facts
 * ```ts
 * import { Client, MockTransport, RequestError, TransportError } from "@httpx/httpx";
 * import { assert, assertRejects } from "@std/assert";
 *
 * const transport = new MockTransport(() => {
 *   throw new TransportError("in a test");
 * });
 * await using client = new Client({ transport });
 * const error = await assertRejects(() => client.get("https://example.org/"), TransportError);
 * assert(error instanceof RequestError && error.request?.method === "GET");
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
 * import { Client, MockTransport, TimeoutException, TransportError } from "@httpx/httpx";
 * import { assert, assertRejects } from "@std/assert";
 *
 * const transport = new MockTransport(() => {
 *   throw new TimeoutException("in a test");
 * });
 * await using client = new Client({ transport });
 * const error = await assertRejects(() => client.get("https://example.org/"), TimeoutException);
 * assert(error instanceof TransportError && error.request?.method === "GET");
 * ```
 */
export class TimeoutException extends TransportError {}

/**
 * No connection within `timeout.connect`: names, TCP and TLS together.
 *
 * @example A server out of reach
 * ```ts
 * import { Client, ConnectTimeout, MockTransport, TimeoutException } from "@httpx/httpx";
 * import { assert, assertRejects } from "@std/assert";
 *
 * const transport = new MockTransport(() => {
 *   throw new ConnectTimeout("in a test");
 * });
 * await using client = new Client({ transport });
 * const error = await assertRejects(() => client.get("https://example.org/"), ConnectTimeout);
 * assert(error instanceof TimeoutException && error.request?.method === "GET");
 * ```
 */
export class ConnectTimeout extends TimeoutException {}

/**
 * The peer sent nothing for `timeout.read`, or the whole call took `timeout.total` while receiving.
 *
 * @example A server that falls silent
 * ```ts
 * import { Client, MockTransport, ReadTimeout, TimeoutException } from "@httpx/httpx";
 * import { assert, assertRejects } from "@std/assert";
 *
 * const transport = new MockTransport(() => {
 *   throw new ReadTimeout("in a test");
 * });
 * await using client = new Client({ transport });
 * const error = await assertRejects(() => client.get("https://example.org/"), ReadTimeout);
 * assert(error instanceof TimeoutException && error.request?.method === "GET");
 * ```
 */
export class ReadTimeout extends TimeoutException {}

/**
 * The peer took nothing for `timeout.write`, or the whole call took `timeout.total` while sending.
 *
 * @example A server that stops reading
 * ```ts
 * import { Client, MockTransport, TimeoutException, WriteTimeout } from "@httpx/httpx";
 * import { assert, assertRejects } from "@std/assert";
 *
 * const transport = new MockTransport(() => {
 *   throw new WriteTimeout("in a test");
 * });
 * await using client = new Client({ transport });
 * const error = await assertRejects(() => client.get("https://example.org/"), WriteTimeout);
 * assert(error instanceof TimeoutException && error.request?.method === "GET");
 * ```
 */
export class WriteTimeout extends TimeoutException {}

/**
 * No connection of the pool came free within `timeout.pool`.
 *
 * @example Too many calls at once
 * ```ts
 * import { Client, MockTransport, PoolTimeout, TimeoutException } from "@httpx/httpx";
 * import { assert, assertRejects } from "@std/assert";
 *
 * const transport = new MockTransport(() => {
 *   throw new PoolTimeout("in a test");
 * });
 * await using client = new Client({ transport });
 * const error = await assertRejects(() => client.get("https://example.org/"), PoolTimeout);
 * assert(error instanceof TimeoutException && error.request?.method === "GET");
 * ```
 */
export class PoolTimeout extends TimeoutException {}

/**
 * The path to the peer failed.
 *
 * @example Whatever broke on the way
 * ```ts
 * import { Client, MockTransport, NetworkError, TransportError } from "@httpx/httpx";
 * import { assert, assertRejects } from "@std/assert";
 *
 * const transport = new MockTransport(() => {
 *   throw new NetworkError("in a test");
 * });
 * await using client = new Client({ transport });
 * const error = await assertRejects(() => client.get("https://example.org/"), NetworkError);
 * assert(error instanceof TransportError && error.request?.method === "GET");
 * ```
 */
export class NetworkError extends TransportError {}

/**
 * No connection could be made: names, TCP, TLS or permission.
 *
 * @example A port where nobody listens
 * ```ts
 * import { ConnectError, get } from "@httpx/httpx";
 * import { assertEquals, assertRejects } from "@std/assert";
 *
 * const error = await assertRejects(() => get("http://127.0.0.1:1/"), ConnectError);
 * assertEquals([error.phase, error.safeToRetry], ["connect", true]);
 * ```
 */
export class ConnectError extends NetworkError {}

/**
 * The connection broke while receiving.
 *
 * @example A connection that broke while receiving
 * ```ts
 * import { Client, MockTransport, NetworkError, ReadError } from "@httpx/httpx";
 * import { assert, assertRejects } from "@std/assert";
 *
 * const transport = new MockTransport(() => {
 *   throw new ReadError("in a test");
 * });
 * await using client = new Client({ transport });
 * const error = await assertRejects(() => client.get("https://example.org/"), ReadError);
 * assert(error instanceof NetworkError && error.request?.method === "GET");
 * ```
 */
export class ReadError extends NetworkError {}

/**
 * The connection broke while sending.
 *
 * @example A connection that broke while sending
 * ```ts
 * import { Client, MockTransport, NetworkError, WriteError } from "@httpx/httpx";
 * import { assert, assertRejects } from "@std/assert";
 *
 * const transport = new MockTransport(() => {
 *   throw new WriteError("in a test");
 * });
 * await using client = new Client({ transport });
 * const error = await assertRejects(() => client.get("https://example.org/"), WriteError);
 * assert(error instanceof NetworkError && error.request?.method === "GET");
 * ```
 */
export class WriteError extends NetworkError {}

/**
 * A connection could not be closed.
 *
 * @example A client that was closed under a call
 * ```ts
 * import { Client, CloseError, MockTransport, NetworkError } from "@httpx/httpx";
 * import { assert, assertRejects } from "@std/assert";
 *
 * const transport = new MockTransport(() => {
 *   throw new CloseError("in a test");
 * });
 * await using client = new Client({ transport });
 * const error = await assertRejects(() => client.get("https://example.org/"), CloseError);
 * assert(error instanceof NetworkError && error.request?.method === "GET");
 * ```
 */
export class CloseError extends NetworkError {}

/**
 * A side broke the protocol.
 *
 * @example Whichever side broke the protocol
 * ```ts
 * import { Client, MockTransport, ProtocolError, TransportError } from "@httpx/httpx";
 * import { assert, assertRejects } from "@std/assert";
 *
 * const transport = new MockTransport(() => {
 *   throw new ProtocolError("in a test");
 * });
 * await using client = new Client({ transport });
 * const error = await assertRejects(() => client.get("https://example.org/"), ProtocolError);
 * assert(error instanceof TransportError && error.request?.method === "GET");
 * ```
 */
export class ProtocolError extends TransportError {}

/**
 * What the caller asked to send is not valid HTTP; nothing of it was sent, or the connection is gone.
 *
 * @example What the wire refuses to send
 * ```ts
 * import { HTTPTransport, LocalProtocolError, NetworkError, Request } from "@httpx/httpx";
 * import { assert } from "@std/assert";
 *
 * const request = new Request("GET", "http://127.0.0.1:1/", { extensions: { target: "/a b" } });
 * const transport = new HTTPTransport();
 * const error = await transport.handleRequest(request).catch((error) => error);
 * assert(error instanceof LocalProtocolError || error instanceof NetworkError);
 * await transport.close();
 * ```
 */
export class LocalProtocolError extends ProtocolError {}

/**
 * What the peer sent is not valid HTTP; the connection is gone.
 *
 * @example A server that does not speak HTTP
 * ```ts
 * import { Client, MockTransport, ProtocolError, RemoteProtocolError } from "@httpx/httpx";
 * import { assert, assertRejects } from "@std/assert";
 *
 * const transport = new MockTransport(() => {
 *   throw new RemoteProtocolError("in a test");
 * });
 * await using client = new Client({ transport });
 * const error = await assertRejects(() => client.get("https://example.org/"), RemoteProtocolError);
 * assert(error instanceof ProtocolError && error.request?.method === "GET");
 * ```
 */
export class RemoteProtocolError extends ProtocolError {}

/**
 * A proxy refused, failed or broke its protocol.
 *
 * @example A proxy that refuses
 * ```ts
 * import { Client, MockTransport, ProxyError, TransportError } from "@httpx/httpx";
 * import { assert, assertRejects } from "@std/assert";
 *
 * const transport = new MockTransport(() => {
 *   throw new ProxyError("in a test");
 * });
 * await using client = new Client({ transport });
 * const error = await assertRejects(() => client.get("https://example.org/"), ProxyError);
 * assert(error instanceof TransportError && error.request?.method === "GET");
 * ```
 */
export class ProxyError extends TransportError {}

/**
 * A URL whose scheme nothing here speaks, or that has none.
 *
 * @example A URL of another scheme
 * ```ts
 * import { Client, MockTransport, TransportError, UnsupportedProtocol } from "@httpx/httpx";
 * import { assert, assertRejects } from "@std/assert";
 *
 * const transport = new MockTransport(() => {
 *   throw new UnsupportedProtocol("in a test");
 * });
 * await using client = new Client({ transport });
 * const error = await assertRejects(() => client.get("https://example.org/"), UnsupportedProtocol);
 * assert(error instanceof TransportError && error.request?.method === "GET");
 * ```
 */
export class UnsupportedProtocol extends TransportError {}

/**
 * Content that is not what `Content-Encoding` says.
 *
 * @example Content that is not what it says
 * ```ts
 * import { Client, DecodingError, MockTransport, RequestError } from "@httpx/httpx";
 * import { assert, assertRejects } from "@std/assert";
 *
 * const transport = new MockTransport(() => {
 *   throw new DecodingError("in a test");
 * });
 * await using client = new Client({ transport });
 * const error = await assertRejects(() => client.get("https://example.org/"), DecodingError);
 * assert(error instanceof RequestError && error.request?.method === "GET");
 * ```
 */
export class DecodingError extends RequestError {}

/**
 * More redirects than `maxRedirects`, or a loop.
 *
 * @example A loop
 * ```ts
 * import { Client, MockTransport, Response, TooManyRedirects } from "@httpx/httpx";
 * import { assertRejects } from "@std/assert";
 *
 * const transport = new MockTransport(() => new Response(302, { headers: { location: "/" } }));
 * await using client = new Client({ transport, followRedirects: true, maxRedirects: 3 });
 * await assertRejects(() => client.get("https://example.org/"), TooManyRedirects);
 * ```
 */
export class TooManyRedirects extends RequestError {}

/** What an `HTTPStatusError` carries. */
export interface HTTPStatusErrorInit {
  /** What was asked. */
  readonly request: Request;
  /** What was answered. */
  readonly response: Response;
}

/**
 * `raiseForStatus()` on a response that is not 2xx.
 *
 * @example A status as an exception
 * ```ts
 * import { Client, HTTPStatusError, MockTransport, Response } from "@httpx/httpx";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const transport = new MockTransport(() => new Response(404));
 * await using client = new Client({ transport });
 * const response = await client.get("https://example.org/");
 * const error = assertThrows(() => response.raiseForStatus(), HTTPStatusError);
 * assertEquals(error.response.status, 404);
 * ```
 */
export class HTTPStatusError extends HTTPError {
  #response: Response;

  /** An error that knows both sides of the exchange. */
  constructor(message: string, init: HTTPStatusErrorInit) {
    super(message, init);
    this.#response = init.response;
  }

  /** The response, with its body if that was read. */
  get response(): Response {
    return this.#response;
  }
}

/**
 * A string that is no URL.
 *
 * @example A forgotten scheme
 * ```ts
 * import { InvalidURL, Request } from "@httpx/httpx";
 * import { assertThrows } from "@std/assert";
 *
 * assertThrows(() => new Request("GET", "example.org/a"), InvalidURL, 'did you mean "https://');
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

/**
 * A body that can be read once was read before.
 *
 * @example A stream is read once
 * ```ts
 * import { Response, StreamConsumed } from "@httpx/httpx";
 * import { assertRejects } from "@std/assert";
 *
 * const response = new Response(200, { stream: [new Uint8Array(3)] });
 * for await (const _ of response.iterBytes());
 * await assertRejects(() => response.read(), StreamConsumed);
 * ```
 */
export class StreamConsumed extends StreamError {}

/**
 * A body was closed before it was read.
 *
 * @example A closed response has no body
 * ```ts
 * import { Response, StreamClosed } from "@httpx/httpx";
 * import { assertRejects } from "@std/assert";
 *
 * const response = new Response(200, { stream: [new Uint8Array(3)] });
 * await response.close();
 * await assertRejects(() => response.read(), StreamClosed);
 * ```
 */
export class StreamClosed extends StreamError {}

/**
 * A streamed response's `content` was used before `read()`.
 *
 * @example Read it first
 * ```ts
 * import { Response, ResponseNotRead } from "@httpx/httpx";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const response = new Response(200, { stream: [new Uint8Array(3)] });
 * assertThrows(() => response.content, ResponseNotRead);
 * assertEquals((await response.read()).length, 3);
 * ```
 */
export class ResponseNotRead extends StreamError {}

/**
 * A streamed request's `content` was used before `read()`.
 *
 * @example Read it first
 * ```ts
 * import { Request, RequestNotRead } from "@httpx/httpx";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const content = new Blob(["abc"]).stream();
 * const request = new Request("POST", "https://example.org/", { content });
 * assertThrows(() => request.content, RequestNotRead);
 * assertEquals((await request.read()).length, 3);
 * ```
 */
export class RequestNotRead extends StreamError {}

/** Names stand on the prototypes, as those of the language's own errors do, and survive minifiers. */
const NAMED: Readonly<Record<string, { readonly prototype: Error }>> = {
  HTTPError,
  RequestError,
  TransportError,
  TimeoutException,
  ConnectTimeout,
  ReadTimeout,
  WriteTimeout,
  PoolTimeout,
  NetworkError,
  ConnectError,
  ReadError,
  WriteError,
  CloseError,
  ProtocolError,
  LocalProtocolError,
  RemoteProtocolError,
  ProxyError,
  UnsupportedProtocol,
  DecodingError,
  TooManyRedirects,
  HTTPStatusError,
  InvalidURL,
  CookieConflict,
  StreamError,
  StreamConsumed,
  StreamClosed,
  ResponseNotRead,
  RequestNotRead,
};

for (const [name, { prototype }] of Object.entries(NAMED)) {
  Object.defineProperty(prototype, "name", { value: name, configurable: true, writable: true });
}
