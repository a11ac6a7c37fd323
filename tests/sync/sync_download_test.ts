import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import * as httpx from "@httpx/httpx/sync";
import { startThreadServer } from "../support/thread/server.ts";

const PIECE_BYTES = 65_536;

describe("SyncClient.stream()", () => {
  it("gives bytes as they come, in pieces of any size", async () => {
    await using server = await startThreadServer();
    using client = new httpx.SyncClient();
    for (const query of ["pieces=320", "pieces=320&sized"]) {
      using response = client.stream("GET", `${server.url}/download?${query}`);
      assertEquals([response.isClosed, response.bodyUsed], [false, false]);
      let size = 0;
      let expected = 0;
      for (const chunk of response.iterBytes()) {
        assert(chunk.length > 0);
        for (let i = 0; i < chunk.length; i += 997) {
          assertEquals(chunk[i], (expected + i) % PIECE_BYTES % 251);
        }
        expected += chunk.length;
        size += chunk.length;
      }
      assertEquals([size, response.isClosed, response.bodyUsed], [320 * PIECE_BYTES, true, true]);
      assertEquals(response.numBytesDownloaded, size);
    }
    using even = client.stream("GET", `${server.url}/download?pieces=1`);
    assertEquals(Array.from(even.iterBytes(50_000), ({ length }) => length), [50_000, 15_536]);
  });

  it("gives lines, text and events", async () => {
    await using server = await startThreadServer();
    using client = new httpx.SyncClient();
    using lines = client.stream("GET", `${server.url}/lines`);
    assertEquals([...lines.iterLines()], ["one", "two", "three"]);
    using text = client.stream("GET", `${server.url}/lines`);
    assertEquals([...text.iterText(4)], ["one\n", "two\n", "thre", "e\n"]);
    using events = client.stream("GET", `${server.url}/events`);
    assertEquals(Array.from(events.iterEvents(), ({ data }) => data), ["1", "2"]);
  });

  it("can be read whole, and once", async () => {
    await using server = await startThreadServer();
    using client = new httpx.SyncClient();
    using response = client.stream("GET", server.url);
    assertThrows(() => response.content, httpx.ResponseNotRead);
    assertEquals(response.read().length, 5);
    assertEquals([response.text(), [...response.iterText()]], ["hello", ["hello"]]);
    using streamed = client.stream("GET", server.url);
    assertEquals([...streamed.iterBytes()].length, 1);
    assertThrows(() => [...streamed.iterBytes()], httpx.StreamConsumed);
    assertThrows(() => streamed.read(), httpx.StreamConsumed);
    const closed = client.stream("GET", server.url);
    closed.close();
    closed.close();
    assertThrows(() => closed.read(), httpx.StreamClosed);
  });

  it("decodes while it streams", async () => {
    await using server = await startThreadServer();
    using client = new httpx.SyncClient();
    using response = client.stream("GET", `${server.url}/gzip?size=30000000`);
    let size = 0;
    for (const chunk of response.iterBytes()) size += chunk.length;
    assertEquals(size, 30_000_000);
    assert(response.numBytesDownloaded < 100_000);
  });

  it("frees the connection when it is left early", async () => {
    await using server = await startThreadServer();
    using client = new httpx.SyncClient({ limits: { maxConnections: 1 } });
    for (let i = 0; i < 3; i++) {
      using response = client.stream("GET", `${server.url}/download?pieces=1000000`);
      for (const chunk of response.iterBytes()) {
        assert(chunk.length > 0);
        break;
      }
      assert(response.isClosed);
    }
    assertEquals(client.get(server.url).text(), "hello");
  });

  it("is read beside other requests, and other streams", async () => {
    await using server = await startThreadServer();
    using client = new httpx.SyncClient();
    using one = client.stream("GET", `${server.url}/download?pieces=100`);
    using other = client.stream("GET", `${server.url}/download?pieces=100`);
    const sizes = [0, 0];
    const readings = [one.iterBytes(), other.iterBytes()];
    for (let isOpen = true; isOpen;) {
      isOpen = false;
      for (const [i, reading] of readings.entries()) {
        const { done, value } = reading.next();
        if (done) continue;
        sizes[i] = (sizes[i] ?? 0) + value.length;
        isOpen = true;
        assertEquals(client.get(server.url).text(), "hello");
      }
    }
    assertEquals(sizes, [100 * PIECE_BYTES, 100 * PIECE_BYTES]);
  });

  it("throws what breaks off, what is late and what is no gzip", async () => {
    await using server = await startThreadServer();
    using client = new httpx.SyncClient({ timeout: 100 });
    using cut = client.stream("GET", `${server.url}/cut`);
    const error = assertThrows(() => [...cut.iterBytes()], httpx.RemoteProtocolError);
    assertEquals(error.request?.url, `${server.url}/cut`);
    assert(cut.isClosed);
    using late = client.stream("GET", `${server.url}/stall-in-body`);
    assertThrows(() => [...late.iterBytes()], httpx.ReadTimeout);
    using broken = client.stream("GET", `${server.url}/bad-gzip`);
    assertThrows(() => broken.text(), httpx.DecodingError);
  });

  it("has trailers at the end", async () => {
    await using server = await startThreadServer();
    using client = new httpx.SyncClient();
    using response = client.stream("GET", `${server.url}/trailers`);
    assertEquals(response.trailers, null);
    assertEquals(response.read().length, 4);
    assertEquals(response.trailers?.get("x-sum"), "7");
    assertEquals(client.get(`${server.url}/trailers`).trailers?.get("x-sum"), "7");
  });

  it("says that the client was closed meanwhile", async () => {
    await using server = await startThreadServer();
    const client = new httpx.SyncClient();
    const response = client.stream("GET", `${server.url}/download?pieces=1000000`);
    client.close();
    assertThrows(() => response.read(), httpx.CloseError);
    response.close();
  });

  it("gives up a body whose signal is aborted between two readings", async () => {
    await using server = await startThreadServer();
    using client = new httpx.SyncClient();
    const controller = new AbortController();
    const { signal } = controller;
    using response = client.stream("GET", `${server.url}/download?pieces=1000000`, { signal });
    const readAll = () => {
      for (const chunk of response.iterBytes()) {
        assert(chunk.length > 0);
        controller.abort(new RangeError("enough"));
      }
    };
    assertThrows(readAll, RangeError, "enough");
    assert(response.isClosed);
    assertEquals(client.get(server.url).text(), "hello");
  });

  it("tells who was at the other end", async () => {
    await using server = await startThreadServer();
    using client = new httpx.SyncClient();
    for (let i = 0; i < 2; i++) {
      const { network_stream: stream } = client.get(server.url).extensions;
      const { getExtraInfo } = stream as { getExtraInfo(name: string): { port: number } };
      assertEquals(getExtraInfo.call(stream, "server_addr").port, server.port);
    }
  });
});
