/**
 * Everything a client does that has nothing to do with how its requests travel: defaults, verbs, mounts, closing. Which
 * transport it sends with is said by those who derive from it.
 */
import type { Auth } from "../auth/auth.ts";
import { badOption } from "../message/bad_option.ts";
import { isJar } from "../message/cookies/cookie_pairs.ts";
import type { Cookies, CookiesInit } from "../message/cookies/jar.ts";
import type { Headers, HeadersInit } from "../message/headers.ts";
import { QueryParams, type QueryParamsInit } from "../message/query_params.ts";
import { fromWebRequest, Request } from "../message/request.ts";
import type { Response } from "../message/response/response.ts";
import { Timeout, type TimeoutLike } from "../message/timeout.ts";
import { nameOfRequest } from "../observe/mask.ts";
import type { Transport } from "../transports/transport.ts";
import { buildRequest, type Defaults, withTimeout } from "./options/build_request.ts";
import { fetchOver, type FetchPort } from "./fetch_port.ts";
import { routerOf } from "./mounts.ts";
import { checkOptionNames } from "./options/option_names.ts";
import {
  asAuth,
  authOfURL,
  checkBaseURL,
  checkBodyless,
  checkCount,
  checkEncoding,
  checkFlag,
  checkHooks,
} from "./options/checks.ts";
import { defaultHeaders } from "./options/default_headers.ts";
import {
  type AuthLike,
  type BaseClientOptions,
  type BodiedOptions,
  type BodylessOptions,
  type EventHooks,
  type HookLists,
  REQUEST_OPTION_NAMES,
  SEND_OPTION_NAMES,
  type SendOptions,
} from "./options/options.ts";
import { isForeign, type RedirectRules } from "./send/redirects.ts";
import { type Call, send } from "./send/send.ts";

/**
 * What a kind of client is made with.
 *
 * @example For a client of one's own
 * ```ts
 * import { type ClientParts, FetchTransport } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const parts: ClientParts = { transport: new FetchTransport(), makeJar: null };
 * assertEquals(Object.keys(parts), ["transport", "makeJar"]);
 * ```
 */
export interface ClientParts {
  /** For every URL that no mount takes. */
  readonly transport: Transport;
  /** Makes its cookie jar; `null` where it keeps cookies only in a jar that its options bring. */
  readonly makeJar: ((init?: CookiesInit | null) => Cookies) | null;
}

/** How one call differs from others of its client. */
interface Sending extends SendOptions {
  readonly rules?: RedirectRules | undefined;
  readonly isAnonymous?: boolean | undefined;
}

/**
 * What all clients have in common. Make a `Client`, or a `FetchClient`; derive from this for a client over
 * something else.
 *
 * @example A client for tests alone
 * ```ts
 * import { BaseClient, MockTransport, Response } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * class TestClient extends BaseClient {
 *   constructor() {
 *     const transport = new MockTransport((request) => new Response(200, { text: request.url }));
 *     super({ baseURL: "https://example.org" }, { transport, makeJar: null });
 *   }
 * }
 *
 * await using client = new TestClient();
 * assertEquals(await (await client.get("a")).text(), "https://example.org/a");
 * ```
 */
export abstract class BaseClient implements AsyncDisposable {
  readonly #transport: Transport;
  readonly #mounted: readonly (Transport | null)[];
  readonly #makeJar: ClientParts["makeJar"];
  readonly #defaults: Defaults;
  /** What is the same for every call. */
  readonly #fixed: Pick<
    Call,
    "keepsCookies" | "defaultEncoding" | "maxResponseBytes" | "transportFor"
  >;
  #auth: Auth | null;
  #hooks: HookLists;
  #followRedirects: boolean;
  #maxRedirects: number;
  #isClosed = false;

  /**
   * Checks the options and keeps the parts.
   *
   * @throws {TypeError} for an option of the wrong kind; the message says which, and what it takes
   */
  constructor(options: BaseClientOptions, parts: ClientParts) {
    this.#transport = parts.transport;
    this.#makeJar = parts.makeJar;
    const { mounts = {} } = options;
    const route = routerOf(mounts);
    this.#mounted = Object.values(mounts);
    this.#auth = asAuth(options.auth ?? null);
    this.#hooks = checkHooks(options.eventHooks ?? {});
    this.#followRedirects = checkFlag("followRedirects", options.followRedirects ?? false);
    this.#maxRedirects = checkCount("maxRedirects", options.maxRedirects ?? 20);
    this.#defaults = {
      baseURL: checkBaseURL(options.baseURL ?? ""),
      headers: defaultHeaders(options.headers),
      params: new QueryParams(options.params),
      cookies: this.#jarOf(options.cookies || null),
      timeout: Timeout.from(options.timeout === undefined ? 5000 : options.timeout),
    };
    this.#fixed = {
      keepsCookies: options.cookies !== false,
      defaultEncoding: checkEncoding(options.defaultEncoding ?? "utf-8"),
      maxResponseBytes: checkCount("maxResponseBytes", options.maxResponseBytes ?? Infinity),
      transportFor: (target) => route?.(target) ?? this.#transport,
    };
  }

  /** Headers sent with every request. Setting them brings the defaults back, below what is set. */
  get headers(): Headers {
    return this.#defaults.headers;
  }

  set headers(headers: HeadersInit | null) {
    this.#defaults.headers = defaultHeaders(headers);
  }

  /**
   * The cookie jar.
   *
   * @throws {Error} where the client keeps none: with `@httpx/httpx/fetch`, unless its options brought one
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

  /** Functions called for each request and each response; the lists may be changed. */
  get eventHooks(): HookLists {
    return this.#hooks;
  }

  set eventHooks(hooks: EventHooks) {
    this.#hooks = checkHooks(hooks);
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

  /** Whether `close()` was called. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /**
   * Sends a GET request.
   *
   * @throws {TransportError} where there is no response
   * @throws {TypeError} for an unknown option, or one of the wrong kind
   *
   * @example Parameters of a query
   * ```ts
   * import { Client, MockTransport } from "@httpx/httpx";
   * import { assertEquals } from "@std/assert";
   *
   * const transport = new MockTransport((request) => new Response(request.url));
   * await using client = new Client({ transport });
   * const response = await client.get("https://example.org/", { params: { q: "deno", page: [1, 2] } });
   * assertEquals(await response.text(), "https://example.org/?q=deno&page=1&page=2");
   * ```
   */
  get(url: string | URL, options?: BodylessOptions): Promise<Response> {
    return this.#bodyless("GET", url, options);
  }

  /** Sends a HEAD request: the response has headers and no body. Throws as `get()` does. */
  head(url: string | URL, options?: BodylessOptions): Promise<Response> {
    return this.#bodyless("HEAD", url, options);
  }

  /** Sends an OPTIONS request. Throws as `get()` does. */
  options(url: string | URL, options?: BodylessOptions): Promise<Response> {
    return this.#bodyless("OPTIONS", url, options);
  }

  /** Sends a DELETE request; for one with a body there is `request()`. Throws as `get()` does. */
  delete(url: string | URL, options?: BodylessOptions): Promise<Response> {
    return this.#bodyless("DELETE", url, options);
  }

  /**
   * Sends a POST request.
   *
   * @throws {TransportError} where there is no response
   * @throws {TypeError} for an unknown option, one of the wrong kind, and two bodies at once
   *
   * @example JSON
   * ```ts
   * import { Client, MockTransport } from "@httpx/httpx";
   * import { assertEquals } from "@std/assert";
   *
   * const transport = new MockTransport((request) => new Response(request.content.slice()));
   * await using client = new Client({ transport });
   * const response = await client.post("https://example.org/", { json: { name: "Ada" } });
   * assertEquals(await response.text(), '{"name":"Ada"}');
   * ```
   */
  post(url: string | URL, options?: BodiedOptions): Promise<Response> {
    return this.#call("POST", url, { options });
  }

  /** Sends a PUT request. Throws as `post()` does. */
  put(url: string | URL, options?: BodiedOptions): Promise<Response> {
    return this.#call("PUT", url, { options });
  }

  /** Sends a PATCH request. Throws as `post()` does. */
  patch(url: string | URL, options?: BodiedOptions): Promise<Response> {
    return this.#call("PATCH", url, { options });
  }

  /** Sends a QUERY request: safe and repeatable like GET, with a body like POST. Throws as `post()` does. */
  query(url: string | URL, options?: BodiedOptions): Promise<Response> {
    return this.#call("QUERY", url, { options });
  }

  /** Sends a request of any method. Throws as `post()` does. */
  request(method: string, url: string | URL, options?: BodiedOptions): Promise<Response> {
    return this.#call(method, url, { callee: "request()", options });
  }

  /**
   * Sends a request and leaves the body of the response to be read. Close it: with `await using`, or `close()`.
   *
   * @throws {TransportError} where there is no response
   * @throws {TypeError} for an unknown option, one of the wrong kind, and two bodies at once
   *
   * @example Line by line
   * ```ts
   * import { Client, MockTransport } from "@httpx/httpx";
   * import { assertEquals } from "@std/assert";
   *
   * const transport = new MockTransport(() => new Response("one\ntwo\n"));
   * await using client = new Client({ transport });
   * await using response = await client.stream("GET", "https://example.org/");
   * const lines: string[] = [];
   * for await (const line of response.iterLines()) lines.push(line);
   * assertEquals(lines, ["one", "two"]);
   * ```
   */
  stream(method: string, url: string | URL, options?: BodiedOptions): Promise<Response> {
    return this.#call(method, url, { callee: "stream()", options, stream: true });
  }

  /**
   * Builds the request that a call would send, without sending it.
   *
   * @throws {InvalidURL} where the URL is none
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
    return buildRequest(method, { url, options, defaults: this.#defaults });
  }

  /**
   * Sends a request as it stands: this library's, or a web `Request`. Only a missing timeout is filled in.
   *
   * @throws {TransportError} where there is no response
   * @throws {TooManyRedirects} after `maxRedirects`
   */
  send(request: Request | globalThis.Request, options: SendOptions = {}): Promise<Response> {
    try {
      checkOptionNames("send()", { options, known: SEND_OPTION_NAMES });
      const ours = asOurs(request);
      ours.extensions = withTimeout(ours.extensions, this.#defaults.timeout);
      return this.#send(ours, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * A drop-in `fetch` over this client, which may be handed on unbound. It follows redirects, as the web's does;
   * headers, cookies, credentials, timeouts and base URL are the client's.
   *
   * @throws {TypeError} where there is no response; `cause` says why. The signal's reason where it aborts
   *
   * @example For any code that takes a fetch
   * ```ts
   * import { Client, MockTransport } from "@httpx/httpx";
   * import { assertEquals } from "@std/assert";
   *
   * const transport = new MockTransport(() => Response.json({ ok: true }));
   * await using client = new Client({ transport });
   * const { fetch } = client;
   * const response = await fetch("https://example.org/");
   * assertEquals([response.url, await response.json()], ["https://example.org/", { ok: true }]);
   * ```
   */
  readonly fetch: (
    input: string | URL | globalThis.Request,
    init?: globalThis.RequestInit,
  ) => Promise<globalThis.Response> = (input, init) => fetchOver(this.#fetchPort, input, init);

  readonly #fetchPort: FetchPort = {
    build: (method, url, { isAnonymous, ...options }) => {
      const defaults = isAnonymous ? { ...this.#defaults, cookies: null } : this.#defaults;
      return buildRequest(method, { url, options, defaults });
    },
    send: (request, options) => this.#send(request, { ...options, stream: true, rules: "fetch" }),
    hasHeader: (name) => this.#defaults.headers.has(name),
  };

  /** Closes every connection. Requests after it are refused; it may be called again. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const transports = new Set([this.#transport, ...this.#mounted]);
    await Promise.all([...transports].map((transport) => transport?.close?.()));
  }

  /** The same as `close()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #bodyless(method: string, url: string | URL, options?: BodylessOptions): Promise<Response> {
    return this.#call(method, url, { options, isBodyless: true });
  }

  /** Not async: what is wrong with the arguments rejects as well, at the cost of no promise more (bench: get_1k). */
  #call(method: string, url: string | URL, call: VerbCall): Promise<Response> {
    const { callee, options, stream = false } = call;
    try {
      if (options !== undefined) {
        if (call.isBodyless) checkBodyless(method, options);
        checkOptionNames(callee ?? `${method.toLowerCase()}()`, {
          options,
          known: REQUEST_OPTION_NAMES,
        });
      }
      const request = buildRequest(method, { url, options, defaults: this.#defaults });
      return this.#send(request, {
        stream,
        auth: options?.auth,
        followRedirects: options?.followRedirects,
      });
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #send(request: Request, { stream, auth, followRedirects, rules, isAnonymous }: Sending): Promise<
    Response
  > {
    if (this.#isClosed) {
      throw new Error(
        `Cannot send ${nameOfRequest(request)}: the client is closed; make a new one`,
      );
    }
    const { keepsCookies, defaultEncoding, maxResponseBytes, transportFor } = this.#fixed;
    return send(request, {
      auth: isAnonymous ? null : this.#authFor(request, auth),
      followRedirects: followRedirects === undefined
        ? this.#followRedirects
        : checkFlag("followRedirects", followRedirects),
      stream: stream ?? false,
      rules: rules ?? "httpx",
      hooks: this.#hooks,
      maxRedirects: this.#maxRedirects,
      cookies: isAnonymous ? null : this.#defaults.cookies,
      keepsCookies,
      defaultEncoding,
      maxResponseBytes,
      transportFor,
    });
  }

  /** A jar of the client's own; without a maker, the very one that was given, or none. */
  #jarOf(init: CookiesInit | null): Cookies | null {
    if (this.#makeJar !== null) return this.#makeJar(init);
    if (init === null || isJar(init)) return init;
    throw badOption("cookies", NO_JAR);
  }

  /** Argument, client, URL: the first that says something. */
  #authFor(request: Request, auth: AuthLike | null | undefined): Auth | null {
    if (auth !== undefined) return asAuth(auth);
    if (isForeign(request)) return null;
    if (this.#auth !== null) return this.#auth;
    return request.url.includes("@") ? authOfURL(request.parsedURL) : null;
  }
}

const NO_JAR = 'this client keeps none; give it new Cookies(), from "@httpx/httpx/fetch/full"';

/** One call of a verb. */
interface VerbCall {
  /** For messages. Default: the method's name. */
  readonly callee?: string;
  readonly options: BodiedOptions | undefined;
  readonly stream?: boolean;
  readonly isBodyless?: boolean;
}

function asOurs(request: Request | globalThis.Request): Request {
  if (request instanceof Request) return request;
  if (request instanceof globalThis.Request) return fromWebRequest(request);
  throw new TypeError(
    `Cannot send a ${typeof request}: give a Request, or call request(method, url)`,
  );
}
