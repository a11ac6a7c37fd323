/**
 * Keeps a rate: so many requests in any stretch of time, so many at once, and what the server itself allows.
 *
 * @example Ten requests a second for each origin, four at a time
 * ```ts
 * import { Client, MockTransport, Response } from "@httpx/httpx";
 * import { rateLimit } from "@httpx/httpx/limit";
 * import { assertEquals } from "@std/assert";
 *
 * const transport = new MockTransport(() => new Response(200));
 * await using client = new Client({
 *   transport,
 *   middleware: [rateLimit({ requests: 10, perMs: 1000, concurrency: 4 })],
 * });
 * assertEquals((await client.get("https://example.org/")).status, 200);
 * ```
 *
 * - **The rate** holds in every window, wherever it begins: after a pause all `requests` may start at once, and each may
 *   be followed by another `perMs` later. A request that the server can have received late counts from then on.
 * - **Who waits** is served in the order of arrival, and holds no connection. Waiting counts against `timeout.total`,
 *   never against `timeout.pool`; a call whose turn can't come in time ends at once with a `TimeoutException`. An abort
 *   leaves no gap.
 * - **The server** is heeded without any option: after a 429 or 503 with `Retry-After` nothing is sent to the same key
 *   before; `RateLimit`, `RateLimit-Remaining` and `X-RateLimit-Remaining` say how many requests are left until their
 *   reset. A server can make requests wait for an hour at most.
 *
 * Each try of `retry()` counts if it stands outside: `middleware: [retry(), rateLimit({ … })]`. The option `retry` stands
 * innermost, so its further tries pass no limit.
 *
 * @example What a server says of its limits
 * ```ts
 * import { Client, MockTransport, Response, TimeoutException } from "@httpx/httpx";
 * import { rateLimit } from "@httpx/httpx/limit";
 * import { assertRejects } from "@std/assert";
 *
 * const headers = { "RateLimit": '"hourly";r=0;t=1800' };
 * const transport = new MockTransport(() => new Response(200, { headers }));
 * await using client = new Client({ transport, timeout: { total: 10_000 }, middleware: [rateLimit()] });
 * await client.get("https://example.org/");
 * await assertRejects(() => client.get("https://example.org/"), TimeoutException, "the rate limit allows it in ");
 * ```
 *
 * @module
 */
export type { DualMiddleware } from "../middleware.ts";
export type { RateLimitOptions } from "./options.ts";
export { rateLimit } from "./rate_limit.ts";
