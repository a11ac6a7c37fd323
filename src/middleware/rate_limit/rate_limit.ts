/** Holds requests back so that they keep a rate, the caller's and the server's own: one lane for each key. */
import { CallDeadline, type DeadlineTime, REAL_TIME } from "../../clock/call_deadline.ts";
import { type DualFlow, exchange, paused } from "../../message/dual_flow.ts";
import type { Request } from "../../message/request.ts";
import { bodyOf, type Response } from "../../message/response/response.ts";
import { timeoutOf } from "../../message/timeout.ts";
import { blockFor } from "../../runtime/timers.ts";
import { type DualMiddleware, dualMiddleware } from "../middleware.ts";
import { Lane, type Pass } from "./lane.ts";
import { checkRateLimit, type RateLimitOptions, type RateLimitRules } from "./options.ts";
import { serverLimit } from "./rate_fields.ts";

/**
 * Makes a middleware that limits how many requests start and are under way, for a client's list `middleware`. The same
 * object may be given to several clients, which then share the limits.
 *
 * @throws {TypeError} for an unknown option, or one of the wrong kind
 *
 * @example Two requests in any 50 ms
 * ```ts
 * import { Client, MockTransport, Response } from "@httpx/httpx";
 * import { rateLimit } from "@httpx/httpx/limit";
 * import { assert } from "@std/assert";
 *
 * const moments: number[] = [];
 * const transport = new MockTransport(() => {
 *   moments.push(performance.now());
 *   return new Response(200);
 * });
 * await using client = new Client({ transport, middleware: [rateLimit({ requests: 2, perMs: 50 })] });
 * await Promise.all([1, 2, 3].map((n) => client.get(`https://example.org/${n}`)));
 * assert((moments[2] ?? 0) - (moments[0] ?? 0) >= 50);
 * ```
 */
export function rateLimit(options: RateLimitOptions = {}): DualMiddleware {
  return makeRateLimiter(checkRateLimit(options));
}

/** The time that limits go by: the runtime's, or a test's. */
export interface LimiterTime extends DeadlineTime {
  /** Milliseconds since 1970. */
  wallNow(): number;
}

const LIMITER_TIME: LimiterTime = { ...REAL_TIME, wallNow: () => Date.now() };

/** The middleware that keeps these rules. */
export function makeRateLimiter(
  rules: RateLimitRules,
  time: LimiterTime = LIMITER_TIME,
): DualMiddleware {
  const lanes = new Lanes(rules, time);
  return dualMiddleware(function* (request) {
    const lane = lanes.of(request);
    const pass = lane.tryEnter() ?? (yield* entered(lane, request, time));
    let response: Response;
    try {
      response = yield* exchange(request);
    } catch (error) {
      lane.leave(pass);
      throw error;
    }
    lane.answered(pass, serverLimit(response, time.wallNow()));
    bodyOf(response).whenDone(() => lane.leave(pass));
    return response;
  });
}

/** Waits for the request's turn. */
function* entered(lane: Lane, request: Request, time: LimiterTime): DualFlow<Pass> {
  const deadline = deadlineOf(request, time);
  return yield* paused(() => lane.enter(request, deadline), () => {
    for (;;) {
      const entered = lane.enterBlocking(request, deadline);
      if (!("waitMs" in entered)) return entered;
      blockFor(entered.waitMs);
    }
  });
}

function deadlineOf(request: Request, time: LimiterTime): CallDeadline {
  const { signal, extensions: { call, timeout } } = request;
  const init = { totalMs: timeoutOf(timeout).total, signal, request };
  return call?.deadline ?? new CallDeadline(init, time);
}

/** With more lanes than this, those that remember nothing are removed. */
const MIN_SWEEP = 1000;

/** A lane for each key. */
class Lanes {
  readonly #rules: RateLimitRules;
  readonly #time: LimiterTime;
  readonly #lanes = new Map<string, Lane>();
  #sweepAt = MIN_SWEEP;

  constructor(rules: RateLimitRules, time: LimiterTime) {
    this.#rules = rules;
    this.#time = time;
  }

  of(request: Request): Lane {
    const key = this.#rules.key(request);
    if (typeof key !== "string") {
      throw new TypeError(`Cannot use rateLimit.key: it returned ${typeof key}; return a string`);
    }
    let lane = this.#lanes.get(key);
    if (lane === undefined) {
      if (this.#lanes.size >= this.#sweepAt) this.#sweep();
      lane = new Lane(this.#rules, this.#time);
      this.#lanes.set(key, lane);
    }
    return lane;
  }

  /** A crawler meets more hosts than it should remember. At twice what is left the next sweep is worth its cost. */
  #sweep(): void {
    for (const [key, lane] of this.#lanes) if (lane.isIdle) this.#lanes.delete(key);
    this.#sweepAt = Math.max(MIN_SWEEP, 2 * this.#lanes.size);
  }
}
