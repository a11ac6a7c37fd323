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
import { HTTPError } from "../../errors.ts";
import type { Request } from "../../message/request.ts";
import type { Response } from "../../message/response/response.ts";
import type { Target } from "../../semantics/target.ts";
import type { Transport } from "../../transports/transport.ts";
import type { HookLists } from "../options/options.ts";
import { AuthFlow } from "./auth_flow.ts";
import { arrive, type CallRules, type Course, prepared, redirectOf } from "./steps.ts";

/** One call: what is particular to it, and what its client brings to every call. */
export interface Call {
  readonly rules: CallRules;
  /** Whether the caller reads the body; else it is read before the call ends. */
  readonly stream: boolean;
  readonly hooks: HookLists;
  readonly transportFor: (target: Target) => Transport;
}

/** How far a call has come. */
interface Progress extends Course {
  readonly call: Call;
  readonly flow: AuthFlow | null;
}

/**
 * Sends a request, and what authentication and redirects make of it, until there is a result.
 *
 * @throws {HTTPError} what the transport throws; it then knows its request
 * @throws {TooManyRedirects} after `maxRedirects`
 * @throws {StreamConsumed} where a redirect wants a body again that can be read once
 */
export async function send(request: Request, call: Call): Promise<Response> {
  const { hooks, rules } = call;
  const flow = rules.auth === null ? null : new AuthFlow(rules.auth, request);
  const { extensions } = request;
  const startedAtMs = performance.now();
  const progress: Progress = {
    call,
    flow,
    rules,
    startedAtMs,
    extensions,
    history: [],
    redirects: 0,
  };
  let current = request;
  try {
    if (flow !== null) current = prepared(await flow.begin(request), progress);
    while (true) {
      if (hooks.request.length > 0) await callHooks(hooks.request, current);
      request.signal?.throwIfAborted();
      const hopStartedAtMs = progress.history.length === 0 ? startedAtMs : performance.now();
      const response = await call.transportFor(current.target).handleRequest(current);
      arrive(response, { request: current, course: progress, startedAtMs: hopStartedAtMs });
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
  const next = redirectOf(response, progress);
  if (next !== null || progress.flow === null) return next;
  progress.redirects = 0;
  return await progress.flow.next(response);
}

async function callHooks<Subject>(
  hooks: readonly ((subject: Subject) => unknown)[],
  subject: Subject,
): Promise<void> {
  for (const hook of hooks) await hook(subject);
}
