/**
 * A cookie jar, RFC 6265bis §5.7 and §5.8: which cookies are stored, and which are sent in which order. Nothing runs in
 * the background: expired cookies are removed when the jar is used.
 */
import { inspectAs } from "../../observe/inspect.ts";
import { CookieConflict } from "../../errors.ts";
import { MASK } from "../../observe/mask.ts";
import { befriend } from "../../semantics/befriend.ts";
import { utf8ByteString } from "../../semantics/latin1.ts";
import { isCompactPublicSuffix } from "./public_suffix/compact_public_suffix.ts";
import {
  canonicalDomain,
  type Cookie,
  type CookieScope,
  hasExpired,
  isWithin,
  makeCookie,
  restoreCookie,
  type SetCookieOptions,
} from "./cookie.ts";
import { pairsOf } from "./cookie_pairs.ts";
import { CookieStore, type StoredCookie } from "./cookie_store.ts";
import { domainsFor, isSecure, pathMatches } from "./match.ts";
import { SecureOverlay } from "./secure_overlay.ts";
import { cookieFrom, parseSetCookie } from "./set_cookie.ts";

/** Anything a jar can be filled from. */
export type CookiesInit =
  | Cookies
  | Readonly<Record<string, string>>
  | Iterable<readonly [name: string, value: string]>;

/** What a jar decides by. */
export interface CookiesOptions {
  /**
   * Whether a domain is a public suffix, for all of which no cookie may be set. Default: a rule of thumb; `Client` uses
   * the Public Suffix List.
   */
  readonly isPublicSuffix?: (domain: string) => boolean;
  /**
   * Loads what `isPublicSuffix` decides by; returns `null` if it is there. A `Client` waits for it before it stores a
   * cookie with a `Domain`. Default: nothing to load.
   */
  readonly loadPublicSuffixes?: () => Promise<void> | null;
  /** The time in milliseconds since 1970. Default: `Date.now`. */
  readonly now?: () => number;
}

/** Loads what a jar needs to store these values; `null` if that is nothing (see befriend.ts). */
export let prepareJar: (
  jar: Cookies,
  setCookieValues: readonly string[],
) => Promise<void> | null;

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
  static readonly #isInspectable: true = /* @__PURE__ */ inspectAs(this);
  static readonly #isOpen: true = /* @__PURE__ */ befriend(() => {
    prepareJar = (jar, setCookieValues) =>
      setCookieValues.some(mayHaveDomain) ? jar.#loadPublicSuffixes() : null;
  });
  readonly #store = new CookieStore();
  readonly #isPublicSuffix: (domain: string) => boolean;
  readonly #loadPublicSuffixes: () => Promise<void> | null;
  readonly #now: () => number;

  /**
   * A jar with the cookies of `init`; from records and pairs they go to every host.
   *
   * @throws {TypeError} for a name or value that no cookie can have
   */
  constructor(init?: CookiesInit | null, options: CookiesOptions = {}) {
    const base = init instanceof Cookies ? init : null;
    const judge = options.isPublicSuffix === undefined && base !== null
      ? { isPublicSuffix: base.#isPublicSuffix, loadPublicSuffixes: base.#loadPublicSuffixes }
      : options;
    this.#isPublicSuffix = judge.isPublicSuffix ?? isCompactPublicSuffix;
    this.#loadPublicSuffixes = judge.loadPublicSuffixes ?? nothingToLoad;
    this.#now = options.now ?? (base === null ? Date.now : base.#now);
    if (init !== undefined && init !== null) this.update(init);
  }

  /**
   * A jar from what `toJSON()` gave.
   *
   * @throws {TypeError} for anything else
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
    for (const item of json) {
      const cookie = restoreCookie(item);
      // JSON does not record the setter; a server's cookie always has a domain.
      cookies.#store.put(cookie, cookie.domain === "" ? "program" : "server");
    }
    return cookies;
  }

  /** The number of cookies. */
  get size(): number {
    if (this.#store.count > 0) this.#store.dropExpired(this.#now());
    return this.#store.count;
  }

  /**
   * The value of a cookie, or `null`.
   *
   * @throws {CookieConflict} when several cookies have that name within `scope`
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
   * Cookies that a program sets are never evicted to make room for a server's.
   *
   * @throws {TypeError} for a name or value that no cookie can have, and for a domain that is not a host name alone
   */
  set(name: string, value: string, options: SetCookieOptions = {}): void {
    this.#store.put(makeCookie(name, value, options), "program");
  }

  /** Deletes all cookies of a name, or those within `scope`; returns whether there were any. */
  delete(name: string, scope: CookieScope = {}): boolean {
    const found = this.#find(name, scope);
    for (const cookie of found) this.#store.remove(cookie);
    return found.length > 0;
  }

  /** Deletes all cookies, or those within `scope`. */
  clear(scope: CookieScope = {}): void {
    for (const { cookie } of this.#within(scope)) this.#store.remove(cookie);
  }

  /** Adds all cookies of `init`. */
  update(init: CookiesInit): void {
    if (init instanceof Cookies) {
      for (const { cookie, setBy } of init.#within({})) this.#store.put(cookie, setBy);
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
    return this.#within({}).map(({ cookie }) => cookie);
  }

  /** Name and value of every cookie, oldest first. */
  [Symbol.iterator](): ArrayIterator<[name: string, value: string]> {
    return this.list().map(({ name, value }): [string, string] => [name, value]).values();
  }

  /**
   * Every cookie with its attributes, values included: made for storing, so treat it as a secret. `console.log` shows
   * names alone.
   */
  toJSON(): Cookie[] {
    return this.list().map((cookie) => ({ ...cookie }));
  }

  /** Names and where the cookies go, without values. */
  toString(): string {
    const shown = this.list().map(({ name, domain, path }) =>
      `${name}=${MASK}${domain === "" ? "" : ` for ${domain}${path}`}`
    );
    return shown.length === 0 ? "Cookies {}" : `Cookies { ${shown.join(", ")} }`;
  }

  /**
   * Stores the cookies of a response (§5.7): the values of its `Set-Cookie` lines, one each. Values that the RFC
   * ignores are ignored.
   */
  extractFrom(url: URL, setCookieValues: readonly string[]): void {
    if (setCookieValues.length === 0) return;
    const nowMs = this.#now();
    this.#store.dropExpired(nowMs);
    const context = { url, isPublicSuffix: this.#isPublicSuffix, nowMs };
    let overlay: SecureOverlay | null = null;
    for (const text of setCookieValues) {
      const setCookie = parseSetCookie(text);
      const cookie = setCookie === null ? null : cookieFrom(setCookie, context);
      if (cookie === null) continue;
      if (!isSecure(url) && (overlay ??= new SecureOverlay(this.#store.all())).forbids(cookie)) {
        continue;
      }
      if (hasExpired(cookie, nowMs)) this.#store.remove(cookie);
      else this.#store.putFromResponse(cookie);
    }
  }

  /**
   * The value of the `Cookie` field for a request (§5.8.3), or `null` if no cookie goes with it: longer paths
   * first, then older cookies. What is not ASCII is UTF-8, one char a byte, as header values are.
   */
  headerFor(url: URL): string | null {
    const store = this.#store;
    if (store.count === 0) return null;
    store.dropExpired(this.#now());
    const chosen: StoredCookie[] = [];
    for (const domain of domainsFor(url.hostname)) {
      for (const stored of store.of(domain)) if (goesWith(stored.cookie, url)) chosen.push(stored);
    }
    if (chosen.length === 0) return null;
    chosen.sort((a, b) => b.cookie.path.length - a.cookie.path.length || a.created - b.created);
    for (const stored of chosen) store.touch(stored);
    return utf8ByteString(chosen.map(({ cookie }) => pairOf(cookie)).join("; "));
  }

  #find(name: string, scope: CookieScope): Cookie[] {
    return this.#within(scope, name).map(({ cookie }) => cookie);
  }

  /** The cookies within `scope`, of one name or of all, oldest first. */
  #within(scope: CookieScope, name?: string): StoredCookie[] {
    this.#store.dropExpired(this.#now());
    const { domain } = scope;
    const stored = domain === undefined
      ? this.#store.all()
      : this.#store.of(canonicalDomain(domain));
    return Array.from(stored)
      .filter(({ cookie }) =>
        (name === undefined || cookie.name === name) && isWithin(cookie, scope)
      )
      .sort((a, b) => a.created - b.created);
  }
}

function nothingToLoad(): null {
  return null;
}

/** Whether a `Set-Cookie` value may have the attribute `Domain`; only the parser is sure. */
function mayHaveDomain(setCookie: string): boolean {
  return /;\s*domain/i.test(setCookie);
}

function goesWith(cookie: Cookie, url: URL): boolean {
  return (!cookie.hostOnly || cookie.domain === url.hostname) &&
    (!cookie.secure || isSecure(url)) &&
    pathMatches(url.pathname, cookie.path);
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
