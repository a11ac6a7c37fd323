/** How long each part of an exchange took: `response.timings` and `error.timings`, made when they are asked for. */
import type { SocketAddress, SocketFacts } from "../runtime/socket.ts";
import type { ExchangeTimes } from "../semantics/exchange_times.ts";

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
  readonly remoteAddress: SocketAddress | null;
  /** `"HTTP/1.1"`, `"HTTP/2"` and so on. */
  readonly httpVersion: string | null;
  /** `"TLSv1.3"` and so on. */
  readonly tlsVersion: string | null;
  /** As the runtime names it. */
  readonly cipher: string | null;
}

/** What the times are completed with. */
export interface TimingsInit {
  /** When the body ended, or the exchange failed, by `performance.now()`; `null` if it did not. */
  readonly endedAtMs: number | null;
  readonly httpVersion: string | null;
  readonly facts: SocketFacts | null;
}

/** The timings of an exchange. */
export function timingsOf(
  times: ExchangeTimes,
  { endedAtMs, httpVersion, facts }: TimingsInit,
): Timings {
  const { connect, isReused, queuedAtMs, sendingAtMs, sentAtMs, headAtMs } = times;
  const own = isReused ? null : connect;
  const connectEndMs = own === null ? null : own.connectedAtMs ?? endedAtMs;
  const startedAtMs = own?.startedAtMs ?? null;
  const reachedAtMs = own?.securingAtMs ?? connectEndMs;
  const sendEndMs = sentAtMs || endedAtMs;
  return {
    queued: queuedMs(times, endedAtMs),
    dns: between(startedAtMs, own?.resolvedAtMs ?? null),
    connect: between(own?.resolvedAtMs ?? startedAtMs, reachedAtMs),
    tls: between(own?.securingAtMs ?? null, connectEndMs),
    sending: between(sendingAtMs || null, sendEndMs),
    waiting: between(sentAtMs || null, headAtMs || endedAtMs),
    downloading: between(headAtMs || null, endedAtMs),
    isReused,
    remoteAddress: facts?.remoteAddress ?? null,
    httpVersion,
    tlsVersion: facts?.tls?.protocol ?? null,
    cipher: facts?.tls?.cipher ?? null,
  };

  /** Until the connection was begun, if that was for this exchange; else until the request left. */
  function queuedMs({ connect }: ExchangeTimes, endMs: number | null): number {
    if (queuedAtMs === 0) return 0;
    const isOwn = !isReused && connect !== null && connect.startedAtMs >= queuedAtMs;
    const until = isOwn ? connect.startedAtMs : sendingAtMs || endMs;
    return Math.max(0, (until ?? queuedAtMs) - queuedAtMs);
  }
}

function between(fromMs: number | null, toMs: number | null): number | null {
  return fromMs === null || toMs === null ? null : Math.max(0, toMs - fromMs);
}
