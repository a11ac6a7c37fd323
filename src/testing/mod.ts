/**
 * Tests of code that uses a client, without a network.
 *
 * `MockRouter` is a transport that answers by routes. Give it to the client under test, or its `fetch` to code that takes
 * one; `SyncClient` takes it too.
 *
 * ```ts
 * import { Client } from "@httpx/httpx";
 * import { MockRouter } from "@httpx/httpx/testing";
 * import { assertEquals, assertRejects } from "@std/assert";
 *
 * const api = new MockRouter({ baseURL: "https://api.example" });
 * api.get("/users/:id", { headers: { accept: /json/ } })
 *   .replyOnce(429, { headers: { "retry-after": "0" } }) // the first call
 *   .reply((_, { params }) => Response.json({ id: params.id })); // those after it
 * api.post("/users", { json: { name: "Ada" } }).reply(201).delay(5);
 *
 * await using client = new Client({
 *   transport: api,
 *   baseURL: "https://api.example",
 *   headers: { accept: "application/json" },
 *   retry: { limit: 1, backoff: { baseMs: 1 } },
 * });
 * assertEquals(await (await client.get("/users/7")).json(), { id: "7" });
 * assertEquals((await client.post("/users", { json: { name: "Ada" } })).status, 201);
 * assertEquals(api.calls.length, 3);
 * api.assertDone(); // every route was asked for, every request found one
 *
 * // A request that fits no route is an error that says what differs.
 * const error = await assertRejects(() => client.post("/users", { json: { name: "Bob" } }));
 * assertEquals((error as Error).message.split("\n")[1], '  POST https://api.example/users: json.name is "Bob", not "Ada"');
 * ```
 *
 * - **Patterns.** `/users/:id` takes one segment, a last `*` whatever follows, `https://*.example.com/` any subdomain. A
 *   path alone takes every host, or, with `baseURL`, its own.
 * - **What is expected.** `params`, `headers` and `content` take text, a regular expression or a function; `null` expects
 *   that a parameter or a field is missing; `json` takes an equal value or a function. What is not named may be anything.
 * - **Answers.** `reply()` from then on, `replyOnce()` for one request, `times(n)` for so many, `error()` for a failure,
 *   `delay(ms)` after a time that the call's own timeouts bound, `passThrough()` for the real server.
 * - **Scopes.** `using inner = api.scope()` has routes that come first, until it is disposed of.
 *
 * `record()` is a middleware that records what a real server answers, and replays it: HAR 1.2, without secrets. `faults()`
 * breaks exchanges by chance, with a seed.
 *
 * @module
 */
export { MockRouter, type MockRouterOptions, UnmatchedRequest } from "./mock_router.ts";
export { type Replier, type Reply, Route, type RoutedCall, type RouteInfo } from "./route.ts";
export type { Expected, RouteMatch } from "./match.ts";
export { type FaultOptions, faults } from "./faults.ts";
export { record, type RecordMode, type RecordOptions } from "./record/record.ts";
export { type RecordMatch, UnrecordedRequest } from "./record/replay.ts";
export type { HAREntry, HARPair, HARRequest, HARResponse } from "./record/har.ts";
