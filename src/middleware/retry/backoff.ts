/** How long to wait after a failed try: exponential, with full jitter. */
import type { RetryRules } from "../../message/retry_options.ts";

/**
 * The wait after a try, in milliseconds: up to `baseMs` after the first, twice as much after each further one, `maxMs` at
 * most. Clients that failed together come back apart, because each waits a random part of it.
 *
 * @param number the number of the failed try, from 1
 */
export function backoffMs(
  number: number,
  { baseMs, maxMs, random }: RetryRules["backoff"],
): number {
  const ceilingMs = Math.min(maxMs, baseMs * 2 ** Math.min(number - 1, MAX_DOUBLINGS));
  return random === null ? ceilingMs : ceilingMs * Math.min(1, Math.max(0, random()));
}

/** `0 * Infinity` is not a number. */
const MAX_DOUBLINGS = 50;
