/** What becomes of a request whose trace callback throws, or takes its time. */
import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Client, HTTPTransport, ReadTimeout, Timeout } from "@httpx/httpx";
import { authorities } from "../support/certificates.ts";
import { done, EXCHANGE_11, EXCHANGE_2, Followed } from "../support/connections/followed.ts";
import { answering, OK, startHTTP2, urlOf } from "../support/connections/known_servers.ts";
import { startLocalServer } from "../support/local_server.ts";
import { listen } from "../support/loopback.ts";

/** Of a request that needs a connection. */
const EVENTS = [...done("connection.connect_tcp"), ...EXCHANGE_11];

describe("A trace callback", () => {
  it("that throws, at whatever event, fails the request with its own error, and nothing leaks", async () => {
    const turns = [
      (error: Error) => { // at once
        throw error;
      },
      (error: Error) => Promise.reject(error),
      async (error: Error) => { // late
        await new Promise((resolve) => setTimeout(resolve, 2));
        throw error;
      },
    ];
    await using server = await startLocalServer((_, response) => response.end("hello"));
    for (const turn of turns) {
      for (const [at] of EVENTS.entries()) {
        const transport = new HTTPTransport();
        await using client = new Client({ transport });
        const error = new Error(`at event ${at}`);
        const followed = new Followed(() => {
          if (followed.events.length === at + 1) return turn(error);
        });
        const thrown = await assertRejects(() => client.get(server.url, followed.options));
        assertStrictEquals(thrown, error, `event ${at}`);
        assertEquals(followed.events.length, at + 1);
        const { connecting, active, waiting } = transport.stats;
        assertEquals([connecting, active, waiting], [0, 0, 0], `event ${at}`);
      }
    }
    await server.allClosed();
  });

  it("that throws when something else has failed is heard all the same", async () => {
    const closed = await listen(() => {});
    await closed[Symbol.asyncDispose]();
    let connections = 0;
    await using short = await listen(async (peer) => {
      connections++;
      await answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhi")(peer);
      peer.end();
    });
    await using silent = await listen(answering(OK, null));
    await using client = new Client({ retries: 1 });
    await client.get(urlOf(silent)); // what comes now comes on a connection that was idle
    for (const server of [closed, short, silent]) {
      for (const isLate of [false, true]) {
        const error = new Error("of the callback");
        const followed = new Followed((event) => {
          if (!event.endsWith(".failed")) return;
          if (isLate) return Promise.reject(error);
          throw error;
        });
        assertStrictEquals(
          await assertRejects(() => client.get(urlOf(server), followed.options)),
          error,
        );
        assertEquals(followed.events.filter((event) => event.endsWith(".failed")).length, 1);
        if (server === silent) await client.get(urlOf(silent));
      }
    }
    assertEquals(connections, 2);
  });

  it("that throws ends its own stream, and no other of the connection", async () => {
    await using server = await startHTTP2();
    const transport = new HTTPTransport({ http2: true, verify: authorities.ca });
    await using client = new Client({ transport });
    const url = urlOf(server, "https");
    await client.get(url);
    for (const [at, event] of EXCHANGE_2.entries()) {
      const error = new Error(`at ${event}`);
      const followed = new Followed(() => {
        if (followed.events.length === at + 1) throw error;
      });
      const [failed, other] = await Promise.allSettled([
        client.get(url, followed.options),
        client.get(url),
      ]);
      assertStrictEquals(failed.status === "rejected" ? failed.reason : null, error);
      assertEquals(other.status, "fulfilled");
      assertEquals(transport.stats, { connecting: 0, active: 0, idle: 1, waiting: 0 });
    }
    assertEquals(server.accepted, 1);
  });

  it("that throws before anything is sent leaves the connection to others", async () => {
    await using server = await startLocalServer((_, response) => response.end("hello"));
    await using client = new Client();
    await client.get(server.url);
    const followed = new Followed(() => {
      throw new Error("no");
    });
    await assertRejects(() => client.get(server.url, followed.options), Error, "no");
    await client.get(server.url);
    assertEquals([server.accepted, server.received.length], [1, 2]);
  });

  it("that takes its time is told one event after the other, and the response waits for it", async () => {
    await using server = await startLocalServer((_, response) => response.end("hello"));
    await using client = new Client();
    let [running, told] = [0, 0];
    const followed = new Followed(async () => {
      assertEquals(++running, 1);
      await new Promise((resolve) => setTimeout(resolve, 3));
      running--;
      told++;
    });
    const response = await client.stream("GET", server.url, followed.options);
    assertEquals([told, running], [8, 0]);
    await response.read();
    assertEquals([told, running], [12, 0]);
    assertEquals(followed.events, EVENTS);
  });

  it("that never settles is waited for until the total timeout or the signal ends it", async () => {
    await using server = await startLocalServer((_, response) => response.end("hello"));
    await using client = new Client();
    for (
      const at of ["http11.receive_response_headers.complete", "http11.response_closed.complete"]
    ) {
      const stuck = () => new Followed((event) => event === at ? new Promise(() => {}) : undefined);
      const timeout = new Timeout(5000, { total: 400 });
      await assertRejects(
        () => client.get(server.url, { timeout, ...stuck().options }),
        ReadTimeout,
        "the whole call took 400 ms",
      );
      const controller = new AbortController();
      const reason = new Error("enough");
      const { signal } = controller;
      const sent = assertRejects(() => client.get(server.url, { signal, ...stuck().options }));
      setTimeout(() => controller.abort(reason), 50);
      assertStrictEquals(await sent, reason);
    }
    assert(!client.isClosed);
  });
});
