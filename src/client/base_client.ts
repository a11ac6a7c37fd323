/**
 * Everything a client does that has nothing to do with how its requests travel: defaults, verbs, mounts, closing. Which
 * transport it sends with is decided by the derived classes.
 */
import type { Cookies, CookiesInit } from "../message/cookies/jar.ts";
import { addressOf, type Request } from "../message/request.ts";
import { bodyOf, type Response } from "../message/response/response.ts";
import { nameOfRequest } from "../observe/mask.ts";
import { sumOfUsage } from "../observe/usage.ts";
import {
  aroundRetry,
  checkMiddleware,
  closeMiddleware,
  type Middleware,
  throughMiddleware,
} from "../middleware/middleware.ts";
import type { Transport } from "../transports/transport.ts";
import {
  callsOf,
  ClientSettings,
  type SettingsParts,
  type VerbCall,
} from "./options/client_settings.ts";
import { ClientCall } from "./call.ts";
import { Closing } from "../clock/closing.ts";
import { ClientRetry } from "./send/retrying.ts";
import type { EventStreamOptions } from "./events/event_options.ts";
import { EventStream } from "./events/event_stream.ts";
import { makeWebFetch, type WebFetch } from "./fetch/web_fetch.ts";
import { routerOf } from "./routing/mounts.ts";
import { extensionIn, extensionOf, NO_PARTS } from "./extend.ts";
import { checkHooks } from "./options/checks.ts";
import { checkedRetry, type ExtendOptions, mergedRetry } from "./options/extend_options.ts";
import type { RetryLike } from "../message/retry_options.ts";
import type {
  BaseClientOptions,
  BodiedOptions,
  BodylessOptions,
  EventHooks,
  HookLists,
  SendOptions,
} from "./options/options.ts";
import type { RedirectRules } from "./send/redirects.ts";
import { type Routing, send } from "./send/send.ts";
import type { ClientStats } from "./stats.ts";
import { timeoutForFetch } from "../message/timeout.ts";

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
  /** Makes its cookie jar; `null` if it keeps cookies only in a jar given as an option. */
  readonly makeJar: ((init?: CookiesInit | null) => Cookies) | null;
}

/** How one call differs from others of its client. */
interface Sending extends SendOptions {
  readonly methodRules?: RedirectRules | undefined;
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
export abstract class BaseClient extends ClientSettings implements AsyncDisposable {
  /** The client that this one extends: transports and retries are its. */
  readonly #parent: BaseClient | null;
  readonly #leaveParent: (() => void) | null;
  /** The client's own and those of its mounts, each once. */
  readonly #transports: ReadonlySet<Transport>;
  readonly #route: Routing;
  /** The same behind the middleware. */
  readonly #transportFor: Routing;
  /** The same with the option `retry`, between middleware and transport. */
  readonly #retryingFor: Routing;
  readonly #retry: ClientRetry;
  /** The option `retry` of a client that extends another. */
  readonly #ownRetry: RetryLike | undefined;
  /** The client's own. */
  readonly #middleware: readonly Middleware[];
  /** The same after those of its parent. */
  readonly #around: readonly Middleware[];
  #hooks: HookLists;
  readonly #closing = new Closing();

  /**
   * Checks the options and keeps the parts.
   *
   * @throws {TypeError} for an option of the wrong kind; the message names it and what it accepts
   */
  constructor(options: BaseClientOptions, parts: ClientParts) {
    const extension = extensionIn<BaseClient>(options);
    const settings = extension?.settings ?? options;
    const known: SettingsParts = parts; // the library's own clients bring more
    super(settings, extension === null ? known : callsOf(extension.parent).inheritedParts());
    const { mounts = {}, middleware = [] } = settings;
    checkMiddleware(middleware);
    this.#middleware = [...middleware];
    const parent = this.#parent = extension?.parent ?? null;
    const around = this.#around = [...parent === null ? [] : parent.#around, ...this.#middleware];
    const mounted = Object.values(mounts).filter((transport) => transport !== null);
    const router = parent === null ? routerOf(mounts) : null;
    this.#transports = parent === null
      ? new Set([parts.transport, ...mounted])
      : parent.#transports;
    const own: Routing = (target) => router?.(target) ?? parts.transport;
    const route = this.#route = parent === null ? own : parent.#route;
    this.#transportFor = behind(around, route);
    this.#retry = parent === null ? new ClientRetry(settings.retry) : parent.#retry;
    if (parent !== null) {
      this.#ownRetry = checkedRetry(mergedRetry(parent.#ownRetry, settings.retry));
    }
    const { outer, inner } = aroundRetry(around);
    this.#retryingFor = behind(outer, this.#retry.around(behind(inner, route)));
    this.#hooks = checkHooks(settings.eventHooks ?? {});
    const end = () => void this.close().catch(() => {}); // its parent is closed, and has its own errors
    this.#leaveParent = parent === null ? null : parent.#closing.onClose(end);
  }

  /** Functions called for each request and each response; the lists may be changed. */
  get eventHooks(): HookLists {
    return this.#hooks;
  }

  set eventHooks(hooks: EventHooks) {
    this.#hooks = checkHooks(hooks);
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
   * @throws {TransportError} if no response arrives
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
   * @throws {TransportError} if no response arrives
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
   * Receives server-sent events, over as many connections as it takes: see `EventStream`. Nothing is sent before the first
   * event is asked for. Redirects are followed; of the client's timeouts only those of connecting and sending apply, unless
   * `timeout` is given here.
   *
   * @throws {TypeError} for an unknown option, or one of the wrong kind
   *
   * @example Answers of a language model, as they are written
   * ```ts
   * import { Client, MockTransport, Response } from "@httpx/httpx";
   * import { assertEquals } from "@std/assert";
   *
   * const content = 'data: {"delta":"Hel"}\n\ndata: {"delta":"lo"}\n\ndata: [DONE]\n\n';
   * const headers = { "content-type": "text/event-stream" };
   * const transport = new MockTransport(() => new Response(200, { headers, content }));
   * await using client = new Client({ transport });
   *
   * let text = "";
   * await using events = client.events("POST", "https://api.example/chat", { json: { stream: true } });
   * for await (const { data } of events) {
   *   if (data === "[DONE]") break;
   *   text += JSON.parse(data).delta;
   * }
   * assertEquals(text, "Hello");
   * ```
   */
  events(method: string, url: string | URL, options: EventStreamOptions = {}): EventStream {
    return new EventStream({ client: this, method, url, options });
  }

  /**
   * Sends a request as it stands: this library's, or a web `Request`. Only a missing timeout is filled in.
   *
   * @throws {TransportError} if no response arrives
   * @throws {TooManyRedirects} after `maxRedirects`
   */
  send(request: Request | globalThis.Request, options: SendOptions = {}): Promise<Response> {
    try {
      return this.#send(callsOf(this).adopt(request, options), options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * A drop-in `fetch` over this client, which may be handed on unbound. It follows redirects, as the web's does;
   * headers, cookies, credentials, timeouts and base URL are the client's. Of the defaults only the connect timeout counts
   * here, and the limit of 100 connections is exceeded when streams hold them; what the client was given counts.
   *
   * @throws {TypeError} if no response arrives; `cause` is the error of this library. The signal's reason if it aborts
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
  readonly fetch: WebFetch = makeWebFetch({
    build: (method, url, { isAnonymous, cache, ...options }) => {
      const timeout = timeoutForFetch(this.timeout);
      const extensions = cache === "default" ? undefined : { cache };
      return callsOf(this).build(
        method,
        url,
        { ...options, timeout, extensions },
        isAnonymous,
      );
    },
    send: (request, options) =>
      this.#send(request, {
        ...options,
        stream: true,
        throwOnError: false,
        methodRules: "fetch",
      }),
    preconnect: (url) => {
      if (this.isClosed) return;
      const request = callsOf(this).build("GET", url, {}, true);
      this.#route(addressOf(request)).preconnect?.(request);
    },
    hasHeader: (name) => this.headers.has(name),
  });

  /**
   * Counts what the client has done, and what its connections are doing: by state and by origin, with the calls that wait.
   * Nothing is counted in between but a few numbers, so that it may be called at any time.
   *
   * @example What holds the connections
   * ```ts
   * import { Client } from "@httpx/httpx";
   * import { assertEquals } from "@std/assert";
   *
   * const server = Deno.serve({ port: 0, onListen() {} }, () => new Response("hello"));
   * const url = `http://localhost:${server.addr.port}/`;
   * {
   *   await using client = new Client();
   *   await client.get(url);
   *   const { requests, origins } = client.stats();
   *   assertEquals([requests, origins[0]?.origin, origins[0]?.idle], [1, new URL(url).origin, 1]);
   * }
   * await server.shutdown();
   * ```
   */
  stats(): ClientStats {
    const { requests, retries, cacheHits } = callsOf(this).counts;
    const usages = [...this.#transports].flatMap((transport) => transport.usage?.() ?? []);
    return { requests, retries, cacheHits, ...sumOfUsage(usages) };
  }

  /**
   * Makes a client that differs from this one and shares its connections, its cookie jar and the budget of its retries.
   * Options are merged as those of a call are; hooks and middleware stand after the parent's, which are as they are now.
   * Closing the parent closes it too; closing it ends nothing else.
   *
   * @throws {TypeError} for an option that is unknown, or that belongs to the connections
   *
   * @example One API of several, over the same connections
   * ```ts
   * import { Client, MockTransport, Response } from "@httpx/httpx";
   * import { assertEquals } from "@std/assert";
   *
   * const transport = new MockTransport((request) =>
   *   new Response(200, { json: [request.url, request.headers.get("x-team")] })
   * );
   * await using client = new Client({ transport, baseURL: "https://api.example", headers: { "x-team": "a" } });
   * const users = client.extend({ baseURL: "users/", headers: { "x-team": null } });
   * assertEquals(await (await users.get("7")).json(), ["https://api.example/users/7", null]);
   * ```
   */
  extend(options: ExtendOptions): BaseClient {
    return new ExtendedClient(extensionOf(this, options).asOptions(), NO_PARTS);
  }

  /**
   * Closes every connection. Calls that are pending fail with a `CloseError`, whatever they wait for; later requests are
   * refused. It may be called again. A client that extends another ends alone, and leaves the connections to that.
   */
  async close(): Promise<void> {
    const isFirst = !this.isClosed;
    this.#closing.close();
    this.#leaveParent?.();
    const own = this.#parent === null ? [...this.#transports] : [];
    await Promise.all([
      isFirst ? closeMiddleware(this.#middleware) : null,
      ...own.map((transport) => transport.close?.()),
    ]);
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
    const { options, stream = false } = call;
    try {
      return this.#send(callsOf(this).make(method, url, call), {
        stream,
        auth: options?.auth,
        followRedirects: options?.followRedirects,
        throwOnError: options?.throwOnError,
      });
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #send(request: Request, options: Sending): Promise<Response> {
    if (this.isClosed) {
      throw new Error(
        `Cannot send ${nameOfRequest(request)}: the client is closed`,
      );
    }
    if (this.#ownRetry !== undefined) {
      const { extensions } = request; // the call's own
      extensions.retry = mergedRetry(this.#ownRetry, extensions.retry as RetryLike | undefined);
    }
    const call = new ClientCall(request, {
      rules: callsOf(this).rules(request, options),
      hooks: this.#hooks,
      isStreamed: options.stream ?? false,
      mayExceedLimits: options.methodRules === "fetch",
      closing: this.#closing,
    });
    const route = this.#retry.concerns(request) ? this.#retryingFor : this.#transportFor;
    const sending = send(request, call, route);
    return call.rules.throwOnError ? raised(sending) : sending;
  }
}

/** A client of no special kind that extends another. */
class ExtendedClient extends BaseClient {}

/** The option `throwOnError`. After a 101 the connection is another protocol's. */
async function raised(sending: Promise<Response>): Promise<Response> {
  const response = await sending;
  if (response.ok || response.status === 101) return response;
  await bodyOf(response).keepBeginning();
  return response.raiseForStatus();
}

/** Each transport behind the client's middleware, made once. */
function behind(middleware: readonly Middleware[], route: Routing): Routing {
  if (middleware.length === 0) return route;
  const made = new Map<Transport, Transport>();
  return (target) => {
    const transport = route(target);
    let through = made.get(transport);
    if (through === undefined) {
      through = throughMiddleware(transport, middleware);
      made.set(transport, through);
    }
    return through;
  };
}
