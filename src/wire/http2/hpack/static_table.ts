/** RFC 7541 Appendix A: the fields that every peer knows from the start. */

/** Name, value, name, value …; the first pair has index 1. */
export const STATIC_FIELDS: readonly string[] = [
  ...[":authority", "", ":method", "GET", ":method", "POST", ":path", "/"],
  ...[":path", "/index.html", ":scheme", "http", ":scheme", "https", ":status", "200"],
  ...[":status", "204", ":status", "206", ":status", "304", ":status", "400", ":status", "404"],
  ...[":status", "500", "accept-charset", "", "accept-encoding", "gzip, deflate"],
  ...["accept-language", "", "accept-ranges", "", "accept", "", "access-control-allow-origin", ""],
  ...["age", "", "allow", "", "authorization", "", "cache-control", "", "content-disposition", ""],
  ...["content-encoding", "", "content-language", "", "content-length", "", "content-location", ""],
  ...["content-range", "", "content-type", "", "cookie", "", "date", "", "etag", "", "expect", ""],
  ...["expires", "", "from", "", "host", "", "if-match", "", "if-modified-since", ""],
  ...["if-none-match", "", "if-range", "", "if-unmodified-since", "", "last-modified", ""],
  ...["link", "", "location", "", "max-forwards", "", "proxy-authenticate", ""],
  ...["proxy-authorization", "", "range", "", "referer", "", "refresh", "", "retry-after", ""],
  ...["server", "", "set-cookie", "", "strict-transport-security", "", "transfer-encoding", ""],
  ...["user-agent", "", "vary", "", "via", "", "www-authenticate", ""],
];

/** How many entries the table has; dynamic entries come after them. */
export const STATIC_SIZE = 61;

/** The first index of a name. */
export const STATIC_NAMES: ReadonlyMap<string, number> = /* @__PURE__ */ firstIndexes();

function firstIndexes(): Map<string, number> {
  const indexes = new Map<string, number>();
  for (let i = STATIC_SIZE; i >= 1; i--) indexes.set(STATIC_FIELDS[2 * i - 2] ?? "", i);
  return indexes;
}

/** The index of a whole field, or 0. Only `:method`, `:path`, `:scheme`, `:status` and one more have values. */
export function staticIndexOf(name: string, value: string): number {
  const first = STATIC_NAMES.get(name);
  if (first === undefined || value === "") return 0;
  for (let i = first; STATIC_FIELDS[2 * i - 2] === name; i++) {
    if (STATIC_FIELDS[2 * i - 1] === value) return i;
  }
  return 0;
}
