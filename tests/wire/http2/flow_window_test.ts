import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { ReceiveWindow, SendWindow } from "../../../src/wire/http2/flow_window.ts";
import { ViolationError } from "../../../src/wire/http2/reasons.ts";
import { seeded } from "../../support/random.ts";

const MOST = 2 ** 31 - 1;

function violation(action: () => unknown): string {
  const { reason, scope } = assertThrows(action, ViolationError);
  return `${reason} ${scope}`;
}

describe("SendWindow", () => {
  it("is what it was given, what was granted, less what was taken", () => {
    const window = new SendWindow(100, "stream");
    window.take(60);
    window.grow(10);
    assertEquals(window.bytes, 50);
  });

  it("may become negative by settings, and comes back by updates (RFC 9113 §6.9.2)", () => {
    const window = new SendWindow(65_535, "stream");
    window.take(60_000);
    window.shift(16_384 - 65_535);
    assertEquals(window.bytes, -43_616);
    window.grow(43_616);
    assertEquals(window.bytes, 0);
    window.grow(1);
    assertEquals(window.bytes, 1);
  });

  it("takes 2^31-1 bytes, and not one more (§6.9.1)", () => {
    const stream = new SendWindow(MOST - 1, "stream");
    stream.grow(1);
    assertEquals(violation(() => stream.grow(1)), "FLOW_CONTROL_ERROR stream");
    const connection = new SendWindow(MOST, "connection");
    assertEquals(violation(() => connection.grow(1)), "FLOW_CONTROL_ERROR connection");
    const shifted = new SendWindow(MOST, "stream");
    assertEquals(violation(() => shifted.shift(1)), "FLOW_CONTROL_ERROR connection");
  });

  it("refuses an update of nothing (§6.9)", () => {
    for (const scope of ["stream", "connection"] as const) {
      const window = new SendWindow(1, scope);
      assertEquals(violation(() => window.grow(0)), `PROTOCOL_ERROR ${scope}`);
    }
  });
});

describe("ReceiveWindow", () => {
  const make = (bytes: number, maxTargetBytes = bytes) =>
    new ReceiveWindow({ bytes, maxTargetBytes, scope: "stream" });

  it("takes what it has granted, and not a byte more", () => {
    const window = make(100);
    window.receive(100);
    assertEquals(window.openBytes, 0);
    assertEquals(violation(() => window.receive(1)), "FLOW_CONTROL_ERROR stream");
  });

  it("grants nothing before half of it is used", () => {
    const window = make(100);
    window.receive(49);
    assertEquals(window.release(0), 0);
    window.receive(1);
    assertEquals(window.release(0), 50);
    assertEquals(window.openBytes, 100);
  });

  it("grants nothing for what lies unread", () => {
    const window = make(100);
    window.receive(100);
    assertEquals(window.release(100), 0);
    assertEquals(window.release(80), 0, "20 bytes are not worth a frame");
    assertEquals(window.release(75), 25);
    assertEquals(window.openBytes, 25);
  });

  it("doubles for a caller who keeps up, to its limit", () => {
    const window = make(100, 350);
    const targets: number[] = [];
    for (let i = 0; i < 4; i++) {
      window.receive(window.openBytes);
      window.release(0);
      targets.push(window.targetBytes);
    }
    assertEquals(targets, [200, 350, 350, 350]);
    assertEquals(window.openBytes, 350);
  });

  it("never has more open and unread than its target, and never stops for good: a random walk", () => {
    const random = seeded(9113);
    for (let round = 0; round < 200; round++) {
      const window = make(64 + random(1000), 5000);
      let unread = 0;
      let granted = window.openBytes;
      let received = 0;
      for (let step = 0; step < 200; step++) {
        const bytes = random(window.openBytes + 1);
        window.receive(bytes);
        received += bytes;
        unread += bytes;
        unread -= random(unread + 1);
        granted += window.release(unread);
        assertEquals(window.openBytes, granted - received, "granted = received + open");
        assert(unread + window.openBytes <= window.targetBytes + bytes, "more than the target");
      }
      window.receive(window.openBytes);
      assert(window.release(0) > 0, "a window that is all used and all read stays shut");
    }
  });
});
