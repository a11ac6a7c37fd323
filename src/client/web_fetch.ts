/**
 * `fetch` as the web defines it, over a client: the standard signature, the standard defaults, the standard kinds of
 * failure, and a genuine web `Response`. What a server-side `fetch` ignores (`mode`, `referrer` …) is ignored here too;
 * `cache` is for a cache in the client's middleware, and ignored by a client without one.
 */
import { HTTPError, InvalidURL, StreamError } from "../errors.ts";
import type { Request } from "../message/request.ts";
import type { Response } from "../message/response/response.ts";
import { maskURL } from "../observe/mask.ts";
import { bodyAtHand } from "./body_at_hand.ts";
import type { FetchMode, FetchPort } from "./fetch_port.ts";
import type { BodyOptions } from "./options/options.ts";

/** Fetch §2.2.1: methods that no `fetch` sends. */
const FORBIDDEN_METHODS = ["CONNECT", "TRACE", "TRACK"];

/**
 * Fetches.
 *
 * @throws {TypeError} for what `fetch` refuses, and where there is no response; `cause` is the error of this library then
 * @throws the signal's reason
 */
export async function webFetch(
  port: FetchPort,
  input: string | URL | globalThis.Request,
  options?: globalThis.RequestInit | null,
): Promise<globalThis.Response> {
  const init = options ?? {};
  const given = input instanceof globalThis.Request ? input : null;
  const url = given === null ? String(input) : given.url;
  const redirect = init.redirect ?? given?.redirect ?? "follow";
  try {
    const isAnonymous = (init.credentials ?? given?.credentials) === "omit";
    const body = init.body === undefined ? await bodyOf(given) : init.body;
    const request = build(port, { url, given, init, body, isAnonymous });
    const followRedirects = redirect === "follow";
    const response = await port.send(request, { followRedirects, isAnonymous });
    if (redirect === "error" && response.hasRedirectLocation) {
      await response.close();
      throw new TypeError(
        `Cannot fetch ${request.method} ${
          maskURL(request.url)
        }: it redirects, and redirect is "error"`,
      );
    }
    const wantsStored = request.extensions.cache === "only-if-cached";
    if (wantsStored && response.extensions.cache?.notStored === "only-if-cached") {
      throw new TypeError(
        `Cannot fetch ${
          maskURL(request.url)
        }: nothing is stored for it, and cache is "only-if-cached"`,
      );
    }
    return await asWeb(response);
  } catch (error) {
    if ([HTTPError, InvalidURL, StreamError].some((type) => error instanceof type)) {
      throw new TypeError((error as Error).message, { cause: error });
    }
    throw error;
  }
}

async function bodyOf(
  given: globalThis.Request | null,
): Promise<Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array<ArrayBuffer>> | null> {
  if (given?.bodyUsed) throw new TypeError("Cannot fetch this Request: its body was used before");
  const body = given?.body ?? null;
  return body === null ? null : await bodyAtHand(body);
}

async function asWeb(response: Response): Promise<globalThis.Response> {
  try {
    return response.toWeb();
  } catch (error) {
    await response.close(); // 101: a web response has no such status
    throw error;
  }
}

/** One call's input and init. */
interface FetchCall extends FetchMode {
  readonly url: string;
  readonly given: globalThis.Request | null;
  readonly init: globalThis.RequestInit;
  readonly body: globalThis.BodyInit | null;
}

function build(port: FetchPort, { url, given, init, body, isAnonymous }: FetchCall): Request {
  const method = (init.method ?? given?.method ?? "GET").toUpperCase();
  if (FORBIDDEN_METHODS.includes(method)) {
    throw new TypeError(`Cannot fetch with method ${method}: the web's fetch refuses it too`);
  }
  if (init.integrity) {
    throw new TypeError(
      "Cannot fetch with integrity: it is not supported; compare the body's hash",
    );
  }
  const headers = headerPairs(init.headers ?? given?.headers);
  if (body !== null && (method === "GET" || method === "HEAD")) {
    throw new TypeError(`Cannot fetch with a body and method ${method}`);
  }
  const hasType = headers.some(([name]) => name.toLowerCase() === "content-type") ||
    port.hasHeader("content-type");
  const { type, options } = encodeBody(body);
  const cache = init.cache ?? given?.cache;
  if (type !== null && !hasType) headers.push(["Content-Type", type]);
  const signal = init.signal === undefined ? given?.signal ?? null : init.signal;
  const extensions = cache === undefined || cache === "default" ? {} : { extensions: { cache } };
  return port.build(method, url, { ...options, ...extensions, headers, signal, isAnonymous });
}

/** As `fetch` does: whatever stands for a value becomes text. */
function headerPairs(headers: globalThis.HeadersInit | undefined): [string, string][] {
  if (headers === undefined || headers === null) return [];
  const pairs: Iterable<readonly unknown[]> = Symbol.iterator in headers
    ? headers
    : Object.entries(headers);
  return Array.from(pairs, ([name, value]) => [String(name), String(value)]);
}

/** Fetch §5.2, "extract a body": which type goes with what. */
function encodeBody(
  body: globalThis.BodyInit | null,
): { readonly type: string | null; readonly options: BodyOptions } {
  if (body === null) return { type: null, options: {} };
  if (body instanceof FormData) return { type: null, options: { data: body } };
  if (body instanceof URLSearchParams) {
    const type = "application/x-www-form-urlencoded;charset=UTF-8";
    return { type, options: { content: body.toString() } };
  }
  if (typeof body === "object") return { type: null, options: { content: body } };
  return { type: "text/plain;charset=UTF-8", options: { content: String(body) } };
}
