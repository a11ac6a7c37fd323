/**
 * RFC 6265bis §5.7: a response that came without TLS must not set a cookie that hides or replaces a `Secure` one of the
 * same name, on its host, a parent or a subdomain.
 *
 * Made once for a response, since it may set thousands of cookies while the jar holds thousands: the jar is searched
 * once, each cookie of the response costs its own length.
 */
import type { Cookie } from "./cookie.ts";
import type { StoredCookie } from "./cookie_store.ts";
import { domainMatches, pathPrefixes } from "./match.ts";

/** The `Secure` cookies that cookies of one insecure response must not overlay. */
export class SecureOverlay {
  /** Domains and paths of secure cookies by their name. */
  readonly #placesByName = new Map<string, Cookie[]>();
  /** Paths that are protected, by name and domain of a new cookie. */
  readonly #paths = new Map<string, ReadonlySet<string>>();

  constructor(stored: Iterable<StoredCookie>) {
    for (const { cookie } of stored) {
      if (!cookie.secure) continue;
      const places = this.#placesByName.get(cookie.name);
      if (places === undefined) this.#placesByName.set(cookie.name, [cookie]);
      else places.push(cookie);
    }
  }

  /** Whether setting this cookie would hide or replace a secure one. */
  forbids({ name, domain, path }: Cookie): boolean {
    const places = this.#placesByName.get(name);
    if (places === undefined) return false;
    const key = `${domain};${name}`; // a domain has no ";"
    let paths = this.#paths.get(key);
    if (paths === undefined) {
      const related = places.filter((place) =>
        domainMatches(place.domain, domain) || domainMatches(domain, place.domain)
      );
      this.#paths.set(key, paths = new Set(related.map((place) => place.path)));
    }
    if (paths.size === 0) return false;
    for (const prefix of pathPrefixes(path)) if (paths.has(prefix)) return true;
    return false;
  }
}
