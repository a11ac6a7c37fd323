/** Node's HTTP client from npm, by its fastest call. */
import {
  Agent,
  cacheStores,
  type Dispatcher,
  interceptors,
  request,
  RetryAgent,
} from "npm:undici@7";
import type { BenchClient } from "./client.ts";

/** HTTP/2 over TLS, many streams on one connection: what `pipelining` means there. */
export function makeHttp2Client(authority: string): BenchClient {
  const connect = { ca: authority };
  return makeClient(new Agent({ allowH2: true, connections: 1, pipelining: 256, connect }));
}

/** Behind its cache, in memory. */
export function makeCachingClient(): BenchClient {
  const store = new cacheStores.MemoryCacheStore();
  return makeClient(new Agent().compose(interceptors.cache({ store })));
}

/** With its own retries, five by default. */
export function makeRetryClient(): BenchClient {
  return makeClient(new RetryAgent(new Agent()));
}

export function makeClient(dispatcher?: Dispatcher): BenchClient {
  const options = dispatcher === undefined ? {} : { dispatcher };
  return {
    async get(url) {
      return (await (await request(url, options)).body.bytes()).length;
    },
    async post(url, body) {
      return (await (await request(url, { ...options, method: "POST", body })).body.bytes()).length;
    },
    async download(url, onPiece) {
      const { body } = await request(url, options);
      let size = 0;
      for await (const piece of body) {
        size += piece.length;
        onPiece();
      }
      return size;
    },
  };
}
