import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { PeerSettings, SETTING_RULES } from "../../../../src/wire/http2/frames/settings.ts";
import { ViolationError } from "../../../../src/wire/http2/reasons.ts";
import { settings } from "../../../support/http2/frames.ts";

const MOST = 2 ** 32 - 1;

/** RFC 9113 §6.5.2, by hand: the least and the most, and the code beyond them. */
const RANGES: readonly (readonly [id: number, least: number, most: number, reason?: string])[] = [
  [1, 0, MOST],
  [2, 0, 0, "PROTOCOL_ERROR"],
  [3, 0, MOST],
  [4, 0, 2 ** 31 - 1, "FLOW_CONTROL_ERROR"],
  [5, 16_384, 2 ** 24 - 1, "PROTOCOL_ERROR"],
  [6, 0, MOST],
  [8, 0, 1, "PROTOCOL_ERROR"],
];

function applied(numbers: readonly number[], peer = new PeerSettings(100)) {
  const tables: number[] = [];
  const bytes = settings(...numbers);
  peer.apply(bytes, { start: 9, end: bytes.length, allowTable: (size) => tables.push(size) });
  return { peer, tables };
}

describe("PeerSettings", () => {
  it("has a range for each setting of the RFC, and no other", () => {
    assertEquals(Object.keys(SETTING_RULES), RANGES.map(([id]) => String(id)));
  });

  for (const [id, least, most, reason] of RANGES) {
    it(`setting ${id} goes from ${least} to ${most}`, () => {
      for (const value of [least, most]) applied([id, value]);
      for (const value of [least - 1, most + 1]) {
        if (value < 0 || value > MOST) continue;
        const error = assertThrows(() => applied([id, value]), ViolationError);
        assertEquals([error.reason, error.scope], [reason, "connection"]);
      }
    });
  }

  it("allows extended CONNECT once the server has, for good (RFC 8441 §3)", () => {
    const { peer } = applied([8, 0]);
    assertEquals(peer.allowsExtendedConnect, false);
    applied([8, 1], peer);
    assertEquals(peer.allowsExtendedConnect, true);
    assertThrows(() => applied([8, 0], peer), ViolationError, "ENABLE_CONNECT_PROTOCOL");
  });

  it("takes what counts: streams, the window, the frame size, each size of the table", () => {
    const { peer, tables } = applied([1, 0, 1, 4096, 3, 7, 4, 1000, 5, 20_000, 6, 1, 99, 5]);
    assertEquals([peer.maxStreams, peer.windowBytes, peer.frameBytes], [7, 1000, 16_384]);
    assertEquals(tables, [0, 4096]);
  });

  it("the last of several values holds", () => {
    assertEquals(applied([4, 5, 4, 6]).peer.windowBytes, 6);
  });

  it("has no limit of streams once the server has spoken and named none", () => {
    const peer = new PeerSettings(100);
    assertEquals(peer.maxStreams, 100);
    applied([], peer);
    assertEquals(peer.maxStreams, Infinity);
    applied([3, 2], peer);
    applied([4, 1], peer);
    assertEquals(peer.maxStreams, 2);
  });
});
