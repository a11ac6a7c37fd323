/** An open WebSocket: messages, backpressure, pings, and every way that it ends. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Client, CloseError, ReadError, ReadTimeout, RemoteProtocolError } from "@httpx/httpx";
import {
  WebSocketClosed,
  type WebSocketOptions,
  type WebSocketSession,
} from "@httpx/httpx/websocket";
import { close, frame, OP } from "../../support/websocket/frames.ts";
import { type ServedSocket, serveWebSockets } from "../../support/websocket/server.ts";

/** Opens a WebSocket to a server that does what `handle` says. */
async function withSocket(
  handle: (socket: ServedSocket) => Promise<void> | void,
  use: (socket: WebSocketSession, client: Client) => Promise<void>,
  options: WebSocketOptions = {},
): Promise<void> {
  const handled = Promise.withResolvers<void>();
  await using server = await serveWebSockets((socket) => {
    const handling = Promise.resolve(handle(socket));
    handled.resolve(handling);
    return handling;
  });
  {
    await using client = new Client({ trustEnv: false });
    await using socket = await client.websocket(server.url, { closeTimeoutMs: 200, ...options });
    await use(socket, client);
  }
  await handled.promise; // the server has seen all of it
}

const echo = (socket: ServedSocket) => socket.echo();

/** A server that writes down what it gets. */
function noting(lines: string[]): (socket: ServedSocket) => Promise<void> {
  return async (socket) => {
    for (let line = await socket.described(); line !== "end"; line = await socket.described()) {
      lines.push(line);
      if (line.startsWith("CLOSE")) await socket.send(close(1000));
    }
  };
}

async function collect(socket: AsyncIterable<unknown>): Promise<unknown[]> {
  const messages: unknown[] = [];
  for await (const message of socket) messages.push(message);
  return messages;
}

describe("WebSocketSession", () => {
  it("sends and receives text and bytes of every size", async () => {
    await withSocket(echo, async (socket) => {
      for (const size of [0, 1, 125, 126, 65_535, 65_536, 300_000]) {
        await socket.send("ü".repeat(size));
        assertEquals(await socket.receive() === "ü".repeat(size), true);
        await socket.send(new Uint8Array(size).fill(7));
        const bytes = await socket.receive();
        assert(bytes instanceof Uint8Array && bytes.length === size && bytes.every((b) => b === 7));
      }
    });
  });

  it("sends whatever it is given in the order of the calls", async () => {
    const lines: string[] = [];
    await withSocket(noting(lines), async (socket) => {
      const parts = (...chunks: (string | Uint8Array)[]) =>
        new ReadableStream({
          start: (c) => (chunks.forEach((chunk) => c.enqueue(chunk)), c.close()),
        });
      const calls = [
        socket.send("first"),
        socket.send(new Blob(["blob"])),
        socket.send(parts("a", "", "b\ud83d", "\ude00")),
        socket.send(new Uint16Array([1, 2])),
        socket.send(new DataView(new ArrayBuffer(5), 1, 3)),
        socket.send(new ArrayBuffer(2)),
        socket.send(parts(new Uint8Array(3))),
        socket.send(parts()),
        socket.send("last"),
      ];
      await Promise.all(calls);
    });
    assertEquals(lines.slice(0, -1), [
      'TEXT "first"',
      "BIN 4 bytes",
      'TEXT+ "a"',
      'CONT+ "b"',
      'CONT+ "😀"',
      'CONT ""',
      "BIN 4 bytes",
      "BIN 3 bytes",
      "BIN 2 bytes",
      "BIN+ 3 bytes",
      'CONT ""',
      "BIN 0 bytes",
      'TEXT "last"',
    ]);
  });

  it("a stream that fails half way closes the connection with 1011", async () => {
    const lines: string[] = [];
    await withSocket(noting(lines), async (socket) => {
      let chunks = 0;
      const stream = new ReadableStream({
        pull(controller) {
          if (chunks++ === 0) controller.enqueue("half");
          else controller.error(new Error("disk is gone"));
        },
      }, { highWaterMark: 0 });
      await assertRejects(() => socket.send(stream), Error, "disk is gone");
      await assertRejects(() => socket.send("more"), WebSocketClosed);
    });
    assertEquals([lines[0], lines.at(-1)], ['TEXT+ "half"', "CLOSE 1011"]);
  });

  it("refuses what is not a message, and stays open", async () => {
    await withSocket(echo, async (socket) => {
      for (const wrong of [7, null, undefined, {}, [1]]) {
        await assertRejects(() => socket.send(wrong as unknown as string), TypeError);
      }
      await socket.send("fine");
      assertEquals(await socket.receive(), "fine");
    });
  });

  it("iterates over messages until the server closes with a normal code", async () => {
    for (const code of [1000, 1001]) {
      await withSocket(async (socket) => {
        await socket.send(
          frame(OP.TEXT, "a"),
          frame(OP.TEXT, "b", { isFinal: false }),
          frame(OP.CONT, "c"),
        );
        await socket.close(code, "bye");
      }, async (socket) => {
        assertEquals(await collect(socket), ["a", "bc"]);
        assertEquals(socket.closeInfo, { code, reason: "bye", wasClean: true });
        assertEquals(await socket.receive(), null);
        assertEquals(await socket.closed, { code, reason: "bye", wasClean: true });
        const error = await assertRejects(() => socket.send("late"), WebSocketClosed);
        assertEquals([error.code, error.reason], [code, "bye"]);
      });
    }
  });

  it("throws after the last message when the server closes with another code", async () => {
    await withSocket(async (socket) => {
      await socket.send(frame(OP.TEXT, "a"));
      await socket.close(4401, "token expired");
    }, async (socket) => {
      assertEquals(await socket.receive(), "a");
      const error = await assertRejects(() => socket.receive(), WebSocketClosed, "token expired");
      assertEquals([error.code, error.reason, error.request?.method], [
        4401,
        "token expired",
        "GET",
      ]);
      await assertRejects(() => collect(socket), WebSocketClosed);
    });
  });

  it("throws when the connection ends without a close frame, and when it breaks", async () => {
    for (const [end, message] of [["end", "without a close frame"], ["reset", ""]] as const) {
      await withSocket(async (socket) => {
        await socket.send(frame(OP.TEXT, "a"));
        await socket.next(); // the message is known to have arrived
        socket.peer[end]();
      }, async (socket) => {
        assertEquals(await socket.receive(), "a");
        await socket.send("go");
        await assertRejects(() => socket.receive(), ReadError, message);
        assertEquals(socket.closeInfo, { code: 1006, reason: "", wasClean: false });
      });
    }
  });

  it("throws when the server breaks the protocol, and says so with the code", async () => {
    const lines: string[] = [];
    await withSocket(async (socket) => {
      await socket.send(frame(OP.TEXT, "a"), frame(OP.TEXT, "b", { rsv: 2 }));
      await noting(lines)(socket);
    }, async (socket) => {
      assertEquals(await socket.receive(), "a");
      await assertRejects(() => socket.receive(), RemoteProtocolError, "reserved bit");
      assertEquals(socket.closeInfo, { code: 1002, reason: "", wasClean: false });
    });
    assertEquals(lines, ["CLOSE 1002"]);
  });

  it("close() sends the code and the reason, and resolves with the server's", async () => {
    const lines: string[] = [];
    await withSocket(noting(lines), async (socket) => {
      const pending = socket.receive();
      assertEquals(await socket.close(4000, "ende"), { code: 1000, reason: "", wasClean: true });
      assertEquals(await pending, null);
      assertEquals(await socket.close(), { code: 1000, reason: "", wasClean: true });
    });
    assertEquals(lines, ["CLOSE 4000 ende"]);
  });

  it("close() refuses codes and reasons that no frame may have", async () => {
    await withSocket(echo, async (socket) => {
      for (const code of [0, 999, 1005, 1006, 1015, 2999, 5000, NaN]) {
        await assertRejects(() => socket.close(code), RangeError, String(code));
      }
      await assertRejects(() => socket.close(1000, "ü".repeat(62)), RangeError, "123 bytes");
      await socket.send("still open");
      assertEquals(await socket.receive(), "still open");
    });
  });

  it("close() ends in time when the server does not answer, whatever it goes on to send", async () => {
    await withSocket(async (socket) => {
      while (await socket.next() !== null) await socket.send(frame(OP.TEXT, "never mind"));
    }, async (socket) => {
      assertEquals(await socket.close(), { code: 1006, reason: "", wasClean: false });
    });
  });

  it("leaving the loop closes the WebSocket", async () => {
    const lines: string[] = [];
    await withSocket(async (socket) => {
      await socket.send(frame(OP.TEXT, "a"), frame(OP.TEXT, "b"));
      await noting(lines)(socket);
    }, async (socket) => {
      for await (const message of socket) {
        assertEquals(message, "a");
        break;
      }
      assertEquals(socket.closeInfo?.code, 1000);
    });
    assertEquals(lines, ["CLOSE 1000"]);
  });

  it("closing the client ends it with an error", async () => {
    await withSocket(echo, async (socket, client) => {
      const next = socket.receive();
      const failing = assertRejects(() => next, CloseError);
      await client.close();
      await failing;
    });
  });

  it("ping() resolves with the delay, also when a later PONG answers", async () => {
    await withSocket(async (socket) => {
      const first = await socket.next();
      const second = await socket.next();
      await socket.send(frame(OP.PONG, "unasked"), frame(OP.PONG, second?.payload));
      assertEquals([first?.opcode, second?.opcode], [OP.PING, OP.PING]);
      await socket.echo();
    }, async (socket) => {
      const delays = await Promise.all([socket.ping(), socket.ping()]);
      assert(delays.every((ms) => ms >= 0 && ms < 60_000));
    });
  });

  it("ping() ends with its timeout, its signal, and the WebSocket", async () => {
    await withSocket(async (socket) => void await socket.peer.readToEnd(), async (socket) => {
      await assertRejects(() => socket.ping({ timeout: 30 }), ReadTimeout, "30 ms");
      const signal = AbortSignal.abort(new Error("no more"));
      await assertRejects(() => socket.ping({ timeout: null, signal }), Error, "no more");
      const pending = assertRejects(() => socket.ping(), ReadTimeout, "close frame");
      await socket.close();
      await pending;
      await assertRejects(() => socket.ping(), WebSocketClosed);
    });
  });

  it("receive() with a timeout or a signal loses no message", async () => {
    await withSocket(async (socket) => {
      await socket.next();
      await socket.send(frame(OP.TEXT, "late"));
      await socket.echo();
    }, async (socket) => {
      await assertRejects(() => socket.receive({ timeout: 30 }), ReadTimeout);
      const cancel = new AbortController();
      const cancelled = socket.receive({ signal: cancel.signal });
      const waiting = socket.receive();
      cancel.abort(new Error("not this one"));
      await assertRejects(() => cancelled, Error, "not this one");
      await socket.send("now");
      assertEquals(await waiting, "late");
    });
  });

  it("keepAliveMs pings a silent server, and gives up one that does not answer", async () => {
    const lines: string[] = [];
    await withSocket(async (socket) => {
      const ping = await socket.next();
      lines.push(`opcode ${ping?.opcode}`);
      await socket.send(frame(OP.PONG, ping?.payload ?? ""));
      await socket.peer.readToEnd();
    }, async (socket) => {
      await assertRejects(() => socket.receive(), ReadTimeout, "keepAliveMs");
      assertEquals(socket.closeInfo?.code, 1006);
    }, { keepAliveMs: 40 });
    assertEquals(lines, ["opcode 9"]);
  });

  it("send() waits for a server that does not read", async () => {
    const reading = Promise.withResolvers<void>();
    await withSocket(async (socket) => {
      await reading.promise;
      await socket.peer.readToEnd();
    }, async (socket) => {
      const message = new Uint8Array(1024 * 1024);
      let sent = 0;
      let isBlocked = false;
      while (!isBlocked && sent < 100) {
        const sending = socket.send(message).then(() => false);
        const later = new Promise<boolean>((resolve) => setTimeout(() => resolve(true), 200));
        isBlocked = await Promise.race([sending, later]);
        sent++;
      }
      assert(isBlocked && socket.bufferedAmount > 0, `${sent} MB went into the void`);
      reading.resolve();
      await socket.send("now");
    });
  });

  it("a reader that stops slows the server down", async () => {
    let sent = 0;
    await withSocket(async (socket) => {
      const message = frame(OP.BIN, new Uint8Array(64 * 1024));
      let isOpen = true;
      void socket.peer.readToEnd().then(() => isOpen = false);
      while (isOpen && sent < 2000) {
        await socket.send(message);
        sent++;
      }
    }, async (socket) => {
      await socket.receive();
      let before = -1;
      while (sent !== before) { // until nothing more is taken
        before = sent;
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
      assert(sent < 1000, `${sent} messages of 64 KB were taken`);
      for (let i = 0; i < 50; i++) await socket.receive();
    }, { closeTimeoutMs: 50 });
  });

  it("readable and writable are its two sides", async () => {
    await withSocket(echo, async (socket) => {
      const writer = socket.writable.getWriter();
      await writer.write("one");
      await writer.write(new Uint8Array([2]));
      const reader = socket.readable.getReader();
      assertEquals((await reader.read()).value, "one");
      assertEquals((await reader.read()).value, new Uint8Array([2]));
      await writer.close();
      assertEquals((await reader.read()).done, true);
      assertEquals(socket.closeInfo?.code, 1000);
    });
  });

  it("many sends of one turn leave together", async () => {
    const chunks: number[] = [];
    await withSocket(async (socket) => {
      for (
        let bytes = await socket.peer.readSome();
        bytes !== null;
        bytes = await socket.peer.readSome()
      ) {
        chunks.push(bytes.length);
        if (bytes.length < 100) await socket.send(close(1000));
      }
    }, async (socket) => {
      for (let i = 0; i < 500; i++) await socket.send("x".repeat(94));
      await new Promise((resolve) => setTimeout(resolve, 50));
    });
    assertEquals(chunks[0], 50_000);
  });
});
