/**
 * Authentication as a conversation: a flow yields a request, is given its response, and yields the next request or ends.
 * A flow sends nothing itself, knows no client, and sees the end of a chain of redirects, not each hop. So
 * credentials leave with requests that the flow made, and a redirect to another origin takes them off again.
 */
import type { Request } from "../message/request.ts";
import type { Response } from "../message/response/response.ts";

/**
 * The base of all authentication. Override `authFlow`, or `asyncAuthFlow` where the flow has to wait for something.
 *
 * The response of the last request a flow yields is the result of the call; those before it are read and
 * stand in its `history`.
 *
 * @example Ask for a token when the server wants one
 * ```ts
 * import { Auth, Client, MockTransport, type Request, Response } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * class TokenAuth extends Auth {
 *   override *authFlow(request: Request): Generator<Request, void, Response> {
 *     const response = yield request;
 *     if (response.status !== 401) return;
 *     request.headers.set("x-token", response.headers.get("x-challenge") ?? "");
 *     yield request;
 *   }
 * }
 *
 * const transport = new MockTransport((request) =>
 *   request.headers.has("x-token")
 *     ? new Response(200)
 *     : new Response(401, { headers: { "x-challenge": "7" } })
 * );
 * await using client = new Client({ transport, auth: new TokenAuth() });
 * const response = await client.get("https://example.org/");
 * assertEquals([response.status, response.history.length], [200, 1]);
 * ```
 */
export abstract class Auth {
  /** Whether the flow uses `request.content`; the body is then read before the flow begins. Default: `false`. */
  readonly requiresRequestBody: boolean = false;
  /** Whether the flow uses `response.content`; bodies are then read before the flow sees them. Default: `false`. */
  readonly requiresResponseBody: boolean = false;

  /** Yields requests and receives their responses. The default sends the request as it is. */
  *authFlow(request: Request): Generator<Request, void, Response> {
    yield request;
  }

  /** The same for flows that wait for something themselves. Where it is there, `authFlow` is not used. */
  asyncAuthFlow?(request: Request): AsyncGenerator<Request, void, Response>;
}
