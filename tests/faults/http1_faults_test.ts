/**
 * Every way a response can end badly, at every byte of it, over real sockets: whatever happens, the call
 * ends with the right error, nothing stays behind in the pool, and the next call works.
 */
import { assertEquals, assertInstanceOf } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  Client,
  HTTPTransport,
  NetworkError,
  RemoteProtocolError,
  type Response,
} from "@httpx/httpx";
import {
  assertAtRest,
  type CuttingServer,
  startCuttingServer,
} from "../support/faults/cutting_server.ts";

const ANSWER = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX: 1\r\n\r\n" +
  "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n";

/** Answers each request on a connection. */
function startServer(): Promise<CuttingServer> {
  return startCuttingServer({
    answer: new TextEncoder().encode(ANSWER),
    listener: () => {
      let received = "";
      return (bytes) => {
        received += new TextDecoder().decode(bytes);
        const isWhole = received.includes("\r\n\r\n");
        if (isWhole) received = "";
        return isWhole;
      };
    },
  });
}

/** A client with one connection: a leak of it shows at once, as a `PoolTimeout`. */
function makeClient(): { client: Client; transport: HTTPTransport } {
  const transport = new HTTPTransport({ limits: { maxConnections: 1 } });
  return { client: new Client({ transport, timeout: 5000 }), transport };
}

async function assertWorks(client: Client, server: CuttingServer): Promise<void> {
  server.cut = Infinity;
  const response = await client.get(server.url);
  assertEquals(await response.text(), "hello world");
}

const OFFSETS = Array.from({ length: ANSWER.length }, (_, i) => i);

describe("A response that breaks off", () => {
  for (const then of ["end", "reset"] as const) {
    it(`with an ${then} at every byte is an error, never a short body`, async () => {
      await using server = await startServer();
      const { client, transport } = makeClient();
      await using _ = client;
      server.then = then;
      for (const cut of OFFSETS) {
        server.cut = cut;
        const error = await client.get(server.url).catch((e) => e);
        const where = `${then} at ${cut}`;
        assertEquals(
          error instanceof NetworkError || error instanceof RemoteProtocolError,
          true,
          where,
        );
        assertEquals(error.request?.url, server.url);
        assertAtRest(transport, 0, where);
      }
      await assertWorks(client, server);
    });
  }

  it("on a connection used before is sent again once where nothing had come", async () => {
    await using server = await startServer();
    const { client, transport } = makeClient();
    await using _ = client;
    await assertWorks(client, server);
    server.then = "end";
    server.cut = 0;
    const get = await client.get(server.url).catch((e) => e);
    assertInstanceOf(get, RemoteProtocolError);
    assertEquals(get.reusedConnection, false, "the second try had a connection of its own");
    await assertWorks(client, server);
    server.cut = 0;
    const post = await client.post(server.url, { content: "x" }).catch((e) => e);
    assertInstanceOf(post, RemoteProtocolError);
    assertEquals([post.reusedConnection, post.safeToRetry], [true, false]);
    assertAtRest(transport, 0, "after a POST");
  });
});

describe("A call that is given up", () => {
  it("by its signal at every byte frees its connection", async () => {
    await using server = await startServer();
    const { client, transport } = makeClient();
    await using _ = client;
    for (const cut of OFFSETS) {
      server.cut = cut;
      const controller = new AbortController();
      const reason = new Error("enough");
      const call = client.get(server.url, { signal: controller.signal }).catch((e) => e);
      if (cut % 3 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      controller.abort(reason);
      assertEquals(await call, reason);
      assertAtRest(transport, 0, `abort at ${cut}`);
    }
    await assertWorks(client, server);
  });

  it("by its total timeout at some bytes frees its connection", async () => {
    await using server = await startServer();
    const { client, transport } = makeClient();
    await using _ = client;
    for (const cut of [0, 10, 50, 60, 70, ANSWER.length - 1]) {
      server.cut = cut;
      const error = await client.get(server.url, { timeout: 30 }).catch((e) => e);
      assertEquals(error.name, "ReadTimeout", `timeout at ${cut}`);
      assertAtRest(transport, 0, `timeout at ${cut}`);
    }
    await assertWorks(client, server);
  });

  it("by breaking out of a stream after any chunk frees its connection", async () => {
    await using server = await startServer();
    const { client, transport } = makeClient();
    await using _ = client;
    for (const size of [1, 2, 3, 5, 8, 11]) {
      for (const stalls of [true, false]) {
        server.cut = stalls ? ANSWER.length - 5 : Infinity;
        const response = await client.stream("GET", server.url);
        for await (const chunk of response.iterBytes(size)) {
          assertEquals(chunk.length, size);
          break;
        }
        assertEquals([response.isClosed, transport.stats.active], [true, 0]);
      }
    }
    await assertWorks(client, server);
  });

  it("by closing, or by leaving `await using`, frees its connection", async () => {
    await using server = await startServer();
    const { client, transport } = makeClient();
    await using _ = client;
    server.cut = ANSWER.length - 5;
    for (let i = 0; i < 3; i++) {
      const response: Response = await client.stream("GET", server.url);
      await response.close();
      await using disposed = await client.stream("GET", server.url);
      assertEquals(disposed.status, 200);
    }
    assertAtRest(transport, 0, "after closing");
    await assertWorks(client, server);
  });

  it("while waiting for a connection leaves the queue", async () => {
    await using server = await startServer();
    const { client, transport } = makeClient();
    await using _ = client;
    server.cut = 0;
    const holder = new AbortController();
    const held = client.get(server.url, { signal: holder.signal }).catch((e) => e);
    const controllers = Array.from({ length: 5 }, () => new AbortController());
    const waiting = controllers.map(({ signal }) =>
      client.get(server.url, { signal }).catch((e) => e)
    );
    await new Promise((resolve) => setTimeout(resolve, 5));
    assertEquals(transport.stats.waiting, 5);
    for (const i of [2, 0, 4, 1, 3]) {
      controllers[i]?.abort(i);
      assertEquals(await waiting[i], i);
    }
    assertEquals(transport.stats.waiting, 0);
    holder.abort("done");
    assertEquals(await held, "done");
    await assertWorks(client, server);
  });
});
