/**
 * What a client knows, whatever it sends by and whether its callers wait: the defaults of its requests, how redirects are
 * followed, whose credentials go with which request.
 */
import { befriend } from "../../semantics/befriend.ts";
import { aKindOf } from "../../semantics/kind.ts";
import type { Auth } from "../../auth/auth.ts";
import { checkCount } from "../../options/check_value.ts";
import { badOption } from "../../options/bad_option.ts";
import type { ContentDecoding } from "../../message/content/decoding/content_coding.ts";
import { isJar } from "../../message/cookies/cookie_pairs.ts";
import type { Cookies, CookiesInit } from "../../message/cookies/jar.ts";
import { Headers, type HeadersInit } from "../../message/headers.ts";
import { QueryParams, type QueryParamsInit } from "../../message/query_params.ts";
import { copyRequest, fromWebRequest, Request } from "../../message/request.ts";
import type { ResponseLog } from "../../observe/logger.ts";
import { Timeout, type TimeoutLike } from "../../message/timeout.ts";
import { buildRequest, type Defaults, withTimeout } from "./build_request.ts";
import {
  asAuth,
  authOfURL,
  checkBaseURL,
  checkBodyless,
  checkEncoding,
  checkFlag,
  checkRatio,
} from "./checks.ts";
import { defaultHeaders } from "./default_headers.ts";
import { checkOptionNames } from "../../options/bad_option.ts";
import {
  type AuthLike,
  type BaseClientOptions,
  type BodiedOptions,
  REQUEST_OPTION_NAMES,
  type RequestOptions,
  SEND_OPTION_NAMES,
  type SendOptions,
} from "./options.ts";
import { provenanceOf } from "../send/provenance.ts";
import type { RedirectRules } from "../send/redirects.ts";
import type { CallRules } from "../call.ts";
import { CallCounts } from "../stats.ts";

/** The options that settings are made of. */
type SettingsOptions = Omit<BaseClientOptions, "eventHooks" | "mounts" | "middleware">;

/** What a kind of client brings to its settings. */
export interface SettingsParts {
  /** Makes its cookie jar; `null` if it keeps cookies only in a jar that its options bring. */
  readonly makeJar: ((init?: CookiesInit | null) => Cookies) | null;
  /** Decodes what its responses are encoded in; `null` leaves that to the transport. */
  readonly decoding?: ContentDecoding | null;
  /** Checks the proxy of a single request. Default: it is handed to the transport as it is. */
  readonly readProxy?: (proxy: RequestOptions["proxy"]) => RequestOptions["proxy"];
  /** Notified of each response. Default: none. */
  readonly log?: ResponseLog | null;
  /** The jar of the client that is extended; `null` if that keeps none. Default: one of its own. */
  readonly jar?: Cookies | null;
}

/** One call of a verb. */
export interface VerbCall {
  /** For messages. Default: the method's name. */
  readonly callee?: string;
  readonly options: BodiedOptions | undefined;
  readonly stream?: boolean;
  readonly isBodyless?: boolean;
}

/** How one call differs from others of its client. */
interface Differing extends Pick<SendOptions, "auth" | "followRedirects" | "throwOnError"> {
  readonly methodRules?: RedirectRules | undefined;
  readonly isAnonymous?: boolean | undefined;
}

/** What makes the calls of a client, for the files of this library (see befriend.ts). */
export let callsOf: (settings: ClientSettings) => CallFactory;

/**
 * The settings of a client: what its requests have in common. `Client`, `FetchClient` and the synchronous client are
 * made of them.
 *
 * @example Settable at any time
 * ```ts
 * import { Client, type ClientSettings } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * function nameItself(settings: ClientSettings): void {
 *   settings.headers = { "user-agent": "demo/1.0" };
 *   settings.timeout = 3000;
 * }
 *
 * await using client = new Client();
 * nameItself(client);
 * assertEquals(client.buildRequest("GET", "https://example.org/").headers.get("user-agent"), "demo/1.0");
 * ```
 */
export abstract class ClientSettings {
  static readonly #isOpen: true = /* @__PURE__ */ befriend(() => {
    callsOf = (settings) => settings.#calls;
  });
  readonly #calls: CallFactory;
  /** Whether `close()` was called. */
  abstract get isClosed(): boolean;

  /**
   * Checks the options.
   *
   * @throws {TypeError} for an option of the wrong kind; the message names it and what it accepts
   */
  constructor(options: SettingsOptions, parts: SettingsParts) {
    this.#calls = new CallFactory(options, parts);
  }

  /** Headers sent with every request. Setting them brings the defaults back, below what is set. */
  get headers(): Headers {
    return this.#calls.headers;
  }

  set headers(headers: HeadersInit | null) {
    this.#calls.headers = headers;
  }

  /**
   * The cookie jar.
   *
   * @throws {Error} if the client keeps none
   */
  get cookies(): Cookies {
    return this.#calls.cookies;
  }

  set cookies(cookies: CookiesInit | null) {
    this.#calls.cookies = cookies;
  }

  /** Parameters merged into the query of every URL. */
  get params(): QueryParams {
    return this.#calls.params;
  }

  set params(params: QueryParamsInit | null) {
    this.#calls.params = params;
  }

  /** Credentials for requests that bring none. Default: none. */
  get auth(): Auth | null {
    return this.#calls.auth;
  }

  set auth(auth: AuthLike | null) {
    this.#calls.auth = auth;
  }

  /** Limits of requests that bring none. Default: 5000 ms for each phase. */
  get timeout(): Timeout {
    return this.#calls.timeout;
  }

  set timeout(timeout: TimeoutLike) {
    this.#calls.timeout = timeout;
  }

  /** What relative URLs are appended to: it ends in a slash, or is empty. */
  get baseURL(): string {
    return this.#calls.baseURL;
  }

  set baseURL(baseURL: string | URL) {
    this.#calls.baseURL = baseURL;
  }

  /** Whether redirects are followed. Default: `false`. */
  get followRedirects(): boolean {
    return this.#calls.followRedirects;
  }

  set followRedirects(followRedirects: boolean) {
    this.#calls.followRedirects = followRedirects;
  }

  /** How many redirects a call may follow. Default: 20. */
  get maxRedirects(): number {
    return this.#calls.maxRedirects;
  }

  set maxRedirects(maxRedirects: number) {
    this.#calls.maxRedirects = maxRedirects;
  }

  /**
   * Builds the request that a call would send, without sending it.
   *
   * @throws {InvalidURL} for a malformed URL
   * @throws {TypeError} for an unknown option, one of the wrong kind, and two bodies at once
   *
   * @example Look at it, change it, send it
   * ```ts
   * import { Client, MockTransport } from "@httpx/httpx";
   * import { assertEquals } from "@std/assert";
   *
   * const transport = new MockTransport((request) => new Response(request.headers.get("accept")));
   * await using client = new Client({ transport, baseURL: "https://example.org/v1" });
   * const request = client.buildRequest("GET", "items", { params: { page: 2 } });
   * assertEquals(request.url, "https://example.org/v1/items?page=2");
   * request.headers.set("accept", "text/csv");
   * assertEquals(await (await client.send(request)).text(), "text/csv");
   * ```
   */
  buildRequest(method: string, url: string | URL, options: BodiedOptions = {}): Request {
    checkOptionNames("buildRequest()", { options, known: REQUEST_OPTION_NAMES });
    return this.#calls.build(method, url, options);
  }
}

/** Makes a client's requests, and the rules of its calls, of its settings. */
export class CallFactory {
  /** What the client has done. */
  readonly counts: CallCounts = new CallCounts();
  readonly #parts: SettingsParts;
  readonly #defaults: Defaults;
  /** What is the same for every call. */
  readonly #fixed: Pick<
    CallRules,
    "keepsCookies" | "defaultEncoding" | "bodyLimits" | "decoding" | "counts"
  >;
  #auth: Auth | null;
  #followRedirects: boolean;
  readonly #throwOnError: boolean;
  #maxRedirects: number;

  /**
   * Checks the options.
   *
   * @throws {TypeError} for an option of the wrong kind; the message names it and what it accepts
   */
  constructor(options: SettingsOptions, parts: SettingsParts) {
    this.#parts = parts;
    this.#auth = asAuth(options.auth ?? null);
    this.#followRedirects = checkFlag("followRedirects", options.followRedirects ?? false);
    this.#throwOnError = checkFlag("throwOnError", options.throwOnError ?? false);
    this.#maxRedirects = checkCount("maxRedirects", options.maxRedirects ?? 20);
    this.#defaults = {
      baseURL: checkBaseURL(options.baseURL ?? ""),
      // Those of a client that extends another are whole: what was removed from them stays away.
      headers: parts.jar === undefined
        ? this.headersWith(options.headers)
        : new Headers(options.headers),
      params: new QueryParams(options.params),
      cookies: parts.jar === undefined ? this.#jarOf(options.cookies || null) : parts.jar,
      timeout: Timeout.from(options.timeout === undefined ? {} : options.timeout),
      readProxy: parts.readProxy ?? ((proxy) => proxy),
    };
    this.#fixed = {
      keepsCookies: options.cookies !== false,
      defaultEncoding: checkEncoding(options.defaultEncoding ?? "utf-8"),
      bodyLimits: {
        maxBytes: checkCount("maxResponseBytes", options.maxResponseBytes ?? Infinity),
        maxRatio: checkRatio(options.maxDecodedRatio),
      },
      decoding: parts.decoding ?? null,
      counts: this.counts,
    };
  }

  /** Headers sent with every request. Setting them brings the defaults back, below what is set. */
  get headers(): Headers {
    return this.#defaults.headers;
  }

  set headers(headers: HeadersInit | null) {
    this.#defaults.headers = this.headersWith(headers);
  }

  /**
   * The cookie jar.
   *
   * @throws {Error} if the client keeps none
   */
  get cookies(): Cookies {
    const { cookies } = this.#defaults;
    if (cookies === null) throw new Error(`Cannot use cookies: ${NO_JAR}`);
    return cookies;
  }

  set cookies(cookies: CookiesInit | null) {
    this.#defaults.cookies = this.#jarOf(cookies);
  }

  /** Parameters merged into the query of every URL. */
  get params(): QueryParams {
    return this.#defaults.params;
  }

  set params(params: QueryParamsInit | null) {
    this.#defaults.params = new QueryParams(params);
  }

  /** Credentials for requests that bring none. Default: none. */
  get auth(): Auth | null {
    return this.#auth;
  }

  set auth(auth: AuthLike | null) {
    this.#auth = asAuth(auth);
  }

  /** Limits of requests that bring none. Default: 5000 ms for each phase. */
  get timeout(): Timeout {
    return this.#defaults.timeout;
  }

  set timeout(timeout: TimeoutLike) {
    this.#defaults.timeout = Timeout.from(timeout);
  }

  /** What relative URLs are appended to: it ends in a slash, or is empty. */
  get baseURL(): string {
    return this.#defaults.baseURL;
  }

  set baseURL(baseURL: string | URL) {
    this.#defaults.baseURL = checkBaseURL(baseURL);
  }

  /** Whether redirects are followed. Default: `false`. */
  get followRedirects(): boolean {
    return this.#followRedirects;
  }

  set followRedirects(followRedirects: boolean) {
    this.#followRedirects = checkFlag("followRedirects", followRedirects);
  }

  /** How many redirects a call may follow. Default: 20. */
  get maxRedirects(): number {
    return this.#maxRedirects;
  }

  set maxRedirects(maxRedirects: number) {
    this.#maxRedirects = checkCount("maxRedirects", maxRedirects);
  }

  /** What a client that extends this one has as it is here. */
  inherited(): BaseClientOptions {
    const { keepsCookies, defaultEncoding, bodyLimits: { maxBytes, maxRatio } } = this.#fixed;
    return {
      ...(keepsCookies ? {} : { cookies: false }),
      defaultEncoding,
      maxResponseBytes: maxBytes,
      maxDecodedRatio: maxRatio === Infinity ? null : maxRatio,
      followRedirects: this.#followRedirects,
      throwOnError: this.#throwOnError,
      maxRedirects: this.#maxRedirects,
    };
  }

  /** What such a client brings along: the same jar, decoding and log. */
  inheritedParts(): SettingsParts {
    const { makeJar, decoding = null, readProxy, log = null } = this.#parts;
    const jar = this.#defaults.cookies;
    return { makeJar, decoding, log, jar, ...(readProxy !== undefined && { readProxy }) };
  }

  /** The request of a call; an anonymous one takes no cookies along. */
  build(
    method: string,
    url: string | URL,
    options: BodiedOptions | undefined,
    isAnonymous = false,
  ): Request {
    const defaults = isAnonymous ? { ...this.#defaults, cookies: null } : this.#defaults;
    return buildRequest(method, { url, options, defaults });
  }

  /** The request of a verb, whose options were not looked at before. */
  make(
    method: string,
    url: string | URL,
    { callee, options, isBodyless }: VerbCall,
  ): Request {
    if (options) { // `null` is none, for those who write JavaScript
      if (isBodyless) checkBodyless(method, options as Record<string, unknown>);
      checkOptionNames(callee ?? `${method.toLowerCase()}()`, {
        options,
        known: REQUEST_OPTION_NAMES,
      });
    }
    return this.build(method, url, options ?? undefined);
  }

  /** A call's own copy of a request that was made elsewhere; a missing timeout is filled in. */
  adopt(request: Request | globalThis.Request, options: SendOptions): Request {
    checkOptionNames("send()", { options, known: SEND_OPTION_NAMES });
    const ours = asOurs(request);
    return copyRequest(ours, withTimeout(ours.extensions, this.#defaults.timeout));
  }

  /** What holds for one call. */
  rules(
    request: Request,
    { auth, followRedirects, throwOnError, methodRules, isAnonymous }: Differing,
  ): CallRules {
    // Named, not spread: one shape, made at once (bench: get_1k).
    const { keepsCookies, defaultEncoding, bodyLimits, decoding, counts } = this.#fixed;
    return {
      keepsCookies,
      defaultEncoding,
      bodyLimits,
      decoding,
      counts,
      auth: isAnonymous ? null : this.#authFor(request, auth),
      followRedirects: followRedirects === undefined
        ? this.#followRedirects
        : checkFlag("followRedirects", followRedirects),
      throwOnError: throwOnError === undefined
        ? this.#throwOnError
        : checkFlag("throwOnError", throwOnError),
      methodRules: methodRules ?? "httpx",
      maxRedirects: this.#maxRedirects,
      cookies: isAnonymous ? null : this.#defaults.cookies,
      log: this.#parts.log ?? null,
    };
  }

  /** The default headers, and others over them. */
  headersWith(headers: HeadersInit | null | undefined): Headers {
    return defaultHeaders(headers, this.#parts.decoding?.codings ?? []);
  }

  /** A jar of the client's own; without a maker, the very one that was given, or none. */
  #jarOf(init: CookiesInit | null): Cookies | null {
    const { makeJar } = this.#parts;
    if (makeJar !== null) return makeJar(init);
    if (init === null || isJar(init)) return init;
    throw badOption("cookies", NO_JAR);
  }

  /** Argument, client, URL: the first that has credentials. `null` as the argument leaves out the client's, as in httpx. */
  #authFor(request: Request, given: AuthLike | null | undefined): Auth | null {
    const own = given === undefined ? null : asAuth(given);
    if (own !== null) return own;
    if (provenanceOf(request).refusesClientAuth) return null;
    if (given === undefined && this.#auth !== null) return this.#auth;
    return request.url.includes("@") ? authOfURL(request.parsedURL) : null;
  }
}

const NO_JAR = "this client has no jar; give one as the option cookies";

function asOurs(request: Request | globalThis.Request): Request {
  if (request instanceof Request) return request;
  if (request instanceof globalThis.Request) return fromWebRequest(request);
  throw new TypeError(`Cannot send ${aKindOf(request)}: give a Request`);
}
