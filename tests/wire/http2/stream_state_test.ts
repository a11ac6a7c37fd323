import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { LocalProtocolError } from "../../../src/errors.ts";
import { ViolationError } from "../../../src/wire/http2/reasons.ts";
import { Http2Stream } from "../../../src/wire/http2/stream.ts";
import {
  RESPONSE_MOVES,
  type ResponseEvent,
  type ResponseState,
  STREAM_MOVES,
  type StreamEvent,
  type StreamState,
} from "../../../src/wire/http2/stream_state.ts";
import { tableOf } from "../../support/states/drawn_table.ts";

const STREAM = `
                  sendData          sendEnd          receiveEnd        reset
open              open              halfClosedLocal  halfClosedRemote  closed
halfClosedLocal   -                 -                closed            closed
halfClosedRemote  halfClosedRemote  closed           -                 closed
closed            -                 -                -                 -`;

const RESPONSE = `
              informational  head    data    trailers  end
awaitingHead  awaitingHead   inBody  -       -         -
inBody        -              -       inBody  inBody    complete
complete      -              -       -       -         -`;

const STREAM_ROADS: Readonly<Record<StreamState, readonly StreamEvent[]>> = {
  open: [],
  halfClosedLocal: ["sendEnd"],
  halfClosedRemote: ["receiveEnd"],
  closed: ["reset"],
};
const RESPONSE_ROADS: Readonly<Record<ResponseState, readonly ResponseEvent[]>> = {
  awaitingHead: [],
  inBody: ["head"],
  complete: ["head", "end"],
};
const STREAM_EVENTS: readonly StreamEvent[] = ["sendData", "sendEnd", "receiveEnd", "reset"];
const RESPONSE_EVENTS: readonly ResponseEvent[] = [
  ...["informational", "head", "data", "trailers", "end"] as const,
];

function makeStream(): Http2Stream {
  const nothing = () => {};
  return new Http2Stream({
    id: 1,
    handler: {
      onInformational: nothing,
      onHead: nothing,
      onData: nothing,
      onEnd: nothing,
      onReset: nothing,
    },
    method: "GET",
    promised: null,
    sendWindowBytes: 10,
    limits: { streamWindowBytes: 10, maxStreamWindowBytes: 10 },
  });
}

describe("HTTP/2 stream states", () => {
  it("STREAM_MOVES has every cell of the drawing, and no other", () => {
    assertEquals(STREAM_MOVES as unknown, tableOf(STREAM));
  });

  it("RESPONSE_MOVES has every cell of the drawing, and no other", () => {
    assertEquals(RESPONSE_MOVES as unknown, tableOf(RESPONSE));
  });

  for (const state of Object.keys(STREAM_ROADS) as StreamState[]) {
    for (const event of STREAM_EVENTS) {
      const next = STREAM_MOVES[state][event];
      it(`${event} while ${state} ${next === undefined ? "is refused" : `leads to ${next}`}`, () => {
        const stream = makeStream();
        for (const step of STREAM_ROADS[state]) stream.move(step);
        assertEquals(stream.state, state);
        if (next === undefined) assertThrows(() => stream.move(event), LocalProtocolError, event);
        else stream.move(event);
        assertEquals(stream.state, next ?? state);
      });
    }
  }

  for (const state of Object.keys(RESPONSE_ROADS) as ResponseState[]) {
    for (const event of RESPONSE_EVENTS) {
      const next = RESPONSE_MOVES[state][event];
      it(`${event} while ${state} ${next === undefined ? "is refused" : `leads to ${next}`}`, () => {
        const stream = makeStream();
        for (const step of RESPONSE_ROADS[state]) stream.moveResponse(step);
        if (next === undefined) {
          const error = assertThrows(() => stream.moveResponse(event), ViolationError, event);
          assertEquals([error.reason, error.scope], ["PROTOCOL_ERROR", "stream"]);
        } else {
          stream.moveResponse(event);
        }
        assertEquals(stream.responseState, next ?? state);
      });
    }
  }

  it("every state can be reset, but for closed", () => {
    const states = Object.keys(STREAM_MOVES) as StreamState[];
    assert(
      states.every((state) => (STREAM_MOVES[state].reset === "closed") === (state !== "closed")),
    );
  });
});
