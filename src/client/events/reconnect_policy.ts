/**
 * What follows when a connection of an event stream is over (HTML §9.2.3): another attempt after a wait, the end, or an
 * error. A pure function of what is known; waiting and connecting are done elsewhere.
 */
import { LocalProtocolError, TransportError, UnsupportedProtocol } from "../../errors.ts";

/** How an attempt was over. */
export type Outcome =
  /** The server ended the stream; permanently if it answered 204 (HTML §9.2.3). */
  | { readonly kind: "ended"; readonly isFinal: boolean }
  /** The server answered, but not with an event stream: `error` describes it. */
  | { readonly kind: "refused"; readonly status: number; readonly error: unknown }
  /** There was no answer, or it broke off. */
  | { readonly kind: "failed"; readonly error: unknown };

/** What is done about it. */
export type Decision =
  | { readonly kind: "wait"; readonly ms: number }
  | { readonly kind: "end" }
  | { readonly kind: "throw"; readonly error: unknown };

/** How attempts follow each other. */
export interface ReconnectSettings {
  readonly limit: number;
  readonly baseMs: number;
  readonly maxMs: number;
  /** A number from 0, below 1. */
  readonly random: () => number;
}

/** What an event stream knows when a connection is over. */
export interface Situation {
  /** `null` if this stream does not reconnect. */
  readonly settings: ReconnectSettings | null;
  /** Attempts in a row that brought no event. */
  readonly failures: number;
  /** The time to wait that the server asked for, in milliseconds, or `null`. */
  readonly retryMs: number | null;
}

/** Statuses that may be others in a moment; HTML's `EventSource` reconnects after none. */
const PASSING: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);

/** Decides what follows. */
export function decide(outcome: Outcome, { settings, failures, retryMs }: Situation): Decision {
  if (settings === null || isFinal(outcome) || failures >= settings.limit) {
    return outcome.kind === "ended" ? { kind: "end" } : { kind: "throw", error: outcome.error };
  }
  return { kind: "wait", ms: waitMs(settings, { failures, retryMs }) };
}

/**
 * The server's time or more: between that and twice as much, so that clients of a server that restarts do not return all at
 * once; the upper end doubles with each attempt that brought no event.
 */
function waitMs(
  { baseMs, maxMs, random }: ReconnectSettings,
  { failures, retryMs }: Pick<Situation, "failures" | "retryMs">,
): number {
  const least = retryMs ?? baseMs;
  const most = Math.max(least, Math.min(maxMs, least * 2 ** Math.min(failures + 1, 30)));
  return least + random() * (most - least);
}

/** Whether another attempt would end in the same way. */
function isFinal(outcome: Outcome): boolean {
  switch (outcome.kind) {
    case "ended":
      return outcome.isFinal;
    case "refused":
      return !PASSING.has(outcome.status);
    case "failed":
      return !isPassing(outcome.error);
  }
}

/** Whether the path or the server failed; a request that can't be sent can't be sent in a moment either. */
function isPassing(error: unknown): boolean {
  if (error instanceof LocalProtocolError || error instanceof UnsupportedProtocol) return false;
  return error instanceof TransportError;
}
