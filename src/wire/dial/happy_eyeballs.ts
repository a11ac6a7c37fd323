/**
 * Happy Eyeballs (RFC 8305): which of a host's addresses to try when, and the race of the attempts. The families take
 * turns; an attempt gets 250 ms, or until one fails, before the next address is tried beside it; the first to answer
 * wins, and the others are closed. It knows no names and no sockets' insides.
 */
import type { Clock } from "../../clock/clock.ts";
import { ConnectError } from "../../errors.ts";
import type { Socket } from "../../runtime/socket.ts";

/** The Connection Attempt Delay (RFC 8305 §5, §8). */
export const ATTEMPT_DELAY_MS = 250;

/** What is known of a race. */
export interface RaceFacts {
  /** Addresses that were not tried yet. */
  readonly untried: number;
  /** Attempts that no peer has answered yet. */
  readonly connecting: number;
  /** Attempts whose peer is there, with TLS to come. */
  readonly reached: number;
  /** Whether one has failed since the last began. */
  readonly hasFailed: boolean;
  /** Whether the last one's delay is over. */
  readonly isDelayOver: boolean;
}

/** The next address, patience, or the end. */
export type RaceMove = "start" | "wait" | "fail";

/** What to do next: the race's one decision. */
export function nextMove(facts: RaceFacts): RaceMove {
  const { untried, connecting, reached, hasFailed, isDelayOver } = facts;
  if (connecting + reached === 0) return untried > 0 ? "start" : "fail";
  // The way to the peer is good: what takes its time is TLS, and would elsewhere as well.
  if (untried === 0 || reached > 0) return "wait";
  return hasFailed || isDelayOver ? "start" : "wait";
}

/** Families in turn, beginning with that of the first address; within a family the order stays (RFC 8305 §4). */
export function interleave(addresses: readonly string[]): string[] {
  const [first = ""] = addresses;
  const one = addresses.filter((address) => isIPv6(address) === isIPv6(first));
  const other = addresses.filter((address) => isIPv6(address) !== isIPv6(first));
  const turns = Array.from({ length: Math.max(one.length, other.length) }, (_, i) => i);
  return turns.flatMap((i) => [...one.slice(i, i + 1), ...other.slice(i, i + 1)]);
}

function isIPv6(address: string): boolean {
  return address.includes(":");
}

/** One of those in the race. */
export interface Runner {
  readonly signal: AbortSignal;
  /** To be called once the peer is there, where TLS is still to come. */
  readonly onReached: () => void;
}

/** What a race is about. */
export interface RaceInit {
  /** One at least. */
  readonly addresses: readonly string[];
  /** Rejects with a `ConnectError`, or the reason of the signal. */
  readonly connect: (address: string, runner: Runner) => Promise<Socket>;
  readonly clock: Clock;
  /** For messages: the name that the addresses are of, and the port. */
  readonly peer: string;
  readonly signal: AbortSignal;
}

/** The first address that answers; rejects with one `ConnectError` for all, or the reason of the signal. */
export function connectFirst(init: RaceInit): Promise<Socket> {
  return new Promise((resolve, reject) => new Race(init, { resolve, reject }).run());
}

interface Settle {
  readonly resolve: (socket: Socket) => void;
  readonly reject: (reason: unknown) => void;
}

class Race {
  readonly #init: RaceInit;
  readonly #settle: Settle;
  readonly #untried: string[];
  readonly #running = new Map<AbortController, "connecting" | "reached">();
  readonly #attempts: Promise<void>[] = [];
  readonly #failures: { readonly address: string; readonly error: unknown }[] = [];
  readonly #onAbort = () => this.#cancel();
  #stopDelay: (() => void) | null = null;
  #hasFailed = false;
  #isDelayOver = false;
  #isOver = false;

  constructor(init: RaceInit, settle: Settle) {
    this.#init = init;
    this.#settle = settle;
    this.#untried = interleave(init.addresses);
  }

  run(): void {
    const { signal } = this.#init;
    if (signal.aborted) return this.#onAbort();
    signal.addEventListener("abort", this.#onAbort, { once: true });
    this.#move();
  }

  #move(): void {
    const reached = [...this.#running.values()].filter((state) => state === "reached").length;
    const move = nextMove({
      untried: this.#untried.length,
      connecting: this.#running.size - reached,
      reached,
      hasFailed: this.#hasFailed,
      isDelayOver: this.#isDelayOver,
    });
    if (move === "fail") this.#end(() => this.#settle.reject(this.#failure()));
    if (move === "start") this.#start(this.#untried.shift() ?? "");
  }

  #start(address: string): void {
    const { connect, clock } = this.#init;
    const controller = new AbortController();
    this.#running.set(controller, "connecting");
    this.#hasFailed = false;
    this.#isDelayOver = false;
    this.#stopDelay?.();
    this.#stopDelay = this.#untried.length === 0 ? null : clock.schedule(ATTEMPT_DELAY_MS, () => {
      this.#isDelayOver = true;
      this.#move();
    });
    const onReached = () => void this.#running.set(controller, "reached");
    const attempt = connect(address, { signal: controller.signal, onReached }).then(
      (socket) => this.#win(controller, socket),
      (error) => this.#fail(controller, { address, error }),
    );
    this.#attempts.push(attempt);
  }

  #win(controller: AbortController, socket: Socket): void {
    if (this.#isOver) return socket.close(); // two answered in one turn of the event loop
    this.#running.delete(controller);
    this.#end(() => this.#settle.resolve(socket));
  }

  #fail(controller: AbortController, failure: { address: string; error: unknown }): void {
    if (this.#isOver) return;
    this.#running.delete(controller);
    this.#failures.push(failure);
    this.#hasFailed = true;
    this.#move();
  }

  /** The race was cancelled. It rejects once every attempt has ended, so that closing a client leaves none behind. */
  #cancel(): void {
    this.#end(() => {});
    Promise.all(this.#attempts).then(() => this.#settle.reject(this.#init.signal.reason));
  }

  /** Settles once; attempts that still run are aborted. */
  #end(settle: () => void): void {
    this.#isOver = true;
    this.#stopDelay?.();
    this.#init.signal.removeEventListener("abort", this.#onAbort);
    settle();
    for (const controller of this.#running.keys()) controller.abort(new Error("no longer needed"));
  }

  /** Equal reasons are said once, each with its addresses. */
  #failure(): ConnectError {
    const { peer } = this.#init;
    const addressesByReason = new Map<string, string[]>();
    for (const { address, error } of this.#failures) {
      const reason = reasonOf(error);
      addressesByReason.set(reason, [...addressesByReason.get(reason) ?? [], address]);
    }
    const reasons = [...addressesByReason]
      .map(([reason, addresses]) => `${reason} (${addresses.join(", ")})`);
    const phases = new Set(this.#failures.map(({ error }) => phaseOf(error)));
    const errors = this.#failures.map(({ error }) => error);
    const [only] = errors;
    return new ConnectError(`Cannot connect to ${peer}: ${reasons.join("; ")}`, {
      cause: errors.length === 1 && only instanceof Error ? only.cause : new AggregateError(errors),
      phase: phases.size === 1 ? [...phases][0] ?? "connect" : "connect",
      peer,
      safeToRetry: true,
    });
  }
}

/** What stands behind the address in the message of an attempt. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/^Cannot connect to \S+: /, "");
}

function phaseOf(error: unknown): ConnectError["phase"] {
  return error instanceof ConnectError ? error.phase : "connect";
}
