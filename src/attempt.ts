/** What is known of one try of a request, in words and numbers. */

/**
 * Why a try was the last one:
 *
 * - `success`: the response is not one to retry.
 * - `limit`: there were as many tries as allowed.
 * - `method`: the server may have acted on the request, and its method is not one to repeat.
 * - `body`: its body can be sent only once.
 * - `error`: the failure is one that another try can't mend.
 * - `retryAfter`: the server asks for a longer wait than `maxRetryAfterMs`.
 * - `deadline`: the wait does not fit into the call's total timeout, or the call was aborted.
 * - `budget`: too many calls of the client are being retried already.
 * - `shouldRetry`: the caller's function decided so.
 *
 * @example Ask why
 * ```ts
 * import { type Attempt, type StopReason } from "@httpx/httpx/retry";
 * import { assertEquals } from "@std/assert";
 *
 * const isOverloaded = (reason: StopReason | null) => reason === "budget" || reason === "limit";
 * const last: Pick<Attempt, "stoppedBy"> = { stoppedBy: "limit" };
 * assertEquals(isOverloaded(last.stoppedBy), true);
 * ```
 */
export type StopReason =
  | "success"
  | "limit"
  | "method"
  | "body"
  | "error"
  | "retryAfter"
  | "deadline"
  | "budget"
  | "shouldRetry";

/**
 * One try of a request: what happened, when, and how long the wait after it is. Found, the last try included, in `error.attempts` and in
 * `response.extensions.retries`.
 *
 * @example Each try, in the order they were made
 * ```ts
 * import { Client, MockTransport, Response } from "@httpx/httpx";
 * import type { Attempt } from "@httpx/httpx/retry";
 * import { assertEquals } from "@std/assert";
 *
 * const statuses = [503, 200];
 * const transport = new MockTransport(() => new Response(statuses.shift() ?? 500));
 * await using client = new Client({ transport, retry: { limit: 1, backoff: { baseMs: 1 } } });
 * const response = await client.get("https://example.org/");
 *
 * const tries: readonly Attempt[] = response.extensions.retries ?? [];
 * assertEquals(tries.map((attempt) => attempt.outcome), ["503 Service Unavailable", "200 OK"]);
 * ```
 */
export interface Attempt {
  /** 1 for the first try. */
  readonly number: number;
  /** The status of the response, or `null`. */
  readonly status: number | null;
  /** Why there is no response, or none that could be read; `null` if there is one. */
  readonly error: unknown;
  /** What happened, in a few words without secrets: `503 Service Unavailable`, `ConnectError`. */
  readonly outcome: string;
  /** When the try began, in milliseconds since 1970. */
  readonly startedAt: number;
  /** How long the try took, in milliseconds. */
  readonly durationMs: number;
  /** How long the wait before the next try is, in milliseconds; `null` if this is the last one. */
  readonly waitMs: number | null;
  /** Why there is no further try; `null` if there is one. */
  readonly stoppedBy: StopReason | null;
}
