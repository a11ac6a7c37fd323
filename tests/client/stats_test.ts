import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { cache } from "@httpx/httpx/cache";
import {
  Client,
  compose,
  ConnectError,
  HTTPTransport,
  MockTransport,
  Response,
} from "../../mod.ts";
import { startLocalServer } from "../support/local_server.ts";

describe("Client.stats()", () => {
  it("counts requests with redirects, retries of both ends, and cache hits", async () => {
    let requests = 0;
    const transport = new MockTransport(({ url }) => {
      if (url.endsWith("/moved")) return new Response(302, { headers: { location: "/cached" } });
      if (url.endsWith("/cached")) {
        return new Response(200, { headers: { "cache-control": "max-age=60" } });
      }
      if (url.endsWith("/down")) throw new ConnectError("refused", { safeToRetry: true });
      return new Response(++requests < 3 ? 503 : 200);
    });
    const retry = { limit: 2, backoff: { baseMs: 0 }, budget: null };
    await using client = new Client({ transport, retry, middleware: [cache()] });
    await client.get("https://a.example/moved", { followRedirects: true });
    await client.get("https://a.example/cached");
    await client.get("https://a.example/busy");
    await client.get("https://a.example/down").catch(() => {});
    const { requests: sent, retries, cacheHits } = client.stats();
    assertEquals({ sent, retries, cacheHits }, { sent: 5, retries: 4, cacheHits: 1 });
  });

  it("counts the bytes that the server has seen, and connections by origin", async () => {
    const { promise: isSeen, resolve: see } = Promise.withResolvers<void>();
    await using server = await startLocalServer((_, response) => {
      response.write("hel");
      isSeen.then(() => response.end("lo"));
    });
    await using client = new Client();
    await using response = await client.stream("POST", server.url, { content: "ping" });
    const origin = new URL(server.url).origin;
    const { origins: [during], active } = client.stats();
    assertEquals([active, during?.origin, during?.streams], [1, origin, 1]);
    see();
    await response.read();
    const { idle, streams, bytesSent, bytesReceived } = client.stats();
    assertEquals([idle, streams], [1, 0]);
    assertEquals(bytesSent > 4 && bytesSent < 1000, true);
    assertEquals(bytesReceived > 5 && bytesReceived < 1000, true);
  });

  it("adds up the transports of mounts, through compose(), each once", async () => {
    await using server = await startLocalServer((_, response) => void response.end("hello"));
    const inner = new HTTPTransport();
    const transport = compose(inner, (request, next) => next(request));
    const { host } = new URL(server.url);
    await using client = new Client({ transport, mounts: { [`http://${host}`]: transport } });
    await client.get(server.url);
    assertEquals(client.stats().idle, 1);
    assertEquals(client.stats().bytesSent, inner.usage().bytesSent);
  });
});
