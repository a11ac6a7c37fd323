/**
 * Which cookies go with which URL: hosts and paths, RFC 6265bis §5.1.3 and §5.1.4. Hosts come from `URL`, so
 * they are in lower case, punycoded, and addresses are in their one canonical form (IPv6 in brackets).
 */

/** Whether a canonical host is an address, which has no parent domains. */
export function isIPAddress(host: string): boolean {
  return host.startsWith("[") || /^\d+\.\d+\.\d+\.\d+$/.test(host);
}

/** Whether `host` is `domain` or lies under it (§5.1.3). */
export function domainMatches(host: string, domain: string): boolean {
  if (host === domain) return true;
  return host.endsWith(domain) && host[host.length - domain.length - 1] === "." &&
    domain !== "" && !isIPAddress(host);
}

/** The path of a cookie that was set without one (§5.1.4): the URL's, up to its last slash. */
export function defaultPath(urlPath: string): string {
  const lastSlash = urlPath.lastIndexOf("/");
  return lastSlash <= 0 || !urlPath.startsWith("/") ? "/" : urlPath.slice(0, lastSlash);
}

/** Whether a request for `urlPath` is within `cookiePath` (§5.1.4). */
export function pathMatches(urlPath: string, cookiePath: string): boolean {
  if (urlPath === cookiePath) return true;
  return urlPath.startsWith(cookiePath) &&
    (cookiePath.endsWith("/") || urlPath[cookiePath.length] === "/");
}

/** Whether a URL's scheme may carry `Secure` cookies. Plain HTTP to a loopback address may not, unlike in browsers. */
export function isSecure(url: URL): boolean {
  return url.protocol === "https:" || url.protocol === "wss:";
}
