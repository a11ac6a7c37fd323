/** The client for callers that block: the same settings and verbs as every client's, values instead of promises. */
import { inspectAs } from "../observe/inspect.ts";
import type { ClientConnectionOptions } from "../client/client.ts";
import { ClientCall } from "../client/call.ts";
import { Closing } from "../clock/closing.ts";
import { callsOf, ClientSettings, type VerbCall } from "../client/options/client_settings.ts";
import { checkHooks } from "../client/options/checks.ts";
import { checkOptionNames } from "../options/bad_option.ts";
import {
  type BaseClientOptions,
  type BodiedOptions,
  type BodylessOptions,
  CLIENT_OPTION_NAMES,
  type HookLists,
  type SendOptions,
} from "../client/options/options.ts";
import type { Mounts } from "../client/routing/mounts.ts";
import { patternLookup } from "../transports/routing/patterns.ts";
import { proxiesOf, readRequestProxy } from "../client/routing/proxies.ts";
import { badOption } from "../options/bad_option.ts";
import { checkRetry } from "../message/retry_options.ts";
import { aroundRetry } from "../middleware/middleware.ts";
import { makeRetrier } from "../middleware/retry/retry.ts";
import { BLOCKING_DECODING } from "../message/content/decoding/blocking_decoding.ts";
import { Cookies } from "../message/cookies/jar.ts";
import { isPublicSuffix } from "../message/cookies/public_suffix/public_suffix.ts";
import type { Request } from "../message/request.ts";
import { responseLog } from "../observe/logger.ts";
import { nameOfClient, nameOfRequest } from "../observe/mask.ts";
import type { Target } from "../semantics/target.ts";
import type { SyncTransport } from "../transports/transport.ts";
import type { SyncEventHooks, SyncHookLists } from "./hooks.ts";
import {
  closeSyncMiddleware,
  type SyncMiddleware,
  syncMiddlewareFrom,
  throughSyncMiddleware,
} from "./middleware.ts";
import { blockingHooks, sendSync } from "./send.ts";
import { SyncHTTPTransport } from "./caller/sync_http_transport.ts";
import { innerOf, type SyncResponse } from "./sync_response.ts";
import { bodyOf } from "../message/response/response.ts";

/**
 * Options of a `SyncClient`: those of a `Client`, with transports and hooks that block.
 *
 * @example Kept in one place
 * ```ts
 * import { SyncClient, type SyncClientOptions } from "@httpx/httpx/sync";
 * import { assertEquals } from "@std/assert";
 *
 * const options: SyncClientOptions = { baseURL: "https://api.example.org/v1", timeout: 3000 };
 * using client = new SyncClient(options);
 * assertEquals(client.baseURL, "https://api.example.org/v1/");
 * ```
 */
export interface SyncClientOptions
  extends
    Omit<BaseClientOptions, "mounts" | "eventHooks" | "middleware">,
    Omit<ClientConnectionOptions, "transport"> {
  /** Called for each request and response. */
  readonly eventHooks?: SyncEventHooks | undefined;
  /** Transports for some URLs, by pattern; `null` is the client's own. */
  readonly mounts?: Readonly<Record<string, SyncTransport | null>> | undefined;
  /**
   * Functions around each exchange, the first outermost: every redirect and every request of an auth flow passes them.
   * They return values, not promises. Objects with `close()` are closed with the client. Default: none.
   */
  readonly middleware?: readonly SyncMiddleware[] | undefined;
  /** For every URL that no mount takes; it brings its own settings. Default: a `SyncHTTPTransport`. */
  readonly transport?: SyncTransport | undefined;
}

/** What a transport brings itself. */
const SOCKET_NAMES: {
  readonly [Name in Exclude<keyof ClientConnectionOptions, "transport" | "trustEnv" | "logger">]-?:
    true;
} = {
  verify: true,
  cert: true,
  limits: true,
  proxy: true,
  http1: true,
  http2: true,
  uds: true,
  localAddress: true,
  retries: true,
  socketOptions: true,
  resolve: true,
};

const OPTION_NAMES: ReadonlySet<string> = new Set([
  ...CLIENT_OPTION_NAMES,
  ...Object.keys(SOCKET_NAMES),
  ...["trustEnv", "logger", "transport"],
]);

/**
 * A client with pooled connections, cookies and defaults that blocks instead of being awaited: for scripts, and for
 * code that can't wait. Close it: with `using`, or `close()`.
 *
 * A worker has the sockets. It starts with the first request and never keeps the program alive. Callbacks (auth,
 * hooks, generators as content, mocks) run in the caller's thread. While a call blocks, nothing else happens in that
 * thread: a signal is looked at before each request and each reading, `timeout` is what bounds them.
 *
 * @example Values, not promises
 * ```ts
 * import { MockTransport, Response, SyncClient } from "@httpx/httpx/sync";
 * import { assertEquals } from "@std/assert";
 *
 * const transport = new MockTransport((request) => new Response(200, { json: { url: request.url } }));
 * using client = new SyncClient({
 *   transport, // leave it out to talk to the network
 *   baseURL: "https://api.example.org/v1",
 * });
 * const response = client.get("/users", { params: { page: 2 } });
 * assertEquals(response.raiseForStatus().json(), { url: "https://api.example.org/v1/users?page=2" });
 * ```
 */
export class SyncClient extends ClientSettings implements Disposable {
  static readonly #isInspectable: true = /* @__PURE__ */ inspectAs(this);
  readonly #transport: SyncTransport;
  readonly #mounted: readonly (SyncTransport | null)[];
  readonly #transportFor: (target: Target) => SyncTransport;
  /** The same with the option `retry`, between middleware and transport. */
  readonly #retryingFor: (target: Target) => SyncTransport;
  /** Whether calls that bring no option of their own are sent again. */
  readonly #isRetrying: boolean;
  readonly #middleware: readonly SyncMiddleware[];
  #hooks: SyncHookLists;
  readonly #closing = new Closing();

  /**
   * Makes a client; nothing is started or connected before the first request.
   *
   * @throws {TypeError} for an unknown option, one of the wrong kind, and two that exclude each other
   * @throws {Error} if blocking is not allowed: the main thread of a browser, platforms of workers
   */
  constructor(options: SyncClientOptions = {}) {
    checkOptionNames("new SyncClient()", { options, known: OPTION_NAMES });
    super(options, {
      makeJar: (init) => new Cookies(init, { isPublicSuffix }),
      decoding: BLOCKING_DECODING,
      readProxy: readRequestProxy,
      log: responseLog(options.logger),
    });
    const { transport, mounts } = transportFrom(options);
    this.#transport = transport;
    this.#mounted = Object.values(mounts);
    this.#middleware = syncMiddlewareFrom(options.middleware ?? []);
    const route = router(mounts, transport);
    this.#transportFor = behind(this.#middleware, route);
    const retrier = makeRetrier(checkRetry(options.retry));
    const { outer, inner } = aroundRetry(this.#middleware);
    this.#retryingFor = behind([...outer, retrier, ...inner], route);
    this.#isRetrying = (options.retry ?? null) !== null;
    this.#hooks = hooksFrom(options.eventHooks ?? {});
  }

  /** Functions called for each request and each response; the lists may be changed. */
  get eventHooks(): SyncHookLists {
    return this.#hooks;
  }

  set eventHooks(hooks: SyncEventHooks) {
    this.#hooks = hooksFrom(hooks);
  }

  /** For people: `<SyncClient("https://api.example.org/v1/")>`, without credentials. */
  override toString(): string {
    return nameOfClient("SyncClient", this);
  }

  /** Whether `close()` was called. */
  override get isClosed(): boolean {
    return this.#closing.isClosed;
  }

  /**
   * Sends a GET request.
   *
   * @throws {TransportError} if no response arrives
   * @throws {TypeError} for an unknown option, or one of the wrong kind
   *
   * @example Parameters of a query
   * ```ts
   * import { MockTransport, Response, SyncClient } from "@httpx/httpx/sync";
   * import { assertEquals } from "@std/assert";
   *
   * const transport = new MockTransport((request) => new Response(200, { text: request.url }));
   * using client = new SyncClient({ transport });
   * const response = client.get("https://example.org/", { params: { q: "deno", page: [1, 2] } });
   * assertEquals(response.text(), "https://example.org/?q=deno&page=1&page=2");
   * ```
   */
  get(url: string | URL, options?: BodylessOptions): SyncResponse {
    return this.#bodyless("GET", url, options);
  }

  /** Sends a HEAD request: the response has headers and no body. Throws as `get()` does. */
  head(url: string | URL, options?: BodylessOptions): SyncResponse {
    return this.#bodyless("HEAD", url, options);
  }

  /** Sends an OPTIONS request. Throws as `get()` does. */
  options(url: string | URL, options?: BodylessOptions): SyncResponse {
    return this.#bodyless("OPTIONS", url, options);
  }

  /** Sends a DELETE request; for one with a body there is `request()`. Throws as `get()` does. */
  delete(url: string | URL, options?: BodylessOptions): SyncResponse {
    return this.#bodyless("DELETE", url, options);
  }

  /**
   * Sends a POST request.
   *
   * @throws {TransportError} if no response arrives
   * @throws {TypeError} for an unknown option, one of the wrong kind, two bodies at once, and a body that has to be waited
   * for
   *
   * @example JSON
   * ```ts
   * import { MockTransport, Response, SyncClient } from "@httpx/httpx/sync";
   * import { assertEquals } from "@std/assert";
   *
   * const transport = new MockTransport((request) => new Response(200, { content: request.content }));
   * using client = new SyncClient({ transport });
   * const response = client.post("https://example.org/", { json: { name: "Ada" } });
   * assertEquals(response.text(), '{"name":"Ada"}');
   * ```
   */
  post(url: string | URL, options?: BodiedOptions): SyncResponse {
    return this.#call("POST", url, { options });
  }

  /** Sends a PUT request. Throws as `post()` does. */
  put(url: string | URL, options?: BodiedOptions): SyncResponse {
    return this.#call("PUT", url, { options });
  }

  /** Sends a PATCH request. Throws as `post()` does. */
  patch(url: string | URL, options?: BodiedOptions): SyncResponse {
    return this.#call("PATCH", url, { options });
  }

  /** Sends a QUERY request: safe and repeatable like GET, with a body like POST. Throws as `post()` does. */
  query(url: string | URL, options?: BodiedOptions): SyncResponse {
    return this.#call("QUERY", url, { options });
  }

  /** Sends a request of any method. Throws as `post()` does. */
  request(method: string, url: string | URL, options?: BodiedOptions): SyncResponse {
    return this.#call(method, url, { callee: "request()", options });
  }

  /**
   * Sends a request and leaves the body of the response to be read. Close it: with `using`, or `close()`.
   *
   * @throws {TransportError} if no response arrives
   * @throws {TypeError} for an unknown option, one of the wrong kind, and two bodies at once
   *
   * @example Line by line
   * ```ts
   * import { MockTransport, Response, SyncClient } from "@httpx/httpx/sync";
   * import { assertEquals } from "@std/assert";
   *
   * const transport = new MockTransport(() => new Response(200, { text: "one\ntwo\n" }));
   * using client = new SyncClient({ transport });
   * using response = client.stream("GET", "https://example.org/");
   * const lines: string[] = [];
   * for (const line of response.iterLines()) lines.push(line);
   * assertEquals(lines, ["one", "two"]);
   * ```
   */
  stream(method: string, url: string | URL, options?: BodiedOptions): SyncResponse {
    return this.#call(method, url, { callee: "stream()", options, stream: true });
  }

  /**
   * Sends a request as it stands. Only a missing timeout is filled in.
   *
   * @throws {TransportError} if no response arrives
   * @throws {TooManyRedirects} after `maxRedirects`
   */
  send(request: Request, options: SendOptions = {}): SyncResponse {
    return this.#send(callsOf(this).adopt(request, options), options);
  }

  /**
   * Not for callers that block: messages come when the server sends them.
   *
   * @throws {TypeError} always; use a `Client`
   */
  websocket(): never {
    throw new TypeError("Cannot open a WebSocket with a SyncClient: use Client and await it");
  }

  /** Closes every connection and ends the worker. Requests after it are refused; it may be called again. */
  close(): void {
    if (!this.isClosed) closeSyncMiddleware(this.#middleware);
    this.#closing.close();
    for (const transport of new Set([this.#transport, ...this.#mounted])) transport?.closeSync?.();
  }

  /** The same as `close()`, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  #bodyless(method: string, url: string | URL, options?: BodylessOptions): SyncResponse {
    return this.#call(method, url, { options, isBodyless: true });
  }

  #call(method: string, url: string | URL, call: VerbCall): SyncResponse {
    const { auth, followRedirects, throwOnError } = call.options ?? {};
    return this.#send(callsOf(this).make(method, url, call), {
      stream: call.stream,
      auth,
      followRedirects,
      throwOnError,
    });
  }

  #send(request: Request, options: SendOptions): SyncResponse {
    if (this.isClosed) {
      throw new Error(
        `Cannot send ${nameOfRequest(request)}: the client is closed`,
      );
    }
    const call = new ClientCall(request, {
      rules: callsOf(this).rules(request, options),
      hooks: blockingHooks(this.#hooks),
      isStreamed: options.stream ?? false,
      closing: this.#closing,
    });
    const { retry } = request.extensions;
    const isRetried = retry === undefined ? this.#isRetrying : retry !== null;
    const response = sendSync(request, call, isRetried ? this.#retryingFor : this.#transportFor);
    if (!call.rules.throwOnError || response.ok || response.status === 101) return response;
    void bodyOf(innerOf(response)).keepBeginning(); // a body that blocks is read when this returns
    return response.raiseForStatus();
  }
}

/** A transport, and the mounts beside it. */
interface MadeTransport {
  readonly transport: SyncTransport;
  readonly mounts: Mounts<SyncTransport>;
}

function transportFrom(options: SyncClientOptions): MadeTransport {
  const { transport, mounts = {}, trustEnv = true, logger, proxy, uds } = options;
  const given = Object.entries(options).filter(([name, value]) =>
    Object.hasOwn(SOCKET_NAMES, name) && value !== undefined
  );
  if (transport === undefined) {
    // A UNIX socket leads past every proxy; one that is asked for beside it is refused.
    const isTrusted = trustEnv && (uds ?? null) === null;
    const proxies = proxiesOf({ proxy, mounts, trustEnv: isTrusted });
    const own = { ...Object.fromEntries(given), proxy: proxies.choose, trustEnv, logger };
    return { transport: new SyncHTTPTransport(own), mounts: proxies.mounts };
  }
  checkSyncTransport("transport", transport);
  const [first] = given;
  if (first === undefined) return { transport, mounts };
  const [name] = first;
  throw new TypeError(`Cannot use ${name} and transport at once: give ${name} to the transport`);
}

function router(
  mounts: Mounts<SyncTransport>,
  transport: SyncTransport,
): (target: Target) => SyncTransport {
  const entries = Object.entries(mounts);
  if (entries.length === 0) return () => transport;
  for (const [text, mounted] of entries) {
    if (mounted !== null) checkSyncTransport(`mounts["${text}"]`, mounted);
  }
  const lookup = patternLookup(entries);
  return (target) => lookup(target) ?? transport;
}

/** Each transport behind the client's middleware, made once. */
function behind(
  middleware: readonly SyncMiddleware[],
  route: (target: Target) => SyncTransport,
): (target: Target) => SyncTransport {
  if (middleware.length === 0) return route;
  const made = new Map<SyncTransport, SyncTransport>();
  return (target) => {
    const transport = route(target);
    let through = made.get(transport);
    if (through === undefined) {
      through = throughSyncMiddleware(transport, middleware);
      made.set(transport, through);
    }
    return through;
  };
}

function checkSyncTransport(option: string, transport: SyncTransport): void {
  if (typeof transport?.handleRequestSync === "function") return;
  throw badOption(
    option,
    "it has no handleRequestSync(), so it would have to be waited for; " +
      "give a transport such as SyncHTTPTransport, MockTransport or AppTransport",
  );
}

function hooksFrom(hooks: SyncEventHooks): SyncHookLists {
  // The check looks at names and lists, and takes functions of any kind.
  return checkHooks(hooks as unknown as HookLists) as unknown as SyncHookLists;
}
