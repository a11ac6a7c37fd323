/**
 * A cookie jar, RFC 6265bis §5.7 and §5.8: what may come in, what goes out and in which order, and what
 * is thrown out when servers ask for too much.
 *
 * Cookies lie by domain, so that a request looks at its host and its parents and not at all the rest. Nothing runs in the
 * background: expired cookies go when somebody looks.
 */
import { CookieConflict } from "../../errors.ts";
import { MASK } from "../../observe/mask.ts";
import { utf8ByteString } from "../../semantics/latin1.ts";
import { isCompactPublicSuffix } from "./compact_public_suffix.ts";
import {
  type Cookie,
  type CookieScope,
  hasExpired,
  identityOf,
  isWithin,
  makeCookie,
  restoreCookie,
  type SetCookieOptions,
} from "./cookie.ts";
import { pairsOf } from "./cookie_pairs.ts";
import { COOKIE_LIMITS } from "./limits.ts";
import { domainMatches, isIPAddress, isSecure, pathMatches } from "./match.ts";
import { cookieFrom, parseSetCookie } from "./set_cookie.ts";

/** Anything a jar can be filled from. */
export type CookiesInit =
  | Cookies
  | Readonly<Record<string, string>>
  | Iterable<readonly [name: string, value: string]>;

/** How a jar judges. */
export interface CookiesOptions {
  /** Whether a domain belongs to a registry. Default: a rule of thumb; `Client` uses the Public Suffix List. */
  readonly isPublicSuffix?: (domain: string) => boolean;
  /** The time in milliseconds since 1970. Default: `Date.now`. */
  readonly now?: () => number;
}

/** A cookie in its place, with what ordering and eviction need. */
interface Entry {
  readonly cookie: Cookie;
  /** Counts up with each new cookie; kept when one is replaced (§5.7). */
  readonly created: number;
  /** Counts up with each use. */
  used: number;
}

/**
 * An RFC 6265bis cookie jar.
 *
 * @example What a client keeps and sends
 * ```ts
 * import { Cookies } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const cookies = new Cookies({ theme: "dark" });
 * cookies.extractFrom(new URL("https://example.org/"), ["sid=1; Path=/; Secure; HttpOnly"]);
 * assertEquals(cookies.get("sid"), "1");
 * assertEquals(cookies.headerFor(new URL("https://example.org/a")), "theme=dark; sid=1");
 * assertEquals(cookies.headerFor(new URL("http://example.org/a")), "theme=dark");
 * ```
 */
export class Cookies {
  readonly #byDomain = new Map<string, Map<string, Entry>>();
  readonly #isPublicSuffix: (domain: string) => boolean;
  readonly #now: () => number;
  #counter = 0;
  #count = 0;

  /**
   * A jar with the cookies of `init`; from records and pairs they go to every host.
   *
   * @throws {TypeError} for a name or value that no cookie can have
   */
  constructor(init?: CookiesInit | null, options: CookiesOptions = {}) {
    this.#isPublicSuffix = options.isPublicSuffix ??
      (init instanceof Cookies ? init.#isPublicSuffix : isCompactPublicSuffix);
    this.#now = options.now ?? (init instanceof Cookies ? init.#now : Date.now);
    if (init !== undefined && init !== null) this.update(init);
  }

  /**
   * A jar from what `toJSON()` gave.
   *
   * @throws {TypeError} when it is not of that form
   *
   * @example Keep a session over restarts
   * ```ts
   * import { Cookies } from "@httpx/httpx";
   * import { assertEquals } from "@std/assert";
   *
   * const cookies = new Cookies();
   * cookies.set("sid", "1", { domain: "example.org" });
   * const restored = Cookies.fromJSON(JSON.parse(JSON.stringify(cookies)));
   * assertEquals(restored.get("sid", { domain: "example.org" }), "1");
   * ```
   */
  static fromJSON(json: unknown, options: CookiesOptions = {}): Cookies {
    if (!Array.isArray(json)) {
      throw new TypeError("Cannot restore cookies: give the list that toJSON() made");
    }
    const cookies = new Cookies(null, options);
    for (const item of json) cookies.#put(restoreCookie(item));
    return cookies;
  }

  /** How many cookies there are. */
  get size(): number {
    this.#dropExpired();
    return this.#count;
  }

  /**
   * The value of a cookie, or `null`.
   *
   * @throws {CookieConflict} when several cookies have that name and `scope` does not tell them apart
   *
   * @example Say which one
   * ```ts
   * import { CookieConflict, Cookies } from "@httpx/httpx";
   * import { assertEquals, assertThrows } from "@std/assert";
   *
   * const cookies = new Cookies();
   * cookies.set("lang", "de", { domain: "example.de" });
   * cookies.set("lang", "en", { domain: "example.com" });
   * assertThrows(() => cookies.get("lang"), CookieConflict);
   * assertEquals(cookies.get("lang", { domain: "example.de" }), "de");
   * ```
   */
  get(name: string, scope: CookieScope = {}): string | null {
    const found = this.#find(name, scope);
    if (found.length > 1) throw conflict(name, found);
    return found[0]?.value ?? null;
  }

  /** Whether there is a cookie of that name, or several. */
  has(name: string, scope: CookieScope = {}): boolean {
    return this.#find(name, scope).length > 0;
  }

  /**
   * Sets a cookie; without a domain it goes to every host. One of the same name, domain and path is replaced.
   *
   * @throws {TypeError} for a name or value that no cookie can have
   */
  set(name: string, value: string, options: SetCookieOptions = {}): void {
    this.#put(makeCookie(name, value, options));
  }

  /** Deletes all cookies of a name, or those within `scope`; tells whether there were any. */
  delete(name: string, scope: CookieScope = {}): boolean {
    const found = this.#find(name, scope);
    for (const cookie of found) this.#remove(cookie);
    return found.length > 0;
  }

  /** Deletes all cookies, or those within `scope`. */
  clear(scope: CookieScope = {}): void {
    for (const cookie of this.list()) if (isWithin(cookie, scope)) this.#remove(cookie);
  }

  /** Takes over all cookies of `init`. */
  update(init: CookiesInit): void {
    if (init instanceof Cookies) {
      for (const cookie of init.list()) this.#put(cookie);
      return;
    }
    for (const [name, value] of pairsOf(init)) this.set(name, value);
  }

  /** An independent copy. */
  copy(): Cookies {
    return new Cookies(this);
  }

  /** Every cookie with its attributes, oldest first. */
  list(): Cookie[] {
    this.#dropExpired();
    return this.#entries().sort((a, b) => a.created - b.created).map((entry) => entry.cookie);
  }

  /** Name and value of every cookie, oldest first. */
  [Symbol.iterator](): ArrayIterator<[name: string, value: string]> {
    return this.list().map(({ name, value }): [string, string] => [name, value]).values();
  }

  /**
   * Every cookie with its attributes, values included: made for storing, so treat it as the secret that it is.
   * `console.log` shows names alone.
   */
  toJSON(): Cookie[] {
    return this.list().map((cookie) => ({ ...cookie }));
  }

  /** For people: names and where they go, no values. */
  toString(): string {
    const shown = this.list().map(({ name, domain, path }) =>
      `${name}=${MASK}${domain === "" ? "" : ` for ${domain}${path}`}`
    );
    return shown.length === 0 ? "Cookies {}" : `Cookies { ${shown.join(", ")} }`;
  }

  /** @internal What `console.log` shows. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  /**
   * Takes in what a response set (§5.7): the values of its `Set-Cookie` lines, one each. What the RFC has
   * ignored is ignored.
   */
  extractFrom(url: URL, setCookieValues: readonly string[]): void {
    if (setCookieValues.length === 0) return;
    this.#dropExpired();
    const nowMs = this.#now();
    for (const text of setCookieValues) {
      const setCookie = parseSetCookie(text);
      if (setCookie === null) continue;
      const context = { url, isPublicSuffix: this.#isPublicSuffix, nowMs };
      const cookie = cookieFrom(setCookie, context);
      if (cookie === null || this.#wouldShadowSecure(cookie, url)) continue;
      if (hasExpired(cookie, nowMs)) {
        this.#remove(cookie);
      } else {
        this.#put(cookie);
        this.#evict(cookie.domain);
      }
    }
  }

  /**
   * The value of the `Cookie` field for a request (§5.8.3), or `null` where none goes with it: longer paths
   * first, then older cookies. What is not ASCII is UTF-8, one char a byte, as header values are.
   */
  headerFor(url: URL): string | null {
    if (this.#count === 0) return null;
    const nowMs = this.#now();
    const chosen: Entry[] = [];
    for (const domain of domainsAbove(url.hostname)) {
      for (const entry of this.#byDomain.get(domain)?.values() ?? []) {
        const { cookie } = entry;
        if (hasExpired(cookie, nowMs)) this.#remove(cookie);
        else if (goesWith(cookie, url)) chosen.push(entry);
      }
    }
    if (chosen.length === 0) return null;
    chosen.sort((a, b) => b.cookie.path.length - a.cookie.path.length || a.created - b.created);
    for (const entry of chosen) entry.used = ++this.#counter;
    return utf8ByteString(chosen.map(({ cookie }) => pairOf(cookie)).join("; "));
  }

  /** §5.7: what comes without TLS must not overlay what came with it. */
  #wouldShadowSecure(cookie: Cookie, url: URL): boolean {
    if (cookie.secure || isSecure(url)) return false;
    return this.#entries().some(({ cookie: other }) =>
      other.secure && other.name === cookie.name && pathMatches(cookie.path, other.path) &&
      (domainMatches(other.domain, cookie.domain) || domainMatches(cookie.domain, other.domain))
    );
  }

  #find(name: string, scope: CookieScope): Cookie[] {
    return this.list().filter((cookie) => cookie.name === name && isWithin(cookie, scope));
  }

  #entries(): Entry[] {
    return [...this.#byDomain.values()].flatMap((entries) => [...entries.values()]);
  }

  #put(cookie: Cookie): void {
    let entries = this.#byDomain.get(cookie.domain);
    if (entries === undefined) this.#byDomain.set(cookie.domain, entries = new Map());
    const key = identityOf(cookie);
    const previous = entries.get(key);
    if (previous === undefined) this.#count++;
    const used = ++this.#counter;
    entries.set(key, { cookie, created: previous?.created ?? used, used });
  }

  #remove(cookie: Cookie): void {
    const entries = this.#byDomain.get(cookie.domain);
    if (entries?.delete(identityOf(cookie)) !== true) return;
    this.#count--;
    if (entries.size === 0) this.#byDomain.delete(cookie.domain);
  }

  #dropExpired(): void {
    if (this.#count === 0) return;
    const nowMs = this.#now();
    for (const { cookie } of this.#entries()) if (hasExpired(cookie, nowMs)) this.#remove(cookie);
  }

  /** §5.7, at the end: first within the domain, then over all; insecure ones first, least recently used first. */
  #evict(domain: string): void {
    while ((this.#byDomain.get(domain)?.size ?? 0) > COOKIE_LIMITS.maxPerDomain) {
      this.#removeLeast([...this.#byDomain.get(domain)?.values() ?? []]);
    }
    while (this.#count - (this.#byDomain.get("")?.size ?? 0) > COOKIE_LIMITS.maxTotal) {
      this.#removeLeast(this.#entries().filter(({ cookie }) => cookie.domain !== ""));
    }
  }

  #removeLeast(entries: readonly Entry[]): void {
    const insecure = entries.filter(({ cookie }) => !cookie.secure);
    const candidates = insecure.length > 0 ? insecure : entries;
    this.#remove(candidates.reduce((a, b) => a.used < b.used ? a : b).cookie);
  }
}

function goesWith(cookie: Cookie, url: URL): boolean {
  return (!cookie.hostOnly || cookie.domain === url.hostname) &&
    (!cookie.secure || isSecure(url)) &&
    pathMatches(url.pathname, cookie.path);
}

/** The domains under which cookies for a host may lie: any, the host itself, its parents. */
function domainsAbove(host: string): string[] {
  const domains = ["", host];
  if (isIPAddress(host)) return domains;
  for (let dot = host.indexOf("."); dot >= 0; dot = host.indexOf(".", dot + 1)) {
    domains.push(host.slice(dot + 1));
  }
  return domains;
}

function pairOf({ name, value }: Cookie): string {
  return name === "" ? value : `${name}=${value}`;
}

function conflict(name: string, found: readonly Cookie[]): CookieConflict {
  const places = found.map(({ domain, path }) => `${domain === "" ? "any host" : domain} ${path}`);
  return new CookieConflict(
    `Cannot tell which cookie ${JSON.stringify(name)} is meant: ${found.length} have that name ` +
      `(${places.join(", ")}); say which domain or path`,
  );
}
