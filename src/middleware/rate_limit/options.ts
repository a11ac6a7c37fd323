/** The options of `rateLimit()`. */
import { badOption } from "../../options/bad_option.ts";
import { checkCount, checkFunction, checkNames } from "../../options/check_value.ts";
import { addressOf, type Request } from "../../message/request.ts";

/**
 * What `rateLimit()` may let through. Without any of them it heeds what servers say of their limits, and nothing else.
 *
 * @example Ten requests a second for each host, four at a time
 * ```ts
 * import type { RateLimitOptions } from "@httpx/httpx/limit";
 * import { assertEquals } from "@std/assert";
 *
 * const options: RateLimitOptions = { requests: 10, perMs: 1000, concurrency: 4, key: ({ url }) => new URL(url).hostname };
 * assertEquals(options.requests, 10);
 * ```
 */
export interface RateLimitOptions {
  /** How many requests may start in any stretch of `perMs`; all at once, if they were not used before. Default: no limit. */
  readonly requests?: number | undefined;
  /** The length of the stretch, in milliseconds. Default: 1000. */
  readonly perMs?: number | undefined;
  /** How many requests may be under way at once, until their responses are read or closed. Default: no limit. */
  readonly concurrency?: number | undefined;
  /** Requests of the same key share the limits. Default: the origin of the URL. */
  readonly key?: ((request: Request) => string) | undefined;
}

/** Options with all their values. */
export interface RateLimitRules {
  /** `null` for no rate. */
  readonly rate: { readonly requests: number; readonly perMs: number } | null;
  /** `Infinity` for no limit. */
  readonly concurrency: number;
  readonly key: (request: Request) => string;
}

/** The longest period of a rate: a token that is used must be back while the program may still run. */
const MAX_PER_MS = 366 * 24 * 3_600_000;

/**
 * The rules that options stand for.
 *
 * @throws {TypeError} for an unknown name, and a value of the wrong kind
 */
export function checkRateLimit(options: RateLimitOptions): RateLimitRules {
  checkNames("rateLimit", options, ["requests", "perMs", "concurrency", "key"]);
  const { requests = Infinity, perMs, concurrency = Infinity } = options;
  checkCount("rateLimit.requests", requests, 1);
  checkCount("rateLimit.concurrency", concurrency, 1);
  const isPeriod = perMs === undefined ||
    typeof perMs === "number" && perMs > 0 && perMs <= MAX_PER_MS;
  if (!isPeriod) {
    throw badOption("rateLimit.perMs", "give milliseconds, more than 0 and a year at most");
  }
  if (perMs !== undefined && options.requests === undefined) {
    throw badOption("rateLimit.perMs", "it is the period of a rate; give requests as well");
  }
  return {
    rate: requests === Infinity ? null : { requests, perMs: perMs ?? 1000 },
    concurrency,
    key: checkFunction("rateLimit.key", options.key) ?? ((request) => addressOf(request).origin),
  };
}
