import { assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Client } from "@httpx/httpx";
import { eventSourceOf } from "@httpx/httpx/sse";
import { startLocalServer } from "../support/local_server.ts";

type Answer = Parameters<typeof startLocalServer>[0];

const TYPE = { "content-type": "text/event-stream" };

/** Listens to all that a source dispatches, until it is told to stop. */
function record(source: EventTarget & { readonly readyState: number; close(): void }): {
  readonly log: string[];
  until(length: number): Promise<void>;
} {
  const log: string[] = [];
  let check = () => {};
  for (const type of ["open", "message", "add", "error"]) {
    source.addEventListener(type, (event) => {
      const data = event instanceof MessageEvent ? ` ${event.data} ${event.lastEventId}` : "";
      log.push(`${type}${data} @${source.readyState}`);
      check();
    });
  }
  return {
    log,
    until: (length) =>
      new Promise((resolve) => {
        check = () => log.length >= length && resolve();
        check();
      }),
  };
}

async function withServer(
  answer: Answer,
  use: (url: string, client: Client) => Promise<void>,
): Promise<void> {
  await using server = await startLocalServer(answer);
  await using client = new Client();
  await use(server.url, client);
}

describe("eventSourceOf()", () => {
  it("opens, receives messages by type, and reconnects with the last id", async () => {
    const ids: unknown[] = [];
    await withServer((request, response) => {
      ids.push(request.headers["last-event-id"]);
      response.writeHead(200, TYPE);
      response.end(`retry: 1\nid: ${ids.length}\ndata: a\n\nevent: add\ndata: b\n\n`);
    }, async (url, client) => {
      const source = new (eventSourceOf(client))(`${url}/events`);
      assertEquals([source.url, source.readyState], [`${url}/events`, 0]);
      const { log, until } = record(source);
      await until(7);
      source.close();
      assertEquals(log.slice(0, 7), [
        "open @1",
        "message a 1 @1",
        "add b 1 @1",
        "error @0",
        "open @1",
        "message a 2 @1",
        "add b 2 @1",
      ]);
      assertEquals(ids.slice(0, 2), [undefined, "1"]);
    });
  });

  for (const status of [204, 201, 404, 500]) {
    it(`fails for good with status ${status}`, async () => {
      let asked = 0;
      await withServer((_, response) => {
        asked++;
        response.writeHead(status, TYPE);
        response.end();
      }, async (url, client) => {
        const source = new (eventSourceOf(client))(url);
        const { log, until } = record(source);
        await until(1);
        assertEquals([log, asked, source.readyState], [["error @2"], 1, 2]);
      });
    });
  }

  it("fails for good with another type of content", async () => {
    await withServer((_, response) => void response.end("data: a\n\n"), async (url, client) => {
      const { log, until } = record(new (eventSourceOf(client))(url));
      await until(1);
      assertEquals(log, ["error @2"]);
    });
  });

  it("follows redirects, and gives messages the origin that answered", async () => {
    await withServer((request, response) => {
      if (request.target === "/old") {
        return void response.writeHead(307, { location: "/new" }).end();
      }
      response.writeHead(200, TYPE);
      response.write("data: a\n\n");
    }, async (url, client) => {
      const source = new (eventSourceOf(client))(`${url}/old`);
      const event = await new Promise<Event>((resolve) => source.onmessage = resolve);
      source.close();
      assertInstanceOf(event, MessageEvent);
      assertEquals([event.origin, source.url], [url, `${url}/old`]);
    });
  });

  it("closes its connection, and dispatches nothing after close()", async () => {
    let closed = () => {};
    const isClosed = new Promise<void>((resolve) => closed = resolve);
    await withServer((_, response) => {
      response.on("close", closed);
      response.writeHead(200, TYPE);
      response.write("data: a\n\ndata: b\n\n");
    }, async (url, client) => {
      const source = new (eventSourceOf(client))(url);
      const { log } = record(source);
      await new Promise<void>((resolve) =>
        source.onmessage = () => {
          source.close();
          resolve();
        }
      );
      await isClosed;
      assertEquals(log, ["open @1", "message a  @1"]);
    });
  });

  it("has the standard's constants, handlers and errors", async () => {
    await using client = new Client({ baseURL: "https://a.test/v1/" });
    const EventSource = eventSourceOf(client);
    assertEquals([EventSource.CONNECTING, EventSource.OPEN, EventSource.CLOSED], [0, 1, 2]);
    const source = new EventSource("events", { withCredentials: true });
    source.close();
    assertEquals(
      [source.CONNECTING, source.OPEN, source.CLOSED, source.readyState],
      [0, 1, 2, 2],
    );
    assertEquals([source.url, source.withCredentials], ["https://a.test/v1/events", true]);
    assertEquals([source.onopen, source.onmessage, source.onerror], [null, null, null]);
    const error = assertThrows(() => new EventSource("http://"), DOMException);
    assertEquals(error.name, "SyntaxError");
  });

  it("keeps a handler's place among the listeners, until it is null", async () => {
    await using client = new Client();
    const source = new (eventSourceOf(client))("https://a.test/");
    source.close();
    const calls: string[] = [];
    source.onopen = () => calls.push("first");
    source.addEventListener("open", () => calls.push("listener"));
    source.onopen = () => calls.push("second");
    source.dispatchEvent(new Event("open"));
    source.onopen = null;
    source.dispatchEvent(new Event("open"));
    assertEquals(calls, ["second", "listener", "listener"]);
  });
});
