/**
 * What a redirect asks for (RFC 9110 §15.4), decided without sending anything: the next method, URL and header
 * fields. Credentials that must not be forwarded are removed here and nowhere else.
 */
import { RemoteProtocolError, StreamConsumed, UnsupportedProtocol } from "../../errors.ts";
import type { Headers } from "../../message/headers.ts";
import { bodySourceOf, Request, type RequestExtensions } from "../../message/request.ts";
import type { Response } from "../../message/response/response.ts";
import { MAX_URL_LENGTH } from "../../message/parsed_url.ts";
import { maskURL, nameOfRequest } from "../../observe/mask.ts";
import { basicCredentials, userinfoOf } from "../../semantics/basic_credentials.ts";
import { provenanceOf, recordProvenance, withoutProvenance } from "./provenance.ts";

/** Whose tables of method changes hold: httpx's, or those of the web's `fetch`. */
export type RedirectRules = "httpx" | "fetch";

/** Fields that describe the body, dropped with it (RFC 9110 §15.4, step 4). */
const BODY_FIELD = /^(?:content-.+|transfer-encoding|(?:repr-)?digest|trailer|expect)$/;

/** Fields that are meant for one origin alone. */
const ORIGIN_FIELDS = ["authorization", "proxy-authorization", "cookie"];

/**
 * The request that a redirect asks for. Its `Cookie` is the old one, or none across origins: a jar is none of this
 * file's business.
 *
 * @throws {RemoteProtocolError} for a `Location` that is not a URL
 * @throws {UnsupportedProtocol} for one that is neither http nor https
 */
export function redirectRequest(response: Response, rules: RedirectRules): Request {
  const { request } = response;
  const url = redirectURL(response.headers.getList("location")[0] ?? "", request);
  const method = redirectMethod(request.method, { status: response.status, rules });
  const keepsBody = method === request.method;
  const headers = redirectHeaders(request, { url, keepsBody });
  const userinfo = userinfoOf(url);
  if (userinfo !== null) headers.set("Authorization", basicCredentials(...userinfo));
  const next = new Request(method, url, {
    headers,
    stream: keepsBody ? bodySourceOf(request) : null,
    extensions: redirectExtensions(request, url),
    signal: request.signal,
  });
  const isOther = userinfo !== null || !sharesCredentials(request.parsedURL, url);
  if (isOther || provenanceOf(request).refusesClientAuth) {
    recordProvenance(next, { refusesClientAuth: true });
  }
  return next;
}

/** `target` belongs to one URL, `sni_hostname` to one host; all others go along. */
function redirectExtensions(request: Request, url: URL): RequestExtensions {
  const extensions = withoutProvenance(request);
  delete extensions.target;
  if (request.parsedURL.hostname !== url.hostname) delete extensions.sni_hostname;
  return extensions;
}

/**
 * The method of the next request. A client may, and all do, turn POST into GET on 301 and 302; httpx does so with every
 * method on 302. QUERY is safe and keeps its method but on 303.
 */
export function redirectMethod(
  method: string,
  { status, rules }: { readonly status: number; readonly rules: RedirectRules },
): string {
  if (method === "HEAD" || method === "GET") return method;
  if (status === 303) return "GET";
  if ((status === 301 || status === 302) && method === "POST") return "GET";
  if (status === 302 && rules === "httpx" && method !== "QUERY") return "GET";
  return method;
}

/**
 * The URL that `location` means in the response to `request`: joined with the request's, its fragment inherited
 * (RFC 9110 §10.2.2). It has the credentials of `location` if they are for the same server, and never the request's:
 * those are in its headers.
 *
 * @throws {RemoteProtocolError} for a malformed URL
 * @throws {UnsupportedProtocol} for any scheme but http and https
 */
export function redirectURL(location: string, request: Request): URL {
  const from = request.parsedURL;
  from.username = from.password = "";
  let url: URL;
  try {
    const { tunnel = false } = request.extensions;
    const reached = tunnel ? httpSchemeOf(location) : location;
    checkAuthority(reached);
    url = new URL(withHost(reached, from), from);
    if (url.href.length > MAX_URL_LENGTH) throw new TypeError("it is too long");
    if (userinfoOf(url)?.[0].includes(":")) throw new TypeError("its user name has a colon");
  } catch (error) {
    const shown = maskURL(location);
    const cause = shown === location ? error : undefined; // the runtime's error has the whole text
    throw new RemoteProtocolError(
      `Cannot follow the redirect of ${nameOfRequest(request)}: its Location is not a URL: ${
        JSON.stringify(shown)
      }`,
      { cause, request, phase: "receive", requestSent: "yes" },
    );
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw new UnsupportedProtocol(
      `Cannot follow the redirect of ${nameOfRequest(request)} to ${maskURL(url)}: ` +
        "only http and https are followed",
      { request, phase: "receive", requestSent: "yes" },
    );
  }
  if (!sharesCredentials(from, url)) url.username = url.password = "";
  if (from.hash !== "" && !location.includes("#")) url.hash = from.hash;
  return url;
}

/** A name has 253 characters at most, and credentials may be long; Bun's `URL` needs the square of a longer host's length. */
const MAX_AUTHORITY_CHARS = 4096;

function checkAuthority(location: string): void {
  const [, authority = ""] = /^(?:https?:)?[\\/]{2,}([^\\/?#]*)/i.exec(location) ?? [];
  if (authority.length > MAX_AUTHORITY_CHARS) throw new TypeError("its host is too long");
}

/** A WebSocket's handshake may be redirected to `ws:` and `wss:`, which HTTP carries. */
function httpSchemeOf(location: string): string {
  return location.replace(/^ws(s?):/i, "http$1:");
}

/** `https:/path`, or `https://`, `//` with nothing but a port before the path. */
const WITHOUT_HOST = /^(?:(https?:)(?=\/(?!\/))|(https?:)?\/\/(:\d*|(?!\/\/))(?=[/?#]|$))/i;

/** Servers that write `https:///path` or `https://:443/` mean their own host; `URL` finds another there, or none. */
function withHost(location: string, from: URL): string {
  const found = WITHOUT_HOST.exec(location);
  if (found === null) return location.replace(/^\/{4,}/, "//"); // Deno's URL refuses so many
  const [prefix, bare, slashed, port] = found;
  const scheme = (bare ?? slashed ?? from.protocol).toLowerCase();
  const ownPort = scheme === from.protocol && from.port !== "" ? `:${from.port}` : "";
  return `${scheme}//${from.hostname}${port || ownPort}${location.slice(prefix.length)}`;
}

/**
 * The fields of the next request: a copy, without those of a dropped body, without what was meant for another origin,
 * and with the new `Host`.
 */
export function redirectHeaders(
  request: Request,
  { url, keepsBody }: { readonly url: URL; readonly keepsBody: boolean },
): Headers {
  const headers = request.headers.copy();
  // Digest credentials are made for one method and one URI (RFC 7616 §3.4); a server calls others malformed.
  if (/^digest /i.test(headers.get("authorization") ?? "")) headers.delete("authorization");
  for (const name of headers.keys()) {
    if (!keepsBody && BODY_FIELD.test(name)) headers.delete(name);
  }
  const from = request.parsedURL;
  if (from.origin === url.origin) return headers;
  if (!isUpgrade(from, url)) { for (const name of ORIGIN_FIELDS) headers.delete(name); }
  if (headers.has("host")) headers.set("Host", url.host);
  return headers;
}

/** The same host, from http to https, each on its default port. */
export function isUpgrade(from: URL, to: URL): boolean {
  return from.protocol === "http:" && to.protocol === "https:" &&
    from.hostname === to.hostname && from.port === "" && to.port === "";
}

/** Whether fields meant for the first URL's server may go to the second's. */
export function sharesCredentials(from: URL, to: URL): boolean {
  return from.origin === to.origin || isUpgrade(from, to);
}

/**
 * Makes sure that the body of a redirected request can be sent a second time.
 *
 * @throws {StreamConsumed} if its source can be read only once
 */
export function checkReplayable(request: Request): void {
  if (bodySourceOf(request)?.isReplayable !== false) return;
  throw new StreamConsumed(
    `Cannot follow the redirect to ${nameOfRequest(request)}: ` +
      "a stream or an iterator is read once; give bytes, a Blob or a file",
  );
}
