/** Which responses may be stored (RFC 9111 §3), and which of their fields (§3.1). */
import { type FieldLines, findField, splitList } from "../../../semantics/fields.ts";
import { directivesOf, listedFields } from "./directives.ts";
import { isHeuristicallyCacheable } from "./freshness.ts";
import { parseContentRange } from "./ranges.ts";
import { selectingFields } from "./selecting.ts";
import { FieldNames, withoutFields } from "./field_names.ts";

/** As much of a response as decides whether it is stored. */
export interface ReceivedHead {
  readonly status: number;
  readonly fields: FieldLines;
}

/** Statuses whose caching requirements this cache implements, for `must-understand` (§5.2.2.3). */
const UNDERSTOOD = new Set<number>([
  ...[200, 201, 202, 203, 204, 205, 206, 300, 301, 302, 303, 304, 307, 308],
  ...[400, 401, 403, 404, 405, 406, 409, 410, 411, 412, 413, 414, 415, 416, 417, 421, 422, 426],
  ...[428, 429, 431, 451, 500, 501, 502, 503, 504, 505, 511],
]);

/** §3.1: fields of one connection, or of one proxy. */
const CONNECTION_FIELDS = new FieldNames([
  ...["connection", "keep-alive", "proxy-connection", "te", "transfer-encoding", "upgrade"],
  ...["proxy-authenticate", "proxy-authentication-info", "proxy-authorization"],
]);

/** Why a response to a request of a cacheable method may not be stored, or `null` if it may. */
export function whyNotStored({ status, fields }: ReceivedHead, request: FieldLines): string | null {
  const directives = directivesOf(fields);
  if (status < 200 || status === 304) return `status ${status}`;
  if (directivesOf(request).has("no-store")) return "no-store in the request";
  if (directives.has("must-understand") && !UNDERSTOOD.has(status)) return "must-understand";
  if (directives.has("no-store") && !directives.has("must-understand")) return "no-store";
  if (
    findField(fields, "vary")?.includes("*") &&
    selectingFields(findField(fields, "vary"), []) === null
  ) {
    return "Vary: *";
  }
  if (/^text\/event-stream\b/i.test(findField(fields, "content-type") ?? "")) return "event stream";
  const contentRange = findField(fields, "content-range") ?? "";
  if (status === 206 && parseContentRange(contentRange) === null) return "no single range";
  const isAllowed = directives.has("public") || directives.has("private") ||
    directives.has("max-age") || findField(fields, "expires") !== null ||
    isHeuristicallyCacheable(status, directives);
  return isAllowed ? null : `status ${status} without a lifetime`;
}

/** The fields to store: those of the connection, and those that may not be reused unvalidated, are left out. */
export function storedFields(fields: FieldLines): FieldLines {
  const connection = findField(fields, "connection");
  const unvalidated = listedFields(directivesOf(fields), "no-cache");
  const isPlain = connection === null || /^(?:keep-alive|close)$/i.test(connection);
  if (isPlain && unvalidated.length === 0) {
    return withoutFields(fields, CONNECTION_FIELDS);
  }
  const listed = splitList(connection ?? "").map((name) => name.toLowerCase());
  return withoutFields(fields, new FieldNames([...CONNECTION_FIELDS, ...listed, ...unvalidated]));
}

/** §3.2: fields about the stored bytes themselves, which no later response changes. */
const BODY_FIELDS = new FieldNames(
  ["content-encoding", "content-length", "content-range"],
);

/** Stored fields, updated by those of a later response. */
export function updatedFields(stored: FieldLines, received: FieldLines): FieldLines {
  const fresh = withoutFields(storedFields(received), BODY_FIELDS);
  // An old age would be added to the new response's.
  const names = ["age"];
  for (let i = 0; i < fresh.length; i += 2) names.push((fresh[i] ?? "").toLowerCase());
  return [...withoutFields(stored, new FieldNames(names)), ...fresh];
}
