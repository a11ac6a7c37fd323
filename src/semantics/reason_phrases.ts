/** Status codes with their names (RFC 9110 §15, and the IANA registry of them). */

/** Reason phrases in the order of their codes. A code that does not follow the last one is named: small bundles count. */
const TABLE = "100 Continue,Switching Protocols,Processing,Early Hints,200 OK,Created,Accepted," +
  "Non-Authoritative Information,No Content,Reset Content,Partial Content,Multi-Status," +
  "Already Reported,226 IM Used,300 Multiple Choices,Moved Permanently,Found,See Other," +
  "Not Modified,Use Proxy,307 Temporary Redirect,Permanent Redirect,400 Bad Request,Unauthorized," +
  "Payment Required,Forbidden,Not Found,Method Not Allowed,Not Acceptable," +
  "Proxy Authentication Required,Request Timeout,Conflict,Gone,Length Required," +
  "Precondition Failed,Request Entity Too Large,Request-URI Too Long,Unsupported Media Type," +
  "Requested Range Not Satisfiable,Expectation Failed,I'm a teapot,421 Misdirected Request," +
  "Unprocessable Entity,Locked,Failed Dependency,Too Early,Upgrade Required," +
  "428 Precondition Required,Too Many Requests,431 Request Header Fields Too Large," +
  "451 Unavailable For Legal Reasons,500 Internal Server Error,Not Implemented,Bad Gateway," +
  "Service Unavailable,Gateway Timeout,HTTP Version Not Supported,Variant Also Negotiates," +
  "Insufficient Storage,Loop Detected,510 Not Extended,Network Authentication Required";

const PHRASES: ReadonlyMap<number, string> = /* @__PURE__ */ phrases();

function phrases(): Map<number, string> {
  const map = new Map<number, string>();
  let status = 0;
  for (const entry of TABLE.split(",")) {
    const phrase = entry.replace(/^\d+ /, "");
    status = phrase === entry ? status + 1 : Number.parseInt(entry);
    map.set(status, phrase);
  }
  return map;
}

/**
 * Status codes by name.
 *
 * @example Compare by name
 * ```ts
 * import { codes } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(codes.NOT_FOUND, 404);
 * ```
 */
export const codes: {
  readonly CONTINUE: 100;
  readonly SWITCHING_PROTOCOLS: 101;
  readonly PROCESSING: 102;
  readonly EARLY_HINTS: 103;
  readonly OK: 200;
  readonly CREATED: 201;
  readonly ACCEPTED: 202;
  readonly NON_AUTHORITATIVE_INFORMATION: 203;
  readonly NO_CONTENT: 204;
  readonly RESET_CONTENT: 205;
  readonly PARTIAL_CONTENT: 206;
  readonly MULTI_STATUS: 207;
  readonly ALREADY_REPORTED: 208;
  readonly IM_USED: 226;
  readonly MULTIPLE_CHOICES: 300;
  readonly MOVED_PERMANENTLY: 301;
  readonly FOUND: 302;
  readonly SEE_OTHER: 303;
  readonly NOT_MODIFIED: 304;
  readonly USE_PROXY: 305;
  readonly TEMPORARY_REDIRECT: 307;
  readonly PERMANENT_REDIRECT: 308;
  readonly BAD_REQUEST: 400;
  readonly UNAUTHORIZED: 401;
  readonly PAYMENT_REQUIRED: 402;
  readonly FORBIDDEN: 403;
  readonly NOT_FOUND: 404;
  readonly METHOD_NOT_ALLOWED: 405;
  readonly NOT_ACCEPTABLE: 406;
  readonly PROXY_AUTHENTICATION_REQUIRED: 407;
  readonly REQUEST_TIMEOUT: 408;
  readonly CONFLICT: 409;
  readonly GONE: 410;
  readonly LENGTH_REQUIRED: 411;
  readonly PRECONDITION_FAILED: 412;
  readonly REQUEST_ENTITY_TOO_LARGE: 413;
  readonly REQUEST_URI_TOO_LONG: 414;
  readonly UNSUPPORTED_MEDIA_TYPE: 415;
  readonly REQUESTED_RANGE_NOT_SATISFIABLE: 416;
  readonly EXPECTATION_FAILED: 417;
  readonly IM_A_TEAPOT: 418;
  readonly MISDIRECTED_REQUEST: 421;
  readonly UNPROCESSABLE_ENTITY: 422;
  readonly LOCKED: 423;
  readonly FAILED_DEPENDENCY: 424;
  readonly TOO_EARLY: 425;
  readonly UPGRADE_REQUIRED: 426;
  readonly PRECONDITION_REQUIRED: 428;
  readonly TOO_MANY_REQUESTS: 429;
  readonly REQUEST_HEADER_FIELDS_TOO_LARGE: 431;
  readonly UNAVAILABLE_FOR_LEGAL_REASONS: 451;
  readonly INTERNAL_SERVER_ERROR: 500;
  readonly NOT_IMPLEMENTED: 501;
  readonly BAD_GATEWAY: 502;
  readonly SERVICE_UNAVAILABLE: 503;
  readonly GATEWAY_TIMEOUT: 504;
  readonly HTTP_VERSION_NOT_SUPPORTED: 505;
  readonly VARIANT_ALSO_NEGOTIATES: 506;
  readonly INSUFFICIENT_STORAGE: 507;
  readonly LOOP_DETECTED: 508;
  readonly NOT_EXTENDED: 510;
  readonly NETWORK_AUTHENTICATION_REQUIRED: 511;
} = /* @__PURE__ */ Object.fromEntries(
  /* @__PURE__ */ [...PHRASES].map(([status, phrase]) => [nameOf(phrase), status]),
) as never; // types know no text

/** `I'm a teapot` is `IM_A_TEAPOT`. */
function nameOf(phrase: string): string {
  return phrase.replace("'", "").replace(/\W/g, "_").toUpperCase();
}

/** The usual reason phrase of a status, or `""` where it has none. */
export function reasonPhrase(status: number): string {
  return PHRASES.get(status) ?? "";
}
