import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { PrefixedSocket } from "../../../../src/wire/dial/proxy/prefixed_socket.ts";
import { ScriptedSocket } from "../../../support/connections/scripted_socket.ts";
import { settle } from "../../../support/connections/fake_connections.ts";
import { SocketLog } from "../../../support/connections/socket_log.ts";

function begin() {
  const below = new ScriptedSocket();
  below.attach(new SocketLog());
  below.detach();
  return { below, socket: new PrefixedSocket(below, new TextEncoder().encode("first ")) };
}

describe("PrefixedSocket", () => {
  it("tells what came first first, and not from inside attach()", async () => {
    const { below, socket } = begin();
    const log = new SocketLog();
    socket.attach(log);
    assertEquals([log.text, below.isPaused], ["", true]);
    await settle();
    assertEquals([log.text, below.isPaused], ["first ", false]);
    below.deliver("second");
    assertEquals(log.text, "first second");
  });

  it("tells it to whoever is attached last", async () => {
    const { below, socket } = begin();
    const [one, two, three] = [new SocketLog(), new SocketLog(), new SocketLog()];
    socket.attach(one);
    socket.attach(two);
    two.onDelivery = () => socket.attach(three);
    await settle();
    below.deliver("second");
    assertEquals([one.text, two.text, three.text], ["", "first ", "second"]);
  });

  it("stays paused where its beginning was enough", async () => {
    const { below, socket } = begin();
    const log = new SocketLog();
    log.onDelivery = () => socket.pause();
    socket.attach(log);
    await settle();
    assertEquals([log.text, below.isPaused], ["first ", true]);
    socket.resume();
    assertEquals(below.isPaused, false);
  });

  it("tells nothing once it is closed", async () => {
    const { below, socket } = begin();
    const log = new SocketLog();
    socket.attach(log);
    socket.close();
    await settle();
    assertEquals([log.text, below.isClosed], ["", true]);

    const other = begin();
    other.socket.attach(log);
    log.onDelivery = () => other.socket.close();
    await settle();
    other.below.deliver("second");
    assertEquals(log.text, "first ");
  });

  it("is the socket below in all else", async () => {
    const { below, socket } = begin();
    const log = new SocketLog();
    socket.attach(log);
    socket.resume();
    assertEquals(below.isPaused, true, "not before its beginning was told");
    await settle();
    socket.write(new TextEncoder().encode("x"));
    socket.pause();
    socket.unref();
    assertEquals([below.sent, below.isPaused, below.isRef], ["x", true, false]);
    socket.resume();
    socket.ref();
    socket.end();
    assertEquals([below.isPaused, below.isRef, below.isEnded], [false, true, true]);
    assertEquals(
      [socket.localAddress, socket.remoteAddress, socket.tls, socket.givesBytes],
      [below.localAddress, below.remoteAddress, below.tls, below.givesBytes],
    );
    below.isStuck = true;
    socket.write(new Uint8Array(3));
    assertEquals([socket.unsentBytes, socket.queuedBytes], [3, 0]);
    below.isQueueing = true;
    assertEquals(socket.queuedBytes, 3);
    below.deliverEnd();
    assertEquals(log.events, ["end"]);
  });
});
