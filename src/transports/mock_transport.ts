/** Answers requests by a function: for tests, and for whatever is not a server. */
import { readSync } from "../message/request.ts";
import type { Request } from "../message/request.ts";
import { Response } from "../message/response/response.ts";
import { maskURL } from "../observe/mask.ts";
import { chunksUntilAborted, PendingAnswers } from "./abort.ts";
import { answeredAtOnce } from "./answer_at_once.ts";
import type { SyncTransport, Transport } from "./transport.ts";

/** Answers one request, with a response of ours or of the web's. */
export type MockHandler = (
  request: Request,
) => Response | globalThis.Response | Promise<Response | globalThis.Response>;

/**
 * A transport that calls a function. The request's body is in memory by then, as `request.content`.
 *
 * @example Test code that uses a client
 * ```ts
 * import { Client, MockTransport, Response } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const transport = new MockTransport((request) => new Response(200, { json: { at: request.url } }));
 * await using client = new Client({ transport });
 * const response = await client.get("https://example.org/");
 * assertEquals(await response.json(), { at: "https://example.org/" });
 * ```
 */
export class MockTransport implements Transport, SyncTransport {
  /** Its timeouts and signals end each exchange. */
  readonly keepsDeadline = true;
  readonly #handler: MockHandler;
  readonly #pending = new PendingAnswers();

  /**
   * Answers by the handler.
   *
   * @throws {TypeError} where it is no function
   */
  constructor(handler: MockHandler) {
    if (typeof handler !== "function") {
      throw new TypeError("Cannot make a MockTransport: the handler is no function");
    }
    this.#handler = handler;
  }

  /** Hands the request to the handler. What that throws is thrown. */
  async handleRequest(request: Request): Promise<Response> {
    request.signal?.throwIfAborted();
    return await this.#pending.wait(request, async () => {
      await request.read();
      return asOurs(await this.#handler(request), request);
    });
  }

  /**
   * The same for callers that block.
   *
   * @throws {TypeError} where the handler, or the body of what it gives, has to be waited for. What it throws is thrown
   */
  handleRequestSync(request: Request): Response {
    request.signal?.throwIfAborted();
    readSync(request);
    return asOurs(answeredAtOnce(request, () => this.#handler(request)), request);
  }

  /** Ends the calls that are pending with a `CloseError`. It holds nothing between calls, so that it can be used again. */
  close(): Promise<void> {
    this.#pending.close();
    return Promise.resolve();
  }
}

/** A response of ours, named after its request; one of the web's is streamed through. */
export function asOurs(response: Response | globalThis.Response, request: Request): Response {
  if (response instanceof Response) {
    response.request = request;
    return response;
  }
  const reason = whyNoAnswer(response);
  if (reason !== null) {
    throw new TypeError(`Cannot answer ${request.method} ${maskURL(request.url)}: ${reason}`);
  }
  const { status, statusText, headers, body } = response;
  const extensions = statusText === "" ? {} : { reason_phrase: statusText };
  const stream = body === null ? [] : chunksUntilAborted(request.signal, body);
  return new Response(status, { headers: [...headers], stream, request, extensions });
}

function whyNoAnswer(response: globalThis.Response | null | undefined): string | null {
  if (typeof response?.status !== "number") return "the handler gave no Response";
  return response.body?.locked || response.bodyUsed
    ? "the body of the handler's Response was read before; make a new one for each request"
    : null;
}
