/**
 * Where a connection leads and through what. Two requests may share a connection exactly where their
 * routes have the same key.
 */
import type { Target } from "../../semantics/target.ts";
import type { TLSSettings } from "./tls_settings.ts";

/** A way to an origin. */
export interface Route {
  /** Equal keys mean interchangeable connections. */
  readonly key: string;
  readonly target: Target;
  /** How TLS is spoken with the origin; `null` where it is not, or as everywhere else in the transport. */
  readonly identity: OriginIdentity | null;
}

/** Who the origin must be, where that is another question than usual. */
export interface OriginIdentity {
  /** The name that the certificate must be for, and SNI; `null` for the host's. */
  readonly serverName: string | null;
  /** `null` for those of the transport. */
  readonly settings: TLSSettings | null;
}

/** The direct way to an origin. */
export function directRoute(target: Target, identity: OriginIdentity | null = null): Route {
  return { key: routeKey(target, identity), target, identity };
}

/** What a route has of its own is part of its key: nobody rides a connection that was checked in another way. */
function routeKey({ origin }: Target, identity: OriginIdentity | null): string {
  if (identity === null) return origin;
  const { serverName, settings } = identity;
  return `${origin} as ${serverName ?? ""} by ${settings?.memory.id ?? ""}`;
}
