/**
 * Where a connection leads and through what. Two requests may share a connection exactly where their
 * routes have the same key.
 */
import type { Target } from "../../semantics/target.ts";
import { authorityOf, isHttpProxy, type ProxyHop } from "./proxy/hop.ts";
import type { TLSSettings } from "../../options/tls_settings.ts";

/** Straight to the origin; a proxy that is sent whole requests; a proxy that hands bytes to and fro. */
export type Way =
  | { readonly kind: "direct" }
  | { readonly kind: "forwarded"; readonly proxy: ProxyHop }
  | { readonly kind: "tunnelled"; readonly proxy: ProxyHop };

/** A way to an origin. */
export interface Route {
  /** Equal keys mean interchangeable connections. There may be secrets in it: it is never shown. */
  readonly key: string;
  readonly target: Target;
  readonly way: Way;
  /** The other end of the connection, `host:port`, for errors. */
  readonly peer: string;
  /** How TLS is spoken with the origin; `null` where it is not, or as everywhere else in the transport. */
  readonly identity: OriginIdentity | null;
  /** Whether HTTP/2 may not be used on it. */
  readonly isHttp1?: boolean;
}

/** The identity expected of the origin, if it is not the usual one. */
export interface OriginIdentity {
  /** The name that the certificate must be for, and SNI; `null` for the host's. */
  readonly serverName: string | null;
  /** `null` for those of the transport. */
  readonly settings: TLSSettings | null;
}

const DIRECT: Way = { kind: "direct" };

/** The direct way to an origin. */
export function directRoute(target: Target, identity: OriginIdentity | null = null): Route {
  const key = routeKey(target, identity);
  return { key, target, way: DIRECT, peer: peerOf(target), identity };
}

/** The same way, over HTTP/1.1 alone: its connections are not those of HTTP/2. */
export function overHttp1(route: Route): Route {
  return { ...route, key: `${route.key} over HTTP/1.1`, isHttp1: true };
}

/** A way through a proxy. */
export interface ProxyRouteInit {
  readonly proxy: ProxyHop;
  /** Whether a request to `http:` may be forwarded instead of tunnelled: over HTTP/1.1 alone. */
  readonly mayForward: boolean;
  readonly identity?: OriginIdentity | null;
}

/**
 * The way through a proxy. Only requests to `http:` can be forwarded, by a proxy that speaks HTTP/1.1; all of them
 * share the connections to it, whatever their origin.
 */
export function proxyRoute(
  target: Target,
  { proxy, mayForward, identity = null }: ProxyRouteInit,
): Route {
  if (target.scheme === "http" && isHttpProxy(proxy) && mayForward) {
    const key = `forwarded by ${proxy.key}`;
    return { key, target, way: { kind: "forwarded", proxy }, peer: peerOf(proxy), identity: null };
  }
  const key = `${routeKey(target, identity)} through ${proxy.key}`;
  return { key, target, way: { kind: "tunnelled", proxy }, peer: peerOf(target), identity };
}

/** What a route has of its own is part of its key: no request uses a connection that was verified otherwise. */
function routeKey({ origin }: Target, identity: OriginIdentity | null): string {
  if (identity === null) return origin;
  const { serverName, settings } = identity;
  return `${origin} as ${serverName ?? ""} by ${settings?.memory.id ?? ""}`;
}

function peerOf({ host, port }: { readonly host: string; readonly port: number }): string {
  return authorityOf(host, port);
}
