/**
 * Makes cookies of `Set-Cookie` values: the parsing of RFC 6265bis §5.6 and those steps of the storage model (§5.7)
 * that need no jar. As the RFC requires, a cookie that breaks a rule is ignored, never an error.
 */
import { trimBlanks } from "../../semantics/fields.ts";
import type { Cookie } from "./cookie.ts";
import { parseCookieDate } from "./cookie_date.ts";
import { hasControl } from "./cookie_pairs.ts";
import { COOKIE_LIMITS } from "./limits.ts";
import { defaultPath, domainMatches, isIPAddress, isSecure } from "./match.ts";

/** The name, value and attributes of a `Set-Cookie` value, before the rules of the storage model. */
export interface SetCookie {
  readonly name: string;
  readonly value: string;
  /** Lower-case name and value, in order; of those with one name the last counts. */
  readonly attributes: ReadonlyMap<string, string>;
}

/** Parses a `Set-Cookie` value (§5.6); `null` if it is to be ignored. */
export function parseSetCookie(text: string): SetCookie | null {
  if (hasControl(text)) return null;
  const [pair = "", ...rest] = text.split(";");
  const equals = pair.indexOf("=");
  const name = trimBlanks(equals < 0 ? "" : pair.slice(0, equals));
  const value = trimBlanks(pair.slice(equals + 1));
  if (name === "" && value === "") return null;
  if (exceeds(name + value, COOKIE_LIMITS.maxPairBytes)) return null;
  const attributes = new Map<string, string>();
  for (const attribute of rest) {
    const split = attribute.indexOf("=");
    const attributeValue = split < 0 ? "" : trimBlanks(attribute.slice(split + 1));
    if (exceeds(attributeValue, COOKIE_LIMITS.maxAttributeBytes)) continue;
    const attributeName = trimBlanks(split < 0 ? attribute : attribute.slice(0, split))
      .toLowerCase();
    if (isUsable(attributeName, attributeValue)) attributes.set(attributeName, attributeValue);
  }
  return { name, value, attributes };
}

/** A date or age that does not parse counts as not given, so an earlier one of that name stays (§5.6.1, §5.6.2). */
function isUsable(name: string, value: string): boolean {
  if (name === "expires") return parseCookieDate(value) !== null;
  if (name === "max-age") return /^-?\d+$/.test(value);
  return true;
}

/** What decides whether a cookie is stored. */
export interface CookieContext {
  /** The URL whose response set it. */
  readonly url: URL;
  /** Whether a domain is a public suffix, for all of which no cookie may be set. */
  readonly isPublicSuffix: (domain: string) => boolean;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
}

/**
 * The cookie of a `Set-Cookie` value, or `null` if the RFC ignores it. An expired cookie is returned too: it deletes its
 * predecessor.
 */
export function cookieFrom(setCookie: SetCookie, context: CookieContext): Cookie | null {
  const { name, value, attributes } = setCookie;
  const scope = scopeOf(attributes.get("domain") ?? "", context);
  if (scope === null) return null;
  const secure = attributes.has("secure");
  if (secure && !isSecure(context.url)) return null;
  const givenPath = attributes.get("path") ?? "";
  const cookie: Cookie = {
    name,
    value,
    ...scope,
    path: givenPath.startsWith("/") ? givenPath : defaultPath(context.url.pathname),
    secure,
    httpOnly: attributes.has("httponly"),
    sameSite: sameSiteOf(attributes.get("samesite")),
    expires: expiryOf(attributes, context.nowMs),
  };
  return obeysPrefix(cookie, givenPath) ? cookie : null;
}

/** The hosts that the cookie is sent to (§5.7, the steps about Domain). */
function scopeOf(
  attribute: string,
  { url, isPublicSuffix }: CookieContext,
): Pick<Cookie, "domain" | "hostOnly"> | null {
  const host = url.hostname;
  const domain = (attribute.startsWith(".") ? attribute.slice(1) : attribute).toLowerCase();
  if (domain === "") return { domain: host, hostOnly: true };
  if (!domainMatches(host, domain)) return null;
  // "com." is the same registry as "com", though it is another host.
  const isSuffix = isPublicSuffix(withoutEndDots(domain));
  if (domain !== host) return isSuffix ? null : { domain, hostOnly: false };
  return { domain, hostOnly: isSuffix || isIPAddress(host) };
}

function withoutEndDots(domain: string): string {
  let end = domain.length;
  while (domain[end - 1] === ".") end--;
  return domain.slice(0, end);
}

/** Max-Age over Expires, neither beyond 400 days (§5.5). */
function expiryOf(attributes: ReadonlyMap<string, string>, nowMs: number): number | null {
  const latest = nowMs + COOKIE_LIMITS.maxAgeMs;
  const maxAge = attributes.get("max-age");
  if (maxAge !== undefined) {
    const seconds = Number(maxAge);
    return seconds <= 0 ? 0 : Math.min(nowMs + seconds * 1000, latest);
  }
  const expires = parseCookieDate(attributes.get("expires") ?? "");
  return expires === null ? null : Math.min(expires, latest);
}

function sameSiteOf(attribute: string | undefined): Cookie["sameSite"] {
  const lower = attribute?.toLowerCase();
  return lower === "strict" || lower === "lax" || lower === "none" ? lower : null;
}

/** The rules for names that begin with `__Secure-` and `__Host-` (§4.1.3 and §5.7), in any case of letters. */
function obeysPrefix(cookie: Cookie, givenPath: string): boolean {
  // A nameless cookie is sent as its value alone, which must not look like a name with such a prefix.
  const sentName = (cookie.name === "" ? cookie.value : cookie.name).toLowerCase();
  const isHost = sentName.startsWith("__host-");
  if (!isHost && !sentName.startsWith("__secure-")) return true;
  if (cookie.name === "" || !cookie.secure) return false;
  return !isHost || (cookie.hostOnly && givenPath === "/");
}

/** Whether a text has more than `maxBytes` bytes in UTF-8; encodes it only if it could have. */
function exceeds(text: string, maxBytes: number): boolean {
  if (text.length * 3 <= maxBytes) return false;
  return text.length > maxBytes || new TextEncoder().encode(text).length > maxBytes;
}
