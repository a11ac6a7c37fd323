/**
 * The opening handshake as a request of a client (RFC 6455 §4.1): with its proxies, TLS, cookies, credentials, hooks and
 * deadline. What comes back is a connection, or an error with the response.
 */
import type { Request } from "../../message/request.ts";
import { bodyOf, type Response } from "../../message/response/response.ts";
import { Headers } from "../../message/headers.ts";
import { badOption } from "../../options/bad_option.ts";
import { nameOfRequest } from "../../observe/mask.ts";
import { acceptWebSocket, type OpenedWebSocket } from "../../transports/websocket.ts";
import {
  acceptText,
  makeKey,
  proposalFields,
  upgradeFields,
} from "../../wire/websocket/handshake/opening_handshake.ts";
import type { RequestOptions } from "../options/options.ts";
import { WebSocketRefused } from "./websocket_errors.ts";
import { checkWebSocketOptions, type WebSocketOptions } from "./websocket_options.ts";

/** The part of a client that opens WebSockets. */
export interface WebSocketClient {
  stream(method: string, url: string | URL, options?: RequestOptions): Promise<Response>;
}

/** A connection, and the request that it came from. */
export interface WebSocketHandshake extends OpenedWebSocket {
  readonly response: Response;
  readonly request: Request;
}

/** So much of the body of a refusal is read. */
const REFUSAL_BYTES = 64 * 1024;

/** The schemes of WebSockets, and the ones that carry them (RFC 6455 §3). */
const SCHEMES = { "ws:": "http:", "wss:": "https:" } as const;

/**
 * Sends the handshake, and resolves with the connection, which has not started.
 *
 * @throws {WebSocketRefused} when the server answers with another status
 * @throws {RemoteProtocolError} for an answer that does not fit
 */
export async function openWebSocket(
  client: WebSocketClient,
  url: string | URL,
  options: WebSocketOptions = {},
): Promise<WebSocketHandshake> {
  const { request, proposal, settings } = checkWebSocketOptions(options);
  const key = makeKey(crypto.getRandomValues(new Uint8Array(16)));
  const headers = withFields(request.headers, [...upgradeFields(key), ...proposalFields(proposal)]);
  const accept = await acceptOf(key);
  const extensions = { ...request.extensions, tunnel: true }; // proxies forward no Upgrade
  const response = await client.stream("GET", httpURL(url), {
    ...request,
    headers,
    extensions,
    throwOnError: false, // a refusal has an error of its own
  });
  const isTunnel = isTunnelOverHTTP2(response);
  if (response.status !== 101 && !isTunnel) throw await refusal(response);
  const opened = await acceptWebSocket(response, {
    accept: isTunnel ? null : accept,
    proposal,
    settings,
  });
  return { ...opened, response, request: response.request };
}

/** RFC 8441 §5: there a 2xx accepts the handshake. */
function isTunnelOverHTTP2({ status, extensions }: Response): boolean {
  return extensions.http_version === "HTTP/2" && status >= 200 && status < 300;
}

/** A relative URL is the client's to resolve. */
function httpURL(url: string | URL): string {
  const text = String(url);
  const [scheme = ""] = /^wss?:/i.exec(text) ?? [];
  const replaced = SCHEMES[scheme.toLowerCase() as keyof typeof SCHEMES];
  return replaced === undefined ? text : replaced + text.slice(scheme.length);
}

/** The caller's fields, and those of the handshake, which are not the caller's to give. */
function withFields(
  given: RequestOptions["headers"],
  fields: readonly (readonly [string, string])[],
): Headers {
  const headers = new Headers(given ?? {});
  for (const name of ["sec-websocket-protocol", "sec-websocket-extensions"]) {
    if (!headers.has(name)) continue;
    throw badOption("headers", `give protocols or compression instead of ${name}`);
  }
  for (const [name, value] of fields) headers.set(name, value);
  return headers;
}

async function acceptOf(key: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-1", new TextEncoder().encode(acceptText(key)));
  return btoa(String.fromCharCode(...new Uint8Array(digest)));
}

/** The response can be read after its connection is gone. */
async function refusal(response: Response): Promise<WebSocketRefused> {
  bodyOf(response).limits = { maxBytes: REFUSAL_BYTES, maxRatio: Infinity };
  await response.read().catch(() => response.close()); // the status is what matters
  const { request, status, statusText } = response;
  const words = statusText === "" ? String(status) : `${status} ${statusText}`;
  return new WebSocketRefused(
    `Cannot open the WebSocket of ${nameOfRequest(request)}: the server answered ${words}`,
    { request, response },
  );
}
