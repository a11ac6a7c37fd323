/**
 * A cookie as a jar stores it, and two of its origins: set by the program, or restored from storage. Both are validated
 * here, so that every cookie of a jar can be sent.
 */
import { checkCookie, checkNamed, hasControl } from "./cookie_pairs.ts";
import { isIPAddress } from "./match.ts";

/** A cookie as a jar stores it. */
export interface Cookie {
  /** Empty for a cookie that a server set without one. */
  readonly name: string;
  /** As it is sent, without the quotes it may have been set with. */
  readonly value: string;
  /** Lower case, no leading dot; `""` is any host (cookies that a program set without a domain). */
  readonly domain: string;
  /** Begins with a slash. */
  readonly path: string;
  /** Whether subdomains are excluded. */
  readonly hostOnly: boolean;
  /** Whether it is sent over https alone. */
  readonly secure: boolean;
  /** Whether scripts in browsers may not read it. Kept for storage; it has no effect here. */
  readonly httpOnly: boolean;
  /** `null` if it was not given. Kept for storage; it has no effect here, since requests do not come from a site. */
  readonly sameSite: "strict" | "lax" | "none" | null;
  /** Milliseconds since 1970, or `null` for a session cookie. */
  readonly expires: number | null;
}

/** Attributes of a cookie that the program sets. */
export interface SetCookieOptions {
  /** The host it is sent to, and its subdomains. Default: `""`, every host. */
  readonly domain?: string;
  /** Default: `"/"`. */
  readonly path?: string;
  /** Whether subdomains of `domain` are excluded. Default: `false`. */
  readonly hostOnly?: boolean;
  /** Whether it is sent over https alone. Default: `false`. */
  readonly secure?: boolean;
  /** Default: `false`. */
  readonly httpOnly?: boolean;
  /** Default: `null`. */
  readonly sameSite?: "strict" | "lax" | "none" | null;
  /** A date, or milliseconds since 1970. Default: `null`, it never expires. */
  readonly expires?: Date | number | null;
}

/** Selects one of several cookies of the same name. */
export interface CookieScope {
  /** Exactly this domain; a leading dot is ignored. Default: any. */
  readonly domain?: string;
  /** Exactly this path. Default: any. */
  readonly path?: string;
}

/**
 * A cookie that the program sets.
 *
 * @throws {TypeError} for a name, value, path or domain that no cookie can have
 */
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

/**
 * A cookie that was stored as JSON.
 *
 * @throws {TypeError} for anything else
 */
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

/** Equal for cookies of one domain that replace each other (RFC 6265bis §5.7). */
export function identityOf(cookie: Cookie): string {
  return `${cookie.name};${cookie.path};${cookie.hostOnly}`; // a name or path has no ";"
}

/** Whether a cookie has expired. */
export function hasExpired(cookie: Cookie, nowMs: number): boolean {
  return cookie.expires !== null && cookie.expires <= nowMs;
}

/** Whether a cookie has the domain and the path of `scope`, if that names them. */
export function isWithin(cookie: Cookie, scope: CookieScope): boolean {
  return (scope.domain === undefined || canonicalDomain(scope.domain) === cookie.domain) &&
    (scope.path === undefined || scope.path === cookie.path);
}

/**
 * A domain in the form that `URL` gives hosts.
 *
 * @throws {TypeError} for anything but a host name or an address
 */
export function canonicalDomain(domain: string): string {
  const plain = (domain.startsWith(".") ? domain.slice(1) : domain).toLowerCase();
  if (/^[a-z0-9._-]*$/.test(plain)) return plain;
  const isBareIPv6 = plain.includes("::") && !plain.startsWith("[");
  const host = isBareIPv6 ? `[${plain}]` : plain;
  const url = URL.canParse(`http://${host}`) ? new URL(`http://${host}`) : null;
  if (url === null || /[/\\?#@]|:\d*$/.test(host)) {
    throw new TypeError(
      `Cannot use cookie domain ${
        JSON.stringify(domain)
      }: give a host name without scheme, port or path`,
    );
  }
  return url.hostname;
}

function checked(cookie: Cookie): Cookie {
  const { name, value, path, expires } = cookie;
  const otherFault = !path.startsWith("/") || path.includes(";") || hasControl(path)
    ? "path must begin with a slash and contain no semicolon or control character"
    : Number.isNaN(expires)
    ? "expires is not a valid date"
    : null;
  checkCookie(name, value, otherFault);
  return cookie;
}
