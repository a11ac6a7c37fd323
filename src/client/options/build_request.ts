/**
 * A client's defaults and a request's options become one request: here, once, and nowhere later.
 *
 * Headers: a given name replaces the client's lines of that name. Params: a given key replaces the client's, both
 * replace the URL's. Cookies: the caller's own, then the jar's. URL: appended to the base, unless it is absolute.
 */
import type { ContentInit } from "../../message/content/encode.ts";
import { cookieHeader } from "../../message/cookies/cookie_pairs.ts";
import type { Cookies } from "../../message/cookies/jar.ts";
import { Headers } from "../../message/headers.ts";
import type { QueryParams, QueryParamsInit } from "../../message/query_params.ts";
import { checkCallRetry, type RetryLike } from "../../message/retry_options.ts";
import { headersToSend, Request, type RequestExtensions } from "../../message/request.ts";
import { Timeout, timeoutOf } from "../../message/timeout.ts";
import { mergeCookies } from "../send/cookie_header.ts";
import { recordProvenance } from "../send/provenance.ts";
import { checkSignal, joinURL } from "./checks.ts";
import type { BodiedOptions, RequestOptions } from "./options.ts";

/** What a client adds to every request. */
export interface Defaults {
  /** Ends in a slash, or is empty. */
  baseURL: string;
  headers: Headers;
  params: QueryParams;
  /** `null` if no jar is kept. */
  cookies: Cookies | null;
  timeout: Timeout;
  /** Checks the proxy of a single request. */
  readProxy: (proxy: RequestOptions["proxy"]) => RequestOptions["proxy"];
}

const NO_OPTIONS: BodiedOptions = {};

/**
 * Builds a request.
 *
 * @throws {InvalidURL} for a malformed URL
 * @throws {TypeError} for an option of the wrong kind, and for two bodies at once
 */
export function buildRequest(
  method: string,
  { url, options = NO_OPTIONS, defaults }: {
    readonly url: string | URL;
    readonly options?: BodiedOptions | undefined;
    readonly defaults: Defaults;
  },
): Request {
  const absolute = typeof url === "string" ? joinURL(defaults.baseURL, url) : url;
  const headers = mergeHeaders(options, defaults);
  const cookies = cookiesFor(absolute, { options, defaults, headers });
  const { content, data, files, json } = options as ContentInit; // Request refuses two at once
  const request = new Request(method, absolute, {
    headers: cookies === null ? headers : withCookie(headers, cookies.header),
    params: mergeParams(options.params, defaults.params),
    content,
    data,
    files,
    json,
    extensions: extensionsOf(options, defaults),
    signal: checkSignal(options.signal),
  });
  if (cookies !== null) recordProvenance(request, { cookies });
  return request;
}

/** The client's own headers if there is nothing to add: their lines are shared, not copied (bench: get_1k). */
function mergeHeaders({ headers }: RequestOptions, defaults: Defaults): Headers {
  if (headers === undefined || headers === null) return defaults.headers;
  return defaults.headers.mergedWith(headers instanceof Headers ? headers : headersToSend(headers));
}

function mergeParams(
  own: QueryParamsInit | null | undefined,
  defaults: QueryParams,
): QueryParamsInit | null | undefined {
  if (defaults.size === 0) return own;
  return own === undefined || own === null ? defaults : defaults.merge(own);
}

/** A `Cookie` header given by hand is sent as it is; the jar adds nothing to it. */
function cookiesFor(
  url: string | URL,
  { options, defaults, headers }: {
    readonly options: RequestOptions;
    readonly defaults: Defaults;
    readonly headers: Headers;
  },
): { header: string; own: string | null } | null {
  const given = options.cookies ?? null;
  const jar = defaults.cookies;
  if (given === null && (jar === null || jar.size === 0 || headers.has("cookie"))) return null;
  if (given !== null && options.headers && new Headers(options.headers).has("cookie")) {
    throw new TypeError("Cannot send cookies and a Cookie header at once: give one of them");
  }
  const parsed = parsedOrNull(url);
  if (parsed === null) return null; // the Request constructor describes the fault
  const own = given === null ? null : cookieHeader(given, parsed);
  const header = mergeCookies(own, jar?.headerFor(parsed) ?? null);
  return header === null ? null : { header, own };
}

/** Parses a valid URL once: `URL.canParse()` first would parse it twice (bench: 0.9 µs each on Deno). */
function parsedOrNull(url: string | URL): URL | null {
  try {
    return new URL(url);
  } catch {
    return null;
  }
}

function withCookie(headers: Headers, cookie: string): Headers {
  const copy = headers.copy();
  copy.set("Cookie", cookie);
  return copy;
}

function extensionsOf(options: RequestOptions, defaults: Defaults): RequestExtensions {
  const { timeout, verify, proxy, retry } = options;
  let { extensions } = options;
  if (verify !== undefined) extensions = { ...extensions, verify };
  if (proxy !== undefined) extensions = { ...extensions, proxy: defaults.readProxy(proxy) };
  if (retry !== undefined) extensions = { ...extensions, retry: checkedRetry(retry) };
  const own = timeout === undefined ? defaults.timeout : Timeout.from(timeout, defaults.timeout);
  if (extensions === undefined) return { timeout: own };
  if (timeout !== undefined && extensions.timeout !== undefined) {
    throw new TypeError("Cannot use timeout and extensions.timeout at once: give one of them");
  }
  return withTimeout(extensions, own);
}

function checkedRetry(retry: RetryLike): RetryLike {
  checkCallRetry(retry);
  return retry;
}

/**
 * Extensions that have a timeout: their own, or the default.
 *
 * @throws {TypeError} for an invalid timeout
 */
export function withTimeout(extensions: RequestExtensions, timeout: Timeout): RequestExtensions {
  const { timeout: own = timeout } = extensions;
  return { ...extensions, timeout: timeoutOf(own) };
}
