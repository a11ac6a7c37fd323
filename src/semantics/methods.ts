/** What a method promises (RFC 9110 §9.2; QUERY: draft-ietf-httpbis-safe-method-w-body). An unknown one promises nothing. */

const IDEMPOTENT: ReadonlySet<string> = new Set(
  ["GET", "HEAD", "OPTIONS", "TRACE", "QUERY", "PUT", "DELETE"],
);
const WITH_CONTENT: ReadonlySet<string> = new Set(["POST", "PUT", "PATCH", "QUERY"]);

/** Whether sending it twice has the effect of sending it once (§9.2.2). */
export function isIdempotent(method: string): boolean {
  return IDEMPOTENT.has(method);
}

/** Whether content is expected, so that none is said by `Content-Length: 0` (RFC 9110 §8.6). */
export function hasBodyByDefault(method: string): boolean {
  return WITH_CONTENT.has(method);
}
