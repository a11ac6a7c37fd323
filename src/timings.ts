/** How long each part of an exchange took: `response.timings` and `error.timings`. `semantics/exchange_times.ts` makes them. */

/**
 * How long each part of one exchange took, in milliseconds, and over which connection. `null` is a part that did not take
 * place (yet), or that the runtime does not report.
 *
 * @example What a request over a reused connection waits for
 * ```ts
 * import { Client, type Timings } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const server = Deno.serve({ port: 0, onListen() {} }, () => new Response("hello"));
 * const seen: (Timings | null)[] = [];
 * {
 *   await using client = new Client();
 *   for (let i = 0; i < 2; i++) seen.push((await client.get(`http://127.0.0.1:${server.addr.port}/`)).timings);
 * }
 * assertEquals(seen.map((timings) => timings?.isReused), [false, true]);
 * assertEquals(seen.map((timings) => timings?.connect === null), [false, true]);
 * await server.shutdown();
 * ```
 */
export interface Timings {
  /** Waiting for a connection of the pool, or for another call that was making one. */
  readonly queued: number;
  /** Looking up the host, if that is not a part of connecting, which the runtime does by itself. */
  readonly dns: number | null;
  /** Connecting to the server, or to a proxy and through it. */
  readonly connect: number | null;
  /** The TLS handshake with the server. */
  readonly tls: number | null;
  /** Handing the request to the system. */
  readonly sending: number | null;
  /** From the end of the request to the head of the response. */
  readonly waiting: number | null;
  /** From the head of the response to the end of its body. */
  readonly downloading: number | null;
  /** Whether the connection had carried an earlier request. */
  readonly isReused: boolean;
  /** The server, or the proxy that was connected to. */
  readonly remoteAddress: { readonly host: string; readonly port: number } | null;
  /** `"HTTP/1.1"`, `"HTTP/2"` and so on. */
  readonly httpVersion: string | null;
  /** `"TLSv1.3"` and so on. */
  readonly tlsVersion: string | null;
  /** As the runtime names it. */
  readonly cipher: string | null;
}
