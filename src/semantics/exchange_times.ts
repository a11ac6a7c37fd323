/**
 * When the steps of a connection and of an exchange were taken, in the milliseconds of `performance.now()`. The wire writes
 * them down; `message/timings.ts` makes of them what callers see.
 */

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
