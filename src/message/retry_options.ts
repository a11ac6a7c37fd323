/**
 * The option `retry`: what may be given, and the rules it stands for. Checked when it is given, without loading the
 * code that retries.
 */
import { checkCount, checkFunction, checkMs, checkNames } from "../options/check_value.ts";
import { badOption } from "../options/bad_option.ts";
import type { Request } from "./request.ts";
import type { Response } from "./response/response.ts";
import type { Attempt } from "../attempt.ts";

/**
 * A try with its messages, as `shouldRetry` and `onRetry` receive it.
 *
 * @example A status and a header decide
 * ```ts
 * import { Response } from "@httpx/httpx";
 * import type { AttemptDetails } from "@httpx/httpx/retry";
 * import { assertEquals } from "@std/assert";
 *
 * const isBusy = ({ response }: Pick<AttemptDetails, "response">) => response?.headers.has("x-busy") ?? false;
 * assertEquals(isBusy({ response: new Response(500, { headers: { "x-busy": "yes" } }) }), true);
 * assertEquals(isBusy({ response: null }), false);
 * ```
 */
export interface AttemptDetails extends Attempt {
  /** The request as it was sent. */
  readonly request: Request;
  /** What the server answered, or `null`. Its body can be read by `shouldRetry`, and by `onRetry` if it is small. */
  readonly response: Response | null;
}

/**
 * How long to wait between tries: a random part of `baseMs`, doubled after each try, `maxMs` at most.
 *
 * @example Half a second, one second, two seconds
 * ```ts
 * import type { BackoffOptions } from "@httpx/httpx/retry";
 * import { assertEquals } from "@std/assert";
 *
 * const backoff: BackoffOptions = { baseMs: 500, jitter: "none" };
 * assertEquals(backoff.jitter, "none");
 * ```
 */
export interface BackoffOptions {
  /** The longest wait after the first try, in milliseconds. Default: 300. */
  readonly baseMs?: number | undefined;
  /** The longest wait after any try, in milliseconds. Default: 20,000. */
  readonly maxMs?: number | undefined;
  /**
   * `"full"` waits a random part of the time, so that clients do not return all at once; `"none"` waits all of it. A
   * function is the generator for `"full"`: it returns numbers from 0 up to 1. Default: `"full"`, by `Math.random`.
   */
  readonly jitter?: "full" | "none" | (() => number) | undefined;
}

/**
 * How many retries a client may make, whatever its calls ask for: counted over the last ten seconds.
 *
 * @example One retry for each five calls
 * ```ts
 * import type { RetryBudgetOptions } from "@httpx/httpx/retry";
 * import { assertEquals } from "@std/assert";
 *
 * const budget: RetryBudgetOptions = { ratio: 0.2 };
 * assertEquals(budget.ratio, 0.2);
 * ```
 */
export interface RetryBudgetOptions {
  /** Retries per call. Default: 0.1. */
  readonly ratio?: number | undefined;
  /** Retries per second that are allowed however few calls there are. Default: 1. */
  readonly minPerSecond?: number | undefined;
}

/**
 * The options of a retry policy.
 *
 * @example Five more tries, for one status
 * ```ts
 * import { Client, MockTransport, Response } from "@httpx/httpx";
 * import type { RetryOptions } from "@httpx/httpx/retry";
 * import { assertEquals } from "@std/assert";
 *
 * const retry: RetryOptions = { limit: 5, statuses: [503], backoff: { baseMs: 1 } };
 * let requests = 0;
 * const transport = new MockTransport(() => new Response(++requests < 4 ? 503 : 200));
 * await using client = new Client({ transport, retry });
 * assertEquals([(await client.get("https://example.org/")).status, requests], [200, 4]);
 * ```
 */
export interface RetryOptions {
  /** How many tries may follow the first. Default: 2. */
  readonly limit?: number | undefined;
  /**
   * Methods that may be repeated although the server may have acted on the request. A request with `Idempotency-Key` may
   * be repeated whatever its method. Default: `GET`, `HEAD`, `OPTIONS`, `TRACE`, `PUT`, `DELETE`, `QUERY`.
   */
  readonly methods?: readonly string[] | undefined;
  /** Statuses to retry. Default: 408, 425, 429, 502, 503, 504. */
  readonly statuses?: readonly number[] | undefined;
  /** How long to wait between tries. Default: a random part of 300 ms, 600 ms, 1200 ms and so on up to 20 s. */
  readonly backoff?: BackoffOptions | undefined;
  /** Whether to wait at least as long as `Retry-After` asks for. Default: `true`. */
  readonly respectRetryAfter?: boolean | undefined;
  /** If `Retry-After` asks for more than this, in milliseconds, the response is returned. Default: 60,000. */
  readonly maxRetryAfterMs?: number | undefined;
  /** How many retries the client may make over all its calls; `null` for any number. An option of the client alone. */
  readonly budget?: RetryBudgetOptions | null | undefined;
  /**
   * Decides about a try that could be followed by another: `true` retries, `false` does not, nothing leaves it to the
   * other options. Called for every response and every failure that another try could mend. A `SyncClient` takes no
   * promise.
   */
  readonly shouldRetry?:
    | ((attempt: AttemptDetails) => RetryDecision | Promise<RetryDecision>)
    | undefined;
  /** Called before each wait. What it throws ends the call. A `SyncClient` takes no promise. */
  readonly onRetry?: ((attempt: AttemptDetails) => unknown) | undefined;
}

/**
 * What `shouldRetry` may return.
 *
 * @example Leave it to the other options
 * ```ts
 * import type { RetryDecision } from "@httpx/httpx/retry";
 * import { assertEquals } from "@std/assert";
 *
 * const decision: RetryDecision = undefined;
 * assertEquals(decision, undefined);
 * ```
 */
export type RetryDecision = boolean | null | undefined | void;

/**
 * What the option `retry` takes: how many tries may follow the first, all options by name, or `null` for none.
 *
 * @example Two more tries
 * ```ts
 * import type { RetryLike } from "@httpx/httpx/retry";
 * import { assertEquals } from "@std/assert";
 *
 * const retry: RetryLike = 2;
 * assertEquals(retry, 2);
 * ```
 */
export type RetryLike = number | RetryOptions | null;

/** A retry policy with all its values. */
export interface RetryRules {
  readonly limit: number;
  readonly methods: ReadonlySet<string>;
  readonly statuses: ReadonlySet<number>;
  readonly backoff: {
    readonly baseMs: number;
    readonly maxMs: number;
    /** The random number generator, or `null` to wait the whole time. */
    readonly random: (() => number) | null;
  };
  readonly respectRetryAfter: boolean;
  readonly maxRetryAfterMs: number;
  readonly budget: { readonly ratio: number; readonly minPerSecond: number } | null;
  readonly shouldRetry: RetryOptions["shouldRetry"] | null;
  readonly onRetry: RetryOptions["onRetry"] | null;
}

/** The rules of `retry: {}`. */
export const DEFAULT_RETRY: RetryRules = {
  limit: 2,
  methods: /* @__PURE__ */ new Set(["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE", "QUERY"]),
  statuses: /* @__PURE__ */ new Set([408, 425, 429, 502, 503, 504]),
  backoff: { baseMs: 300, maxMs: 20_000, random: Math.random },
  respectRetryAfter: true,
  maxRetryAfterMs: 60_000,
  budget: { ratio: 0.1, minPerSecond: 1 },
  shouldRetry: null,
  onRetry: null,
};

const NAMES: { readonly [Name in keyof RetryOptions]-?: true } = {
  limit: true,
  methods: true,
  statuses: true,
  backoff: true,
  respectRetryAfter: true,
  maxRetryAfterMs: true,
  budget: true,
  shouldRetry: true,
  onRetry: true,
};

/**
 * The rules that an option stands for; `null` for none.
 *
 * @param base the rules that hold for what is not given: the client's own for an option of one call
 * @throws {TypeError} for an unknown name, and a value of the wrong kind
 */
export function checkRetry(
  option: RetryLike | undefined,
  base: RetryRules = DEFAULT_RETRY,
): RetryRules | null {
  if (option === undefined || option === null) return null;
  const given = typeof option === "number" ? { limit: option } : option;
  checkNames("retry", given, Object.keys(NAMES));
  const { limit, methods, statuses, backoff, budget } = given;
  const { respectRetryAfter = base.respectRetryAfter, maxRetryAfterMs } = given;
  if (typeof respectRetryAfter !== "boolean") {
    throw badOption("retry.respectRetryAfter", "give true or false");
  }
  return {
    limit: limit === undefined ? base.limit : checkCount("retry.limit", limit),
    methods: methods === undefined ? base.methods : checkMethods(methods),
    statuses: statuses === undefined ? base.statuses : checkStatuses(statuses),
    backoff: backoff === undefined ? base.backoff : checkBackoff(backoff, base.backoff),
    respectRetryAfter,
    maxRetryAfterMs: maxRetryAfterMs === undefined
      ? base.maxRetryAfterMs
      : checkMs("retry.maxRetryAfterMs", maxRetryAfterMs),
    budget: budget === undefined ? base.budget : checkBudget(budget),
    shouldRetry: checkFunction("retry.shouldRetry", given.shouldRetry) ?? base.shouldRetry,
    onRetry: checkFunction("retry.onRetry", given.onRetry) ?? base.onRetry,
  };
}

/**
 * The rules of one call, over those of its client.
 *
 * @throws {TypeError} as `checkRetry()`, and for `budget`, which belongs to the client
 */
export function checkCallRetry(
  option: RetryLike | undefined,
  base: RetryRules = DEFAULT_RETRY,
): RetryRules | null {
  if (typeof option === "object" && option !== null && option.budget !== undefined) {
    throw badOption("retry.budget", "it is shared by all calls; give it to the client");
  }
  return checkRetry(option, base);
}

function checkMethods(methods: readonly string[]): ReadonlySet<string> {
  const isList = Array.isArray(methods) &&
    methods.every((method: unknown) =>
      typeof method === "string" && /^[\w!#$%&'*+.^`|~-]+$/.test(method)
    );
  if (!isList) throw badOption("retry.methods", 'give a list of methods, such as ["GET", "PUT"]');
  return new Set(methods.map((method) => method.toUpperCase()));
}

function checkStatuses(statuses: readonly number[]): ReadonlySet<number> {
  const isList = Array.isArray(statuses) &&
    statuses.every((status: unknown) =>
      Number.isInteger(status) && 200 <= Number(status) && Number(status) <= 999
    );
  if (!isList) throw badOption("retry.statuses", "give a list of status codes, such as [429, 503]");
  return new Set(statuses);
}

function checkBackoff(
  option: BackoffOptions,
  base: RetryRules["backoff"],
): RetryRules["backoff"] {
  checkNames("retry.backoff", option, ["baseMs", "maxMs", "jitter"]);
  const { baseMs = base.baseMs, maxMs = Math.max(base.maxMs, baseMs), jitter } = option;
  checkMs("retry.backoff.baseMs", baseMs);
  checkMs("retry.backoff.maxMs", maxMs);
  if (baseMs > maxMs) {
    throw badOption("retry.backoff", `baseMs, ${baseMs}, exceeds maxMs, ${maxMs}`);
  }
  if (
    jitter !== undefined && jitter !== "full" && jitter !== "none" && typeof jitter !== "function"
  ) {
    throw badOption("retry.backoff.jitter", 'give "full", "none", or a random number generator');
  }
  const randoms = { full: Math.random, none: null };
  const random = typeof jitter === "string" ? randoms[jitter] : jitter ?? base.random;
  return { baseMs, maxMs, random };
}

function checkBudget(option: RetryBudgetOptions | null): RetryRules["budget"] {
  if (option === null) return null;
  checkNames("retry.budget", option, ["ratio", "minPerSecond"]);
  const { ratio = 0.1, minPerSecond = 1 } = option;
  for (const [name, value] of Object.entries({ ratio, minPerSecond })) {
    if (!(typeof value === "number" && value >= 0)) {
      throw badOption(`retry.budget.${name}`, "give a number, 0 or more");
    }
  }
  return { ratio, minPerSecond };
}
