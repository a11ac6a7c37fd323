/**
 * The one interface everything is built on: a Request goes in, a Response comes out.
 */
import type { Request } from "../message/request.ts";
import type { Response } from "../message/response/response.ts";
import type { TransportUsage } from "../observe/usage.ts";

/**
 * Carries one request to what answers it. Sockets, `fetch`, a mock and an app in this process are
 * transports, and each can wrap another.
 *
 * @example A transport that names itself
 * ```ts
 * import { Client, MockTransport, type Request, type Response, type Transport } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * class Named implements Transport {
 *   readonly #inner: Transport;
 *   constructor(inner: Transport) {
 *     this.#inner = inner;
 *   }
 *   handleRequest(request: Request): Promise<Response> {
 *     request.headers.set("x-via", "named");
 *     return this.#inner.handleRequest(request);
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
  /** Opens a connection that such a request could use, if none is idle; a hint, whose failure is not reported. */
  preconnect?(request: Request): void;
  /** Frees everything the transport holds. Requests after it are refused. */
  close?(): Promise<void>;
  /**
   * Whether the transport itself ends a request by `timeout.total` and the signal of its call
   * (`request.extensions.call.deadline`), its body included. Default: `false`; the client ends it then.
   */
  readonly keepsDeadline?: boolean;
  /** Counts the connections, for `client.stats()`. Default: there are none to count. */
  usage?(): TransportUsage;
}

/** What a synchronous client passes to its transport with a call. */
export interface SyncHints {
  /** Whether the caller reads the body piece by piece; else all of it is wanted at once. */
  readonly isStreamed: boolean;
  /** The most that the decoded body may become; `Infinity` is no limit. */
  readonly maxBytes: number;
}

/**
 * A transport for callers that block: the synchronous client's own, a mock, an app in this process, or one of your own
 * around these.
 *
 * @example A transport that names itself
 * ```ts
 * import { MockTransport, type Request, Response, SyncClient, type SyncHints, type SyncTransport } from "@httpx/httpx/sync";
 * import { assertEquals } from "@std/assert";
 *
 * class Named implements SyncTransport {
 *   readonly #inner: SyncTransport;
 *   constructor(inner: SyncTransport) {
 *     this.#inner = inner;
 *   }
 *   handleRequestSync(request: Request, hints: SyncHints): Response {
 *     request.headers.set("x-via", "named");
 *     return this.#inner.handleRequestSync(request, hints);
 *   }
 * }
 * const echo = new MockTransport((request) => new Response(200, { text: request.headers.get("x-via") ?? "" }));
 * using client = new SyncClient({ transport: new Named(echo) });
 * assertEquals(client.get("http://example.org/").text(), "named");
 * ```
 */
export interface SyncTransport {
  /** Sends the request as it stands and returns once the response's head is here. */
  handleRequestSync(request: Request, hints: SyncHints): Response;
  /** Frees everything the transport holds. Requests after it are refused. */
  closeSync?(): void;
}
