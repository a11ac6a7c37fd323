/**
 * Middleware: functions around one exchange. Each receives a request and `next`, which sends it on; what it returns is
 * the response. They stand around a transport, inside auth, redirects and hooks, so every hop of a call passes them.
 *
 * ```text
 * client ─▶ first ─▶ second ─▶ transport
 *        ◀─       ◀─        ◀─
 * ```
 */
import { type DualFlow, runBlocking, runWaiting } from "../message/dual_flow.ts";
import { badOption } from "../options/bad_option.ts";
import { copyRequest, type Request } from "../message/request.ts";
import { Response } from "../message/response/response.ts";
import type { Transport } from "../transports/transport.ts";

/**
 * Sends a request on: to the next middleware, at last to the transport. It may be called several times.
 *
 * @example The same request, twice
 * ```ts
 * import { type Next, Request, Response } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * let calls = 0;
 * const next: Next = () => Promise.resolve(new Response(++calls === 1 ? 503 : 200));
 * const request = new Request("GET", "https://example.org/");
 * assertEquals([(await next(request)).status, (await next(request)).status], [503, 200]);
 * ```
 */
export type Next = (request: Request) => Promise<Response>;

/**
 * A middleware that holds something: a timer, a file, a store.
 *
 * @example Count what is sent
 * ```ts
 * import { Client, type MiddlewareObject, MockTransport, Response } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const counts: string[] = [];
 * let count = 0;
 * const counter: MiddlewareObject = {
 *   handle: (request, next) => (count++, next(request)),
 *   close: () => void counts.push(`${count} requests`),
 * };
 *
 * const client = new Client({ transport: new MockTransport(() => new Response(200)), middleware: [counter] });
 * await client.get("https://example.org/");
 * await client.close();
 * assertEquals(counts, ["1 requests"]);
 * ```
 */
export interface MiddlewareObject {
  /**
   * Whether it stands inside the option `retry`, wherever it is in the list, so that each try passes it. Default: `false`.
   */
  readonly seesEachTry?: boolean;
  /** Returns the response to a request. */
  handle(request: Request, next: Next): Response | Promise<Response>;
  /** Frees what the middleware holds; called once, when its client or transport is closed. */
  close?(): void | Promise<void>;
}

/**
 * A function around one exchange, or an object with one. It may answer without `next`, call it several times, replace
 * the request or the response, and wrap the body. `request.extensions.call` has the call's deadline.
 *
 * @example Sign each request, measure each response
 * ```ts
 * import { Client, type Middleware, MockTransport, Response } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const signing: Middleware = (request, next) => {
 *   request.headers.set("x-signature", `${request.method} ${request.url}`);
 *   return next(request);
 * };
 * const naming: Middleware = async (request, next) => {
 *   const response = await next(request);
 *   response.headers.set("x-seen", "yes");
 *   return response;
 * };
 *
 * const transport = new MockTransport((request) =>
 *   new Response(200, { text: request.headers.get("x-signature") ?? "" })
 * );
 * await using client = new Client({ transport, middleware: [naming, signing] });
 * const response = await client.get("https://example.org/");
 * assertEquals([await response.text(), response.headers.get("x-seen")], ["GET https://example.org/", "yes"]);
 * ```
 */
export type Middleware =
  | ((request: Request, next: Next) => Response | Promise<Response>)
  | MiddlewareObject;

/** A middleware that waiting and blocking clients can use. */
export interface DualMiddleware extends MiddlewareObject {
  /** Returns the response to a request. */
  handle(request: Request, next: Next): Promise<Response>;
  /** The same for callers that block: `next` returns the response itself. */
  handleSync(request: Request, next: (request: Request) => Response): Response;
}

/**
 * Makes a middleware from the steps of a dual flow, which yields requests to send them on. Its pauses end with the call:
 * the flow is thrown the timeout, or the signal's reason.
 */
export function dualMiddleware(
  steps: (request: Request) => DualFlow<Response>,
  close?: () => void | Promise<void>,
): DualMiddleware {
  return {
    handle(request, next) {
      const deadline = request.extensions.call?.deadline;
      return runWaiting(steps(request), {
        send: next,
        ...(deadline === undefined ? {} : { bound: (work) => deadline.bound(work) }),
      });
    },
    handleSync: (request, next) => runBlocking(steps(request), next),
    ...(close === undefined ? {} : { close }),
  };
}

/**
 * Puts middleware around a transport; the first is outermost. The result is a transport, for a mount or a test. Closing it
 * closes the middleware and the transport.
 *
 * @throws {TypeError} for an item that is not a middleware
 *
 * @example One mount with its own middleware
 * ```ts
 * import { Client, compose, MockTransport, Response } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const api = new MockTransport((request) => new Response(200, { text: request.headers.get("x-key") ?? "" }));
 * const keyed = compose(api, (request, next) => {
 *   request.headers.set("x-key", "7");
 *   return next(request);
 * });
 * await using client = new Client({ mounts: { "https://api.example": keyed } });
 * assertEquals(await (await client.get("https://api.example/")).text(), "7");
 * ```
 */
export function compose(transport: Transport, ...middleware: readonly Middleware[]): Transport {
  checkMiddleware(middleware);
  if (middleware.length === 0) return transport;
  const close = async () => {
    await Promise.all([closeMiddleware(middleware), transport.close?.()]);
  };
  const usage = transport.usage?.bind(transport);
  return { ...throughMiddleware(transport, middleware), close, ...(usage && { usage }) };
}

/** A transport behind middleware that their owner closes; it has no `close()` itself. */
export function throughMiddleware(
  transport: Transport,
  middleware: readonly Middleware[],
): Transport {
  const items = [...middleware];
  const handleFrom = async (index: number, request: Request): Promise<Response> => {
    const item = items[index];
    if (item === undefined) return await transport.handleRequest(request);
    const { call } = request.extensions;
    const next = (sent: Request) => handleFrom(index + 1, carryingCall(sent, call));
    return checkAnswer(
      typeof item === "function" ? await item(request, next) : await item.handle(request, next),
    );
  };
  return { handleRequest: (request) => handleFrom(0, request) };
}

/** @throws {TypeError} for anything but a response of this library: the middleware, not the transport, returned it */
function checkAnswer(answer: unknown): Response {
  if (answer instanceof Response) return answer;
  const what = answer instanceof globalThis.Response ? "a web Response" : kindOf(answer);
  throw badOption("middleware", `one returned ${what} instead of what next() resolves with`);
}

function kindOf(value: unknown): string {
  return value === null || value === undefined ? String(value) : `a value of type ${typeof value}`;
}

/** A list as it stands around the option `retry`, and inside it. */
export function aroundRetry<Item extends object>(
  middleware: readonly Item[],
): { readonly outer: readonly Item[]; readonly inner: readonly Item[] } {
  const isInner = (item: Item) => "seesEachTry" in item && item.seesEachTry === true;
  return {
    outer: middleware.filter((item) => !isInner(item)),
    inner: middleware.filter(isInner),
  };
}

/** Closes those of a list that hold something. */
export async function closeMiddleware(middleware: readonly Middleware[]): Promise<void> {
  await Promise.all(middleware.map((item) => typeof item === "function" ? null : item.close?.()));
}

/**
 * Makes sure that each item of a list is a middleware.
 *
 * @throws {TypeError} otherwise
 */
export function checkMiddleware(middleware: readonly unknown[]): void {
  const isMiddleware = (item: unknown): boolean =>
    typeof item === "function" ||
    typeof (item as Partial<MiddlewareObject> | null)?.handle === "function";
  if (Array.isArray(middleware) && middleware.every(isMiddleware)) return;
  throw badOption(
    "middleware",
    "give a list of functions (request, next) => response, or of objects with handle(request, next)",
  );
}

/**
 * A request that a middleware made itself belongs to the same call, unless it names another. The middleware's own object
 * is not changed.
 */
export function carryingCall(request: Request, call: Request["extensions"]["call"]): Request {
  if (call === undefined || request.extensions.call !== undefined) return request;
  return copyRequest(request, { ...request.extensions, call });
}
