import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { cache, MemoryStorage, type StoredHead } from "@httpx/httpx/cache";
import { ConnectError, MockTransport, type Request, Response, SyncClient } from "@httpx/httpx/sync";
import { CacheMiddleware } from "../../../src/middleware/cache/cache.ts";
import { numbered, ORIGIN, START_MS } from "./origin.ts";

/** As `originOf()`, for a client that blocks. */
function blockingOrigin(handler: (request: Request, count: number) => Response) {
  const requests: Request[] = [];
  let nowMs = START_MS;
  const transport = new MockTransport((request) => {
    requests.push(request);
    return handler(request, requests.length);
  });
  const client = new SyncClient({
    transport,
    middleware: [new CacheMiddleware({}, () => nowMs)],
  });
  return {
    ...{ client, requests },
    pass: (seconds: number) => void (nowMs += seconds * 1000),
    get(headers: Record<string, string> = {}) {
      const response = client.get(ORIGIN, { headers });
      const { status, reason } = response.extensions.cache ?? {};
      return `${status} (${reason}) ${response.status} ${response.text()}`;
    },
  };
}

describe("cache() in a SyncClient", () => {
  it("stores, reuses and revalidates as in a Client", () => {
    const origin = blockingOrigin((request, count) =>
      request.headers.has("if-none-match")
        ? new Response(304)
        : numbered(count, "max-age=60", { ETag: '"a"' })
    );
    using _client = origin.client;
    assertEquals(origin.get(), "miss (uri-miss) 200 #1");
    assertEquals(origin.get(), "hit (fresh) 200 #1");
    origin.pass(61);
    assertEquals(origin.get(), "revalidated (stale) 200 #1");
    assertEquals(origin.get({ "Range": "bytes=1-" }), "hit (fresh) 206 1");
    assertEquals(origin.requests.length, 2);
  });

  it("stores a streamed body when it was read to its end", () => {
    const chunks = ["a", "b"].map((text) => new TextEncoder().encode(text));
    const origin = blockingOrigin(() =>
      new Response(200, { headers: { "Cache-Control": "max-age=60" }, stream: chunks })
    );
    using client = origin.client;
    for (const _ of client.stream("GET", ORIGIN).iterText()) break;
    assertEquals([...client.stream("GET", ORIGIN).iterText()], ["a", "b"]);
    assertEquals(origin.get(), "hit (fresh) 200 ab");
    assertEquals(origin.requests.length, 2);
  });

  it("revalidates at once what a Client revalidates in the background", () => {
    const origin = blockingOrigin((_, count) =>
      numbered(count, "max-age=60, stale-while-revalidate=60")
    );
    using _client = origin.client;
    origin.get();
    origin.pass(61);
    assertEquals(origin.get(), "miss (stale) 200 #2");
  });

  it("covers failures", () => {
    const origin = blockingOrigin((_, count) => {
      if (count > 1) throw new ConnectError("refused");
      return numbered(1, "max-age=60, stale-if-error=60");
    });
    using _client = origin.client;
    origin.get();
    origin.pass(61);
    assertEquals(origin.get(), "stale (stale-if-error) 200 #1");
    origin.pass(61);
    assertThrows(() => origin.get(), ConnectError);
  });

  it("refuses a storage that has to be waited for", () => {
    class Slow extends MemoryStorage {
      override find(): never {
        return Promise.resolve([] as StoredHead[]) as never;
      }
    }
    using client = new SyncClient({
      transport: new MockTransport(() => new Response(200)),
      middleware: [cache({ storage: new Slow() })],
    });
    assertThrows(() => client.get(ORIGIN), TypeError, "promises");
  });
});
