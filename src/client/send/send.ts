/**
 * The only way a request leaves a client: authentication around redirects around hooks around one exchange. The cookie
 * jar takes in every response, those before the last included; redirects are followed inside each step of authentication,
 * as in httpx.
 *
 * ```text
 * auth flow ─▶ request ─▶ request hooks ─▶ transport ─▶ cookies ─▶ response hooks ─┬─▶ result
 *     ▲           ▲                                                                │
 *     │           └────────────────── redirect ◀───────────────────────────────────┤
 *     └────────────────────────────── next step ◀──────────────────────────────────┘
 * ```
 *
 * The loop is a dual flow: `Client` runs it waiting, `SyncClient` blocking. Each wait ends with the call's deadline. A
 * failure after a response has arrived closes that response.
 */
import { GRACE_MS } from "../../clock/call_deadline.ts";
import { HTTPError } from "../../errors.ts";
import {
  discarded,
  type DualFlow,
  exchange,
  loaded,
  paused,
  runWaiting,
} from "../../message/dual_flow.ts";
import { addressOf, type Request } from "../../message/request.ts";
import { bodyOf, Response } from "../../message/response/response.ts";
import type { Target } from "../../semantics/target.ts";
import type { Transport } from "../../transports/transport.ts";
import type { ClientCall } from "../call.ts";
import { AuthFlow } from "./auth_flow.ts";
import { receive, redirectOf } from "./steps.ts";

/** The transport of a URL. */
export type Routing = (target: Target) => Transport;

/**
 * Sends a request, and what authentication and redirects make of it, until there is a result.
 *
 * @throws {HTTPError} what the transport throws; it then knows its request
 * @throws {TooManyRedirects} after `maxRedirects`
 * @throws {StreamConsumed} if a redirect needs a body again that can be read once
 */
export function send(request: Request, call: ClientCall, route: Routing): Promise<Response> {
  if (call.isPlain) return sendPlain(request, call, route);
  return run(callFlow(request, call), { call, route });
}

/** Without auth and hooks a call that is not redirected is one async function over the transport's (bench: get_1k). */
async function sendPlain(request: Request, call: ClientCall, route: Routing): Promise<Response> {
  let response: Response | null = null;
  call.rules.counts.requests++;
  try {
    response = await handle(request, { call, route });
    const storing = receive(response, { request, call, startedAtMs: call.startedAtMs });
    if (storing !== null) await storing;
    if (!response.hasRedirectLocation) {
      const loading = call.isStreamed ? null : bodyOf(response).load();
      if (loading instanceof Promise) await loading;
      return response;
    }
  } catch (error) {
    abandon(response);
    throw named(error, { request, call });
  }
  return await run(callFlow(request, call, response), { call, route });
}

interface Sending {
  readonly call: ClientCall;
  readonly route: Routing;
}

function run(flow: DualFlow<Response>, sending: Sending): Promise<Response> {
  const { deadline } = sending.call;
  return runWaiting(flow, {
    send: (request) => handle(request, sending),
    bound: (work) => deadline.bound(work),
  });
}

/** One exchange, which ends with the call: by its transport, which knows more about it, else from outside. */
function handle(request: Request, { call, route }: Sending): Promise<Response> {
  const transport = route(addressOf(request));
  if (transport.keepsDeadline === true) return transport.handleRequest(request);
  return call.deadline.bound(() => transport.handleRequest(request), {
    graceMs: GRACE_MS,
    onLate: (response) => response.close(),
  });
}

/** The whole call, for either driver; a first response may have arrived already. */
export function* callFlow(
  request: Request,
  call: ClientCall,
  arrived: Response | null = null,
): DualFlow<Response> {
  const { rules: { auth }, deadline } = call;
  const flow = auth === null ? null : new AuthFlow(auth, deadline);
  let current = request;
  let response = arrived;
  try {
    if (flow !== null) current = call.adopt(yield* flow.begin(request));
    while (true) {
      response ??= yield* exchanged(current, call);
      const next = yield* settled(response, { call, flow });
      if (next === null) return response;
      call.history.push(response);
      current = call.adopt(next);
      response = null;
    }
  } catch (error) {
    if (flow !== null) yield* flow.fail(error);
    throw named(error, { request: current, call });
  } finally {
    if (flow !== null) yield* flow.end();
  }
}

/** One hop: the request hooks, and the exchange. */
function* exchanged(request: Request, call: ClientCall): DualFlow<Response> {
  for (const hook of call.hooks.request) yield* called(hook, request);
  call.deadline.throwIfOver();
  const startedAtMs = call.history.length === 0 ? call.startedAtMs : performance.now();
  call.rules.counts.requests++;
  const response = yield* exchange(request);
  try {
    const storing = receive(response, { request, call, startedAtMs });
    if (storing !== null) yield* paused<unknown>(() => storing, () => null);
    return response;
  } catch (error) {
    abandon(response);
    throw error;
  }
}

/** What comes after a response: a request, or `null` if it is the result. That is read now unless it is streamed. */
function* settled(
  response: Response,
  { call, flow }: { readonly call: ClientCall; readonly flow: AuthFlow | null },
): DualFlow<Request | null> {
  try {
    for (const hook of call.hooks.response) yield* called(hook, response);
    let next = redirectOf(response, call);
    if (next === null && flow !== null) {
      call.redirects = 0;
      next = yield* flow.next(response);
    }
    if (next !== null) yield* discarded(response);
    else if (!call.isStreamed) yield* loaded(response);
    return next;
  } catch (error) {
    const closing = response.close();
    closing.catch(() => {}); // the error is the call's result
    if (!call.deadline.isOver) yield* paused<unknown>(() => closing, () => null);
    throw error;
  }
}

/** Frees a response that nothing will read; the call has its error. */
function abandon(response: Response | null): void {
  if (response instanceof Response) response.close().catch(() => {});
}

function called<Subject>(hook: (subject: Subject) => unknown, subject: Subject): DualFlow<unknown> {
  return paused(() => hook(subject), () => hook(subject));
}

function named(
  error: unknown,
  { request, call }: { readonly request: Request; readonly call: ClientCall },
): unknown {
  call.rules.counts.onError(error);
  if (error instanceof HTTPError) error.request ??= request;
  return error;
}
