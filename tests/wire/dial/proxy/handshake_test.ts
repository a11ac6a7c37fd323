import { assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { ProxyError } from "../../../../src/errors.ts";
import { readFailure } from "../../../../src/runtime/failures.ts";
import { handshake, type ProxyHandshake } from "../../../../src/wire/dial/proxy/handshake.ts";
import { ScriptedSocket } from "../../../support/connections/scripted_socket.ts";
import { SocketLog } from "../../../support/connections/socket_log.ts";

/** Says `a`, wants `b`, says `c`, wants `d`; throws at `!`. */
class Alphabet implements ProxyHandshake {
  isDone = false;
  excessBytes = 0;

  start(): Uint8Array {
    return new TextEncoder().encode("a");
  }

  receive(bytes: Uint8Array): Uint8Array | null {
    const text = new TextDecoder().decode(bytes);
    if (text.includes("!")) throw new ProxyError("it answered !", { status: 33 });
    this.isDone = text.includes("d");
    this.excessBytes = this.isDone ? text.length - text.indexOf("d") - 1 : 0;
    return text.includes("b") ? new TextEncoder().encode("c") : null;
  }
}

function begin(signal = new AbortController().signal, mayBegin = false) {
  const socket = new ScriptedSocket();
  const shaking = handshake(socket, new Alphabet(), { signal, mayBegin });
  shaking.catch(() => {});
  return { socket, shaking };
}

describe("handshake()", () => {
  it("says what is to be said, and leaves the socket to nobody, unread", async () => {
    const { socket, shaking } = begin();
    assertEquals(socket.sent, "a");
    socket.deliver("b");
    assertEquals(socket.sent, "ac");
    socket.deliver("d");
    assertEquals([socket.isPaused, socket.isClosed], [true, false]);
    await shaking;
    const log = new SocketLog();
    socket.attach(log);
    assertEquals(socket.isPaused, false);
    socket.deliver("origin");
    assertEquals(log.text, "origin");
  });

  it("gives what an origin said that may speak first, before all else", async () => {
    const { socket, shaking } = begin(undefined, true);
    socket.deliver("bdxyz");
    const given = await shaking;
    assertEquals(socket.isPaused, true);
    const log = new SocketLog();
    given.attach(log);
    assertEquals([log.text, socket.isPaused], ["", true], "not from inside attach()");
    await log.untilBytes(3);
    assertEquals([log.text, socket.isPaused], ["xyz", false]);
    socket.deliver("more");
    assertEquals(log.text, "xyzmore");
    given.close();
    assertEquals(socket.isClosed, true);
  });

  it("refuses what the proxy sends beyond its answer: nobody has asked for it", async () => {
    const { socket, shaking } = begin();
    socket.deliver("bdx");
    await assertRejects(() => shaking, ProxyError, "it sent more than its answer");
    assertEquals(socket.isClosed, true);
  });

  it("closes the socket where the proxy refuses, ends or breaks", async () => {
    const ways: [(socket: ScriptedSocket) => void, string][] = [
      [(socket) => socket.deliver("!"), "it answered !"],
      [(socket) => socket.deliverEnd(), "it closed the connection before it had answered"],
      [
        (socket) => socket.deliverError(readFailure(new Error("ECONNRESET"))),
        "the connection broke: connection reset by the peer",
      ],
    ];
    for (const [fail, message] of ways) {
      const { socket, shaking } = begin();
      socket.deliver("b");
      fail(socket);
      const error = await assertRejects(() => shaking, ProxyError);
      assertEquals([error.message, socket.isClosed], [message, true]);
    }
  });

  it("ends with the signal's reason, before it begins and at any time after", async () => {
    const reason = new RangeError("enough");
    const early = begin(AbortSignal.abort(reason));
    await assertRejects(() => early.shaking, RangeError, "enough");
    assertEquals([early.socket.sent, early.socket.isClosed], ["", true]);

    const controller = new AbortController();
    const { socket, shaking } = begin(controller.signal);
    socket.deliver("b");
    controller.abort(reason);
    await assertRejects(() => shaking, RangeError, "enough");
    assertEquals(socket.isClosed, true);
  });

  it("is deaf to the signal once it is over", async () => {
    const controller = new AbortController();
    const { socket, shaking } = begin(controller.signal);
    socket.deliver("bd");
    await shaking;
    controller.abort();
    assertEquals(socket.isClosed, false);
  });
});
