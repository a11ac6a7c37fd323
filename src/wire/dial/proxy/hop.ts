/** A proxy as the wire knows it: checked, and with everything in it that makes two of them different. */
import type { FieldLines } from "../../../semantics/fields.ts";
import type { TLSSettings } from "../../../options/tls_settings.ts";

/**
 * What can be spoken with a proxy. A SOCKS proxy resolves the names of origins, as with httpx; with `socks5:` the user's
 * own `resolve` comes first.
 */
export type ProxyScheme = "http" | "https" | "socks5" | "socks5h";

/** One proxy on the way to an origin. */
export interface ProxyHop {
  /** Equal exactly where address, credentials, fields and TLS are. There are secrets in it: it is never shown. */
  readonly key: string;
  readonly scheme: ProxyScheme;
  /** A name or an IP address, without brackets. */
  readonly host: string;
  readonly port: number;
  /** The URL without credentials: for messages. */
  readonly name: string;
  /** User and password, as they are. */
  readonly credentials: readonly [username: string, password: string] | null;
  /** For an HTTP proxy alone, and never for an origin: `Proxy-Authorization` among them. */
  readonly fields: FieldLines;
  /** How TLS is spoken with the proxy; `null` for the transport's way, without its client certificate. */
  readonly tls: TLSSettings | null;
}

/** Whether the proxy is one of HTTP, over TLS or not. */
export function isHttpProxy({ scheme }: ProxyHop): boolean {
  return scheme === "http" || scheme === "https";
}

/** `host:port`, an IPv6 address in brackets: the authority form of a request target (RFC 9112 §3.2.3). */
export function authorityOf(host: string, port: number): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}
