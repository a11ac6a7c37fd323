/** A server for cache tests, in this process: it counts requests, and its time is the test's. */
import { Client, MockTransport, type Request, Response } from "@httpx/httpx";
import type { CacheOptions } from "@httpx/httpx/cache";
import { CacheMiddleware } from "../../../src/middleware/cache/cache.ts";

/** Answers a request; `count` is 1 for the first. */
export type Handler = (request: Request, count: number) => Response | Promise<Response>;

/** A server and a client with a cache in front of it. */
export interface Origin extends AsyncDisposable {
  readonly client: Client;
  readonly requests: readonly Request[];
  /** Lets time pass for the cache. */
  pass(seconds: number): void;
  /** Asks for a URL; the result in a line: status of the cache, status, body. */
  get(path?: string, headers?: Record<string, string>): Promise<string>;
}

/** Where the server is. */
export const ORIGIN = "https://example.org";

/** When tests begin. */
export const START_MS = Date.UTC(1994, 10, 6, 8, 49, 37);

/** Makes a server that answers by a function. */
export function originOf(
  handler: Handler,
  options: CacheOptions = {},
): Origin {
  const requests: Request[] = [];
  let nowMs = START_MS;
  const transport = new MockTransport((request) => {
    requests.push(request);
    return handler(request, requests.length);
  });
  const middleware = [new CacheMiddleware(options, () => nowMs)];
  const client = new Client({ transport, middleware });
  return {
    client,
    requests,
    pass: (seconds) => void (nowMs += seconds * 1000),
    async get(path = "/", headers = {}) {
      const response = await client.get(ORIGIN + path, { headers });
      const { status, reason } = response.extensions.cache ?? {};
      return `${status} (${reason}) ${response.status} ${await response.text()}`.trim();
    },
    [Symbol.asyncDispose]: () => client.close(),
  };
}

/** A response with a `Cache-Control` field, whose text says which it was. */
export function numbered(count: number, control: string, headers: Record<string, string> = {}) {
  return new Response(200, {
    headers: { "Cache-Control": control, ...headers },
    text: `#${count}`,
  });
}
