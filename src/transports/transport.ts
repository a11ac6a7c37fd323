/**
 * The one interface everything is built on: a Request goes in, a Response comes out.
 */
import type { Request } from "../message/request.ts";
import type { Response } from "../message/response/response.ts";

/**
 * Carries one request to whoever answers it. Sockets, `fetch`, a mock and an app in this process are
 * transports, and each can wrap another.
 *
 * @example A transport that names itself
 * ```ts
 * import { Client, MockTransport, type Request, type Response, type Transport } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * class Named implements Transport {
 *   constructor(readonly inner: Transport) {}
 *   handleRequest(request: Request): Promise<Response> {
 *     request.headers.set("x-via", "named");
 *     return this.inner.handleRequest(request);
 *   }
 * }
 * const echo = new MockTransport((request) => new globalThis.Response(request.headers.get("x-via")));
 * await using client = new Client({ transport: new Named(echo) });
 * assertEquals(await (await client.get("http://example.org/")).text(), "named");
 * ```
 */
export interface Transport {
  /**
   * Sends the request as it stands and resolves once the response's head is here; the body is read
   * from the response. It follows no redirect and adds no credentials.
   */
  handleRequest(request: Request): Promise<Response>;
  /** Frees everything the transport holds. Requests after it are refused. */
  close?(): Promise<void>;
}
