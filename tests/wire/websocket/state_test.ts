import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { LocalProtocolError } from "../../../src/errors.ts";
import type { WebSocketEngine } from "../../../src/wire/websocket/engine.ts";
import { CONNECTION_MOVES, MESSAGE_MOVES } from "../../../src/wire/websocket/state.ts";
import { tableOf } from "../../support/states/drawn_table.ts";
import { close, frame, OP, utf8 } from "../../support/websocket/frames.ts";
import { RecordedEngine } from "../../support/websocket/record.ts";

/** The tables once more, by hand. */
const CONNECTION = `
         send   sendClose  receive  receiveClose  fail    end
open     open   closing    open     closed        failed  lost
closing  -      -          closing  closed        failed  lost
closed   -      -          -        -             -       -
failed   -      -          -        -             -       -
lost     -      -          -        -             -       -`;

const MESSAGE = `
          text     textBegin  binary   binaryBegin  continuation  end      control
between   between  inText     between  inBinary     -             -        between
inText    -        -          -        -            inText        between  inText
inBinary  -        -          -        -            inBinary      between  inBinary`;

/** How an engine comes into each state. */
const ROUTES: Readonly<Record<string, (recorded: RecordedEngine) => void>> = {
  open: () => {},
  closing: ({ engine }) => engine.sendClose(1000, ""),
  closed: (recorded) => recorded.receive(close(1000)),
  failed: (recorded) => recorded.receive(frame(3)),
  lost: (recorded) => recorded.receiveEnd(),
};

/** Every way to send. */
const SENDS: Readonly<Record<string, (engine: WebSocketEngine) => void>> = {
  sendText: (engine) => engine.sendText("x"),
  sendBinary: (engine) => engine.sendBinary(utf8("x")),
  sendFragment: (engine) =>
    engine.sendFragment(utf8("x"), { type: "text", isFirst: true, isFinal: false }),
  sendPing: (engine) => engine.sendPing(utf8("x")),
};

/** What comes in, and the state it leads to from `open` and from `closing`. */
const INPUTS: Readonly<Record<string, readonly [Uint8Array, ConnectionStates]>> = {
  text: [frame(OP.TEXT, "x"), ["open", "closing"]],
  ping: [frame(OP.PING, "x"), ["open", "closing"]],
  close: [close(1001), ["closed", "closed"]],
  nonsense: [frame(OP.TEXT, "x", { rsv: 7 }), ["failed", "failed"]],
};
type ConnectionStates = readonly [fromOpen: string, fromClosing: string];

describe("WebSocket states", () => {
  it("CONNECTION_MOVES has every cell of the drawing, and no other", () => {
    assertEquals(CONNECTION_MOVES as unknown, tableOf(CONNECTION));
  });

  it("MESSAGE_MOVES has every cell of the drawing, and no other", () => {
    assertEquals(MESSAGE_MOVES as unknown, tableOf(MESSAGE));
  });

  for (const [state, route] of Object.entries(ROUTES)) {
    const reach = (): RecordedEngine => {
      const recorded = new RecordedEngine();
      route(recorded);
      recorded.sent();
      assertEquals(recorded.engine.state as string, state);
      recorded.received.length = 0;
      recorded.sentFrames.length = 0;
      return recorded;
    };

    for (const [name, send] of Object.entries(SENDS)) {
      it(`${name}() is ${state === "open" ? "sent" : "refused, and nothing sent,"} while ${state}`, () => {
        const recorded = reach();
        if (state === "open") send(recorded.engine);
        else assertThrows(() => send(recorded.engine), LocalProtocolError, state);
        recorded.sent();
        assertEquals(recorded.sentFrames.length, state === "open" ? 1 : 0);
        assertEquals(recorded.engine.state as string, state);
      });
    }

    it(`sendClose() while ${state}`, () => {
      const { engine } = reach();
      if (state === "open") engine.sendClose(4000, "bye");
      else assertThrows(() => engine.sendClose(4000, "bye"), LocalProtocolError, state);
      assertEquals(engine.state as string, state === "open" ? "closing" : state);
    });

    for (const [name, [bytes, next]] of Object.entries(INPUTS)) {
      it(`${name} comes in while ${state}`, () => {
        const recorded = reach();
        recorded.receive(bytes);
        const isReading = state === "open" || state === "closing";
        const expected = state === "open" ? next[0] : state === "closing" ? next[1] : state;
        assertEquals(recorded.engine.state as string, expected);
        if (!isReading) assertEquals([...recorded.received, ...recorded.sentFrames], []);
        if (state === "closing") assertEquals(recorded.sentFrames, []); // one close frame is enough
      });
    }

    it(`the end of the stream while ${state}`, () => {
      const { engine } = reach();
      const isUnexpected = state === "open" || state === "closing";
      assertEquals(engine.receiveEnd(), isUnexpected);
      assertEquals(engine.state as string, isUnexpected ? "lost" : state);
    });
  }

  for (const [state, begin] of [["inText", OP.TEXT], ["inBinary", OP.BIN]] as const) {
    for (
      const [name, bytes, line] of [
        ["a text", frame(OP.TEXT, "x"), "fail 1002"],
        ["a binary message", frame(OP.BIN, "x"), "fail 1002"],
        ["a fragment", frame(OP.CONT, "x", { isFinal: false }), undefined],
        ["the last fragment", frame(OP.CONT, "x"), state === "inText" ? 'text "xx"' : "binary 2"],
        ["a pong", frame(OP.PONG, "x"), 'pong "x"'],
      ] as const
    ) {
      it(`${name} while ${state}`, () => {
        const recorded = new RecordedEngine();
        recorded.receive(frame(begin, "x", { isFinal: false }));
        recorded.receive(bytes);
        assertEquals(recorded.received[0]?.slice(0, line?.length), line);
      });
    }
  }
});
