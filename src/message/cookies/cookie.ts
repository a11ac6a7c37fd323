/**
 * A cookie as a jar keeps it, and the two ways to get one that do not begin with a server: set by the
 * program, or restored from storage. Both are checked here, so that what a jar holds can always be sent.
 */
import { checkCookie, checkNamed, hasControl } from "./cookie_pairs.ts";
import { isIPAddress } from "./match.ts";

/** A cookie as a jar keeps it. */
export interface Cookie {
  /** Empty for a cookie that a server set without one. */
  readonly name: string;
  /** As it is sent, without the quotes it may have been set with. */
  readonly value: string;
  /** Lower case, no leading dot; `""` is any host (cookies that a program set without a domain). */
  readonly domain: string;
  /** Begins with a slash. */
  readonly path: string;
  /** Whether subdomains are left out. */
  readonly hostOnly: boolean;
  /** Whether it goes over https alone. */
  readonly secure: boolean;
  /** Whether scripts in browsers may not see it; without meaning here, kept for those who store it. */
  readonly httpOnly: boolean;
  /** `null` where it was not given. Kept, not obeyed: requests of this client have no site they come from. */
  readonly sameSite: "strict" | "lax" | "none" | null;
  /** Milliseconds since 1970, or `null` for a cookie of the session. */
  readonly expires: number | null;
}

/** What a cookie set by hand may have beside name and value. */
export interface SetCookieOptions {
  /** The host it goes to, and all under it. Default: `""`, every host. */
  readonly domain?: string;
  /** Default: `"/"`. */
  readonly path?: string;
  /** Whether hosts under `domain` are left out. Default: `false`. */
  readonly hostOnly?: boolean;
  /** Whether it goes over https alone. Default: `false`. */
  readonly secure?: boolean;
  /** Default: `false`. */
  readonly httpOnly?: boolean;
  /** Default: `null`. */
  readonly sameSite?: "strict" | "lax" | "none" | null;
  /** A date, or milliseconds since 1970. Default: `null`, it stays as long as the jar. */
  readonly expires?: Date | number | null;
}

/** Which of several cookies of one name is meant. */
export interface CookieScope {
  /** Exactly this domain; a leading dot is passed over. Default: any. */
  readonly domain?: string;
  /** Exactly this path. Default: any. */
  readonly path?: string;
}

/** A cookie that a program sets. Throws `TypeError` for a name, value or path that no cookie can have. */
export function makeCookie(name: string, value: string, options: SetCookieOptions): Cookie {
  checkNamed(name);
  const domain = canonicalDomain(options.domain ?? "");
  const { expires = null } = options;
  return checked({
    name,
    value,
    domain,
    path: options.path ?? "/",
    hostOnly: options.hostOnly ?? isIPAddress(domain),
    secure: options.secure ?? false,
    httpOnly: options.httpOnly ?? false,
    sameSite: options.sameSite ?? null,
    expires: expires instanceof Date ? expires.getTime() : expires,
  });
}

/** A cookie that was stored as JSON. Throws `TypeError` where it is none. */
export function restoreCookie(json: unknown): Cookie {
  const given: { readonly [K in keyof Cookie]?: unknown } =
    typeof json === "object" && json !== null ? json : {};
  const { name, value, domain, path, sameSite = null, expires = null } = given;
  if (
    typeof name !== "string" || typeof value !== "string" || typeof domain !== "string" ||
    typeof path !== "string" || (expires !== null && typeof expires !== "number")
  ) {
    throw new TypeError("Cannot restore cookies: an item is not as toJSON() makes them");
  }
  return checked({
    name,
    value,
    domain: canonicalDomain(domain),
    path,
    hostOnly: given.hostOnly === true,
    secure: given.secure === true,
    httpOnly: given.httpOnly === true,
    sameSite: sameSite === "strict" || sameSite === "lax" || sameSite === "none" ? sameSite : null,
    expires,
  });
}

/** What makes two cookies the same (RFC 6265bis §5.7), apart from their domain. */
export function identityOf(cookie: Cookie): string {
  return `${cookie.name};${cookie.path};${cookie.hostOnly}`; // a name or path has no ";"
}

/** Whether its time is over. */
export function hasExpired(cookie: Cookie, nowMs: number): boolean {
  return cookie.expires !== null && cookie.expires <= nowMs;
}

/** Whether it has that domain and path, where they are given. */
export function isWithin(cookie: Cookie, scope: CookieScope): boolean {
  return (scope.domain === undefined || canonicalDomain(scope.domain) === cookie.domain) &&
    (scope.path === undefined || scope.path === cookie.path);
}

/** A domain in the form that `URL` gives hosts. */
function canonicalDomain(domain: string): string {
  const plain = (domain.startsWith(".") ? domain.slice(1) : domain).toLowerCase();
  if (/^[a-z0-9._-]*$/.test(plain)) return plain;
  const isBareIPv6 = plain.includes("::") && !plain.startsWith("[");
  try {
    return new URL(isBareIPv6 ? `http://[${plain}]` : `http://${plain}`).hostname;
  } catch {
    throw new TypeError(`Cannot use cookie domain ${JSON.stringify(domain)}: it is no host`);
  }
}

function checked(cookie: Cookie): Cookie {
  const { name, value, path, expires } = cookie;
  const otherFault = !path.startsWith("/") || path.includes(";") || hasControl(path)
    ? "path must begin with a slash and contain no semicolon or control character"
    : Number.isNaN(expires)
    ? "expires is no valid date"
    : null;
  checkCookie(name, value, otherFault);
  return cookie;
}
