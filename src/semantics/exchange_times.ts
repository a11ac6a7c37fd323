/**
 * When the steps of a connection and of an exchange were taken, in the milliseconds of `performance.now()`: the wire writes
 * them down, and `timingsOf()` makes of them what callers see, if they ask.
 */
import type { Timings } from "../timings.ts";

/** The steps of one connection. A step that was not taken, or that the runtime does not report, is `null`. */
export interface ConnectTimes {
  readonly startedAtMs: number;
  /** The addresses of the host are known. */
  resolvedAtMs: number | null;
  /** The peer, or the tunnel to it, is connected, and TLS with it begins. */
  securingAtMs: number | null;
  connectedAtMs: number | null;
}

/** The steps of one exchange; 0 is not yet. */
export class ExchangeTimes {
  /** The connection of the exchange, `null` if that is not known. */
  readonly connect: ConnectTimes | null;
  /** Whether that connection had carried an earlier request. */
  readonly isReused: boolean;
  /** Since when the exchange has waited for its connection; 0 for one that did not wait. */
  readonly queuedAtMs: number;
  sendingAtMs = 0;
  sentAtMs = 0;
  headAtMs = 0;

  constructor(
    connect: ConnectTimes | null,
    { isReused, queuedAtMs }: { readonly isReused: boolean; readonly queuedAtMs: number },
  ) {
    this.connect = connect;
    this.isReused = isReused;
    this.queuedAtMs = queuedAtMs;
  }

  /** The request begins to leave: all of it at once, or not. */
  onSending(isWhole: boolean): void {
    this.sendingAtMs = performance.now();
    if (isWhole) this.sentAtMs = this.sendingAtMs;
  }

  onSent(): void {
    if (this.sentAtMs === 0) this.sentAtMs = performance.now();
  }

  onHead(): void {
    this.headAtMs = performance.now();
  }
}

/** What is known of a peer. */
interface PeerFacts {
  readonly remoteAddress: Timings["remoteAddress"];
  readonly tls: { readonly protocol: string | null; readonly cipher: string | null } | null;
}

/** What the times are completed with. */
export interface TimingsInit {
  /** When the body ended, or the exchange failed, by `performance.now()`; `null` if it did not. */
  readonly endedAtMs: number | null;
  readonly httpVersion: string | null;
  readonly facts: PeerFacts | null;
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
