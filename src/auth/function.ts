/** Authentication that is one step: a function from request to request. */
import { Request } from "../message/request.ts";
import type { Response } from "../message/response/response.ts";
import { Auth } from "./auth.ts";

/**
 * Signs a request, or replaces it. It may wait for something first, such as a token.
 *
 * @example A bearer token
 * ```ts
 * import { type AuthFunction, Request } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const bearer: AuthFunction = (request) => {
 *   request.headers.set("authorization", "Bearer s3cret");
 *   return request;
 * };
 * const request = await bearer(new Request("GET", "https://example.org/"));
 * assertEquals(request.headers.has("authorization"), true);
 * ```
 */
export type AuthFunction = (request: Request) => Request | Promise<Request>;

/**
 * A function as authentication. Clients make it of any function given as `auth`.
 *
 * @example Sign each request
 * ```ts
 * import { Client, MockTransport } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const transport = new MockTransport((request) => new Response(request.headers.get("x-key")));
 * await using client = new Client({
 *   transport,
 *   auth: (request) => {
 *     request.headers.set("x-key", "7");
 *     return request;
 *   },
 * });
 * assertEquals(await (await client.get("https://example.org/")).text(), "7");
 * ```
 */
export class FunctionAuth extends Auth {
  /** @internal What signs. */
  readonly sign: AuthFunction;

  /** Takes the function that signs. */
  constructor(sign: AuthFunction) {
    super();
    this.sign = sign;
  }

  /** Sends what the function returns; one step. */
  override async *asyncAuthFlow(request: Request): AsyncGenerator<Request, void, Response> {
    const signed: unknown = await this.sign(request);
    if (!(signed instanceof Request)) {
      throw new TypeError(
        `Cannot send what the auth function returned, of type ${typeof signed}: return the request`,
      );
    }
    yield signed;
  }
}
