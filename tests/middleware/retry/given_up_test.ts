import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  Client,
  HTTPTransport,
  MockTransport,
  Request,
  Response,
  type RetryOptions,
} from "@httpx/httpx";
import { SyncClient } from "@httpx/httpx/sync";
import { checkRetry } from "../../../src/message/retry_options.ts";
import { compose } from "../../../src/middleware/middleware.ts";
import { makeRetrier } from "../../../src/middleware/retry/retry.ts";
import { StepTime } from "../../support/time/step_time.ts";
import { type Answer, startHTTP1 } from "./support/failing_server.ts";

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/** A 503 with a body of this size first, then 200. */
function busyOnce(head: (size: number) => string, size: number): Answer {
  return async (peer, { total }) => {
    await peer.send(total === 1 ? head(size) : OK);
    return "keep";
  };
}

const counted = (size: number) =>
  `HTTP/1.1 503 Busy\r\nContent-Length: ${size}\r\n\r\n${"x".repeat(size)}`;
const chunked = (size: number) =>
  `HTTP/1.1 503 Busy\r\nTransfer-Encoding: chunked\r\n\r\n${size.toString(16)}\r\n${
    "x".repeat(size)
  }\r\n0\r\n\r\n`;

describe("A given-up response", () => {
  for (const [kind, head] of Object.entries({ counted, chunked })) {
    it(`keeps its connection up to 64 KB, and loses it with much more (${kind})`, async () => {
      const connections: number[] = [];
      for (const size of [1, 65_536, 4_000_000]) {
        await using server = await startHTTP1(busyOnce(head, size));
        await using transport = new HTTPTransport();
        const time = new StepTime();
        const retrying = compose(
          { handleRequest: (sent) => transport.handleRequest(sent) },
          makeRetrier(checkRetry(1), time),
        );
        const response = await time.run(retrying.handleRequest(new Request("GET", server.url)));
        assertEquals([response.status, server.requests], [200, 2]);
        await response.read();
        connections.push(server.connections);
      }
      assertEquals(connections, [1, 1, 2]);
    });
  }

  it("that stalls is not waited for", async () => {
    await using server = await startHTTP1(async (peer, { total }) => {
      await peer.send(total === 1 ? "HTTP/1.1 503 Busy\r\nContent-Length: 9\r\n\r\nx" : OK);
      return "keep";
    });
    await using client = new Client({ retry: { limit: 1, backoff: { baseMs: 0 } } });
    assertEquals([(await client.get(server.url)).status, server.connections], [200, 2]);
  });

  it("holds no slot of the pool while its call waits", async () => {
    await using server = await startHTTP1(async (peer, { total }) => {
      await peer.send(total === 1 ? counted(4).replace("Busy", "Busy\r\nRetry-After: 60") : OK);
      return "keep";
    });
    const limits = { maxConnections: 1 };
    const controller = new AbortController();
    let onWait = () => {};
    const waiting = new Promise<void>((resolve) => onWait = resolve);
    await using client = new Client({ limits, retry: { onRetry: () => onWait() } });
    const first = client.get(server.url, { signal: controller.signal }).catch((reason) => reason);
    await waiting;
    assertEquals(await (await client.get(server.url)).text(), "ok");
    controller.abort("enough");
    assertEquals([await first, server.requests], ["enough", 2]);
  });

  it("is closed if the caller's function has begun to read it", async () => {
    let closed = 0;
    const endless = async function* () {
      try {
        for (;;) yield new Uint8Array(16);
      } finally {
        closed++;
      }
    };
    let requests = 0;
    const transport = new MockTransport(() =>
      ++requests === 1 ? new Response(503, { stream: endless() }) : new Response(200)
    );
    const shouldRetry: RetryOptions["shouldRetry"] = async ({ response }) => {
      await response?.iterBytes().next();
    };
    await using client = new Client({ transport, retry: { backoff: { baseMs: 0 }, shouldRetry } });
    assertEquals([(await client.get("http://a.test/")).status, closed], [200, 1]);
  });

  it("is given up by a blocking client too", () => {
    let closed = 0;
    const endless = function* () {
      try {
        for (;;) yield new Uint8Array(1024);
      } finally {
        closed++;
      }
    };
    let requests = 0;
    const handleRequestSync = () =>
      ++requests === 1 ? new Response(503, { stream: endless() }) : new Response(200);
    using client = new SyncClient({
      transport: { handleRequestSync },
      retry: { backoff: { baseMs: 0 } },
    });
    assertEquals([client.get("http://a.test/").status, requests, closed], [200, 2, 1]);
  });
});
