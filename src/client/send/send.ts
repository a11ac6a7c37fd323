/**
 * The one way a request leaves a client: hooks within redirects within authentication, as in httpx.
 *
 * ```text
 * auth flow ─▶ request ─▶ request hooks ─▶ transport ─▶ cookies ─▶ response hooks ─┬─▶ result
 *     ▲           ▲                                                                │
 *     │           └────────────────── redirect ◀───────────────────────────────────┤
 *     └────────────────────────────── next step ◀──────────────────────────────────┘
 * ```
 *
 * Whatever fails once a response is there closes that response. With no auth, no hooks and no redirect a call is one
 * async function over the transport's (bench: get_1k).
 */
import type { Auth } from "../../auth/auth.ts";
import { HTTPError, TooManyRedirects } from "../../errors.ts";
import type { Cookies } from "../../message/cookies/jar.ts";
import type { Request, RequestExtensions } from "../../message/request.ts";
import { type DefaultEncoding, Response } from "../../message/response/response.ts";
import { Timeout } from "../../message/timeout.ts";
import { maskURL, nameOfRequest } from "../../observe/mask.ts";
import type { Target } from "../../semantics/target.ts";
import type { Transport } from "../../transports/transport.ts";
import { AuthFlow } from "./auth_flow.ts";
import { carryCookies } from "./cookie_header.ts";
import type { HookLists } from "../options/options.ts";
import { checkReplayable, redirectRequest, type RedirectRules } from "./redirects.ts";

/** One call: what is particular to it, and what its client brings to every call. */
export interface Call {
  readonly auth: Auth | null;
  readonly followRedirects: boolean;
  /** Whose table of method changes holds. */
  readonly rules: RedirectRules;
  /** Whether the caller reads the body; else it is read before the call ends. */
  readonly stream: boolean;
  readonly hooks: HookLists;
  readonly maxRedirects: number;
  /** `null` where no jar is kept. */
  readonly cookies: Cookies | null;
  /** Whether the jar takes in what responses set. */
  readonly keepsCookies: boolean;
  readonly defaultEncoding: DefaultEncoding;
  /** `Infinity` is no limit. */
  readonly maxResponseBytes: number;
  readonly transportFor: (target: Target) => Transport;
}

/** How far a call has come. */
interface Progress {
  readonly call: Call;
  readonly flow: AuthFlow | null;
  /** By the clock of `performance.now()`. */
  readonly startedAtMs: number;
  /** What the first request was given: later ones share it. */
  readonly extensions: RequestExtensions;
  readonly history: Response[];
  /** Since the last step of the auth flow. */
  redirects: number;
}

/**
 * Sends a request, and what authentication and redirects make of it, until there is a result.
 *
 * @throws {HTTPError} what the transport throws; it then knows its request
 * @throws {TooManyRedirects} after `maxRedirects`
 * @throws {StreamConsumed} where a redirect wants a body again that can be read once
 */
export async function send(request: Request, call: Call): Promise<Response> {
  const { hooks } = call;
  const flow = call.auth === null ? null : new AuthFlow(call.auth, request);
  const { extensions } = request;
  const startedAtMs = performance.now();
  const progress: Progress = { call, flow, startedAtMs, extensions, history: [], redirects: 0 };
  let current = request;
  try {
    if (flow !== null) current = prepared(await flow.begin(request), progress);
    while (true) {
      if (hooks.request.length > 0) await callHooks(hooks.request, current);
      request.signal?.throwIfAborted();
      const hopStartedAtMs = progress.history.length === 0 ? startedAtMs : performance.now();
      const response = await call.transportFor(current.target).handleRequest(current);
      arrive(response, { request: current, progress, startedAtMs: hopStartedAtMs });
      const step = settle(response, progress);
      const next = step instanceof Promise ? await step : step;
      if (next === null) return response;
      progress.history.push(response);
      current = prepared(next, progress);
    }
  } catch (error) {
    if (error instanceof HTTPError) error.request ??= current;
    if (flow !== null) await flow.fail(error);
    throw error;
  } finally {
    request.extensions = extensions;
    if (flow !== null) await flow.end();
  }
}

/** Makes the response the client's: all that is known about it before anybody looks. */
function arrive(
  response: Response,
  { request, progress, startedAtMs }: {
    readonly request: Request;
    readonly progress: Progress;
    readonly startedAtMs: number;
  },
): void {
  const { call } = progress;
  if (!(response instanceof Response)) {
    throw new TypeError(
      "Cannot use what the transport returned: it is no Response of this library",
    );
  }
  response.request = request;
  response.defaultEncoding = call.defaultEncoding;
  response.limitBody(call.maxResponseBytes);
  response.startElapsed(startedAtMs);
  if (progress.history.length > 0) response.history = [...progress.history];
  if (!call.keepsCookies || call.cookies === null) return;
  const setCookies = response.headers.getSetCookie();
  if (setCookies.length > 0) call.cookies.extractFrom(request.parsedURL, setCookies);
}

/** What comes after a response: a request, or `null` where it is the result, by then read unless it is streamed. */
function settle(
  response: Response,
  progress: Progress,
): Promise<Request | null> | null {
  const { call, flow } = progress;
  const isPlain = flow === null && call.hooks.response.length === 0 &&
    !response.hasRedirectLocation;
  if (!isPlain) return settleSlowly(response, progress);
  if (call.stream) return null;
  const body = response.load(); // closes the response where it fails
  return body instanceof Promise ? body.then(nothing) : null;
}

function nothing(): null {
  return null;
}

async function settleSlowly(response: Response, progress: Progress): Promise<Request | null> {
  const { call } = progress;
  try {
    await callHooks(call.hooks.response, response);
    const next = await nextRequest(response, progress);
    if (next !== null || !call.stream) await response.load();
    return next;
  } catch (error) {
    await response.close();
    throw error;
  }
}

async function nextRequest(response: Response, progress: Progress): Promise<Request | null> {
  const { call, flow } = progress;
  if (response.hasRedirectLocation) {
    const { extensions } = response.request;
    if (call.followRedirects && extensions.follow_redirects !== false) {
      return followed(response, progress);
    }
    response.nextRequest = offered(response, call);
  }
  if (flow === null) return null;
  progress.redirects = 0;
  return await flow.next(response);
}

/** The redirect that is followed now. */
function followed(response: Response, progress: Progress): Request {
  const { call } = progress;
  const next = redirectRequest(response, call.rules);
  if (++progress.redirects > call.maxRedirects) throw tooMany(next, response, call);
  checkReplayable(next);
  carryCookies(next, { response, jar: call.cookies });
  return next;
}

/** The redirect that the caller may follow; where it cannot be, there is nothing to say: nobody asked. */
function offered(response: Response, { rules, cookies }: Call): Request | null {
  try {
    const next = redirectRequest(response, rules);
    carryCookies(next, { response, jar: cookies });
    return next;
  } catch (error) {
    if (error instanceof HTTPError) return null;
    throw error;
  }
}

/** A request after the first: it has the call's timeouts, and what is left of the total. */
function prepared(request: Request, { extensions, startedAtMs }: Progress): Request {
  const { timeout } = extensions;
  if (!(timeout instanceof Timeout)) return request;
  if (timeout.total !== null) {
    const leftMs = Math.max(0, timeout.total - (performance.now() - startedAtMs));
    request.extensions = { ...request.extensions, timeout: timeout.withTotal(leftMs) };
  } else if (request.extensions.timeout === undefined) {
    request.extensions = { ...request.extensions, timeout };
  }
  return request;
}

async function callHooks<Subject>(
  hooks: readonly ((subject: Subject) => void | Promise<void>)[],
  subject: Subject,
): Promise<void> {
  for (const hook of hooks) await hook(subject);
}

function tooMany(next: Request, response: Response, { maxRedirects }: Call): TooManyRedirects {
  const isLoop = [response, ...response.history].some(({ request }) =>
    request.url === next.url && request.method === next.method
  );
  const { request: first } = response.history[0] ?? response;
  return new TooManyRedirects(
    `Cannot follow more than ${maxRedirects} redirects of ${nameOfRequest(first)}: ` +
      `the next leads to ${maskURL(next.url)}${isLoop ? ", where it has been before" : ""}; ` +
      (isLoop ? "this is a loop" : "maxRedirects allows more"),
    { request: response.request },
  );
}
