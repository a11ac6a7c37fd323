/** What the connections of a transport are doing: the shapes that `client.stats()` is made of. */

/**
 * The connections to one origin, or to one forwarding proxy.
 *
 * @example Which origin is busiest
 * ```ts
 * import type { OriginUsage } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const idle = { connecting: 0, idle: 0, waiting: 0 };
 * const origins: OriginUsage[] = [
 *   { ...idle, origin: "https://a.example", active: 2, streams: 9, longestMs: 40 },
 *   { ...idle, origin: "https://b.example", active: 1, streams: 1, longestMs: 950 },
 * ];
 * const slowest = origins.toSorted((a, b) => b.longestMs - a.longestMs)[0];
 * assertEquals(slowest?.origin, "https://b.example");
 * ```
 */
export interface OriginUsage {
  /** `https://example.org`, or `proxy http://127.0.0.1:3128` for requests that a proxy forwards. */
  readonly origin: string;
  /** Connections that are being made. */
  readonly connecting: number;
  /** Connections in use. */
  readonly active: number;
  /** Connections that wait for another request. */
  readonly idle: number;
  /** Requests under way: over HTTP/2 one connection carries several. */
  readonly streams: number;
  /** Calls that wait for a connection. */
  readonly waiting: number;
  /** How long the longest of the connections in use has been so, in milliseconds; 0 if none is. */
  readonly longestMs: number;
}

/**
 * The connections of a transport, counted.
 *
 * @example Connections of a transport that has sent nothing
 * ```ts
 * import { HTTPTransport, type TransportUsage } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * await using transport = new HTTPTransport();
 * const usage: TransportUsage = transport.usage();
 * assertEquals([usage.active, usage.bytesSent, usage.origins], [0, 0, []]);
 * ```
 */
export interface TransportUsage {
  /** Connections that are being made. */
  readonly connecting: number;
  /** Connections in use. */
  readonly active: number;
  /** Connections that wait for another request. */
  readonly idle: number;
  /** Requests under way: over HTTP/2 one connection carries several. */
  readonly streams: number;
  /** Calls that wait for a connection. */
  readonly waiting: number;
  /**
   * Bytes of HTTP sent since the start, heads and frames included. TLS, tunnels and what follows an upgrade (WebSocket)
   * are not counted.
   */
  readonly bytesSent: number;
  /** The same of what was received. */
  readonly bytesReceived: number;
  /** The same by origin, the one with the most connections in use first. */
  readonly origins: readonly OriginUsage[];
}

/** The sum of several transports; an origin that two of them lead to is listed twice. */
export function sumOfUsage(usages: readonly TransportUsage[]): TransportUsage {
  const sum = (name: Exclude<keyof TransportUsage, "origins">) =>
    usages.reduce((total, usage) => total + usage[name], 0);
  return {
    connecting: sum("connecting"),
    active: sum("active"),
    idle: sum("idle"),
    streams: sum("streams"),
    waiting: sum("waiting"),
    bytesSent: sum("bytesSent"),
    bytesReceived: sum("bytesReceived"),
    origins: usages.flatMap(({ origins }) => origins),
  };
}
