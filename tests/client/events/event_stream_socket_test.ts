import { assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { createServer as createHttp2Server } from "node:http2";
import { Client, ReadTimeout } from "@httpx/httpx";
import { startLocalServer } from "../../support/local_server.ts";
import { serve } from "../../transports/answering_routes.ts";

const TYPE = { "content-type": "text/event-stream" };

describe("client.events() over sockets", () => {
  it("slows a server whose events are not taken", async () => {
    const block = `data: ${"x".repeat(1024)}\n\n`.repeat(64);
    let sent = 0;
    let isStopped = () => {};
    const stopped = new Promise<void>((resolve) => isStopped = resolve);
    await using server = await startLocalServer((_, response) => {
      response.writeHead(200, TYPE);
      const write = () => {
        while (!response.destroyed && sent < 512 * block.length) {
          sent += block.length;
          if (!response.write(block)) {
            const stall = setTimeout(isStopped, 300); // no drain for so long: the client does not read
            return void response.once("drain", () => (clearTimeout(stall), write()));
          }
        }
        isStopped();
      };
      write();
    });
    await using client = new Client();
    await using events = client.events("GET", server.url);
    await events.next();
    await stopped;
    assertEquals(
      sent < 256 * block.length,
      true,
      `${sent} bytes were sent to a reader of one event`,
    );
  });

  it("frees the connection when the loop is left", async () => {
    await using server = await startLocalServer((_, response) => {
      response.writeHead(200, TYPE);
      response.write("data: a\n\n");
    });
    await using client = new Client();
    for await (const _ of client.events("GET", server.url)) break;
    await server.allClosed();
    assertEquals(server.received.length, 1);
  });

  it("is one stream among others of an HTTP/2 connection", async () => {
    const server = await serve(createHttp2Server((request, response) => {
      if (request.url !== "/events") return void response.end("answer");
      response.writeHead(200, TYPE);
      response.write("data: a\n\n");
    }));
    await using _ = server;
    const baseURL = `http://127.0.0.1:${server.port}`;
    await using client = new Client({ http1: false, http2: true, baseURL });
    await using events = client.events("GET", "/events");
    await events.next();
    const response = await client.get("/other");
    assertEquals([await response.text(), events.state, server.accepted], ["answer", "open", 1]);
  });

  it("reconnects after silence, which a comment breaks", async () => {
    let asked = 0;
    await using server = await startLocalServer((_, response) => {
      response.writeHead(200, TYPE);
      response.write("retry: 1\ndata: a\n\n");
      if (asked++ > 0) return;
      const timer = setInterval(() => response.write(":\n"), 20);
      setTimeout(() => clearInterval(timer), 300);
    });
    await using client = new Client();
    let error: unknown = null;
    const startedAt = performance.now();
    await using events = client.events("GET", server.url, {
      silenceMs: 150,
      onReconnect: (reconnection) => error = reconnection.error,
    });
    await events.next();
    await events.next();
    assertEquals(error instanceof ReadTimeout, true);
    assertEquals(performance.now() - startedAt > 300, true);
  });

  it("does not wait longer for the head than for that of another call", async () => {
    await using server = await startLocalServer(() => {});
    await using client = new Client({ timeout: { connect: 50, read: 50, write: 50, pool: 50 } });
    const error = await assertRejects(() => client.events("GET", server.url).next(), ReadTimeout);
    assertEquals(
      error.message.endsWith("no response within 150 ms (timeout)"),
      true,
      error.message,
    );
  });
});
