/**
 * The client over `fetch` alone, for edge runtimes: the names of `@httpx/httpx` without a line of socket code. A program
 * that uses `Client` or `get()` carries about 44 KB of it under gzip, and nothing of what it does not use.
 *
 * What differs from the client over sockets:
 *
 * - `fetch` decodes and connects: there is no `Accept-Encoding` of this client's, and `verify`, `proxy`, `limits` and the
 *   like are refused when the client is made.
 * - Its cookie jar judges public suffixes by their form (`co.uk`, `com`), not by the Public Suffix List, which alone is
 *   larger than this entry; `new Cookies(null, { isPublicSuffix })` brings another judge.
 * - In an isolate that serves many users make a client per user, or give `cookies: false`: a jar is shared by all calls of
 *   its client.
 *
 * @example On the edge
 * ```ts
 * import * as httpx from "@httpx/httpx/fetch";
 * import { assertEquals } from "@std/assert";
 *
 * // Leave `transport` out to use the runtime's fetch.
 * const transport = new httpx.FetchTransport({ fetch: async () => new Response("hello") });
 * await using client = new httpx.Client({ transport, timeout: 3000 });
 * assertEquals(await (await client.get("https://example.org/")).text(), "hello");
 * ```
 *
 * @example A session
 * ```ts
 * import * as httpx from "@httpx/httpx/fetch";
 * import { assertEquals } from "@std/assert";
 *
 * const transport = new httpx.MockTransport((request) =>
 *   new Response(request.headers.get("cookie"), { headers: { "set-cookie": "sid=1" } })
 * );
 * await using client = new httpx.Client({ transport });
 * await client.get("https://example.org/login");
 * assertEquals(await (await client.get("https://example.org/")).text(), "sid=1");
 * ```
 *
 * @module
 */
export { Auth } from "../auth/auth.ts";
export { BasicAuth } from "../auth/basic.ts";
export { BearerAuth, type BearerToken } from "../auth/bearer.ts";
export { DigestAuth } from "../auth/digest.ts";
export { OAuth2ClientCredentials, type OAuth2ClientCredentialsOptions } from "../auth/oauth2.ts";
export { type AuthFunction, FunctionAuth } from "../auth/function.ts";
export { BaseClient, type ClientParts } from "../client/base_client.ts";
export { EventStream } from "../client/events/event_stream.ts";
export type {
  EventClient,
  EventStreamInit,
  EventStreamOptions,
  EventStreamSettings,
  Reconnection,
  ReconnectOptions,
} from "../client/events/event_options.ts";
export { ClientSettings } from "../client/options/client_settings.ts";
export {
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
} from "./fetch_api.ts";
export {
  FetchClient,
  FetchClient as Client,
  type FetchClientOptions,
  type FetchClientOptions as ClientOptions,
} from "../client/fetch_client.ts";
export type { WebFetch } from "../client/fetch/web_fetch.ts";
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
} from "../errors.ts";
export type {
  BoundOptions,
  CallDeadline,
  CallDeadlineInit,
  ClientClosing,
  DeadlineTime,
} from "../clock/call_deadline.ts";
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
export {
  compose,
  type DualMiddleware,
  type Middleware,
  type MiddlewareObject,
  type Next,
} from "../middleware/middleware.ts";
export type { ChunkSource } from "../message/response/body_streams.ts";
export type { ByteContent, Bytes, OpenFile } from "../message/content/source/byte_source.ts";
export type { ContentInit } from "../message/content/encode.ts";
export type { ServerSentEvent } from "../message/content/event_stream.ts";
export type { FormInit, FormValue } from "../message/content/form.ts";
export type { FileInit, FilesInit, PartHeaders } from "../message/content/multipart.ts";
export type { Cookie, CookieScope, SetCookieOptions } from "../message/cookies/cookie.ts";
export { Cookies, type CookiesInit, type CookiesOptions } from "../message/cookies/jar.ts";
export { Headers, type HeadersInit } from "../message/headers.ts";
export { QueryParams, type QueryParamsInit, type QueryValue } from "../message/query_params.ts";
export { Request, type RequestExtensions, type RequestInit } from "../message/request.ts";
export type { ResponseExtensions } from "../message/response/extensions.ts";
export {
  type DefaultEncoding,
  HTTPStatusError,
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
export type { TraceCallback, TraceEvent, TraceInfo, TraceStep } from "../observe/trace.ts";
export type { OriginUsage, TransportUsage } from "../observe/usage.ts";
export type { Timings } from "../timings.ts";
export type { CurlOptions } from "../message/curl_command.ts";
export type { ExtendOptions } from "../client/options/extend_options.ts";
export type { ClientStats } from "../client/stats.ts";
export type {
  ExtraInfo,
  NetworkStream,
  NetworkStreamOptions,
  NetworkStreamTLSOptions,
  SocketAddress,
  SocketFacts,
  TLSFacts,
} from "../semantics/network_stream.ts";
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
export { FetchTransport, type FetchTransportOptions } from "../transports/fetch_transport.ts";
export { type MockHandler, MockTransport } from "../transports/mock_transport.ts";
export type { SyncHints, SyncTransport, Transport } from "../transports/transport.ts";
