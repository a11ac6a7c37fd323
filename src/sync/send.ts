/**
 * The way a request leaves a synchronous client: the same loop as the asynchronous one's (client/send/send.ts), with the
 * same decisions, blocking where that waits. All of it runs in the caller's thread, and so do the callbacks; one call of
 * a transport may go to a worker.
 */
import { HTTPError } from "../errors.ts";
import { arrive, type CallRules, type Course, prepared, redirectOf } from "../client/send/steps.ts";
import type { Request } from "../message/request.ts";
import type { Response } from "../message/response/response.ts";
import { readableAtOnce, SyncBody } from "../message/response/sync_body.ts";
import type { Target } from "../semantics/target.ts";
import type { SyncTransport } from "../transports/transport.ts";
import { SyncAuthFlow } from "./auth_flow.ts";
import { checkReturned, type SyncHookLists } from "./hooks.ts";
import { faceOf, SyncResponse } from "./sync_response.ts";

/** One call. */
export interface SyncCall {
  readonly rules: CallRules;
  /** Whether the caller reads the body; else it is read before the call ends. */
  readonly stream: boolean;
  readonly hooks: SyncHookLists;
  readonly transportFor: (target: Target) => SyncTransport;
}

/** How far a call has come. */
interface Progress extends Course {
  readonly call: SyncCall;
  readonly flow: SyncAuthFlow | null;
}

/**
 * Sends a request, and what authentication and redirects make of it, until there is a result.
 *
 * @throws {HTTPError} what the transport throws; it then knows its request
 * @throws {TooManyRedirects} after `maxRedirects`
 * @throws {StreamConsumed} where a redirect wants a body again that can be read once
 */
export function sendSync(request: Request, call: SyncCall): SyncResponse {
  const { hooks, rules } = call;
  const flow = rules.auth === null ? null : new SyncAuthFlow(rules.auth, request);
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
  const hints = {
    isStreamed: call.stream || hooks.response.length > 0,
    maxBytes: rules.maxResponseBytes,
  };
  let current = request;
  try {
    if (flow !== null) current = prepared(flow.begin(request), progress);
    while (true) {
      for (const hook of hooks.request) checkReturned("request", hook(current));
      request.signal?.throwIfAborted();
      const hopStartedAtMs = progress.history.length === 0 ? startedAtMs : performance.now();
      const transport = call.transportFor(current.target);
      const response = readableAtOnce(transport.handleRequestSync(current, hints));
      arrive(response, { request: current, course: progress, startedAtMs: hopStartedAtMs });
      const next = settle(response, progress);
      // A face that nobody has seen needs no remembering, which costs (bench: get_1k_sync).
      if (next === null) {
        return hooks.response.length > 0 ? faceOf(response) : new SyncResponse(response);
      }
      progress.history.push(response);
      current = prepared(next, progress);
    }
  } catch (error) {
    if (error instanceof HTTPError) error.request ??= current;
    flow?.fail(error);
    throw error;
  } finally {
    request.extensions = extensions;
    flow?.end();
  }
}

/** What comes after a response: a request, or `null` where it is the result, by then read unless it is streamed. */
function settle(response: Response, progress: Progress): Request | null {
  const { call, flow } = progress;
  try {
    for (const hook of call.hooks.response) checkReturned("response", hook(faceOf(response)));
    let next = redirectOf(response, progress);
    if (next === null && flow !== null) {
      progress.redirects = 0;
      next = flow.next(response);
    }
    if (next !== null || !call.stream) response.load();
    return next;
  } catch (error) {
    giveUp(response);
    throw error;
  }
}

/** Closes after a failure: that one is told, not what closing may add. */
function giveUp(response: Response): void {
  const body = response.load((body) => body);
  try {
    if (body instanceof SyncBody) body.closeSync();
  } catch {
    // The first failure is the one to tell.
  }
}
