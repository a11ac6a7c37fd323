/** What a URL means on the wire (RFC 9110 §4, RFC 9112 §3.2). */

/** Origin, authority and request target of one URL. Userinfo and fragment never leave the program. */
export interface Target {
  /** Without its colon: `"http"`. */
  readonly scheme: string;
  /** Without brackets around an IPv6 address. */
  readonly host: string;
  /** The default of the scheme where the URL names none. */
  readonly port: number;
  /** `"http://host:port"`, the port always given: equal exactly where the origins are. */
  readonly origin: string;
  /** The value of `Host`: a default port is left out. */
  readonly authority: string;
  /** Path and query (the origin form). */
  readonly requestTarget: string;
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = { http: 80, https: 443, ws: 80, wss: 443 };

/** What the URL means on the wire. A scheme without a default port and no port given has port 0. */
export function targetOf(url: URL): Target {
  const scheme = url.protocol.slice(0, -1);
  const { hostname } = url;
  const host = hostname.startsWith("[") ? hostname.slice(1, -1) : hostname;
  const port = url.port === "" ? DEFAULT_PORTS[scheme] ?? 0 : Number(url.port);
  return {
    scheme,
    host,
    port,
    origin: `${scheme}://${hostname}:${port}`,
    authority: url.host,
    requestTarget: (url.pathname || "/") + url.search,
  };
}
