/**
 * Host names in the one form in which they are compared: lower case, IDNA in ASCII, addresses as the URL standard writes
 * them and without brackets, and without the dot of the root (RFC 1034 §3.1): `example.org.` is the host `example.org`.
 *
 * A `Target` keeps the dot, since `Host` and DNS may want it (RFC 3986 §3.2.2). Patterns, NO_PROXY, netrc, `resolve` and
 * certificates compare without it.
 */

/** The host of a target, which a URL has put in form already, without the dot of the root. */
export function withoutRootDot(host: string): string {
  return host.endsWith(".") ? host.slice(0, -1) : host;
}

/** A host as a user writes it, in that form; an IPv6 address may have brackets. `null` for what cannot be a host. */
export function comparableHost(written: string): string | null {
  if (/[\s/?#@\\]/.test(written)) return null;
  const isBareIPv6 = written.includes(":") && !written.startsWith("[");
  const text = `http://${isBareIPv6 ? `[${written}]` : written}`;
  if (!URL.canParse(text)) return null;
  const { hostname } = new URL(text);
  return withoutRootDot(hostname.startsWith("[") ? hostname.slice(1, -1) : hostname);
}
