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
  type ClientOptions,
  type ConnectionOptions,
  type ExcludedByTransport,
  type OwnTransportOptions,
  type SocketOptions,
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
  HTTPStatusError,
  type HTTPStatusErrorInit,
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
  DeadlineTime,
} from "./src/clock/call_deadline.ts";
export type { Call, CallLog } from "./src/clock/call.ts";
export type { Attempt, StopReason } from "./src/message/retry/attempt.ts";
export type {
  AttemptDetails,
  BackoffOptions,
  RetryBudgetOptions,
  RetryDecision,
  RetryLike,
  RetryOptions,
} from "./src/message/retry/options.ts";
export type { Limits } from "./src/message/limits.ts";
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
  Response,
  type ResponseInit,
} from "./src/message/response/response.ts";
export {
  SchemaError,
  type SchemaIssue,
  type SchemaResult,
  type StandardSchema,
} from "./src/message/response/schema.ts";
export { Timeout, type TimeoutInit, type TimeoutLike } from "./src/message/timeout.ts";
export type { Logger } from "./src/observe/logger.ts";
export type { TraceCallback, TraceEvent, TraceInfo, TraceStep } from "./src/observe/trace.ts";
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
} from "./src/wire/dial/tls_context.ts";
export type { TCPOptions } from "./src/runtime/connect_options.ts";
export type {
  ExtraInfo,
  NetworkStream,
  NetworkStreamOptions,
  NetworkStreamTLSOptions,
  SocketAddress,
  SocketFacts,
  TLSFacts,
} from "./src/runtime/socket.ts";
export type { Resolve, Resolved, ResolveInit } from "./src/wire/dial/resolve.ts";
