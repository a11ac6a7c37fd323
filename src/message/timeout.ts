/** How long the phases of a call may take, as a value that never changes. */
import { befriend } from "../semantics/befriend.ts";
import { inspectAs } from "../observe/inspect.ts";
import { badOption } from "../options/bad_option.ts";

/** Milliseconds by phase; `null` is no limit, `undefined` the default. */
export interface TimeoutInit {
  /** Names, TCP and TLS together. */
  readonly connect?: number | null | undefined;
  /** Between two bytes of the response. */
  readonly read?: number | null | undefined;
  /** Between two bytes of the request. */
  readonly write?: number | null | undefined;
  /**
   * Until a connection of the pool comes free. The default of a client, if it is given no `timeout`, is for the queue as
   * a whole: 5000 ms in which no connection has come free to any call.
   */
  readonly pool?: number | null | undefined;
  /** The whole call: every redirect and the body. Default: no limit. */
  readonly total?: number | null | undefined;
}

/**
 * What a timeout can be given as: one number for every phase, a record of limits by phase, a `Timeout`, or `null` for
 * none. What a record leaves out is as the client has it: 5000 ms for each phase and no total, unless the client was
 * given others.
 */
export type TimeoutLike = number | null | Timeout | TimeoutInit;

const PHASES = ["connect", "read", "write", "pool"] as const;

// For this file (see befriend.ts).
let measureProgress: (timeout: Timeout) => void;
let rememberForFetch: (timeout: Timeout, make: () => Timeout) => Timeout;

/** The timeout of a client that is given none: 5000 ms for each phase; in the queue of the pool, without progress. */
export function defaultTimeout(): Timeout {
  const timeout = new Timeout(5000);
  measureProgress(timeout);
  return timeout;
}

/**
 * The timeout of a `fetch`: code that takes one expects slow answers, streams that pause and long queues, so that only
 * the connect timeout is left of the default. A timeout that was given counts.
 */
export function timeoutForFetch(timeout: Timeout): Timeout {
  return rememberForFetch(
    timeout,
    () =>
      timeout.poolMeasuresProgress && timeout.equals(defaultTimeout())
        ? new Timeout({ connect: timeout.connect, read: null, write: null, pool: null })
        : timeout,
  );
}

/**
 * Timeouts in milliseconds, by phase.
 *
 * @example One number for all phases, and exceptions
 * ```ts
 * import { Timeout } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const timeout = new Timeout(5000, { connect: 10_000, pool: null, total: 60_000 });
 * assertEquals([timeout.connect, timeout.read, timeout.pool], [10_000, 5000, null]);
 * ```
 */
export class Timeout {
  static readonly #isInspectable: true = /* @__PURE__ */ inspectAs(this);
  static readonly #isOpen: true = /* @__PURE__ */ befriend(() => {
    measureProgress = (timeout) => void (timeout.#poolMeasuresProgress = true);
    rememberForFetch = (timeout, make) => timeout.#forFetch ??= make();
  });
  /** Names, TCP and TLS together. */
  readonly connect: number | null;
  /** Between two bytes of the response. */
  readonly read: number | null;
  /** Between two bytes of the request. */
  readonly write: number | null;
  /** Until a connection of the pool comes free. */
  readonly pool: number | null;
  /** The whole call: every redirect and the body. */
  readonly total: number | null;
  #poolMeasuresProgress = false;
  #forFetch: Timeout | null = null;

  /**
   * Limits for every phase.
   *
   * @param timeout the limit of each phase that `init` does not name, or all four phases
   * @throws {TypeError} where a phase is left open, or a limit is no number
   * @throws {RangeError} where a limit is negative or `NaN`
   */
  constructor(timeout: number | null | TimeoutInit, init: TimeoutInit = {}) {
    const isRecord = typeof timeout === "object" && timeout !== null;
    const given = isRecord ? timeout : init;
    const rest = isRecord ? undefined : timeout;
    for (const name of Object.keys(given)) {
      if (!NAMES.includes(name)) throw fault(name, `is none of ${NAMES.join(", ")}`);
    }
    this.connect = limit("connect", given, rest);
    this.read = limit("read", given, rest);
    this.write = limit("write", given, rest);
    this.pool = limit("pool", given, rest);
    this.total = limit("total", given, null);
  }

  /**
   * Returns a `Timeout` for anything that an option `timeout` can be.
   *
   * @param base the limits that a record leaves out. Default: 5000 ms for each phase, no total
   * @throws {TypeError} for a value of another kind, and for a limit that has no such name
   * @throws {RangeError} for a limit that is negative or `NaN`
   *
   * @example Ten seconds for all of a call
   * ```ts
   * import { Timeout } from "@httpx/httpx";
   * import { assertEquals } from "@std/assert";
   *
   * const timeout = Timeout.from({ total: 10_000 });
   * assertEquals([timeout.total, timeout.connect, timeout.read], [10_000, 5000, 5000]);
   * ```
   */
  static from(timeout: TimeoutLike, base?: Timeout): Timeout {
    if (timeout instanceof Timeout) return timeout; // each call, more than once (bench: get_1k)
    if (timeout === null) return NONE;
    if (typeof timeout === "number") return new Timeout(timeout);
    if (typeof timeout !== "object" || Array.isArray(timeout)) {
      throw badOption("timeout", "give milliseconds, { total: 10_000 }, a Timeout, or null");
    }
    const rest = base ?? defaultTimeout();
    const given = Object.entries(timeout).filter(([, limit]) => limit !== undefined);
    const merged = new Timeout({ ...rest.toJSON(), ...Object.fromEntries(given) });
    merged.#poolMeasuresProgress = rest.#poolMeasuresProgress && timeout.pool === undefined;
    return merged;
  }

  /** Whether the pool's limit starts again each time a connection comes free, to any call: that of the default does. */
  get poolMeasuresProgress(): boolean {
    return this.#poolMeasuresProgress;
  }

  /** The same limits, but for the total. */
  withTotal(total: number | null): Timeout {
    const timeout = new Timeout({ ...this.toJSON(), total });
    timeout.#poolMeasuresProgress = this.#poolMeasuresProgress;
    return timeout;
  }

  /** Whether all limits are the same. */
  equals(other: Timeout): boolean {
    return this.total === other.total && PHASES.every((phase) => this[phase] === other[phase]);
  }

  /** The limits as a plain record. */
  toJSON(): Record<"connect" | "read" | "write" | "pool" | "total", number | null> {
    return { ...this };
  }

  /** For people: `Timeout(5000)`, or every limit by name. */
  toString(): string {
    const { connect, total } = this;
    if (total === null && PHASES.every((phase) => this[phase] === connect)) {
      return `Timeout(${connect})`;
    }
    const named = Object.entries(this.toJSON()).map(([name, value]) => `${name}: ${value}`);
    return `Timeout({ ${named.join(", ")} })`;
  }
}

/**
 * `extensions.timeout` as a `Timeout`: what stands for one, or limits by phase, where those left out are none.
 *
 * @throws {TypeError} where it is nothing of these
 */
export function timeoutOf(extension: unknown = null): Timeout {
  return typeof extension === "object" && !(extension instanceof Timeout)
    ? new Timeout(null, extension ?? {})
    : Timeout.from(extension as TimeoutLike); // checked there
}

const NAMES: readonly string[] = [...PHASES, "total"];

function limit(
  name: keyof TimeoutInit,
  given: TimeoutInit,
  rest: number | null | undefined,
): number | null {
  const { [name]: value = rest } = given;
  if (value === undefined) {
    throw fault(name, `is missing; give a default first`);
  }
  if (value === null || value === Infinity) return null;
  if (typeof value !== "number") throw fault(name, "is no number of milliseconds, nor null");
  if (value >= 0) return value || 0; // of -0 too
  throw new RangeError(fault(name, `is ${value}; give milliseconds, or null`).message);
}

function fault(name: string, what: string): TypeError {
  return new TypeError(`Cannot make a Timeout: "${name}" ${what}`);
}

const NONE = /* @__PURE__ */ new Timeout(null);
