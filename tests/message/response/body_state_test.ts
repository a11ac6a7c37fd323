import { StreamClosed, StreamConsumed } from "@httpx/httpx";
import { assertEquals, assertInstanceOf } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { BODY_MOVES, wrongMove } from "../../../src/message/response/body_state.ts";

/** The table once more, by hand: each state, each event, and where it leads. */
const DRAWN = `
           load    stream     end       close
unread     loading streaming  -         closed
loading    loading -          loaded    closed
loaded     loaded  loaded     -         loaded
streaming  -       -          consumed  closed
consumed   -       -          -         consumed
closed     -       -          -         closed`;

describe("BODY_MOVES", () => {
  it("has every cell of the drawing, and no other", () => {
    const [events = [], ...rows] = DRAWN.trim().split("\n").map((line) => line.trim().split(/ +/));
    const table: Record<string, Record<string, string>> = {};
    for (const [state = "", ...cells] of rows) {
      table[state] = Object.fromEntries(
        cells.map((cell, i) => [events[i] ?? "", cell]).filter(([, cell]) => cell !== "-"),
      );
    }
    assertEquals(BODY_MOVES as unknown, table);
  });

  it("a wrong move is StreamClosed after closing, else StreamConsumed", () => {
    assertInstanceOf(wrongMove("closed"), StreamClosed);
    assertInstanceOf(wrongMove("streaming"), StreamConsumed);
    assertInstanceOf(wrongMove("consumed"), StreamConsumed);
  });
});
