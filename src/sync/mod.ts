/**
 * The client for callers that block: values instead of promises, on Deno, Bun and Node. The names, options, results and
 * errors are those of `@httpx/httpx`. A worker has the sockets; the caller's thread sleeps while it waits.
 *
 * Web workers' platforms and the main thread of a browser do not let a thread block: making a client throws there.
 *
 * Bodies come and go through shared memory, a piece at a time. The worker starts with the first request and never keeps the
 * program alive. `auth`, hooks, generators as `content`, `MockTransport` and every other callback run in the caller's thread,
 * and may not be asynchronous. While a call blocks, nothing else happens there: `timeout` bounds it, and a signal counts
 * between two readings. On Deno a worker needs `--allow-read` for the library's modules, unless they come from JSR.
 *
 * | with `await` | without |
 * | --- | --- |
 * | `await using client = new Client()` | `using client = new SyncClient()` |
 * | `await r.text()`, `await r.json()` | `r.text()`, `r.json()` (of a `SyncResponse`) |
 * | `for await (const chunk of r.iterBytes())` | `for (const chunk of r.iterBytes())` |
 * | `HTTPTransport`, `Transport`, `handleRequest` | `SyncHTTPTransport`, `SyncTransport`, `handleRequestSync` |
 * | `ClientOptions`, `EventHooks`, `HookLists` | `SyncClientOptions`, `SyncEventHooks`, `SyncHookLists` |
 *
 * @example Ask and look
 * ```ts
 * import { MockTransport, Response, SyncClient } from "@httpx/httpx/sync";
 * import { assertEquals } from "@std/assert";
 *
 * // Leave `transport` out to talk to the network.
 * const transport = new MockTransport((request) => new Response(200, { json: { asked: request.url } }));
 * using client = new SyncClient({ transport, timeout: 3000 });
 *
 * const response = client.get("https://example.org/search", { params: { q: "deno" } });
 * response.raiseForStatus();
 * assertEquals(response.json(), { asked: "https://example.org/search?q=deno" });
 * ```
 *
 * @module
 */
export { Auth } from "../auth/auth.ts";
export { BasicAuth } from "../auth/basic.ts";
export { BearerAuth, type BearerToken } from "../auth/bearer.ts";
export { DigestAuth } from "../auth/digest.ts";
export { type AuthFunction, FunctionAuth } from "../auth/function.ts";
export { NetRCAuth } from "../auth/netrc.ts";
export { OAuth2ClientCredentials, type OAuth2ClientCredentialsOptions } from "../auth/oauth2.ts";
export { ClientSettings } from "../client/options/client_settings.ts";
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
  JSONBody,
  NoBody,
  RequestHook,
  RequestOptions,
  ResponseHook,
  SendOptions,
} from "../client/options/options.ts";
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
} from "../errors.ts";
export type {
  BoundOptions,
  CallDeadline,
  CallDeadlineInit,
  ClientClosing,
  DeadlineTime,
} from "../clock/call_deadline.ts";
export type { SyncMiddleware, SyncMiddlewareObject, SyncNext } from "./middleware.ts";
export type {
  DualMiddleware,
  Middleware,
  MiddlewareObject,
  Next,
} from "../middleware/middleware.ts";
export type { Call, CallLog } from "../clock/call.ts";
export type { Attempt, StopReason } from "../attempt.ts";
export type {
  AttemptDetails,
  BackoffOptions,
  RetryBudgetOptions,
  RetryDecision,
  RetryLike,
  RetryOptions,
} from "../message/retry_options.ts";
export type { ChunkSource } from "../message/response/body_streams.ts";
export type { ByteContent, Bytes, OpenFile } from "../message/content/source/byte_source.ts";
export type { ContentInit } from "../message/content/encode.ts";
export type { ServerSentEvent } from "../message/content/event_stream.ts";
export type { FormInit, FormValue } from "../message/content/form.ts";
export type { FileInit, FilesInit, PartHeaders } from "../message/content/multipart.ts";
export type { Cookie, CookieScope, SetCookieOptions } from "../message/cookies/cookie.ts";
export { Cookies, type CookiesInit, type CookiesOptions } from "../message/cookies/jar.ts";
export { Headers, type HeadersInit } from "../message/headers.ts";
export type { Limits } from "../options/limits.ts";
export { QueryParams, type QueryParamsInit, type QueryValue } from "../message/query_params.ts";
export { Request, type RequestExtensions, type RequestInit } from "../message/request.ts";
export type { ResponseExtensions } from "../message/response/extensions.ts";
export {
  type DefaultEncoding,
  type HTTPStatusErrorInit,
  Response,
  type ResponseInit,
} from "../message/response/response.ts";
export { AnyResponse } from "../message/response/any_response.ts";
export {
  SchemaError,
  type SchemaIssue,
  type SchemaResult,
  type StandardSchema,
} from "../message/response/schema.ts";
export { Timeout, type TimeoutInit, type TimeoutLike } from "../message/timeout.ts";
export type { BodySource, BodyStream } from "../semantics/body.ts";
export type { FieldLines } from "../semantics/fields.ts";
export type { Link } from "../semantics/link.ts";
export { codes } from "../semantics/reason_phrases.ts";
export type { Target } from "../semantics/target.ts";
export {
  type App,
  type AppHandler,
  type AppInfo,
  AppTransport,
  type AppTransportOptions,
} from "../transports/app_transport.ts";
export type { OnInformational } from "../transports/routing/outgoing.ts";
export { type MockHandler, MockTransport } from "../transports/mock_transport.ts";
export { Proxy, type ProxyLike, type ProxyOptions } from "../transports/routing/proxy.ts";
export type { ChooseProxy } from "../transports/routing/request_routes.ts";
export type { SyncHints, SyncTransport, Transport } from "../transports/transport.ts";
export type { TLSVersion } from "../runtime/connect_options.ts";
export {
  type ClientCertificate,
  createTLSContext,
  TLSContext,
  type TLSContextOptions,
  type Verify,
} from "../options/tls_context.ts";
export type { SocketOptions } from "../runtime/connect_options.ts";
export type { Logger } from "../observe/logger.ts";
export type { TraceCallback, TraceEvent, TraceInfo, TraceStep } from "../observe/trace.ts";
export type { OriginUsage, TransportUsage } from "../observe/usage.ts";
export type { Timings } from "../timings.ts";
export type { CurlOptions } from "../message/curl_command.ts";
export type {
  ExtraInfo,
  NetworkStream,
  NetworkStreamOptions,
  NetworkStreamTLSOptions,
  SocketAddress,
  SocketFacts,
  TLSFacts,
} from "../semantics/network_stream.ts";
export type { Resolve, Resolved, ResolveInit } from "../wire/dial/resolve.ts";
export type { ClientConnectionOptions, ConnectionOptions } from "../client/client.ts";
export type { HTTPTransportOptions } from "../transports/http_transport.ts";
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
} from "./api.ts";
export type { SyncEventHooks, SyncHookLists, SyncRequestHook, SyncResponseHook } from "./hooks.ts";
export { HTTPStatusError, type HTTPStatusErrorClass } from "./status_error.ts";
export { SyncClient, type SyncClientOptions } from "./sync_client.ts";
export { SyncHTTPTransport } from "./caller/sync_http_transport.ts";
export { SyncResponse } from "./sync_response.ts";
export type { ProxyPatterns } from "../client/routing/proxies.ts";
export type { HookLists } from "../client/options/options.ts";
export type { ProxyErrorInit } from "../errors.ts";
