import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { tableOf } from "../../support/states/drawn_table.ts";
import {
  isBetweenExchanges,
  REQUEST_MOVES,
  RESPONSE_MOVES,
} from "../../../src/wire/http1/state.ts";

/** The tables once more, by hand: each state, each event, and where it leads. */
const REQUEST = `
          head     data     end   next
idle      sending  -        -     -
sending   -        sending  sent  -
sent      -        -        -     idle`;

const RESPONSE = `
              request       informational  head    upgrade     end       next  fail
idle          awaitingHead  -              -       -           -         -     failed
awaitingHead  -             awaitingHead   inBody  handedOver  -         -     failed
inBody        -             -              -       -           complete  -     failed
complete      -             -              -       -           -         idle  failed
handedOver    -             -              -       -           -         -     failed
failed        -             -              -       -           -         -     failed`;

describe("HTTP/1.1 states", () => {
  for (
    const [name, drawn, moves] of [
      ["REQUEST_MOVES", REQUEST, REQUEST_MOVES],
      ["RESPONSE_MOVES", RESPONSE, RESPONSE_MOVES],
    ] as const
  ) {
    it(`${name} has every cell of the drawing, and no other`, () => {
      assertEquals(moves as unknown, tableOf(drawn));
    });
  }

  it("isBetweenExchanges() where both halves are at rest", () => {
    const rest: string[] = [];
    for (const request of ["idle", "sending", "sent"] as const) {
      for (
        const response of [
          "idle",
          "awaitingHead",
          "inBody",
          "complete",
          "handedOver",
          "failed",
        ] as const
      ) {
        if (isBetweenExchanges(request, response)) rest.push(`${request} ${response}`);
      }
    }
    assertEquals(rest, ["idle idle", "sent complete"]);
  });
});
