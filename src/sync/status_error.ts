/** The error of a status, as it is thrown here: the same class, with a response that blocks. */
import type { HTTPError } from "../errors.ts";
import { HTTPStatusError as SharedHTTPStatusError } from "../message/response/response.ts";
import type { Request } from "../message/request.ts";
import type { SyncResponse } from "./sync_response.ts";

/** An `HTTPStatusError` whose response is a synchronous client's. */
export interface HTTPStatusError extends HTTPError {
  /** The response, with its body if that was read. */
  readonly response: SyncResponse;
}

/** The class of it. */
export interface HTTPStatusErrorClass {
  /** An error that knows both sides of the exchange. */
  new (
    message: string,
    init: { readonly request: Request; readonly response: SyncResponse },
  ): HTTPStatusError;
  /** What `instanceof` asks. */
  readonly prototype: HTTPStatusError;
}

/**
 * `raiseForStatus()` on a response that is not 2xx: the very class that `@httpx/httpx` exports.
 *
 * @example A status as an exception
 * ```ts
 * import { HTTPStatusError, MockTransport, Response, SyncClient } from "@httpx/httpx/sync";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const transport = new MockTransport(() => new Response(404, { text: "no such thing" }));
 * using client = new SyncClient({ transport });
 * const response = client.get("https://example.org/");
 * const error = assertThrows(() => response.raiseForStatus(), HTTPStatusError);
 * assertEquals(error.response.text(), "no such thing");
 * ```
 */
export const HTTPStatusError: HTTPStatusErrorClass =
  SharedHTTPStatusError as unknown as HTTPStatusErrorClass; // the same, by another type
