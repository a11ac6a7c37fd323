/**
 * Which cookies go with which URL: hosts and paths, RFC 6265bis §5.1.3 and §5.1.4. Hosts come from `URL`, so
 * they are in lower case, punycoded, and addresses are in their one canonical form (IPv6 in brackets).
 */

/** RFC 1035 §2.3.4, with a dot at the end. A `URL` also takes hosts of 60,000 labels. */
const MAX_DOMAIN_CHARS = 254;

/** Whether a canonical host is an address, which has no parent domains. */
export function isIPAddress(host: string): boolean {
  return host.startsWith("[") || /^\d+\.\d+\.\d+\.\d+$/.test(host);
}

/** Whether `host` is `domain` or a subdomain of it (§5.1.3). */
export function domainMatches(host: string, domain: string): boolean {
  if (host === domain) return true;
  return host.endsWith(domain) && host[host.length - domain.length - 1] === "." &&
    domain !== "" && !isIPAddress(host);
}

/** The domains whose cookies may go to a host: `""` for every host, the host itself, its parents. */
export function domainsFor(host: string): string[] {
  const domains = ["", host];
  if (isIPAddress(host) || host.length > MAX_DOMAIN_CHARS) return domains;
  for (let dot = host.indexOf("."); dot >= 0; dot = host.indexOf(".", dot + 1)) {
    domains.push(host.slice(dot + 1));
  }
  return domains;
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

/** All cookie paths that match `urlPath`. */
export function* pathPrefixes(urlPath: string): Generator<string, void> {
  for (let slash = urlPath.indexOf("/"); slash >= 0; slash = urlPath.indexOf("/", slash + 1)) {
    if (slash > 0) yield urlPath.slice(0, slash);
    yield urlPath.slice(0, slash + 1);
  }
  if (!urlPath.endsWith("/")) yield urlPath;
}

/** Whether a URL's scheme may carry `Secure` cookies. Plain HTTP to a loopback address may not, unlike in browsers. */
export function isSecure(url: URL): boolean {
  return url.protocol === "https:" || url.protocol === "wss:";
}
