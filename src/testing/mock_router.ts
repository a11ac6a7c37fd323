/** A transport that answers by routes, for tests: what is expected, what was called, and what was not. */
import { ReadTimeout } from "../errors.ts";
import { FetchClient } from "../client/fetch_client.ts";
import type { Request } from "../message/request.ts";
import type { Response } from "../message/response/response.ts";
import { timeoutOf } from "../message/timeout.ts";
import { nameOfRequest } from "../observe/mask.ts";
import { PendingAnswers } from "../transports/abort.ts";
import { asOurs, MockTransport } from "../transports/mock_transport.ts";
import type { SyncTransport, Transport } from "../transports/transport.ts";
import type { Comparison, RouteMatch } from "./match.ts";
import { type Reply, Route, type RoutedCall, type RouteInfo, type Turn } from "./route.ts";
import { RoutePattern } from "./route_pattern.ts";

/** Options of a `MockRouter`. */
export interface MockRouterOptions {
  /** What paths of routes are appended to. Default: none; a path then matches on every host. */
  readonly baseURL?: string | URL | undefined;
  /** Where `passThrough()` leads. Default: none; a route that passes through is an error. */
  readonly transport?: Transport | undefined;
}

/** No route takes a request. The message lists the nearest routes, and for each the first thing that differs. */
export class UnmatchedRequest extends Error {
  override readonly name = "UnmatchedRequest";
  /** The request. */
  readonly request: Request;

  /** Made by a `MockRouter`. */
  constructor(message: string, request: Request) {
    super(message);
    this.request = request;
  }
}

/** How many routes the error of an unmatched request lists. */
const MOST_NEAREST = 3;

/**
 * A transport that answers by routes. The first route that fits a request answers it; routes of a `scope()` come before
 * those around it. A request that fits none is an error, and so is, in `assertDone()`, a route that nothing fitted.
 *
 * @throws {UnmatchedRequest} for a request that fits no route
 *
 * @example A test
 * ```ts
 * import { Client } from "@httpx/httpx";
 * import { MockRouter } from "@httpx/httpx/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const api = new MockRouter({ baseURL: "https://api.example/v1" });
 * const created = api.post("/users", { json: { name: "Ada" } }).reply(201, { json: { id: 7 } });
 *
 * await using client = new Client({ transport: api, baseURL: "https://api.example/v1" });
 * const response = await client.post("/users", { json: { name: "Ada" } });
 * assertEquals(await response.json(), { id: 7 });
 * assertEquals(created.calls[0]?.request.headers.get("content-type"), "application/json");
 * api.assertDone();
 * ```
 */
export class MockRouter implements Transport, SyncTransport, Disposable {
  /** Its timeouts and signals end each exchange. */
  readonly keepsDeadline = true;
  /** Every request, oldest first, matched or not. */
  readonly calls: RoutedCall[] = [];
  readonly #baseURL: string;
  readonly #transport: Transport | null;
  readonly #parent: MockRouter | null;
  readonly #routes: Route[] = [];
  readonly #scopes: MockRouter[] = [];
  readonly #pending = new PendingAnswers();
  #fetchClient: FetchClient | null = null;

  /** Makes a router without routes. */
  constructor(options: MockRouterOptions = {}, parent: MockRouter | null = null) {
    this.#baseURL = String(options.baseURL ?? "");
    this.#transport = options.transport ?? null;
    this.#parent = parent;
  }

  /** Adds a route for GET. */
  get(pattern: string, match?: RouteMatch): Route {
    return this.route("GET", pattern, match);
  }

  /** Adds a route for HEAD. */
  head(pattern: string, match?: RouteMatch): Route {
    return this.route("HEAD", pattern, match);
  }

  /** Adds a route for OPTIONS. */
  options(pattern: string, match?: RouteMatch): Route {
    return this.route("OPTIONS", pattern, match);
  }

  /** Adds a route for POST. */
  post(pattern: string, match?: RouteMatch): Route {
    return this.route("POST", pattern, match);
  }

  /** Adds a route for PUT. */
  put(pattern: string, match?: RouteMatch): Route {
    return this.route("PUT", pattern, match);
  }

  /** Adds a route for PATCH. */
  patch(pattern: string, match?: RouteMatch): Route {
    return this.route("PATCH", pattern, match);
  }

  /** Adds a route for DELETE. */
  delete(pattern: string, match?: RouteMatch): Route {
    return this.route("DELETE", pattern, match);
  }

  /**
   * Adds a route for any method, or, with `null`, for all of them.
   *
   * @throws {TypeError} for a pattern that is neither a path nor a URL without a query
   */
  route(method: string | null, pattern: string, match: RouteMatch = {}): Route {
    const route = new Route(
      method?.toUpperCase() ?? null,
      new RoutePattern(pattern, this.#baseURL),
      match,
    );
    this.#routes.push(route);
    return route;
  }

  /**
   * A router within this one, whose routes come first; they are gone when it is disposed of.
   *
   * @example For one test alone
   * ```ts
   * import { Client } from "@httpx/httpx";
   * import { MockRouter } from "@httpx/httpx/testing";
   * import { assertEquals } from "@std/assert";
   *
   * const api = new MockRouter();
   * api.get("/health").reply(200);
   * await using client = new Client({ transport: api });
   * {
   *   using broken = api.scope();
   *   broken.get("/health").reply(503);
   *   assertEquals((await client.get("https://api.example/health")).status, 503);
   * }
   * assertEquals((await client.get("https://api.example/health")).status, 200);
   * ```
   */
  scope(): MockRouter {
    const transport = this.#transport ?? undefined;
    const scope = new MockRouter({ baseURL: this.#baseURL, transport }, this);
    this.#scopes.push(scope);
    return scope;
  }

  /** Drops the routes; a scope's router goes out of its parent. */
  [Symbol.dispose](): void {
    this.#routes.length = 0;
    if (this.#parent === null) return;
    const siblings = this.#parent.#scopes;
    const at = siblings.indexOf(this);
    if (at >= 0) siblings.splice(at, 1);
  }

  /** A `fetch` that is answered by this router, for code that takes one. */
  get fetch(): FetchClient["fetch"] {
    this.#fetchClient ??= new FetchClient({ transport: this });
    return this.#fetchClient.fetch;
  }

  /**
   * Makes sure that every route of this router was asked for, as often as its answers say, and that every request found one.
   *
   * @throws {Error} otherwise; the message lists both
   */
  assertDone(): void {
    const idle = this.#routes.filter((route) => !route.isDone)
      .map((route) => `  ${route}: ${route.calls.length} calls`);
    const lost = this.calls.filter(({ route }) => route === null)
      .map(({ request }) => `  ${nameOfRequest(request)}`);
    const parts = [
      ...(idle.length > 0 ? ["these routes wait for more calls:", ...idle] : []),
      ...(lost.length > 0 ? ["these requests fitted no route:", ...lost] : []),
    ];
    if (parts.length > 0) throw new Error(`The router is not done: ${parts.join("\n")}`);
  }

  /** Answers a request by the first route that fits. */
  async handleRequest(request: Request): Promise<Response> {
    await request.read();
    const { turn, params } = this.#take(request);
    if (turn.kind === "passThrough") return await this.#passThrough(request);
    return await this.#pending.wait(request, async () => {
      if (turn.delayMs > 0) await pause(turn.delayMs, request);
      return asOurs(await answer(turn, request, params), request);
    });
  }

  /**
   * Ends the calls that are pending with a `CloseError`, and closes the transport of `passThrough()`. The routes stay.
   */
  async close(): Promise<void> {
    this.#pending.close();
    await this.#transport?.close?.();
  }

  /**
   * The same for callers that block.
   *
   * @throws {TypeError} for an answer that has to be waited for, and for a route that passes through
   */
  handleRequestSync(request: Request): Response {
    const mock = new MockTransport((request) => {
      const { turn, params } = this.#take(request);
      if (turn.kind === "passThrough") {
        throw new TypeError(
          `Cannot pass ${nameOfRequest(request)} through: its client is synchronous`,
        );
      }
      block(turn.delayMs, request);
      return answer(turn, request, params);
    });
    return mock.handleRequestSync(request);
  }

  /** The innermost scope first, then its parents. */
  #take(request: Request): Taken {
    const routes = this.#allRoutes();
    const compared = routes.map((route) => ({ route, comparison: route.compare(request) }));
    for (const { route, comparison } of compared) {
      if (comparison.kind !== "match") continue;
      const turn = route.take(request);
      this.#record({ request, route });
      return { turn, params: comparison.params };
    }
    this.#record({ request, route: null });
    throw unmatched(request, compared);
  }

  #allRoutes(): Route[] {
    const scopes = this.#scopes.toReversed().flatMap((scope) => scope.#allRoutes());
    return [...scopes, ...this.#routes];
  }

  #record(call: RoutedCall): void {
    this.calls.push(call);
    for (const scope of this.#scopes) scope.#record(call);
  }

  async #passThrough(request: Request): Promise<Response> {
    const transport = this.#own(request);
    const deadline = request.extensions.call?.deadline;
    if (transport.keepsDeadline === true || deadline === undefined) {
      return await transport.handleRequest(request);
    }
    return await deadline.bound(() => transport.handleRequest(request), {
      onLate: (response) => response.close(),
    });
  }

  #own(request: Request): Transport {
    if (this.#transport !== null) return this.#transport;
    throw new TypeError(
      `Cannot pass ${nameOfRequest(request)} through: give the router a transport`,
    );
  }
}

/** What a request is answered with. */
interface Taken {
  readonly turn: Turn;
  readonly params: RouteInfo["params"];
}

function answer(
  turn: Exclude<Turn, { kind: "passThrough" }>,
  request: Request,
  params: RouteInfo["params"],
): Reply {
  if (turn.kind === "error") throw turn.error();
  return turn.reply(request, { params });
}

/** Waits for so long; or until the call's limit or its signal ends the wait. */
function pause(ms: number, request: Request): Promise<void> {
  const limitMs = limitOf(request);
  const { signal } = request;
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", onAbort);
      if (ms <= limitMs) resolve();
      else reject(lateAnswer(request, limitMs));
    }, Math.min(ms, limitMs));
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

/** The same for callers that block. */
function block(ms: number, request: Request): void {
  if (ms === 0) return;
  const limitMs = limitOf(request);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Math.min(ms, limitMs));
  if (ms > limitMs) throw lateAnswer(request, limitMs);
}

function limitOf(request: Request): number {
  const { read, total } = timeoutOf(request.extensions.timeout);
  const leftMs = request.extensions.call?.deadline.remainingMs() ?? total ?? Infinity;
  return Math.min(read ?? Infinity, leftMs);
}

function lateAnswer(request: Request, limitMs: number): ReadTimeout {
  return new ReadTimeout(
    `Timed out receiving ${nameOfRequest(request)}: no answer of the route for ${limitMs} ms`,
    { request, phase: "receive" },
  );
}

function unmatched(
  request: Request,
  compared: readonly { readonly route: Route; readonly comparison: Comparison }[],
): UnmatchedRequest {
  const nearest = compared
    .flatMap(({ route, comparison }) =>
      comparison.kind === "difference" ? [{ route, ...comparison }] : []
    )
    .sort((a, b) => b.nearness - a.nearness)
    .slice(0, MOST_NEAREST)
    .map(({ route, text }) => `\n  ${route}: ${text}`);
  const routes = compared.length === 0 ? "; the router has no routes" : "; the nearest are";
  return new UnmatchedRequest(
    `No route takes ${nameOfRequest(request)}${routes}${nearest.join("")}`,
    request,
  );
}
