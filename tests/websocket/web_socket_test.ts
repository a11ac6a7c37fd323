/** `webSocketOf(client)` against the WHATWG standard: states, attributes, events, exceptions. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Client } from "@httpx/httpx";
import { type ClientWebSocket, webSocketOf } from "@httpx/httpx/websocket";
import { close, frame, OP, utf8 } from "../support/websocket/frames.ts";
import {
  type ServedSocket,
  type ServeOptions,
  serveWebSockets,
} from "../support/websocket/server.ts";

type Served = (socket: ServedSocket) => Promise<void> | void;

/** A WebSocket to a server that does what `handle` says, and the events that come. */
async function withWebSocket(
  handle: Served,
  use: (socket: ClientWebSocket, events: string[]) => Promise<void>,
  options: ServeOptions & { readonly protocols?: string[] } = {},
): Promise<void> {
  await using server = await serveWebSockets(handle, options);
  await using client = new Client({ trustEnv: false });
  const WebSocket = webSocketOf(client, { closeTimeoutMs: 300 });
  const socket = new WebSocket(server.url, options.protocols);
  const events: string[] = [];
  for (const type of ["open", "message", "error", "close"]) {
    socket.addEventListener(type, (event) => {
      const { data } = event as MessageEvent;
      const { code, reason, wasClean } = event as CloseEvent;
      assertEquals(event.target, socket);
      if (type === "message") {
        events.push(
          typeof data === "string" ? `message ${data}` : `message of ${data.constructor.name}`,
        );
      } else if (type === "close") events.push(`close ${code} ${reason} ${wasClean}`);
      else events.push(type);
    });
  }
  await use(socket, events);
}

function next(socket: EventTarget, type: string): Promise<Event> {
  return new Promise((resolve) => socket.addEventListener(type, resolve, { once: true }));
}

const echo: Served = (socket) => socket.echo();

describe("webSocketOf()", () => {
  it("connects, sends, receives and closes, with the states and events of the standard", async () => {
    await withWebSocket(echo, async (socket, events) => {
      assertEquals([socket.readyState, socket.protocol, socket.extensions, socket.binaryType], [
        0,
        "",
        "",
        "blob",
      ]);
      assertThrows(() => socket.send("early"), DOMException, "connecting");
      await next(socket, "open");
      assertEquals([socket.readyState, socket.OPEN], [1, 1]);
      socket.send("hello");
      assertEquals(socket.bufferedAmount, 5);
      const message = await next(socket, "message") as MessageEvent;
      assertEquals([message.data, message.origin], ["hello", new URL(socket.url).origin]);
      assertEquals(socket.bufferedAmount, 0);
      socket.close(4000, "done");
      assertEquals(socket.readyState, 2);
      socket.send("late");
      assertEquals(socket.bufferedAmount, 4);
      await next(socket, "close");
      assertEquals([socket.readyState, socket.bufferedAmount], [3, 4]);
      socket.close();
      assertEquals(events, ["open", "message hello", "close 4000 done true"]);
    }, {});
  });

  it("has the constants on the class and on objects, and a name", async () => {
    await using client = new Client({ trustEnv: false });
    const WebSocket = webSocketOf(client);
    const { CONNECTING, OPEN, CLOSING, CLOSED } = WebSocket;
    assertEquals([CONNECTING, OPEN, CLOSING, CLOSED], [0, 1, 2, 3]);
    assertEquals(WebSocket.name, "WebSocket");
    for (const name of ["onopen", "onmessage", "onerror", "onclose", "bufferedAmount", "CLOSED"]) {
      assert(name in WebSocket.prototype || name === "CLOSED", name);
    }
  });

  it("refuses URLs and protocols as the standard says", async () => {
    await using client = new Client({ trustEnv: false, baseURL: "https://example.org/v1" });
    const WebSocket = webSocketOf(client);
    for (
      const url of ["ftp://example.org/", "ws://", "ws://example.org/#a", "mailto:a@example.org"]
    ) {
      assertEquals(assertThrows(() => new WebSocket(url), DOMException).name, "SyntaxError", url);
    }
    for (const protocols of [[""], ["a", "a"], ["a b"], "ä", "a,b"]) {
      assertEquals(
        assertThrows(() => new WebSocket("ws://127.0.0.1:1/", protocols), DOMException).name,
        "SyntaxError",
      );
    }
    const sockets = ["http://127.0.0.1:1/a", "wss://127.0.0.1:1", "chat?b=1"].map((url) =>
      new WebSocket(url)
    );
    await Promise.all(sockets.map((socket) => {
      const closed = new Promise((resolve) => socket.addEventListener("close", resolve));
      socket.close();
      return closed;
    }));
    const urls = sockets.map(({ url }) => url);
    assertEquals(urls, [
      "ws://127.0.0.1:1/a",
      "wss://127.0.0.1:1/",
      "wss://example.org/v1/chat?b=1",
    ]);
  });

  it("close() takes 1000 and 3000 to 4999, and 123 bytes", async () => {
    await withWebSocket(echo, async (socket) => {
      await next(socket, "open");
      for (const code of [0, 999, 1001, 1005, 2999, 5000, 65_536, NaN]) {
        assertEquals(
          assertThrows(() => socket.close(code), DOMException).name,
          "InvalidAccessError",
          String(code),
        );
      }
      assertEquals(
        assertThrows(() => socket.close(1000, "ü".repeat(62)), DOMException).name,
        "SyntaxError",
      );
      assertEquals(socket.readyState, 1);
      socket.close(3000, "x".repeat(123));
      await next(socket, "close");
    });
  });

  it("close() without a code sends an empty close frame", async () => {
    const lines: string[] = [];
    await withWebSocket(async (socket) => {
      lines.push(await socket.described());
      await socket.send(close());
    }, async (socket, events) => {
      await next(socket, "open");
      socket.close();
      await next(socket, "close");
      assertEquals(events.at(-1), "close 1005  true");
    });
    assertEquals(lines, ["CLOSE"]);
  });

  it("close() while it connects gives up: error, then close 1006", async () => {
    await withWebSocket(echo, async (socket, events) => {
      socket.close();
      assertEquals(socket.readyState, 2);
      await next(socket, "close");
      assertEquals(events, ["error", "close 1006  false"]);
    });
  });

  it("a refused handshake is error, then close 1006", async () => {
    await withWebSocket(echo, async (socket, events) => {
      await next(socket, "close");
      assertEquals(events, ["error", "close 1006  false"]);
    }, { answer: () => "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n" });
  });

  it("reports the server's code, a connection that ends, and one that breaks the protocol", async () => {
    for (
      const [bytes, last] of [
        [close(4001, "no"), ["close 4001 no true"]],
        [close(), ["close 1005  true"]],
        [new Uint8Array(0), ["error", "close 1006  false"]],
        [frame(OP.TEXT, "x", { rsv: 7 }), ["error", "close 1006  false"]],
      ] as const
    ) {
      await withWebSocket(async (socket) => {
        await socket.send(bytes);
        if (bytes.length === 0) socket.peer.end();
        else await socket.peer.readToEnd();
      }, async (socket, events) => {
        await next(socket, "close");
        assertEquals(events.slice(1), [...last]);
      });
    }
  });

  it("gives binary messages as Blob or ArrayBuffer, as binaryType says when they come", async () => {
    await withWebSocket(echo, async (socket, events) => {
      await next(socket, "open");
      const sent = [
        utf8("abc"),
        utf8("abcdef").subarray(1, 3),
        new Uint16Array([258]).buffer,
        new Blob(["blob"]),
      ];
      const got: unknown[] = [];
      for (const data of sent) {
        socket.send(data as BlobPart as Uint8Array<ArrayBuffer>);
        const { data: answer } = await next(socket, "message") as MessageEvent;
        got.push(answer instanceof Blob ? await answer.text() : answer.byteLength);
        (socket as { binaryType: string }).binaryType = got.length === 2
          ? "arraybuffer"
          : "nonsense";
      }
      assertEquals(got, ["abc", "bc", 2, 4]);
      assertEquals(events.slice(1), [
        "message of Blob",
        "message of Blob",
        "message of ArrayBuffer",
        "message of ArrayBuffer",
      ]);
      socket.close();
      await next(socket, "close");
    });
  });

  it("keeps the order of a Blob among other messages, and closes after all of them", async () => {
    const lines: string[] = [];
    await withWebSocket(async (socket) => {
      for (let line = await socket.described(); line !== "end"; line = await socket.described()) {
        lines.push(line);
        if (line.startsWith("CLOSE")) await socket.send(close(1000));
      }
    }, async (socket) => {
      await next(socket, "open");
      const bytes = Uint8Array.of(120, 121);
      socket.send("first");
      socket.send(new Blob(["b".repeat(7)]));
      socket.send(bytes);
      bytes.fill(0);
      socket.send("last");
      assertEquals(socket.bufferedAmount, 5 + 7 + 2 + 4);
      socket.close(1000);
      await next(socket, "close");
    });
    assertEquals(lines, [
      'TEXT "first"',
      "BIN 7 bytes",
      "BIN 2 bytes",
      'TEXT "last"',
      "CLOSE 1000",
    ]);
  });

  it("offers protocols, as an array, a text or an init with headers", async () => {
    await using server = await serveWebSockets(echo, { fields: "Sec-WebSocket-Protocol: b\r\n" });
    await using client = new Client({ trustEnv: false });
    const WebSocket = webSocketOf(client);
    for (const init of [["a", "b"], "b", { protocols: ["b"], headers: { "x-key": "7" } }]) {
      const socket = new WebSocket(server.url, init);
      await next(socket, "open");
      assertEquals(socket.protocol, "b");
      socket.close();
      await next(socket, "close");
    }
    assertEquals(server.heads.map((head) => head.includes("x-key: 7")), [false, false, true]);
  });

  it("handlers keep their place among the listeners, and are replaced and removed", async () => {
    await withWebSocket(echo, async (socket) => {
      const order: string[] = [];
      socket.onopen = () => order.push("first handler");
      socket.addEventListener("open", () => order.push("listener"));
      socket.onopen = () => order.push("second handler");
      socket.onerror = () => order.push("error");
      socket.onerror = null;
      assertEquals([typeof socket.onopen, socket.onerror, socket.onclose], [
        "function",
        null,
        null,
      ]);
      await next(socket, "open");
      assertEquals(order, ["second handler", "listener"]);
      socket.close();
      await next(socket, "close");
    });
  });

  it("sends from within the open event, before messages that came with the 101", async () => {
    await withWebSocket(async (socket) => {
      await socket.echo();
    }, async (socket, events) => {
      socket.onopen = () => socket.send("from open");
      while (events.length < 3) await next(socket, "message");
      assertEquals(events, ["open", "message early", "message from open"]);
      socket.close();
      await next(socket, "close");
    }, { leading: frame(OP.TEXT, "early") });
  });
});
