/**
 * Sends a request again when it failed in a way that may pass. Whether and when is decided in policy.ts, backoff.ts,
 * retry_after.ts and budget.ts, without any I/O; here the decisions are put in order, and the waiting is done:
 *
 * ```text
 * send ─▶ response or failure ─▶ may it be repeated? ─▶ does the wait fit? ─▶ is there budget?
 *   ▲                                   │ no                  │ no                  │ no
 *   │                                   └──────────────▶ result of the call ◀───────┤
 *   └──── wait, holding nothing ◀── discard the body ◀──────────────────────────────┘ yes
 * ```
 *
 * The first try of a call costs no generator and no record: those are made when it has failed (bench: retry).
 */
import { CallDeadline, type DeadlineTime, REAL_TIME } from "../../clock/call_deadline.ts";
import { HTTPError } from "../../errors.ts";
import {
  discarded,
  type DualFlow,
  exchange,
  loaded,
  paused,
  runBlocking,
  runWaiting,
} from "../../message/dual_flow.ts";
import { bodySourceOf, copyRequest, type Request } from "../../message/request.ts";
import { bodyOf, type Response } from "../../message/response/response.ts";
import { WEB_DECODING } from "../../message/content/decoding/content_coding.ts";
import { MAX_DECODED_RATIO } from "../../message/response/response_body.ts";
import type { Attempt } from "../../attempt.ts";
import {
  type AttemptDetails,
  checkCallRetry,
  checkRetry,
  DEFAULT_RETRY,
  type RetryDecision,
  type RetryLike,
  type RetryOptions,
  type RetryRules,
} from "../../message/retry_options.ts";
import { Timeout } from "../../message/timeout.ts";
import { blockFor } from "../../runtime/timers.ts";
import type { DualMiddleware, Next } from "../middleware.ts";
import { attemptOf, type EndedTry, type Outcome, retryLine, type Verdict } from "./attempts.ts";
import { backoffMs } from "./backoff.ts";
import { RetryBudget } from "./budget.ts";
import { obstacle, refusal, type Try } from "./policy.ts";
import { retryAfterMs } from "./retry_after.ts";

/** The time that retries go by: the runtime's, or a test's. */
export interface RetryTime extends DeadlineTime {
  /** Milliseconds since 1970. */
  wallNow(): number;
}

const RETRY_TIME: RetryTime = { ...REAL_TIME, wallNow: () => Date.now() };

/**
 * Makes a middleware that sends failed requests again, for a client's list `middleware`. The option `retry` of a client
 * does the same, innermost.
 *
 * @param options how many tries may follow the first, or all options by name. Default: 2 tries
 * @throws {TypeError} for an unknown option, or one of the wrong kind
 *
 * @example Around a cache, so that a stored response ends the tries
 * ```ts
 * import { Client, type Middleware, MockTransport, Response } from "@httpx/httpx";
 * import { retry } from "@httpx/httpx/retry";
 * import { assertEquals } from "@std/assert";
 *
 * let requests = 0;
 * const transport = new MockTransport(() => new Response(++requests < 3 ? 503 : 200));
 * const counted: string[] = [];
 * const counting: Middleware = (request, next) => (counted.push(request.method), next(request));
 *
 * await using client = new Client({ transport, middleware: [retry({ backoff: { baseMs: 1 } }), counting] });
 * assertEquals((await client.get("https://example.org/")).status, 200);
 * assertEquals(counted.length, 3);
 * ```
 */
export function retry(options: number | RetryOptions = {}): DualMiddleware {
  return makeRetrier(checkRetry(options));
}

/**
 * What retries for one client: its budget is shared by all its calls.
 *
 * @param rules the client's own; `null` if only calls that ask for it are retried
 */
export function makeRetrier(
  rules: RetryRules | null,
  time: RetryTime = RETRY_TIME,
): DualMiddleware {
  return new Retrier(rules, time);
}

class Retrier implements DualMiddleware {
  readonly #rules: RetryRules | null;
  readonly #budget: RetryBudget | null;
  readonly #time: RetryTime;

  constructor(rules: RetryRules | null, time: RetryTime) {
    this.#rules = rules;
    const { budget } = rules ?? DEFAULT_RETRY;
    this.#budget = budget === null ? null : new RetryBudget(budget);
    this.#time = time;
  }

  async handle(request: Request, next: Next): Promise<Response> {
    const rules = this.#rulesFor(request);
    if (rules === null) return await next(request);
    const sent = withoutOption(request);
    const startedAtMs = this.#countCall();
    let outcome: Outcome;
    try {
      const response = await next(sent);
      if (!mayRepeat(response, rules)) {
        const loading = readsWhole(response, sent) ? bodyOf(response).load() : null;
        if (loading instanceof Promise) await loading;
        return response;
      }
      outcome = { response, error: null };
    } catch (error) {
      outcome = { response: null, error };
    }
    const retried = this.#retried(sent, { rules, startedAtMs });
    const { deadline } = retried;
    return await runWaiting(retried.steps(outcome), {
      send: next,
      bound: (work) => deadline.bound(work),
    });
  }

  handleSync(request: Request, next: (request: Request) => Response): Response {
    const rules = this.#rulesFor(request);
    if (rules === null) return next(request);
    const sent = withoutOption(request);
    const startedAtMs = this.#countCall();
    let outcome: Outcome;
    try {
      const response = next(sent);
      if (!mayRepeat(response, rules)) {
        if (readsWhole(response, sent)) bodyOf(response).load();
        return response;
      }
      outcome = { response, error: null };
    } catch (error) {
      outcome = { response: null, error };
    }
    return runBlocking(this.#retried(sent, { rules, startedAtMs }).steps(outcome), next);
  }

  /** The rules of one call; `null` if it is not retried. */
  #rulesFor({ extensions: { retry: option } }: Request): RetryRules | null {
    if (option === undefined) return this.#rules;
    return checkCallRetry(option as RetryLike, this.#rules ?? DEFAULT_RETRY);
  }

  #countCall(): number {
    const nowMs = this.#time.now();
    this.#budget?.countCall(nowMs);
    return nowMs;
  }

  #retried(
    request: Request,
    { rules, startedAtMs }: { readonly rules: RetryRules; readonly startedAtMs: number },
  ): RetriedCall {
    const shared = { rules, budget: this.#budget, time: this.#time };
    return new RetriedCall(request, { ...shared, startedAtMs });
  }
}

/** One retry middleware acts on a call's option; the others go by their own. */
function withoutOption(request: Request): Request {
  const { extensions } = request;
  return extensions.retry === undefined
    ? request
    : copyRequest(request, { ...extensions, retry: undefined });
}

/** Whether a response needs a decision; most don't. */
function mayRepeat({ status }: Response, { statuses, shouldRetry }: RetryRules): boolean {
  return statuses.has(status) || shouldRetry !== null;
}

/**
 * Whether the body is read here, so that one that breaks off is retried: the caller has seen nothing of it yet. Not of a
 * response that is only a step towards the result, nor if it is coded and the client has yet to say who decodes it.
 */
function readsWhole(response: Response, { extensions: { call } }: Request): boolean {
  if (call === undefined || call.isStreamed || response.status === 401) return false;
  if (response.hasRedirectLocation) return false;
  const body = bodyOf(response);
  if (body.isCoded && body.decoding === WEB_DECODING) return false;
  const { maxResponseBytes = Infinity, maxDecodedRatio = MAX_DECODED_RATIO } = call;
  body.limits = { maxBytes: maxResponseBytes, maxRatio: maxDecodedRatio };
  return true;
}

/** What the tries of one call share. */
interface Shared {
  readonly rules: RetryRules;
  readonly budget: RetryBudget | null;
  readonly time: RetryTime;
}

/** A call whose first try has to be decided about, and its tries. */
class RetriedCall {
  readonly #shared: Shared;
  readonly #attempts: Attempt[] = [];
  #deadline: CallDeadline | null = null;
  /** The request of the current try. */
  request: Request;
  /** When the current try began. */
  startedAtMs: number;

  constructor(
    request: Request,
    { startedAtMs, ...shared }: Shared & { readonly startedAtMs: number },
  ) {
    this.request = request;
    this.#shared = shared;
    this.startedAtMs = startedAtMs;
  }

  /** The call's deadline; a request without a call, as a bare transport gets it, has its own. */
  get deadline(): CallDeadline {
    const { request, startedAtMs } = this;
    const { signal, extensions: { call, timeout } } = request;
    const totalMs = timeout instanceof Timeout ? timeout.total : null;
    const init = { totalMs, signal, request, startedAtMs };
    return this.#deadline ??= call?.deadline ?? new CallDeadline(init, this.#shared.time);
  }

  /** From the first outcome on: decides, waits and sends until there is a result. */
  *steps(first: Outcome): DualFlow<Response> {
    for (let outcome = first;;) {
      const ended = this.#ended(outcome);
      const verdict = yield* this.#judged(ended);
      const attempt = attemptOf(ended, verdict);
      this.#attempts.push(attempt);
      if (verdict.stoppedBy !== null) return this.#result(outcome);
      const { response } = outcome;
      const readyAtMs = this.#shared.time.now() + verdict.waitMs;
      if (response !== null) yield* givenUp(response);
      yield* this.#report({ ...attempt, request: this.request, response });
      yield* this.#waitUntil(readyAtMs);
      outcome = yield* this.#tryAgain();
    }
  }

  /** The verdict; if the caller's function throws, its error is the result, and the response is not left open. */
  *#judged(ended: EndedTry): DualFlow<Verdict> {
    try {
      return yield* this.#judge(ended);
    } catch (error) {
      const { response } = ended.outcome;
      if (response !== null) yield* givenUp(response);
      throw error;
    }
  }

  /** Whether there is another try, and after which wait. */
  *#judge(ended: EndedTry): DualFlow<Verdict> {
    const { rules, budget, time } = this.#shared;
    const { number, outcome: { response } } = ended;
    const tried = tryOf(ended);
    const blocked = obstacle(tried, rules);
    if (blocked !== null) return stop(blocked);
    const decision = yield* this.#ask(ended);
    if (decision === false) return stop("shouldRetry");
    const refused = decision === true ? null : refusal(tried, rules);
    if (refused !== null) return stop(refused);
    const askedMs = response !== null && rules.respectRetryAfter
      ? retryAfterMs(response.headers, time.wallNow()) ?? 0
      : 0;
    if (askedMs > rules.maxRetryAfterMs) return stop("retryAfter");
    const waitMs = Math.max(askedMs, backoffMs(number, rules.backoff));
    if (!this.deadline.fits(waitMs)) return stop("deadline");
    if (budget?.takeRetry(time.now()) === false) return stop("budget");
    return { waitMs, stoppedBy: null };
  }

  /** What the caller's function decides; nothing without one. */
  *#ask(ended: EndedTry): DualFlow<RetryDecision> {
    const { shouldRetry } = this.#shared.rules;
    if (shouldRetry === null || shouldRetry === undefined) return;
    const { request, outcome: { response } } = ended;
    const attempt = { ...attemptOf(ended, UNDECIDED), request, response };
    return yield* called("shouldRetry", () => shouldRetry(attempt));
  }

  *#report(attempt: AttemptDetails): DualFlow {
    const { onRetry } = this.#shared.rules;
    const { request } = attempt;
    request.extensions.call?.log?.line(retryLine(attempt, request));
    if (onRetry !== null && onRetry !== undefined) yield* called("onRetry", () => onRetry(attempt));
  }

  *#waitUntil(readyAtMs: number): DualFlow {
    const { deadline } = this;
    const leftMs = () => Math.max(0, readyAtMs - this.#shared.time.now());
    yield* paused(() => deadline.wait(leftMs()), () => blockFor(leftMs()));
    deadline.throwIfOver();
  }

  *#tryAgain(): DualFlow<Outcome> {
    this.request = withRestOfTotal(this.request, this.deadline);
    this.startedAtMs = this.#shared.time.now();
    try {
      const response = yield* exchange(this.request);
      const { rules } = this.#shared;
      if (!mayRepeat(response, rules) && readsWhole(response, this.request)) {
        yield* loaded(response);
      }
      return { response, error: null };
    } catch (error) {
      return { response: null, error };
    }
  }

  /** The response with its tries, or the error with them. */
  #result({ response, error }: Outcome): Response {
    const attempts = this.#attempts;
    if (response !== null) {
      response.extensions.retries = attempts;
      return response;
    }
    if (error instanceof HTTPError) error.attempts = attempts;
    throw error;
  }

  #ended(outcome: Outcome): EndedTry {
    const { time } = this.#shared;
    const durationMs = time.now() - this.startedAtMs;
    return {
      number: this.#attempts.length + 1,
      request: this.request,
      outcome,
      startedAt: Math.round(time.wallNow() - durationMs),
      durationMs,
    };
  }
}

/** What `shouldRetry` sees: nothing follows yet. */
const UNDECIDED = { waitMs: null, stoppedBy: null } as const;

function stop(stoppedBy: NonNullable<Verdict["stoppedBy"]>): Verdict {
  return { waitMs: null, stoppedBy };
}

function tryOf({ number, request, outcome: { response, error } }: EndedTry): Try {
  const { method, headers } = request;
  return {
    number,
    method,
    hasIdempotencyKey: headers.has("idempotency-key"),
    isBodyReplayable: bodySourceOf(request)?.isReplayable !== false,
    status: response?.status ?? null,
    error,
  };
}

/**
 * Frees the connection of a response: a small body is read to its end, so that the connection can be used again. One that
 * the caller's function has begun to read is closed.
 */
function* givenUp(response: Response): DualFlow {
  yield* discarded(response);
  if (response.isClosed) return;
  const close = () => response.close().catch(() => {}); // the retry has an error of its own, or none
  yield* paused<unknown>(close, close);
}

/** Calls a function of the caller's, which may take its time only if the client waits. */
function* called<Value>(name: string, call: () => Value | Promise<Value>): DualFlow<Value> {
  return yield* paused(call, () => {
    const value = call();
    if (!(value instanceof Promise)) return value;
    value.catch(() => {}); // the error below says more
    throw new TypeError(
      `Cannot use retry.${name}: it returned a promise, and a SyncClient waits for none`,
    );
  });
}

/** The request of a further try: without a call, a transport counts the total from each try. */
function withRestOfTotal(request: Request, deadline: CallDeadline): Request {
  const { extensions } = request;
  if (extensions.call !== undefined) return request;
  const { timeout } = extensions;
  if (!(timeout instanceof Timeout) || timeout.total === null) return request;
  return copyRequest(request, {
    ...extensions,
    timeout: timeout.withTotal(deadline.remainingMs()),
  });
}
