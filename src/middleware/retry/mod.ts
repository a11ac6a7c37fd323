/**
 * Sends a request again when it failed in a way that may pass.
 *
 * With the option `retry` of a client, or of one call, nothing has to be imported: the code is loaded with the first call
 * that asks for it. `retry()` makes the same as a middleware, for another place in the list.
 *
 * @example Two more tries
 * ```ts
 * import { Client, MockTransport, Response } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * let requests = 0;
 * const transport = new MockTransport(() => new Response(++requests < 3 ? 503 : 200));
 * await using client = new Client({ transport, retry: { limit: 2, backoff: { baseMs: 1 } } });
 *
 * assertEquals((await client.get("https://example.org/")).status, 200);
 * assertEquals((await client.get("https://example.org/", { retry: null })).extensions.retries, undefined);
 * ```
 *
 * ## What is sent again
 *
 * - A response of a status in `statuses`, if the method is one of `methods` or the request has an `Idempotency-Key`.
 * - A failure of the network or of the peer: of any method if the server provably has not acted on the request
 *   (`error.safeToRetry`: the connection could not be made, HTTP/2 refused the stream), else of the same methods. A body
 *   that breaks off counts if the call reads it whole; a streamed one is the caller's.
 *
 * Never sent again: a body that can be sent only once, and failures that another try can't mend, such as a certificate
 * that is not trusted, a missing permission, an unsupported scheme, or an abort.
 *
 * ## How long the waits are
 *
 * A random part of 300 ms, then of 600 ms, 1200 ms and so on up to 20 s, and at least as long as `Retry-After` asks for.
 * If it asks for more than `maxRetryAfterMs`, or a wait does not fit into `timeout.total`, the call ends at once with
 * what it has. During a wait no connection is held: what is left of the response is read up to 64 KB, else its
 * connection is closed.
 *
 * ## How many there are
 *
 * `limit` tries after the first, and over the whole client at most one retry for ten calls (`budget`), so that an outage
 * is not multiplied by its clients.
 *
 * @example What was tried
 * ```ts
 * import { Client, ConnectError, HTTPError, MockTransport } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const transport = new MockTransport(() => {
 *   throw new ConnectError("connection refused", { phase: "connect", safeToRetry: true });
 * });
 * await using client = new Client({ transport, retry: { limit: 1, backoff: { baseMs: 1 } } });
 * try {
 *   await client.get("https://example.org/");
 * } catch (error) {
 *   if (!(error instanceof HTTPError)) throw error;
 *   assertEquals(error.attempts.map(({ outcome, stoppedBy }) => [outcome, stoppedBy]), [
 *     ["ConnectError", null],
 *     ["ConnectError", "limit"],
 *   ]);
 * }
 * ```
 *
 * @example Decide by the body, and say so
 * ```ts
 * import { Client, MockTransport, Response } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const states = ["pending", "done"];
 * const transport = new MockTransport(() => new Response(200, { json: { state: states.shift() } }));
 * const waits: string[] = [];
 * await using client = new Client({
 *   transport,
 *   retry: {
 *     backoff: { baseMs: 1 },
 *     shouldRetry: async ({ response }) => (await response?.json<{ state: string }>())?.state === "pending",
 *     onRetry: ({ number, outcome }) => void waits.push(`${number}: ${outcome}`),
 *   },
 * });
 * const response = await client.get("https://example.org/job");
 * assertEquals(await response.json(), { state: "done" });
 * assertEquals(waits, ["1: 200 OK"]);
 * ```
 *
 * @module
 */
export type { Attempt, StopReason } from "../../attempt.ts";
export type {
  AttemptDetails,
  BackoffOptions,
  RetryBudgetOptions,
  RetryDecision,
  RetryLike,
  RetryOptions,
} from "../../message/retry_options.ts";
export type { DualMiddleware } from "../middleware.ts";
export { retry } from "./retry.ts";
