/**
 * The whole of Python's httpx, for TypeScript: an HTTP client over its own pooled sockets, for Deno, Bun and Node. Every
 * wait has a deadline, every failure a class, and a response holds nothing unless it is streamed.
 *
 * @example Ask and look
 * ```ts
 * import { Client, MockTransport } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * // Leave `transport` out to talk to the network.
 * const transport = new MockTransport((request) => Response.json({ asked: request.url }));
 * await using client = new Client({ transport, timeout: 3000 });
 *
 * const response = await client.get("https://example.org/search", { params: { q: "deno" } });
 * response.raiseForStatus();
 * assertEquals(await response.json(), { asked: "https://example.org/search?q=deno" });
 * ```
 *
 * ## HTTP/2
 *
 * `http2: true` offers HTTP/2 to `https:` servers by ALPN; a server without it is used over HTTP/1.1 on the same socket.
 * `{ http1: false, http2: true }` uses it with `http:` servers too, by prior knowledge. Calls to one origin share a
 * connection. Cancelling ends one stream, not its neighbours; requests that a server leaves undone when it restarts
 * (`GOAWAY`, `REFUSED_STREAM`) are sent again elsewhere; an unresponsive server is detected by `PING` within the read
 * timeout. Push is refused, and a server that floods or breaks the rules loses its connection.
 *
 * ## TLS
 *
 * ```ts ignore
 * import { Client, createTLSContext } from "@httpx/httpx";
 *
 * await using client = new Client({
 *   verify: "./our-ca.pem", // true, false, a file, a folder, PEM text, or a context
 *   cert: ["client.pem", "client.key", "passphrase"], // or one path, or two; PEM text too
 * });
 * await client.get("https://10.0.0.7/", { extensions: { sni_hostname: "internal.example" } });
 * await client.get("https://old.example/", { verify: false }); // this request, on its own connection
 *
 * const context = createTLSContext({ ca: ["runtime", "./our-ca.pem"], minVersion: "TLSv1.3" });
 * await using other = new Client({ verify: context });
 * ```
 *
 * A file, key or passphrase that can't be used is an error when the client is made; it names the option or variable. A
 * certificate that can't be trusted is a `ConnectError` that says why and what to do. `ca` is trusted alone; `"runtime"` in
 * it adds what is trusted without it, `"system"` the authorities of the operating system (on Deno with `--allow-sys`, on
 * Node from 22.15). `SSL_CERT_FILE` and `SSL_CERT_DIR` add to what the runtime trusts. TLS 1.2 and 1.3 are supported.
 *
 * On Deno `verify: false`, authorities trusted alone, and named versions go through `node:tls`, which is slower:
 * `ca: ["runtime", "./our-ca.pem"]` keeps to Deno's own TLS. Deno writes `SSLKEYLOGFILE` itself, resumes no sessions, and
 * can't abort a handshake: a server that never answers one keeps that connection until it closes it.
 *
 * ## Proxies
 *
 * ```ts ignore
 * import { Client, Proxy } from "@httpx/httpx";
 *
 * await using client = new Client({
 *   proxy: {
 *     "all://": "http://ada:lovelace@proxy.example:3128",
 *     "https://*.partner.example": new Proxy("https://gate.example", { tls: "./gate-ca.pem" }),
 *     "all://*:8443": "socks5://localhost:1080",
 *     "all://*internal.example": null, // that host and its subdomains: no proxy
 *   },
 * });
 * await client.get("https://example.org/", { proxy: null }); // this request: no proxy
 * ```
 *
 * The most specific pattern counts; `mounts` take the same patterns. HTTP proxies receive `http:` requests whole and make
 * tunnels (`CONNECT`) for `https:`, with HTTP/2 inside if the server supports it. SOCKS5 proxies carry everything and
 * resolve names, for `socks5:` as for `socks5h:`; only for `socks5:` does the option `resolve` come first. Failures are
 * `ProxyError`s: the request has not reached the server, so that `safeToRetry` is true. Credentials go to the proxy alone.
 *
 * Without a `proxy` option, and unless `trustEnv` is `false`, `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` count,
 * in either case. `NO_PROXY` takes hosts with their subdomains, `.hosts` for subdomains alone, ports, addresses, networks
 * (`10.0.0.0/8`), URLs and `*`.
 *
 * ## Watching the network
 *
 * A `logger` takes httpx's line for each response (`info`) and httpcore's for each step (`debug`), secrets masked.
 * `extensions.trace` is called with httpcore's event names and what each step was given and returned; it may be
 * asynchronous, and what it throws ends the request. After `101` or an accepted `CONNECT`
 * `response.extensions.network_stream` is the caller's: `read()`, `write()`, `readable`, `writable`, `startTLS()`.
 *
 * @module
 */
export { Auth } from "./src/auth/auth.ts";
export { BasicAuth } from "./src/auth/basic.ts";
export { BearerAuth, type BearerToken } from "./src/auth/bearer.ts";
export { DigestAuth } from "./src/auth/digest.ts";
export { type AuthFunction, FunctionAuth } from "./src/auth/function.ts";
export { NetRCAuth } from "./src/auth/netrc.ts";
export { OAuth2ClientCredentials, type OAuth2ClientCredentialsOptions } from "./src/auth/oauth2.ts";
export {
  type BodiedCallOptions,
  type BodylessCallOptions,
  delete,
  get,
  head,
  options,
  patch,
  post,
  put,
  query,
  request,
  stream,
} from "./src/client/api.ts";
export { BaseClient, type ClientParts } from "./src/client/base_client.ts";
export {
  Client,
  type ClientConnectionOptions,
  type ClientOptions,
  type ConnectionOptions,
  type ExcludedByTransport,
  type OwnTransportOptions,
} from "./src/client/client.ts";
export { EventStream } from "./src/client/events/event_stream.ts";
export type {
  EventClient,
  EventStreamInit,
  EventStreamOptions,
  EventStreamSettings,
  Reconnection,
  ReconnectOptions,
} from "./src/client/events/event_options.ts";
export type { WebSocketMessage } from "./src/client/websocket/message_queue.ts";
export type { Sendable } from "./src/client/websocket/message_sender.ts";
export type {
  WebSocketCompression,
  WebSocketOptions,
} from "./src/client/websocket/websocket_options.ts";
export type {
  WebSocketCloseInfo,
  WebSocketSession,
  WebSocketWaitOptions,
} from "./src/client/websocket/websocket_session.ts";
export { ClientSettings } from "./src/client/options/client_settings.ts";
export type { ProxyPatterns } from "./src/client/routing/proxies.ts";
export type { WebFetch } from "./src/client/fetch/web_fetch.ts";
export { FetchClient, type FetchClientOptions } from "./src/client/fetch_client.ts";
export type {
  AuthLike,
  BaseClientOptions,
  BodiedOptions,
  BodylessOptions,
  BodyOptions,
  ContentBody,
  EventHooks,
  ExcludedByAnotherBody,
  ExcludedByMethod,
  FormBody,
  HookLists,
  JSONBody,
  NoBody,
  RequestHook,
  RequestOptions,
  ResponseHook,
  SendOptions,
} from "./src/client/options/options.ts";
export {
  CloseError,
  ConnectError,
  ConnectTimeout,
  CookieConflict,
  DecodingError,
  HTTPError,
  type HTTPErrorInit,
  InvalidURL,
  LocalProtocolError,
  NetworkError,
  type Phase,
  PoolTimeout,
  ProtocolError,
  ProxyError,
  type ProxyErrorInit,
  ReadError,
  ReadTimeout,
  RemoteProtocolError,
  RequestError,
  RequestNotRead,
  ResponseNotRead,
  StreamClosed,
  StreamConsumed,
  StreamError,
  TimeoutException,
  TooManyRedirects,
  TransportError,
  type TransportErrorInit,
  UnsupportedProtocol,
  WriteError,
  WriteTimeout,
} from "./src/errors.ts";
export type { ChunkSource } from "./src/message/response/body_streams.ts";
export type { ByteContent, Bytes, OpenFile } from "./src/message/content/source/byte_source.ts";
export type { ContentInit } from "./src/message/content/encode.ts";
export type { ServerSentEvent } from "./src/message/content/event_stream.ts";
export type { FormInit, FormValue } from "./src/message/content/form.ts";
export type { FileInit, FilesInit, PartHeaders } from "./src/message/content/multipart.ts";
export type { Cookie, CookieScope, SetCookieOptions } from "./src/message/cookies/cookie.ts";
export { Cookies, type CookiesInit, type CookiesOptions } from "./src/message/cookies/jar.ts";
export { Headers, type HeadersInit } from "./src/message/headers.ts";
export type {
  BoundOptions,
  CallDeadline,
  CallDeadlineInit,
  ClientClosing,
  DeadlineTime,
} from "./src/clock/call_deadline.ts";
export type { Call, CallLog } from "./src/clock/call.ts";
export type { Attempt, StopReason } from "./src/attempt.ts";
export type {
  AttemptDetails,
  BackoffOptions,
  RetryBudgetOptions,
  RetryDecision,
  RetryLike,
  RetryOptions,
} from "./src/message/retry_options.ts";
export type { Limits } from "./src/options/limits.ts";
export {
  compose,
  type DualMiddleware,
  type Middleware,
  type MiddlewareObject,
  type Next,
} from "./src/middleware/middleware.ts";
export { QueryParams, type QueryParamsInit, type QueryValue } from "./src/message/query_params.ts";
export { Request, type RequestExtensions, type RequestInit } from "./src/message/request.ts";
export type { ResponseExtensions } from "./src/message/response/extensions.ts";
export {
  type DefaultEncoding,
  HTTPStatusError,
  type HTTPStatusErrorInit,
  Response,
  type ResponseInit,
} from "./src/message/response/response.ts";
export { AnyResponse } from "./src/message/response/any_response.ts";
export {
  SchemaError,
  type SchemaIssue,
  type SchemaResult,
  type StandardSchema,
} from "./src/message/response/schema.ts";
export { Timeout, type TimeoutInit, type TimeoutLike } from "./src/message/timeout.ts";
export type { Logger } from "./src/observe/logger.ts";
export type { TraceCallback, TraceEvent, TraceInfo, TraceStep } from "./src/observe/trace.ts";
export type { OriginUsage, TransportUsage } from "./src/observe/usage.ts";
export type { Timings } from "./src/timings.ts";
export type { CurlOptions } from "./src/message/curl_command.ts";
export type { ExtendOptions } from "./src/client/options/extend_options.ts";
export type { ClientStats } from "./src/client/stats.ts";
export type { BodySource, BodyStream } from "./src/semantics/body.ts";
export type { FieldLines } from "./src/semantics/fields.ts";
export type { Link } from "./src/semantics/link.ts";
export { codes } from "./src/semantics/reason_phrases.ts";
export type { Target } from "./src/semantics/target.ts";
export {
  type App,
  type AppHandler,
  type AppInfo,
  AppTransport,
  type AppTransportOptions,
} from "./src/transports/app_transport.ts";
export { FetchTransport, type FetchTransportOptions } from "./src/transports/fetch_transport.ts";
export { HTTPTransport, type HTTPTransportOptions } from "./src/transports/http_transport.ts";
export type { OnInformational } from "./src/transports/routing/outgoing.ts";
export { type MockHandler, MockTransport } from "./src/transports/mock_transport.ts";
export { Proxy, type ProxyLike, type ProxyOptions } from "./src/transports/routing/proxy.ts";
export type { ChooseProxy } from "./src/transports/routing/request_routes.ts";
export type { SyncHints, SyncTransport, Transport } from "./src/transports/transport.ts";
export type { TLSVersion } from "./src/runtime/connect_options.ts";
export {
  type ClientCertificate,
  createTLSContext,
  TLSContext,
  type TLSContextOptions,
  type Verify,
} from "./src/options/tls_context.ts";
export type { SocketOptions } from "./src/runtime/connect_options.ts";
export type {
  ExtraInfo,
  NetworkStream,
  NetworkStreamOptions,
  NetworkStreamTLSOptions,
  SocketAddress,
  SocketFacts,
  TLSFacts,
} from "./src/semantics/network_stream.ts";
export type { Resolve, Resolved, ResolveInit } from "./src/wire/dial/resolve.ts";
