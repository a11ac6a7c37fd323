/**
 * The options of requests and clients: their types, and the names that there are. What excludes each other does so by
 * type here, and once more at run time where requests are built.
 */
import type { Auth } from "../../auth/auth.ts";
import type { AuthFunction } from "../../auth/function.ts";
import type { ByteContent } from "../../message/content/source/byte_source.ts";
import type { FormInit } from "../../message/content/form.ts";
import type { FilesInit } from "../../message/content/multipart.ts";
import type { CookiesInit } from "../../message/cookies/jar.ts";
import type { HeadersInit } from "../../message/headers.ts";
import type { QueryParamsInit } from "../../message/query_params.ts";
import type { Request, RequestExtensions } from "../../message/request.ts";
import type { DefaultEncoding, Response } from "../../message/response/response.ts";
import type { RetryLike } from "../../message/retry_options.ts";
import type { TimeoutLike } from "../../message/timeout.ts";
import type { Middleware } from "../../middleware/middleware.ts";
import type { ProxyLike } from "../../transports/routing/proxy.ts";
import type { Transport } from "../../transports/transport.ts";
import type { Verify } from "../../options/tls_context.ts";

/**
 * Credentials: user name and password, an `Auth`, or a function that signs requests.
 *
 * @example Three ways
 * ```ts
 * import { type AuthLike, BasicAuth } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const auths: AuthLike[] = [["ada", "lovelace"], new BasicAuth("ada", "lovelace"), (request) => request];
 * assertEquals(auths.length, 3);
 * ```
 */
export type AuthLike = readonly [username: string, password: string] | Auth | AuthFunction;

/**
 * What every request can be given. What is left out, or `undefined`, is as the client has it.
 *
 * @example What a request is given
 * ```ts
 * import { type RequestOptions } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const options: RequestOptions = { params: { page: [1, 2] }, headers: { "x-a": "1" }, timeout: null };
 * assertEquals(Object.keys(options), ["params", "headers", "timeout"]);
 * ```
 */
export interface RequestOptions {
  /** Merged over the client's into the URL's query; a given key replaces that key. */
  readonly params?: QueryParamsInit | null | undefined;
  /** Merged over the client's; a given name replaces all lines of that name. */
  readonly headers?: HeadersInit | null | undefined;
  /** Sent beside those of the client's jar, with this call alone. */
  readonly cookies?: CookiesInit | null | undefined;
  /** `null` turns the client's off. */
  readonly auth?: AuthLike | null | undefined;
  /**
   * Milliseconds for each phase, limits by name (`{ total: 10_000 }`, the others as the client has them), a `Timeout`, or
   * `null` for none. `read` is the time between two reads, so that a server that drips can take longer; `total` bounds the
   * whole call.
   */
  readonly timeout?: TimeoutLike | undefined;
  /** Whether redirects are followed. */
  readonly followRedirects?: boolean | undefined;
  /** Whether a status other than 2xx is thrown as an `HTTPStatusError`; of a streamed body up to 64 KB are kept in it. */
  readonly throwOnError?: boolean | undefined;
  /** The trusted authorities, if not the client's: `true`, `false`, a CA bundle, or a TLS context. Not over `fetch`. */
  readonly verify?: Verify | undefined;
  /** The proxy for this call and its redirects, whatever the client's are; `null` for none. */
  readonly proxy?: ProxyLike | null | undefined;
  /**
   * How a failed request is sent again: how many tries may follow the first, or options over the client's own. `null`
   * turns the client's off.
   */
  readonly retry?: RetryLike | undefined;
  /** Notes for the transport: `timeout`, `trace`, `sni_hostname`, `target`. */
  readonly extensions?: Readonly<RequestExtensions> | undefined;
  /** Aborting it rejects the call with its reason, and frees the connection. */
  readonly signal?: AbortSignal | null | undefined;
}

/**
 * The type of an option that another body option excludes: a compiler that shows this name has found two bodies.
 *
 * @example Nothing but undefined fits
 * ```ts
 * import type { ExcludedByAnotherBody } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const content: ExcludedByAnotherBody | undefined = undefined;
 * assertEquals(content, undefined);
 * ```
 */
export interface ExcludedByAnotherBody {
  /** No value has this. */
  readonly "a request has one body": never;
}

/**
 * The type of a body option for `get`, `head`, `options` and `delete`, which send none; `request()` sends one with any
 * method.
 *
 * @example Nothing but undefined fits
 * ```ts
 * import type { ExcludedByMethod } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const json: ExcludedByMethod | undefined = undefined;
 * assertEquals(json, undefined);
 * ```
 */
export interface ExcludedByMethod extends ExcludedByAnotherBody {
  /** No value has this. */
  readonly "this method sends no body; use request()": never;
}

/**
 * No body: `get`, `head`, `options` and `delete` send none. For a DELETE with a body there is `request()`.
 *
 * @example Nothing but undefined
 * ```ts
 * import { type NoBody } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const none: NoBody = { json: undefined };
 * assertEquals(none.json, undefined);
 * ```
 */
export interface NoBody {
  /** Not with this method. */
  readonly content?: ExcludedByMethod | undefined;
  /** Not with this method. */
  readonly data?: ExcludedByMethod | undefined;
  /** Not with this method. */
  readonly files?: ExcludedByMethod | undefined;
  /** Not with this method. */
  readonly json?: ExcludedByMethod | undefined;
}

/**
 * Bytes as they are; text is sent as UTF-8.
 *
 * @example Text
 * ```ts
 * import { type ContentBody } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const body: ContentBody = { content: "hello" };
 * assertEquals(body.content, "hello");
 * ```
 */
export interface ContentBody {
  /** Text, bytes, a `Blob`, a `ReadableStream`, or an iterable of bytes, sync or async. */
  readonly content?: ByteContent | null | undefined;
  /** Not with this one. */
  readonly data?: ExcludedByAnotherBody | undefined;
  /** Not with this one. */
  readonly files?: ExcludedByAnotherBody | undefined;
  /** Not with this one. */
  readonly json?: ExcludedByAnotherBody | undefined;
}

/**
 * A form: URL-encoded, or multipart where there are files or it is a `FormData`.
 *
 * @example A field and a file
 * ```ts
 * import { type FormBody } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const body: FormBody = { data: { name: "Ada" }, files: { photo: new Blob(["…"]) } };
 * assertEquals(Object.keys(body), ["data", "files"]);
 * ```
 */
export interface FormBody {
  /** Not with this one. */
  readonly content?: ExcludedByAnotherBody | undefined;
  /** Fields by name (a list repeats the name), `URLSearchParams`, or `FormData`. */
  readonly data?: FormInit | null | undefined;
  /** Files by field name, or as `[field, file]` pairs; read while they are sent. */
  readonly files?: FilesInit | null | undefined;
  /** Not with this one. */
  readonly json?: ExcludedByAnotherBody | undefined;
}

/**
 * A value as JSON.
 *
 * @example A record
 * ```ts
 * import { type JSONBody } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const body: JSONBody = { json: { name: "Ada" } };
 * assertEquals(body.json, { name: "Ada" });
 * ```
 */
export interface JSONBody {
  /** Not with this one. */
  readonly content?: ExcludedByAnotherBody | undefined;
  /** Not with this one. */
  readonly data?: ExcludedByAnotherBody | undefined;
  /** Not with this one. */
  readonly files?: ExcludedByAnotherBody | undefined;
  /** Whatever `JSON.stringify` can write; `undefined` is no body. */
  readonly json?: unknown;
}

/**
 * One body at most: `content`, `data` with `files`, or `json`.
 *
 * @example Two at once do not compile
 * ```ts
 * import { type BodyOptions } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const one: BodyOptions = { json: 1 };
 * // @ts-expect-error -- a request has one body
 * const two: BodyOptions = { json: 1, content: "1" };
 * assertEquals([one, two].length, 2);
 * ```
 */
export type BodyOptions = ContentBody | FormBody | JSONBody;

/**
 * Options of requests with no body.
 *
 * @example For GET
 * ```ts
 * import { type BodylessOptions } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const options: BodylessOptions = { params: { q: "deno" } };
 * assertEquals(options.params, { q: "deno" });
 * ```
 */
export type BodylessOptions = RequestOptions & NoBody;

/**
 * Options of requests with a body.
 *
 * @example For POST
 * ```ts
 * import { type BodiedOptions } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const options: BodiedOptions = { json: { a: 1 }, timeout: 3000 };
 * assertEquals(options.timeout, 3000);
 * ```
 */
export type BodiedOptions = RequestOptions & BodyOptions;

/**
 * Options of `send()`.
 *
 * @example Stream, and follow redirects
 * ```ts
 * import { type SendOptions } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const options: SendOptions = { stream: true, followRedirects: true };
 * assertEquals(options.stream, true);
 * ```
 */
export interface SendOptions {
  /** Whether the body is left for the caller to read. Default: `false`. */
  readonly stream?: boolean | undefined;
  /** `null` turns the client's off. */
  readonly auth?: AuthLike | null | undefined;
  /** Whether redirects are followed. Default: as the client does. */
  readonly followRedirects?: boolean | undefined;
  /** Whether a status other than 2xx is thrown as an `HTTPStatusError`. Default: as the client does. */
  readonly throwOnError?: boolean | undefined;
}

/**
 * Sees each request on its way out, after authentication, and may change it. A promise is waited for.
 *
 * @example Number requests
 * ```ts
 * import { Request, type RequestHook } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * let count = 0;
 * const hook: RequestHook = (request) => request.headers.set("x-number", String(++count));
 * const request = new Request("GET", "https://example.org/");
 * await hook(request);
 * assertEquals(request.headers.get("x-number"), "1");
 * ```
 */
export type RequestHook = (request: Request) => unknown;

/**
 * Sees each response before its body is read. Throwing closes it; a promise is waited for.
 *
 * @example Let no error pass
 * ```ts
 * import { Request, Response, type ResponseHook } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const hook: ResponseHook = (response) => void response.raiseForStatus();
 * await hook(new Response(200, { request: new Request("GET", "https://example.org/") }));
 * assertEquals(hook.length, 1);
 * ```
 */
export type ResponseHook = (response: Response) => unknown;

/**
 * Functions called for each request and response, those of redirects and logins included.
 *
 * @example Watch a client
 * ```ts
 * import { Client, type EventHooks, MockTransport, Response } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const log: string[] = [];
 * const eventHooks: EventHooks = {
 *   request: [(request) => void log.push(request.method)],
 *   response: [(response) => void log.push(String(response.status))],
 * };
 * const transport = new MockTransport(() => new Response(200));
 * await using client = new Client({ transport, eventHooks });
 * await client.get("https://example.org/");
 * assertEquals(log, ["GET", "200"]);
 * ```
 */
export interface EventHooks {
  /** Called in this order with each request. */
  readonly request?: readonly RequestHook[] | undefined;
  /** Called in this order with each response. */
  readonly response?: readonly ResponseHook[] | undefined;
}

/**
 * A client's hooks: lists that may be changed at any time.
 *
 * @example Add one later
 * ```ts
 * import { Client, type HookLists } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * await using client = new Client();
 * const hooks: HookLists = client.eventHooks;
 * hooks.request.push((request) => request.headers.set("x-a", "1"));
 * assertEquals(client.eventHooks.request.length, 1);
 * ```
 */
export interface HookLists {
  /** Called in this order with each request. */
  request: RequestHook[];
  /** Called in this order with each response. */
  response: ResponseHook[];
}

/**
 * What every client can be given.
 *
 * @example For any client
 * ```ts
 * import { type BaseClientOptions } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const options: BaseClientOptions = { baseURL: "https://api.example.org/v1", followRedirects: true };
 * assertEquals(Object.keys(options), ["baseURL", "followRedirects"]);
 * ```
 */
export interface BaseClientOptions {
  /** For requests that bring no credentials of their own. Default: none. */
  readonly auth?: AuthLike | null | undefined;
  /** Merged into the query of every URL. */
  readonly params?: QueryParamsInit | null | undefined;
  /** Sent with every request, over the defaults. */
  readonly headers?: HeadersInit | null | undefined;
  /** What the jar holds at first; `false` takes no cookie in from any response. */
  readonly cookies?: CookiesInit | false | null | undefined;
  /**
   * Milliseconds for each phase, limits by name (`{ total: 10_000 }`, the others at their defaults), a `Timeout`, or `null`
   * for none. `read` is the time between two reads, so that a server that drips can take longer; `total` bounds the whole
   * call. Default: 5000 for each phase, no total.
   */
  readonly timeout?: TimeoutLike | undefined;
  /** Whether redirects are followed. Default: `false`. */
  readonly followRedirects?: boolean | undefined;
  /**
   * Whether a status other than 2xx is thrown as an `HTTPStatusError`, as `raiseForStatus()` does; of a streamed body up to
   * 64 KB are kept in it. Not by `client.fetch`. Default: `false`.
   */
  readonly throwOnError?: boolean | undefined;
  /** How many redirects a call may follow. Default: 20. */
  readonly maxRedirects?: number | undefined;
  /** Called for each request and response. */
  readonly eventHooks?: EventHooks | undefined;
  /** What relative URLs are appended to. It has no query: that is what `params` are for. */
  readonly baseURL?: string | URL | undefined;
  /** Transports for some URLs, by pattern; `null` is the client's own. */
  readonly mounts?: Readonly<Record<string, Transport | null>> | undefined;
  /**
   * Functions around each exchange, the first outermost: every redirect and every request of an auth flow passes them.
   * Objects with `close()` are closed with the client. Default: none.
   */
  readonly middleware?: readonly Middleware[] | undefined;
  /**
   * How failed requests are sent again: how many tries may follow the first, or options by name. Innermost: middleware
   * sees the last try alone. `@httpx/httpx/retry` has the guide. Default: never.
   */
  readonly retry?: RetryLike | undefined;
  /** The charset of text that does not say its own. Default: `"utf-8"`. */
  readonly defaultEncoding?: DefaultEncoding | undefined;
  /** How large a decoded body may be, in bytes. Default: no limit. */
  readonly maxResponseBytes?: number | null | undefined;
  /**
   * How many times larger than what was received a decoded body may be, 1 or more; `null` for no limit. It bounds bodies
   * that are read whole and become larger than 8 MB, against content that unfolds to exhaust memory; streamed ones are
   * the caller's to stop. Default: 200.
   */
  readonly maxDecodedRatio?: number | null | undefined;
}

/** Names of options, complete by type. */
type NamesOf<Options> = { readonly [Name in keyof Required<Options>]: true };

const REQUEST_NAMES: NamesOf<RequestOptions> = {
  params: true,
  headers: true,
  cookies: true,
  auth: true,
  timeout: true,
  followRedirects: true,
  throwOnError: true,
  verify: true,
  proxy: true,
  retry: true,
  extensions: true,
  signal: true,
};

const BODY_NAMES: NamesOf<NoBody> = { content: true, data: true, files: true, json: true };

const SEND_NAMES: NamesOf<SendOptions> = {
  stream: true,
  auth: true,
  followRedirects: true,
  throwOnError: true,
};

const CLIENT_NAMES: NamesOf<BaseClientOptions> = {
  auth: true,
  params: true,
  headers: true,
  cookies: true,
  timeout: true,
  followRedirects: true,
  throwOnError: true,
  maxRedirects: true,
  eventHooks: true,
  baseURL: true,
  mounts: true,
  middleware: true,
  retry: true,
  defaultEncoding: true,
  maxResponseBytes: true,
  maxDecodedRatio: true,
};

/** The options that make a body. */
export const BODY_OPTION_NAMES: readonly string[] = /* @__PURE__ */ Object.keys(BODY_NAMES);

/** What `buildRequest()` and all requests know. */
export const REQUEST_OPTION_NAMES: ReadonlySet<string> = /* @__PURE__ */ namesOf(
  REQUEST_NAMES,
  BODY_NAMES,
);

/** What `send()` knows. */
export const SEND_OPTION_NAMES: ReadonlySet<string> = /* @__PURE__ */ namesOf(SEND_NAMES);

/** What a client over any transport knows. */
export const CLIENT_OPTION_NAMES: ReadonlySet<string> = /* @__PURE__ */ namesOf(CLIENT_NAMES);

function namesOf(...records: readonly object[]): ReadonlySet<string> {
  return new Set(records.flatMap((record) => Object.keys(record)));
}
