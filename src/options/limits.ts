/** How many connections a client may have, checked. */
import { badOption } from "./bad_option.ts";
import { checkCount, checkMs, checkNames } from "./check_value.ts";

/** Limits of a connection pool; `null` is no limit. */
export interface Limits {
  /**
   * All connections at once. Default: 100, which calls of `client.fetch` exceed when no connection has come free for
   * 100 ms; a limit that is given is strict.
   */
  readonly maxConnections?: number | null | undefined;
  /** Idle connections that are kept. Default: 20. */
  readonly maxKeepaliveConnections?: number | null | undefined;
  /** How long an idle connection is kept, in milliseconds. Default: 5000. */
  readonly keepaliveExpiry?: number | null | undefined;
}

/** Limits with nothing left open; `Infinity` is no limit. */
export interface CheckedLimits {
  readonly maxConnections: number;
  readonly maxKeepaliveConnections: number;
  readonly keepaliveExpiry: number;
}

const DEFAULTS: CheckedLimits = {
  maxConnections: 100,
  maxKeepaliveConnections: 20,
  keepaliveExpiry: 5000,
};

/**
 * The limits with their defaults.
 *
 * @throws {TypeError} for an unknown name, a value that is not a number, and a count that is not a whole one
 * @throws {RangeError} for a value that is negative, or no connection at all
 */
export function checkLimits(limits: Limits = {}): CheckedLimits {
  checkNames("limits", limits, Object.keys(DEFAULTS));
  return {
    maxConnections: checkLimit(limits, "maxConnections", 1),
    maxKeepaliveConnections: checkLimit(limits, "maxKeepaliveConnections", 0),
    keepaliveExpiry: checkLimit(limits, "keepaliveExpiry", 0),
  };
}

function checkLimit(limits: Limits, name: keyof CheckedLimits, least: number): number {
  const value = limits[name];
  if (value === undefined) return DEFAULTS[name];
  if (value === null) return Infinity;
  if (typeof value !== "number") {
    throw badOption("limits", `"${name}" is neither a number nor null`);
  }
  if (!(value >= least)) {
    const { message } = badOption(
      "limits",
      `"${name}" is ${value}; give ${least} or more, or null`,
    );
    throw new RangeError(message);
  }
  return name === "keepaliveExpiry"
    ? checkMs(`limits.${name}`, value)
    : checkCount(`limits.${name}`, value);
}
