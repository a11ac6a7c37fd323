/** Authentication that is one step: a function from request to request. */
import { Request } from "../message/request.ts";
import type { Response } from "../message/response/response.ts";
import {
  awaitedFlow,
  blockingFlow,
  type DualFlow,
  exchange,
  paused,
} from "../message/dual_flow.ts";
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
  readonly #sign: AuthFunction;

  /** Takes the function that signs. */
  constructor(sign: AuthFunction) {
    super();
    this.#sign = sign;
  }

  /**
   * Sends what the function returns; one step.
   *
   * @throws {TypeError} for anything but a request
   */
  override asyncAuthFlow(request: Request): AsyncGenerator<Request, void, Response> {
    return awaitedFlow(this.#steps(request));
  }

  /**
   * The same for callers that block.
   *
   * @throws {TypeError} for anything but a request, a promise included
   */
  override authFlow(request: Request): Generator<Request, void, Response> {
    return blockingFlow(this.#steps(request));
  }

  *#steps(request: Request): DualFlow {
    const signed = yield* paused<unknown>(() => this.#sign(request), () => this.#signNow(request));
    if (!(signed instanceof Request)) throw notSigned(signed);
    yield* exchange(signed);
  }

  #signNow(request: Request): unknown {
    const signed: unknown = this.#sign(request);
    if (!(signed instanceof Promise)) return signed;
    signed.catch(() => {}); // the error below says more
    throw notSigned(signed, "; a synchronous client can't wait for it");
  }
}

function notSigned(value: unknown, why = ""): TypeError {
  return new TypeError(
    `Cannot send what the auth function returned, of type ${typeof value}: return the request${why}`,
  );
}
