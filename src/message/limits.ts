/** How many connections a client may have, checked. */

/** Limits of a connection pool; `null` is no limit. */
export interface Limits {
  /** All connections at once. Default: 100. */
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
 * @throws {TypeError} for an unknown name, or a value that is no number
 * @throws {RangeError} for a value that is negative, or no connection at all
 */
export function checkLimits(limits: Limits = {}): CheckedLimits {
  for (const name of Object.keys(limits)) {
    if (!(name in DEFAULTS)) {
      throw new TypeError(
        `Cannot use option "limits": "${name}" is unknown; there are ${
          Object.keys(DEFAULTS).join(", ")
        }`,
      );
    }
  }
  return {
    maxConnections: check(limits, "maxConnections", 1),
    maxKeepaliveConnections: check(limits, "maxKeepaliveConnections", 0),
    keepaliveExpiry: check(limits, "keepaliveExpiry", 0),
  };
}

function check(limits: Limits, name: keyof CheckedLimits, least: number): number {
  const value = limits[name];
  if (value === undefined) return DEFAULTS[name];
  if (value === null) return Infinity;
  if (typeof value !== "number") {
    throw new TypeError(`Cannot use option "limits": "${name}" is neither a number nor null`);
  }
  if (!(value >= least)) {
    throw new RangeError(
      `Cannot use option "limits": "${name}" is ${value}; give ${least} or more, or null`,
    );
  }
  return value;
}
