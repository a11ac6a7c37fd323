/**
 * Connecting again where it failed. Nothing was sent yet, so every failure to connect may be tried again, TLS
 * included; each attempt has the whole connect timeout. The total timeout and the signal end it all.
 */
import type { Clock } from "../../clock/clock.ts";
import type { Deadline, Expiry } from "../../clock/deadline.ts";
import { ConnectError, ConnectTimeout, ProxyError } from "../../errors.ts";
import type { Trace } from "../../observe/trace.ts";
import type { Socket } from "../../runtime/socket.ts";
import { keepProcessAlive } from "../../runtime/timers.ts";

/** How long to wait before a retry, counted from 1: 0, 500, 1000, 2000 … as httpcore does. */
export function backoffMs(retry: number): number {
  return retry <= 1 ? 0 : 500 * 2 ** (retry - 2);
}

/** How long `retries` attempts and one may take together, where one takes `limitMs`. */
export function totalConnectMs(limitMs: number, retries: number): number {
  let sum = limitMs;
  for (let retry = 1; retry <= retries && sum < Infinity; retry++) {
    sum += backoffMs(retry) + limitMs;
  }
  return sum;
}

/** What the attempts of one call have in common. */
export interface RetryInit {
  readonly connect: (signal: AbortSignal) => Promise<Socket>;
  readonly retries: number;
  readonly clock: Clock;
  readonly deadline: Deadline;
  /** Ends everything; aborted here where the call itself is over. */
  readonly controller: AbortController;
  /** For messages. */
  readonly peer: string;
}

/** Connects, within the deadline's connect phase, as often as may be. */
export async function connectWithRetries(init: RetryInit): Promise<Socket> {
  const { retries, deadline, controller } = init;
  for (let attempts = 1;; attempts++) {
    try {
      return await connectOnce(init);
    } catch (error) {
      const isOver = controller.signal.aborted || !deadline.forgive();
      if (isOver || !mayRetry(error) || attempts > retries) {
        const failure = attempts === 1 ? error : withCount(error, attempts);
        // The end of this call does not end others that wait for the same connection.
        if (isOver || error instanceof ConnectTimeout) controller.abort(failure);
        throw failure;
      }
      await tellRetry(deadline.trace, () => backOff(backoffMs(attempts), init));
    }
  }
}

type ConnectFailure = ConnectError | ConnectTimeout | ProxyError;

function mayRetry(error: unknown): error is ConnectFailure {
  if (error instanceof ConnectError || error instanceof ConnectTimeout) return true;
  // The proxy could not be reached, or broke off. What it has answered it would answer again.
  return error instanceof ProxyError && error.status === undefined;
}

async function connectOnce({ connect, deadline, controller, peer }: RetryInit): Promise<Socket> {
  const attempt = new AbortController();
  const onAbort = () => attempt.abort(controller.signal.reason);
  if (controller.signal.aborted) onAbort();
  controller.signal.addEventListener("abort", onAbort, { once: true });
  deadline.enter("connect", {
    onExpiry: (expiry) => attempt.abort(deadline.errorFor(expiry, { peer })),
  });
  try {
    return await connect(attempt.signal);
  } finally {
    controller.signal.removeEventListener("abort", onAbort);
  }
}

async function tellRetry(trace: Trace | null, pause: () => Promise<void>): Promise<void> {
  trace?.start("connection.retry", {});
  try {
    await pause();
  } catch (error) {
    trace?.fail("connection.retry", error);
    throw error;
  }
  trace?.complete("connection.retry");
}

/** Waits, within what is left of the total, until it is time for the next attempt. */
function backOff(ms: number, { clock, deadline, controller, peer }: RetryInit): Promise<void> {
  if (ms === 0) return Promise.resolve();
  const { signal } = controller;
  return new Promise((resolve, reject) => {
    const release = keepProcessAlive();
    const end = (settle: () => void) => {
      release();
      cancel();
      signal.removeEventListener("abort", onAbort);
      settle();
    };
    const onAbort = () => end(() => reject(signal.reason));
    const cancel = clock.schedule(ms, () => end(resolve));
    signal.addEventListener("abort", onAbort, { once: true });
    const onExpiry = (expiry: Expiry) => controller.abort(deadline.errorFor(expiry, { peer }));
    if (signal.aborted) onAbort();
    else deadline.rest({ onExpiry });
  });
}

/** The last failure, and that it was not the only one. */
function withCount(error: unknown, attempts: number): unknown {
  if (!mayRetry(error)) return error;
  const { cause, phase = "connect", peer = "", safeToRetry } = error;
  const message = `${error.message}, ${attempts} attempts`;
  const facts = { cause, phase, peer, safeToRetry };
  if (error instanceof ProxyError) return new ProxyError(message, facts);
  return error instanceof ConnectError
    ? new ConnectError(message, facts)
    : new ConnectTimeout(message, facts);
}
