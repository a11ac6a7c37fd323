/**
 * One call without a client to keep. These share one worker, which starts with the first of them; connections are closed
 * after each call. For more than a few calls to the same server a `SyncClient` is faster: it keeps its connections.
 */
import type { ConnectionOptions } from "../client/client.ts";
import type { BodiedOptions, BodylessOptions } from "../client/options/options.ts";
import { environmentProxies } from "../transports/routing/environment_proxies.ts";
import { SyncClient } from "./sync_client.ts";
import { SyncHTTPTransport } from "./caller/sync_http_transport.ts";
import { innerOf, type SyncResponse } from "./sync_response.ts";
import { bodyOf } from "../message/response/response.ts";

/** Options of one call without a body: those of a client's request, and how to connect. */
export type BodylessCallOptions = BodylessOptions & ConnectionOptions;

/** Options of one call with a body: those of a client's request, and how to connect. */
export type BodiedCallOptions = BodiedOptions & ConnectionOptions;

/**
 * Sends a GET request.
 *
 * @throws {TransportError} if no response arrives
 * @throws {TypeError} for an unknown option, one of the wrong kind
 *
 * @example Ask, with parameters
 * ```ts ignore
 * import * as httpx from "@httpx/httpx/sync";
 *
 * const response = httpx.get("https://example.org/search", { params: { q: "deno" } });
 * console.log(response.status, response.text());
 * ```
 */
export function get(url: string | URL, options: BodylessCallOptions = {}): SyncResponse {
  return call(options, (client, own) => client.get(url, own));
}

/**
 * Sends a HEAD request: the response has headers and no body. Throws as `get()` does.
 *
 * @example Headers alone
 * ```ts ignore
 * import * as httpx from "@httpx/httpx/sync";
 *
 * console.log(httpx.head("https://example.org/large.iso").headers.get("content-length"));
 * ```
 */
export function head(url: string | URL, options: BodylessCallOptions = {}): SyncResponse {
  return call(options, (client, own) => client.head(url, own));
}

/**
 * Sends an OPTIONS request. Throws as `get()` does.
 *
 * @example What a resource allows
 * ```ts ignore
 * import * as httpx from "@httpx/httpx/sync";
 *
 * console.log(httpx.options("https://example.org/").headers.getList("allow", true));
 * ```
 */
export function options(url: string | URL, options: BodylessCallOptions = {}): SyncResponse {
  return call(options, (client, own) => client.options(url, own));
}

/**
 * Sends a DELETE request; for one with a body there is `request()`. Throws as `get()` does.
 *
 * @example Delete, and make sure of it
 * ```ts ignore
 * import * as httpx from "@httpx/httpx/sync";
 *
 * httpx.delete("https://example.org/items/7").raiseForStatus();
 * ```
 */
function delete_(url: string | URL, options: BodylessCallOptions = {}): SyncResponse {
  return call(options, (client, own) => client.delete(url, own));
}

export { delete_ as delete };

/**
 * Sends a POST request.
 *
 * @throws {TransportError} if no response arrives
 * @throws {TypeError} for an unknown option, one of the wrong kind, two bodies at once, and a body that has to be waited
 * for
 *
 * @example JSON there and back
 * ```ts ignore
 * import * as httpx from "@httpx/httpx/sync";
 *
 * const response = httpx.post("https://example.org/items", { json: { name: "Ada" } });
 * console.log(response.json());
 * ```
 */
export function post(url: string | URL, options: BodiedCallOptions = {}): SyncResponse {
  return call(options, (client, own) => client.post(url, own));
}

/**
 * Sends a PUT request. Throws as `post()` does.
 *
 * @example Text
 * ```ts ignore
 * import * as httpx from "@httpx/httpx/sync";
 *
 * httpx.put("https://example.org/notes/1", { content: "Buy milk" }).raiseForStatus();
 * ```
 */
export function put(url: string | URL, options: BodiedCallOptions = {}): SyncResponse {
  return call(options, (client, own) => client.put(url, own));
}

/**
 * Sends a PATCH request. Throws as `post()` does.
 *
 * @example Change a field
 * ```ts ignore
 * import * as httpx from "@httpx/httpx/sync";
 *
 * httpx.patch("https://example.org/items/7", { json: { name: "Grace" } }).raiseForStatus();
 * ```
 */
export function patch(url: string | URL, options: BodiedCallOptions = {}): SyncResponse {
  return call(options, (client, own) => client.patch(url, own));
}

/**
 * Sends a QUERY request: safe and repeatable like GET, with a body like POST. Throws as `post()` does.
 *
 * @example A question too long for a URL
 * ```ts ignore
 * import * as httpx from "@httpx/httpx/sync";
 *
 * console.log(httpx.query("https://example.org/items", { json: { name: "Ada" } }).json());
 * ```
 */
export function query(url: string | URL, options: BodiedCallOptions = {}): SyncResponse {
  return call(options, (client, own) => client.query(url, own));
}

/**
 * Sends a request of any method. Throws as `post()` does.
 *
 * @example A method that has no function of its own
 * ```ts ignore
 * import * as httpx from "@httpx/httpx/sync";
 *
 * const headers = { depth: "1" };
 * console.log(httpx.request("PROPFIND", "https://example.org/files/", { headers }).status);
 * ```
 */
export function request(
  method: string,
  url: string | URL,
  options: BodiedCallOptions = {},
): SyncResponse {
  return call(options, (client, own) => client.request(method, url, own));
}

/**
 * Sends a request and leaves the body of the response to be read. Close it: with `using`, or `close()`.
 *
 * @throws {TransportError} if no response arrives
 * @throws {TypeError} for an unknown option, one of the wrong kind, and two bodies at once
 *
 * @example Line by line
 * ```ts ignore
 * import * as httpx from "@httpx/httpx/sync";
 *
 * using response = httpx.stream("GET", "https://example.org/large.ndjson");
 * for (const line of response.iterLines()) console.log(JSON.parse(line));
 * ```
 */
export function stream(
  method: string,
  url: string | URL,
  options: BodiedCallOptions = {},
): SyncResponse {
  return call(options, (client, own) => client.stream(method, url, own));
}

/** Of calls that connect by the defaults: a worker for each call would cost more than the call. */
let shared: SyncHTTPTransport | null = null;

function call<Own extends BodiedOptions>(
  options: Own & ConnectionOptions,
  send: (client: SyncClient, own: Own) => SyncResponse,
): SyncResponse {
  const { verify, cert, http1, http2, proxy, trustEnv, ...rest } = options;
  const own = rest as unknown as Own; // all but what ConnectionOptions adds
  const given = { verify, cert, http1, http2, proxy, trustEnv };
  if (Object.values(given).every((value) => value === undefined)) {
    shared ??= new SyncHTTPTransport({
      limits: { maxKeepaliveConnections: 0 },
      proxy: (target) => environmentProxies()?.(target) ?? null, // as they are by now
    });
    return send(new SyncClient({ transport: shared }), own);
  }
  const client = new SyncClient(given);
  let response: SyncResponse;
  try {
    response = send(client, own);
  } catch (error) {
    client.close();
    throw error;
  }
  // What was read whole is done already.
  if (response.isClosed) client.close();
  else bodyOf(innerOf(response)).whenDone(() => client.close());
  return response;
}
