/**
 * What servers may put into a cookie jar, RFC 6265bis §5.5 to §5.7. Cookies that the program sets are neither limited nor
 * counted.
 */
export const COOKIE_LIMITS = {
  /** UTF-8 bytes of name and value together; a larger cookie is ignored (§5.6 step 5). */
  maxPairBytes: 4096,
  /** UTF-8 bytes of one attribute's value; a larger attribute is ignored (§5.6). */
  maxAttributeBytes: 1024,
  /** Longest lifetime; later dates are brought forward (§5.5): 400 days. */
  maxAgeMs: 400 * 24 * 60 * 60 * 1000,
  /** Cookies of one domain; §6.1 asks for 50 at least, Chrome keeps 180. */
  maxPerDomain: 180,
  /** A domain with more loses its cookies before others do (§5.7: "a predetermined number", §6.1: 50). */
  fairPerDomain: 50,
  /** Cookies of all domains together (§6.1). */
  maxTotal: 3000,
} as const;
