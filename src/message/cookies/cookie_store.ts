/**
 * The cookies of a jar by domain, and which of them are evicted when servers set too many (RFC 6265bis §5.7).
 *
 * Adding, finding and evicting a cookie costs the same however full the jar is. Only cookies that servers set count
 * towards the limits and can be evicted. Each new one evicts one at most, so that a large jar restored from storage
 * does not shrink at once.
 */
import { type Cookie, hasExpired, identityOf } from "./cookie.ts";
import { COOKIE_LIMITS } from "./limits.ts";

/** A cookie with what ordering and eviction need. */
export interface StoredCookie {
  readonly cookie: Cookie;
  /** Increases with each new cookie; kept when a cookie is replaced (§5.7). */
  readonly created: number;
  /** Increases with each use. */
  used: number;
  readonly setBy: "program" | "server";
}

/** The cookies of one domain. */
interface DomainCookies {
  readonly byIdentity: Map<string, StoredCookie>;
  /** Those that servers set, least recently used first. */
  readonly insecure: Set<StoredCookie>;
  readonly secure: Set<StoredCookie>;
}

/** Cookies by domain. */
export class CookieStore {
  readonly #domains = new Map<string, DomainCookies>();
  /** Cookies of all domains that servers set, least recently used first. */
  readonly #evictable = new Set<StoredCookie>();
  /** Domains that are evicted from before all others. */
  readonly #crowded = new Set<DomainCookies>();
  #count = 0;
  #counter = 0;
  /** No cookie expires before this time. */
  #nextExpiryMs = Infinity;

  get count(): number {
    return this.#count;
  }

  /** All cookies, in no particular order. */
  *all(): Generator<StoredCookie, void> {
    for (const { byIdentity } of this.#domains.values()) yield* byIdentity.values();
  }

  /** The cookies of exactly this domain. */
  of(domain: string): Iterable<StoredCookie> {
    return this.#domains.get(domain)?.byIdentity.values() ?? [];
  }

  /** Adds a cookie that a response sets, and evicts one if there are too many then. */
  putFromResponse(cookie: Cookie): void {
    const known = this.#evictable.size;
    this.put(cookie, "server");
    if (this.#evictable.size > known) this.#evictOne(this.#domainOf(cookie.domain));
  }

  /** Adds or replaces a cookie. */
  put(cookie: Cookie, setBy: StoredCookie["setBy"]): void {
    const domain = this.#domainOf(cookie.domain);
    const identity = identityOf(cookie);
    const previous = domain.byIdentity.get(identity);
    if (previous === undefined) this.#count++;
    else this.#unlist(previous, domain);
    const used = ++this.#counter;
    const stored = { cookie, created: previous?.created ?? used, used, setBy };
    domain.byIdentity.set(identity, stored);
    this.#nextExpiryMs = Math.min(this.#nextExpiryMs, cookie.expires ?? Infinity);
    if (setBy === "server") this.#list(stored, domain);
  }

  remove(cookie: Cookie): void {
    const domain = this.#domains.get(cookie.domain);
    const stored = domain?.byIdentity.get(identityOf(cookie));
    if (domain === undefined || stored === undefined) return;
    domain.byIdentity.delete(identityOf(cookie));
    this.#unlist(stored, domain);
    this.#count--;
    if (domain.byIdentity.size === 0) this.#domains.delete(cookie.domain);
  }

  /** Marks a cookie as the most recently used. */
  touch(stored: StoredCookie): void {
    stored.used = ++this.#counter;
    const domain = this.#domains.get(stored.cookie.domain);
    if (stored.setBy === "program" || domain === undefined) return;
    moveToEnd(this.#evictable, stored);
    moveToEnd(stored.cookie.secure ? domain.secure : domain.insecure, stored);
  }

  /** Removes expired cookies; looks at the cookies only if one can have expired. */
  dropExpired(nowMs: number): void {
    if (nowMs < this.#nextExpiryMs) return;
    this.#nextExpiryMs = Infinity;
    for (const { cookie } of this.all()) {
      if (hasExpired(cookie, nowMs)) this.remove(cookie);
      else this.#nextExpiryMs = Math.min(this.#nextExpiryMs, cookie.expires ?? Infinity);
    }
  }

  #domainOf(name: string): DomainCookies {
    let domain = this.#domains.get(name);
    if (domain === undefined) {
      domain = { byIdentity: new Map(), insecure: new Set(), secure: new Set() };
      this.#domains.set(name, domain);
    }
    return domain;
  }

  #list(stored: StoredCookie, domain: DomainCookies): void {
    this.#evictable.add(stored);
    (stored.cookie.secure ? domain.secure : domain.insecure).add(stored);
    if (sizeOf(domain) > COOKIE_LIMITS.fairPerDomain) this.#crowded.add(domain);
  }

  #unlist(stored: StoredCookie, domain: DomainCookies): void {
    this.#evictable.delete(stored);
    (stored.cookie.secure ? domain.secure : domain.insecure).delete(stored);
    if (sizeOf(domain) <= COOKIE_LIMITS.fairPerDomain) this.#crowded.delete(domain);
  }

  /** §5.7, the last steps, for the domain that has just got a cookie and for all domains. */
  #evictOne(domain: DomainCookies): void {
    const evicted = sizeOf(domain) > COOKIE_LIMITS.maxPerDomain
      ? leastOf(domain)
      : this.#evictable.size > COOKIE_LIMITS.maxTotal
      ? this.#leastOfAll()
      : undefined;
    if (evicted !== undefined) this.remove(evicted.cookie);
  }

  /** Of crowded domains insecure cookies go first, then secure ones, then those of any domain. */
  #leastOfAll(): StoredCookie | undefined {
    const candidates = Array.from(this.#crowded, leastOf).filter((stored) => stored !== undefined);
    const insecure = candidates.filter(({ cookie }) => !cookie.secure);
    const [first, ...others] = insecure.length > 0 ? insecure : candidates;
    if (first === undefined) return firstOf(this.#evictable);
    return others.reduce((a, b) => a.used < b.used ? a : b, first);
  }
}

function sizeOf({ insecure, secure }: DomainCookies): number {
  return insecure.size + secure.size;
}

/** Insecure before secure, then the least recently used. */
function leastOf({ insecure, secure }: DomainCookies): StoredCookie | undefined {
  return firstOf(insecure) ?? firstOf(secure);
}

function firstOf(cookies: Set<StoredCookie>): StoredCookie | undefined {
  for (const stored of cookies) return stored;
  return undefined;
}

function moveToEnd(cookies: Set<StoredCookie>, stored: StoredCookie): void {
  cookies.delete(stored);
  cookies.add(stored);
}
