/** The Bearer scheme, RFC 6750: a token, or whatever hands one out, with every request. */
import type { Request } from "../message/request.ts";
import type { Response } from "../message/response/response.ts";
import { Auth } from "./auth.ts";
import {
  awaitedFlow,
  blockingFlow,
  type DualFlow,
  exchange,
  paused,
} from "../message/dual_flow.ts";

/** A token, or a function that is asked for one before each request. */
export type BearerToken = string | (() => string | Promise<string>);

/**
 * A bearer token, sent with every request. It goes to no other origin that a redirect leads to.
 *
 * @example A token that changes
 * ```ts
 * import { BearerAuth, Client, MockTransport, Response } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const transport = new MockTransport((request) =>
 *   new Response(200, { text: request.headers.get("authorization") ?? "" })
 * );
 * const tokens = ["one", "two"];
 * const auth = new BearerAuth(() => Promise.resolve(tokens.shift() ?? "none"));
 * await using client = new Client({ transport, auth });
 * assertEquals(await (await client.get("https://example.org/")).text(), "Bearer one");
 * assertEquals(await (await client.get("https://example.org/")).text(), "Bearer two");
 * ```
 */
export class BearerAuth extends Auth {
  readonly #token: BearerToken;

  /**
   * Takes the token, or the function; that is called once for each request.
   *
   * @throws {TypeError} for an empty token, or one with a space or what no header can carry
   */
  constructor(token: BearerToken) {
    super();
    this.#token = typeof token === "function" ? token : checkedToken(token);
  }

  /**
   * Adds the token; one step.
   *
   * @throws {TypeError} where the function gives no usable token
   */
  override asyncAuthFlow(request: Request): AsyncGenerator<Request, void, Response> {
    return awaitedFlow(this.#steps(request));
  }

  /**
   * The same for callers that block.
   *
   * @throws {TypeError} where the function gives no usable token, or a promise of one
   */
  override authFlow(request: Request): Generator<Request, void, Response> {
    return blockingFlow(this.#steps(request));
  }

  *#steps(request: Request): DualFlow {
    const given = this.#token;
    const token = typeof given === "string"
      ? given
      : checkedToken(yield* paused<unknown>(async () => await given(), () => atOnce(given())));
    request.headers.set("Authorization", `Bearer ${token}`);
    yield* exchange(request);
  }
}

function atOnce(token: unknown): unknown {
  if (!(token instanceof Promise)) return token;
  token.catch(() => {}); // the error below says more
  throw new TypeError(
    "Cannot use a bearer token that is a promise in a synchronous client: give the token, or use the asynchronous client",
  );
}

/** A little more than RFC 6750 §2.1 allows, because servers do; never shown. */
function checkedToken(token: unknown): string {
  if (typeof token !== "string") {
    throw new TypeError(`Cannot use a bearer token of type ${typeof token}: give a string`);
  }
  if (!isSendableToken(token)) {
    const fault = token === "" ? "it is empty" : "it has a space or a character beyond ASCII in it";
    throw new TypeError(`Cannot use a bearer token: ${fault}`);
  }
  return token;
}

/** Whether a token can stand in a header: visible ASCII, at least one. */
export function isSendableToken(token: string): boolean {
  return /^[!-~]+$/.test(token);
}
