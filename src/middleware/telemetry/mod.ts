/**
 * OpenTelemetry: a client span and the duration of each request, by the HTTP semantic conventions (version 1.45).
 *
 * Register an SDK as its own guide says (`new NodeSDK().start()` of `@opentelemetry/sdk-node`; `OTEL_DENO=true` on Deno), and
 * give each client the middleware.
 *
 * Nothing is imported: what the program registers with `@opentelemetry/api` 1.x is found by its global symbol, and so is
 * Deno's built-in telemetry, whose automatic spans see `fetch` alone. While nothing is registered a request passes untouched.
 *
 * - **Spans**: one for each attempt. Redirects, steps of an auth flow and tries of `retry` have one each, with
 *   `http.request.resend_count`; a response of a cache has none if `cache()` stands before `telemetry()`. The span is
 *   named by the method alone, ends with the body of the response, and is the child of the caller's. Its status is an
 *   error for 4xx, 5xx and failures.
 * - **`error.type`** is the status, or the class of the error: `ConnectError`, `ReadTimeout` and so on; `AbortError` for an
 *   aborted signal.
 * - **Metrics**: `http.client.request.duration`, in seconds, up to the end of the body.
 * - **Propagation**: the registered propagator writes the context into the request's headers.
 * - **Secrets**: `url.full` has neither user names nor passwords, nor values of parameters whose names say that they are
 *   secret.
 * - **Its place**: wherever it stands in the list, the option `retry` stands around it. A `retry()` in the list sees each
 *   try if it stands before it.
 *
 * @example Names by route, and a header as an attribute
 * ```ts
 * import { Client, MockTransport, Response } from "@httpx/httpx";
 * import { telemetry } from "@httpx/httpx/opentelemetry";
 * import { assertEquals } from "@std/assert";
 *
 * const spanName = ({ method, url }: { method: string; url: string }) => `${method} ${new URL(url).pathname}`;
 * const middleware = [telemetry({ spanName, responseHeaders: ["x-request-id"] })];
 * await using client = new Client({ transport: new MockTransport(() => new Response(204)), middleware });
 * assertEquals((await client.get("https://example.org/users")).status, 204);
 * ```
 *
 * @module
 */
export type { DualMiddleware } from "../middleware.ts";
export type { TelemetryOptions } from "./options.ts";
export { telemetry } from "./telemetry.ts";
