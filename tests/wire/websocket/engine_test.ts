import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { LocalProtocolError } from "../../../src/errors.ts";
import { close, frame, join, OP, utf8 } from "../../support/websocket/frames.ts";
import { RecordedEngine } from "../../support/websocket/record.ts";

describe("WebSocketEngine", () => {
  it("sends texts, bytes and pings, all of a turn together", () => {
    const recorded = new RecordedEngine();
    recorded.engine.sendText("héllo");
    recorded.engine.sendBinary(utf8("abc"));
    recorded.engine.sendPing(utf8("p"));
    recorded.sent();
    assertEquals(recorded.sentFrames, ['sent TEXT "héllo"', "sent BIN 3 bytes", 'sent PING "p"']);
    assertEquals(recorded.engine.takeOutgoing(), []);
  });

  it("sends a message in fragments, and answers a ping between them", () => {
    const recorded = new RecordedEngine();
    const send = (text: string, isFirst: boolean, isFinal: boolean) =>
      recorded.engine.sendFragment(utf8(text), { type: "text", isFirst, isFinal });
    send("a", true, false);
    recorded.receive(frame(OP.PING, "x"));
    send("b", false, false);
    send("", false, true);
    recorded.sent();
    assertEquals(recorded.sentFrames, [
      'sent TEXT+ "a"',
      'sent PONG "x"',
      'sent CONT+ "b"',
      'sent CONT ""',
    ]);
  });

  it("sendPing() takes 125 bytes and refuses 126", () => {
    const { engine } = new RecordedEngine();
    engine.sendPing(new Uint8Array(125));
    assertThrows(() => engine.sendPing(new Uint8Array(126)), LocalProtocolError, "126 bytes");
  });

  it("begins the closing handshake, reads on, and ends with the server's close frame", () => {
    const recorded = new RecordedEngine();
    recorded.engine.sendClose(4001, "done");
    recorded.receive(join(frame(OP.TEXT, "late"), close(4002, "fine"), frame(OP.TEXT, "later")));
    assertEquals(recorded.lines, [
      'text "late"',
      "close 4002 fine",
      "sent CLOSE 4001 done",
      "closed",
    ]);
  });

  it("answers no ping once its own close frame is out", () => {
    const recorded = new RecordedEngine();
    recorded.engine.sendClose(null, "");
    recorded.receive(frame(OP.PING, "x"));
    assertEquals(recorded.lines, ["sent CLOSE", "closing"]);
  });

  it("answers the latest ping alone while too much waits to be written", () => {
    const recorded = new RecordedEngine();
    recorded.engine.sendBinary(new Uint8Array(65_536));
    const pings = Array.from({ length: 500 }, (_, i) => frame(OP.PING, `${i}`.padEnd(125)));
    recorded.engine.receive(join(...pings));
    assertEquals(recorded.engine.outgoingBytes < 70_000, true);
    recorded.sent();
    assertEquals(recorded.sentFrames.length, 2);
    assertEquals(recorded.sentFrames[1]?.startsWith('sent PONG "499'), true);
    recorded.receive(frame(OP.PING, "next"));
    assertEquals(recorded.sentFrames[2], 'sent PONG "next"');
  });

  it("reports a stream that ends without a close frame", () => {
    const recorded = new RecordedEngine();
    recorded.receive(frame(OP.TEXT, "half", { isFinal: false }));
    recorded.receiveEnd();
    recorded.receive(frame(OP.CONT, "more"));
    assertEquals(recorded.lines, ["lost", "lost"]);
  });

  it("gives binary messages that nothing else writes to", () => {
    const kept = new RecordedEngine({ keepsBytes: true });
    const bytes = join(frame(OP.BIN, new Uint8Array(5000).fill(1)), frame(OP.BIN, utf8("ab")));
    kept.engine.receive(bytes);
    const [large, small] = kept.messages as Uint8Array[];
    assertEquals([large?.buffer === bytes.buffer, small?.buffer === bytes.buffer], [true, false]);
    const copied = new RecordedEngine();
    copied.receive(bytes); // wiped afterwards
    assertEquals(copied.messages, [new Uint8Array(5000).fill(1), utf8("ab")]);
  });
});
