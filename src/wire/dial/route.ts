/**
 * Where a connection leads and through what. Two requests may share a connection exactly where their
 * routes have the same key.
 */
import type { Target } from "../../semantics/target.ts";

/** A way to an origin. */
export interface Route {
  /** Equal keys mean interchangeable connections. */
  readonly key: string;
  readonly target: Target;
}

/** The direct way to an origin. A transport has one set of TLS settings, so the origin is the key. */
export function directRoute(target: Target): Route {
  return { key: target.origin, target };
}
