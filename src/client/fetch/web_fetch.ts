/**
 * `fetch` as the web defines it, over a client: the standard signature, the standard defaults, the standard kinds of
 * failure, and a genuine web `Response`.
 *
 * In order: what was given is read and checked (`fetch_init`), a signal that is aborted already ends the call, the body is
 * extracted (`fetch_body`), the request is sent by the client's rules, and its response is made the web's
 * (`fetched_response`). Failures of ours become the web's in one place (`network_error`).
 */
import type { Request } from "../../message/request.ts";
import type { Response } from "../../message/response/response.ts";
import { maskURL } from "../../observe/mask.ts";
import { extractBody, type ExtractedBody, NO_BODY } from "./fetch_body.ts";
import { type FetchInput, readInput } from "./fetch_init.ts";
import type { FetchPort } from "./fetch_port.ts";
import { fetchedResponse } from "./fetched_response.ts";
import { hasIntegrity, parseIntegrity } from "./integrity.ts";
import { networkError } from "./network_error.ts";

/** Fields that the runtimes' own `fetch` ignores too, as they are its own (RFC 9110 §6.4, RFC 9112 §6). */
const FRAMING_FIELDS: ReadonlySet<string> = new Set(["content-length", "transfer-encoding"]);

/** What is not on the network is the runtime's own. */
const LOCAL_SCHEME = /^\s*(?:data|blob|file|about):/i;

/**
 * A `fetch` of the web's type, on every runtime: that of Bun has `preconnect()` too.
 *
 * @example Ready before the first request
 * ```ts
 * import { Client, type WebFetch } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const server = Deno.serve({ port: 0, onListen() {} }, () => new Response("hello"));
 * const url = `http://localhost:${server.addr.port}/`;
 * {
 *   await using client = new Client();
 *   const fetch: WebFetch & typeof globalThis.fetch = client.fetch;
 *   fetch.preconnect(url);
 *   assertEquals(await (await fetch(url)).text(), "hello");
 * }
 * await server.shutdown();
 * ```
 */
export interface WebFetch {
  /** Sends a request; see `client.fetch`. */
  (
    input: string | URL | globalThis.Request,
    init?: globalThis.RequestInit,
  ): Promise<globalThis.Response>;
  /**
   * Opens a connection to an origin, if none is idle, for a call to come. A connection that can't be made is not reported:
   * the call will meet it. Does nothing over the runtime's `fetch`, and on a client that is closed.
   *
   * @throws {TypeError} for what is not a URL
   */
  preconnect(url: string | URL): void;
}

/** Makes the `fetch` of a client. Its `length` is 1, as the web's. */
export function makeWebFetch(port: FetchPort): WebFetch {
  const fetch = (
    input: string | URL | globalThis.Request,
    ...[init]: [init?: globalThis.RequestInit]
  ) => webFetch(port, input, init);
  return Object.assign(fetch, { preconnect: (url: string | URL) => preconnect(port, url) });
}

function preconnect(port: FetchPort, url: string | URL): void {
  try {
    port.preconnect(String(url));
  } catch (error) {
    throw new TypeError(`Cannot preconnect: ${(error as Error).message}`, { cause: error });
  }
}

/**
 * Fetches.
 *
 * @throws {TypeError} for input that `fetch` refuses, and if no response arrives: `cause` is then the error of this library
 * @throws the signal's reason
 */
export async function webFetch(
  port: FetchPort,
  input: string | URL | globalThis.Request,
  init: globalThis.RequestInit = {},
): Promise<globalThis.Response> {
  const options = init ?? {};
  if (LOCAL_SCHEME.test(urlOf(input))) return await globalThis.fetch(input, options);
  const read = readInput(input, options);
  try {
    if (read.signal?.aborted) {
      build(port, read, NO_BODY); // what is wrong with the request comes before the signal (Fetch §5.6 steps 2 and 4)
      cancelBody(read, read.signal.reason);
      throw read.signal.reason;
    }
    // Without a wait before it: the caller may use its buffer again at once.
    const body = extractBody(read);
    const request = build(port, read, body instanceof Promise ? await body : body);
    const isAnonymous = read.credentials === "omit";
    const followRedirects = read.redirect === "follow";
    const response = await port.send(request, { followRedirects, isAnonymous });
    if (isPlain(read)) return webResponse(response, read.signal);
    await check(response, { read, request });
    return webResponse(response, read.signal);
  } catch (error) {
    if (read.signal?.aborted && error === read.signal.reason) throw error;
    throw networkError(error, read.url);
  }
}

/** What is given as a URL, before any parsing. */
function urlOf(input: string | URL | globalThis.Request): string {
  return typeof input === "string" ? input : "url" in input ? input.url : String(input);
}

/** A stream that will not be sent is cancelled, so that what it reads from is freed (Fetch §5.6 step 6). */
function cancelBody({ body, bodyOf }: FetchInput, reason: unknown): void {
  const stream = bodyOf?.body ?? body;
  if (typeof (stream as ReadableStream | null)?.cancel !== "function") return;
  (stream as ReadableStream).cancel(reason).catch(() => {}); // locked: then it is its reader's
}

function build(port: FetchPort, read: FetchInput, { type, options }: ExtractedBody): Request {
  const isAnonymous = read.credentials === "omit";
  const { method, url, cache } = read;
  const signal = ownSignal(read.signal);
  if (read.headers.length === 0 && type === null) {
    return port.build(method, url, { ...options, signal, isAnonymous, cache });
  }
  const headers = read.headers.filter(([name]) => !FRAMING_FIELDS.has(name.toLowerCase()));
  const has = (name: string) => headers.some(([given]) => given.toLowerCase() === name);
  if (type !== null && !has("content-type") && !port.hasHeader("content-type")) {
    headers.push(["Content-Type", type]);
  }
  // Fetch §4.6 step 20: a range of coded bytes could not be decoded.
  if (has("range") && !has("accept-encoding")) headers.push(["Accept-Encoding", "identity"]);
  const own = headers.length === 0 ? undefined : headers;
  return port.build(method, url, { ...options, headers: own, signal, isAnonymous, cache });
}

/** A signal of another realm, or a polyfill's, as one of ours. */
function ownSignal(signal: AbortSignal | null): AbortSignal | null {
  if (signal === null || signal instanceof AbortSignal) return signal;
  const controller = new AbortController();
  const { signal: own } = controller;
  const foreign = signal as AbortSignal;
  foreign.addEventListener("abort", () => controller.abort(foreign.reason), { once: true });
  return own;
}

/** Whether the response is the result whatever it is. */
function isPlain({ redirect, cache, integrity }: FetchInput): boolean {
  return redirect !== "error" && cache !== "only-if-cached" && integrity === "";
}

/** Whether what was asked for refuses the response. */
async function check(
  response: Response,
  { read, request }: { readonly read: FetchInput; readonly request: Request },
): Promise<void> {
  const { redirect, integrity } = read;
  const subject = `${request.method} ${maskURL(request.url)}`;
  if (redirect === "error" && response.hasRedirectLocation) {
    await response.close();
    throw new TypeError(`Cannot fetch ${subject}: it redirects, and redirect is "error"`);
  }
  if (read.cache === "only-if-cached" && response.extensions.cache?.notStored === read.cache) {
    throw new TypeError(
      `Cannot fetch ${subject}: nothing is stored for it, and cache is "only-if-cached"`,
    );
  }
  const hashes = integrity === "" ? [] : parseIntegrity(integrity);
  if (hashes.length > 0 && !await hasIntegrity(await response.read(), hashes)) {
    throw new TypeError(`Cannot fetch ${subject}: its body has none of the hashes of integrity`);
  }
}

function webResponse(response: Response, signal: AbortSignal | null): globalThis.Response {
  try {
    return fetchedResponse(response, signal);
  } catch (error) {
    response.close().catch(() => {}); // 101: a web response has no such status
    throw error;
  }
}
