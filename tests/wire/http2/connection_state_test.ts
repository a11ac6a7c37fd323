import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { CONNECTION_MOVES, connectionEventOf } from "../../../src/wire/http2/connection_state.ts";
import { block, data, F, frame, headers, joined, settings, T } from "../../support/http2/frames.ts";
import { RecordedEngine } from "../../support/http2/record.ts";
import { tableOf } from "../../support/states/drawn_table.ts";

/** The table once more, by hand. */
const DRAWN = `
         settings  blockBegin  continuation  blockEnd  push  other
preface  open      -           -             -         -     -
open     open      inBlock     -             -         -     open
inBlock  -         -           inBlock       open      -     -
closed   -         -           -             -         -     -`;

/** One frame of each type, legal on the stream that the engine has opened. */
const FRAMES: Readonly<Record<string, Uint8Array>> = {
  DATA: data(1, "x"),
  HEADERS: headers(1),
  PRIORITY: frame(T.PRIORITY, 0, 1, [0, 0, 0, 0, 16]),
  RST_STREAM: frame(T.RST_STREAM, 0, 1, [0, 0, 0, 8]),
  SETTINGS: settings(),
  PUSH_PROMISE: frame(T.PUSH_PROMISE, F.END_HEADERS, 1, [0, 0, 0, 2, ...block({})]),
  PING: frame(T.PING, 0, 0, [1, 2, 3, 4, 5, 6, 7, 8]),
  GOAWAY: frame(T.GOAWAY, 0, 0, [0, 0, 0, 1, 0, 0, 0, 0]),
  WINDOW_UPDATE: frame(T.WINDOW_UPDATE, 0, 0, [0, 0, 0, 1]),
  CONTINUATION: frame(T.CONTINUATION, F.END_HEADERS, 1, []),
  unknown: frame(0xfa, 0, 1, [1, 2, 3]),
};

/** How an engine comes into each state, and what it then refuses with PROTOCOL_ERROR. */
const ROUTES = [
  { state: "preface", route: [], legal: ["SETTINGS"] },
  {
    state: "open",
    route: [settings()],
    legal: Object.keys(FRAMES).filter((name) => !["PUSH_PROMISE", "CONTINUATION"].includes(name)),
  },
  { state: "inBlock", route: [settings(), headers(1, {}, 0)], legal: ["CONTINUATION"] },
];

describe("HTTP/2 connection states", () => {
  it("CONNECTION_MOVES has every cell of the drawing, and no other", () => {
    assertEquals(CONNECTION_MOVES as unknown, tableOf(DRAWN));
  });

  it("connectionEventOf() names every type of frame", () => {
    const events = Array.from({ length: 11 }, (_, type) => connectionEventOf(type));
    assertEquals(
      events.join(" "),
      "other blockBegin other other settings push other other other continuation other",
    );
  });

  for (const { state, route, legal } of ROUTES) {
    for (const [name, bytes] of Object.entries(FRAMES)) {
      const isLegal = legal.includes(name);
      it(`${name} while ${state} is ${isLegal ? "taken" : "the end of the connection"}`, () => {
        const recorded = new RecordedEngine();
        recorded.open();
        recorded.receive(joined(...route));
        recorded.sent();
        recorded.receive(bytes);
        const isRefused = recorded.sent().includes("GOAWAY 0 PROTOCOL_ERROR") &&
          recorded.told.some((line) => line.includes(`while ${state}`));
        // Content before the head is a mistake of its stream alone.
        assertEquals(isRefused, !isLegal);
      });
    }
  }

  it("CONTINUATION of another stream's block ends the connection", () => {
    const recorded = new RecordedEngine();
    recorded.open();
    recorded.open();
    recorded.receive(settings(), headers(1, {}, 0), frame(T.CONTINUATION, F.END_HEADERS, 3));
    assertEquals(recorded.sent().at(-1), "GOAWAY 0 PROTOCOL_ERROR");
  });

  it("says nothing more once it is closed, whatever comes", () => {
    const recorded = new RecordedEngine();
    recorded.open();
    recorded.receive(settings());
    recorded.engine.close("NO_ERROR");
    recorded.engine.close("PROTOCOL_ERROR");
    recorded.receive(...Object.values(FRAMES));
    assertEquals(recorded.told, []);
    assertEquals(recorded.sent().slice(-2), ["SETTINGS 0 ack", "GOAWAY 0 NO_ERROR"]);
    assertEquals(recorded.engine.maxStreams, 0);
  });
});
