/**
 * One call without a client to keep: each function makes one, uses it, and closes it. For more than a few calls to
 * the same server a `Client` is faster: it keeps its connections.
 */
import type { Response } from "../message/response/response.ts";
import { Client, type ConnectionOptions } from "./client.ts";
import { once } from "./one_shot_client.ts";
import type { BodiedOptions, BodylessOptions } from "./options/options.ts";

/**
 * Options of one call without a body: those of a client's request, and how to connect.
 *
 * @example Trust a certificate authority of one's own
 * ```ts
 * import type { BodylessCallOptions } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const options: BodylessCallOptions = { timeout: 3000, verify: "./our-ca.pem" };
 * assertEquals(Object.keys(options), ["timeout", "verify"]);
 * ```
 */
export type BodylessCallOptions = BodylessOptions & ConnectionOptions;

/**
 * Options of one call with a body: those of a client's request, and how to connect.
 *
 * @example JSON, and no environment variables
 * ```ts
 * import type { BodiedCallOptions } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const options: BodiedCallOptions = { json: { a: 1 }, trustEnv: false };
 * assertEquals(Object.keys(options), ["json", "trustEnv"]);
 * ```
 */
export type BodiedCallOptions = BodiedOptions & ConnectionOptions;

/**
 * Sends a GET request.
 *
 * @throws {TransportError} if no response arrives
 * @throws {TypeError} for an unknown option, one of the wrong kind
 *
 * @example Ask, with parameters
 * ```ts example.org
 * import * as httpx from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const response = await httpx.get("https://example.org/search", { params: { q: "deno" } });
 * assertEquals([response.status, await response.text()], [200, "Found: deno"]);
 * ```
 */
export function get(url: string | URL, options: BodylessCallOptions = {}): Promise<Response> {
  return call(options, (client, own) => client.get(url, own));
}

/**
 * Sends a HEAD request: the response has headers and no body.
 *
 * @throws {TransportError} if no response arrives
 * @throws {TypeError} for an unknown option, one of the wrong kind
 *
 * @example Headers alone
 * ```ts example.org
 * import * as httpx from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const response = await httpx.head("https://example.org/large.iso");
 * assertEquals(response.headers.get("content-length"), "4096");
 * ```
 */
export function head(url: string | URL, options: BodylessCallOptions = {}): Promise<Response> {
  return call(options, (client, own) => client.head(url, own));
}

/**
 * Sends an OPTIONS request.
 *
 * @throws {TransportError} if no response arrives
 * @throws {TypeError} for an unknown option, one of the wrong kind
 *
 * @example What a resource allows
 * ```ts example.org
 * import * as httpx from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const response = await httpx.options("https://example.org/");
 * assertEquals(response.headers.getList("allow", true), ["GET", "HEAD"]);
 * ```
 */
export function options(url: string | URL, options: BodylessCallOptions = {}): Promise<Response> {
  return call(options, (client, own) => client.options(url, own));
}

/**
 * Sends a DELETE request. For one with a body there is `request()`.
 *
 * @throws {TransportError} if no response arrives
 * @throws {TypeError} for an unknown option, one of the wrong kind
 *
 * @example Delete, and make sure of it
 * ```ts example.org
 * import * as httpx from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const response = await httpx.delete("https://example.org/items/7");
 * assertEquals(response.raiseForStatus().status, 204);
 * ```
 */
function delete_(url: string | URL, options: BodylessCallOptions = {}): Promise<Response> {
  return call(options, (client, own) => client.delete(url, own));
}

export { delete_ as delete };

/**
 * Sends a POST request.
 *
 * @throws {TransportError} if no response arrives
 * @throws {TypeError} for an unknown option, one of the wrong kind, and two bodies at once
 *
 * @example JSON there and back
 * ```ts example.org
 * import * as httpx from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const response = await httpx.post("https://example.org/items", { json: { name: "Ada" } });
 * assertEquals(await response.json(), { id: 7, name: "Ada" });
 * ```
 */
export function post(url: string | URL, options: BodiedCallOptions = {}): Promise<Response> {
  return call(options, (client, own) => client.post(url, own));
}

/**
 * Sends a PUT request.
 *
 * @throws {TransportError} if no response arrives
 * @throws {TypeError} for an unknown option, one of the wrong kind, and two bodies at once
 *
 * @example Text
 * ```ts example.org
 * import * as httpx from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const response = await httpx.put("https://example.org/notes/1", { content: "Buy milk" });
 * assertEquals(response.status, 204);
 * ```
 */
export function put(url: string | URL, options: BodiedCallOptions = {}): Promise<Response> {
  return call(options, (client, own) => client.put(url, own));
}

/**
 * Sends a PATCH request.
 *
 * @throws {TransportError} if no response arrives
 * @throws {TypeError} for an unknown option, one of the wrong kind, and two bodies at once
 *
 * @example Change a field
 * ```ts example.org
 * import * as httpx from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const response = await httpx.patch("https://example.org/items/7", { json: { name: "Grace" } });
 * assertEquals(response.status, 204);
 * ```
 */
export function patch(url: string | URL, options: BodiedCallOptions = {}): Promise<Response> {
  return call(options, (client, own) => client.patch(url, own));
}

/**
 * Sends a QUERY request: safe and repeatable like GET, with a body like POST.
 *
 * @throws {TransportError} if no response arrives
 * @throws {TypeError} for an unknown option, one of the wrong kind, and two bodies at once
 *
 * @example A question too long for a URL
 * ```ts example.org
 * import * as httpx from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const response = await httpx.query("https://example.org/items", { json: { name: "Ada" } });
 * assertEquals(await response.json(), { id: 7, name: "Ada" });
 * ```
 */
export function query(url: string | URL, options: BodiedCallOptions = {}): Promise<Response> {
  return call(options, (client, own) => client.query(url, own));
}

/**
 * Sends a request of any method.
 *
 * @throws {TransportError} if no response arrives
 * @throws {TypeError} for an unknown option, one of the wrong kind, and two bodies at once
 *
 * @example A method that has no function of its own
 * ```ts example.org
 * import * as httpx from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const headers = { depth: "1" };
 * const response = await httpx.request("PROPFIND", "https://example.org/files/", { headers });
 * assertEquals(response.status, 207);
 * ```
 */
export function request(
  method: string,
  url: string | URL,
  options: BodiedCallOptions = {},
): Promise<Response> {
  return call(options, (client, own) => client.request(method, url, own));
}

/**
 * Sends a request and leaves the body of the response to be read. Close it: with `await using`, or `close()`.
 *
 * @throws {TransportError} if no response arrives
 * @throws {TypeError} for an unknown option, one of the wrong kind, and two bodies at once
 *
 * @example Line by line
 * ```ts example.org
 * import * as httpx from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * await using response = await httpx.stream("GET", "https://example.org/large.ndjson");
 * const ids: number[] = [];
 * for await (const line of response.iterLines()) ids.push(JSON.parse(line).id);
 * assertEquals(ids, [1, 2]);
 * ```
 */
export function stream(
  method: string,
  url: string | URL,
  options: BodiedCallOptions = {},
): Promise<Response> {
  return call(options, (client, own) => client.stream(method, url, own));
}

function call<Own extends BodiedOptions>(
  options: Own & ConnectionOptions,
  send: (client: Client, own: Own) => Promise<Response>,
): Promise<Response> {
  const { verify, cert, http1, http2, proxy, trustEnv, ...rest } = options;
  const own = rest as unknown as Own; // all but what ConnectionOptions adds
  return once(
    () => new Client({ verify, cert, http1, http2, proxy, trustEnv }),
    (client) => send(client, own),
  );
}
