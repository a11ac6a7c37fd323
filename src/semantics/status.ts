/** Status codes (RFC 9110 §15, and the IANA registry of them). */

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
} = {
  CONTINUE: 100,
  SWITCHING_PROTOCOLS: 101,
  PROCESSING: 102,
  EARLY_HINTS: 103,
  OK: 200,
  CREATED: 201,
  ACCEPTED: 202,
  NON_AUTHORITATIVE_INFORMATION: 203,
  NO_CONTENT: 204,
  RESET_CONTENT: 205,
  PARTIAL_CONTENT: 206,
  MULTI_STATUS: 207,
  ALREADY_REPORTED: 208,
  IM_USED: 226,
  MULTIPLE_CHOICES: 300,
  MOVED_PERMANENTLY: 301,
  FOUND: 302,
  SEE_OTHER: 303,
  NOT_MODIFIED: 304,
  USE_PROXY: 305,
  TEMPORARY_REDIRECT: 307,
  PERMANENT_REDIRECT: 308,
  BAD_REQUEST: 400,
  UNAUTHORIZED: 401,
  PAYMENT_REQUIRED: 402,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  NOT_ACCEPTABLE: 406,
  PROXY_AUTHENTICATION_REQUIRED: 407,
  REQUEST_TIMEOUT: 408,
  CONFLICT: 409,
  GONE: 410,
  LENGTH_REQUIRED: 411,
  PRECONDITION_FAILED: 412,
  REQUEST_ENTITY_TOO_LARGE: 413,
  REQUEST_URI_TOO_LONG: 414,
  UNSUPPORTED_MEDIA_TYPE: 415,
  REQUESTED_RANGE_NOT_SATISFIABLE: 416,
  EXPECTATION_FAILED: 417,
  IM_A_TEAPOT: 418,
  MISDIRECTED_REQUEST: 421,
  UNPROCESSABLE_ENTITY: 422,
  LOCKED: 423,
  FAILED_DEPENDENCY: 424,
  TOO_EARLY: 425,
  UPGRADE_REQUIRED: 426,
  PRECONDITION_REQUIRED: 428,
  TOO_MANY_REQUESTS: 429,
  REQUEST_HEADER_FIELDS_TOO_LARGE: 431,
  UNAVAILABLE_FOR_LEGAL_REASONS: 451,
  INTERNAL_SERVER_ERROR: 500,
  NOT_IMPLEMENTED: 501,
  BAD_GATEWAY: 502,
  SERVICE_UNAVAILABLE: 503,
  GATEWAY_TIMEOUT: 504,
  HTTP_VERSION_NOT_SUPPORTED: 505,
  VARIANT_ALSO_NEGOTIATES: 506,
  INSUFFICIENT_STORAGE: 507,
  LOOP_DETECTED: 508,
  NOT_EXTENDED: 510,
  NETWORK_AUTHENTICATION_REQUIRED: 511,
};

/** Reason phrases that are not their name in title case. */
const PHRASES: Readonly<Record<number, string>> = {
  200: "OK",
  203: "Non-Authoritative Information",
  207: "Multi-Status",
  226: "IM Used",
  414: "Request-URI Too Long",
  418: "I'm a teapot",
  505: "HTTP Version Not Supported",
};

const PHRASE_BY_STATUS: ReadonlyMap<number, string> = new Map(
  Object.entries(codes).map(([name, status]) => [status, PHRASES[status] ?? titleOf(name)]),
);

/** The usual reason phrase of a status, or `""` where it has none. */
export function reasonPhrase(status: number): string {
  return PHRASE_BY_STATUS.get(status) ?? "";
}

/** Whether a response of this status never has content (RFC 9110 §6.4.1). */
export function forbidsBody(status: number): boolean {
  return status < 200 || status === 204 || status === 304;
}

/** 1xx */
export function isInformational(status: number): boolean {
  return status >= 100 && status < 200;
}

/** 2xx */
export function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

/** 3xx */
export function isRedirect(status: number): boolean {
  return status >= 300 && status < 400;
}

/** 4xx */
export function isClientError(status: number): boolean {
  return status >= 400 && status < 500;
}

/** 5xx */
export function isServerError(status: number): boolean {
  return status >= 500 && status < 600;
}

/** 4xx or 5xx */
export function isError(status: number): boolean {
  return status >= 400 && status < 600;
}

function titleOf(name: string): string {
  return name.toLowerCase().split("_")
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join(" ");
}
