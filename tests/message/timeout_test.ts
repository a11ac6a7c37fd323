import { Timeout, type TimeoutInit } from "@httpx/httpx";
import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { checkLimits } from "../../src/options/limits.ts";
import { defaultTimeout } from "../../src/message/timeout.ts";

describe("Timeout", () => {
  it("takes a default and exceptions, all four phases, or nothing at all", () => {
    const one = { connect: 5000, read: 5000, write: 5000, pool: 5000, total: null };
    assertEquals(new Timeout(5000).toJSON(), one);
    assertEquals(new Timeout(5000, { connect: 1, pool: null, total: 9 }).toJSON(), {
      ...one,
      connect: 1,
      pool: null,
      total: 9,
    });
    const four = { connect: 1, read: 2, write: 3, pool: null };
    assertEquals(new Timeout(four).toJSON(), { ...four, total: null });
    assertEquals(new Timeout(null).toJSON(), {
      connect: null,
      read: null,
      write: null,
      pool: null,
      total: null,
    });
    assertEquals(new Timeout(Infinity).read, null);
  });

  const refused = [
    ["a missing phase", () => new Timeout({ connect: 1, read: 2, write: 3 }), '"pool" is missing'],
    ["a negative limit", () => new Timeout(-1), '"connect" is -1'],
    ["NaN", () => new Timeout(NaN), '"connect" is NaN'],
    ["a string", () => new Timeout("5" as unknown as number), '"connect" is no number'],
    [
      "an unknown phase",
      () => new Timeout(1, { conect: 2 } as object),
      '"conect" is none of connect',
    ],
  ] as const;
  for (const [fact, make, message] of refused) {
    it(`refuses ${fact}, by name`, () => {
      assertThrows(make, Error, message);
    });
  }

  it("from() takes what options take, and keeps what is one already", () => {
    const timeout = new Timeout(1);
    assertStrictEquals(Timeout.from(timeout), timeout);
    assertEquals(Timeout.from(7).read, 7);
    assertEquals(Timeout.from(null).read, null);
    assertThrows(() => Timeout.from("5s" as unknown as number), TypeError, '"timeout"');
  });

  it("from() fills in what a record leaves out: by 5000 ms, or by what the client has", () => {
    const whole = { connect: 5000, read: 5000, write: 5000, pool: 5000, total: 10_000 };
    assertEquals(Timeout.from({ total: 10_000 }).toJSON(), whole);
    const base = new Timeout(7, { total: 70 });
    const merged = Timeout.from({ read: null, write: undefined }, base);
    assertEquals(merged.toJSON(), { ...base.toJSON(), read: null });
    assertEquals(
      [{}, { total: 1 }, { pool: 5000 }].map((given) => Timeout.from(given).poolMeasuresProgress),
      [true, true, false],
    );
    assertThrows(() => Timeout.from({ conect: 1 } as TimeoutInit), TypeError, '"conect"');
    assertThrows(() => Timeout.from([5] as unknown as number), TypeError, "{ total: 10_000 }");
    assertThrows(() => Timeout.from({ read: -1 }), RangeError);
  });

  it("withTotal(), equals() and toString()", () => {
    const timeout = new Timeout(5000);
    const bounded = timeout.withTotal(100);
    assertEquals([bounded.total, bounded.read, timeout.total], [100, 5000, null]);
    assertEquals([timeout.equals(new Timeout(5000)), timeout.equals(bounded)], [true, false]);
    assertEquals(String(timeout), "Timeout(5000)");
    assertEquals(
      String(bounded),
      "Timeout({ connect: 5000, read: 5000, write: 5000, pool: 5000, total: 100 })",
    );
  });
});

describe("checkLimits()", () => {
  it("fills in 100, 20 and 5000 ms; null is no limit", () => {
    const defaults = { maxConnections: 100, maxKeepaliveConnections: 20, keepaliveExpiry: 5000 };
    assertEquals(checkLimits(), defaults);
    assertEquals(checkLimits({ maxConnections: null, keepaliveExpiry: 0 }), {
      ...defaults,
      maxConnections: Infinity,
      keepaliveExpiry: 0,
    });
  });

  const refused = [
    [{ maxConnections: 0 }, RangeError, '"maxConnections" is 0; give 1 or more'],
    [{ maxKeepaliveConnections: -1 }, RangeError, '"maxKeepaliveConnections" is -1'],
    [{ keepaliveExpiry: "5" }, TypeError, '"keepaliveExpiry" is neither'],
    [{ maxConnection: 5 }, TypeError, '"limits.maxConnection": it is unknown'],
  ] as const;
  for (const [limits, type, message] of refused) {
    it(`refuses ${JSON.stringify(limits)}`, () => {
      assertThrows(() => checkLimits(limits as object), type, message);
    });
  }

  it("has a pool limit for the queue as a whole only as a client's default", () => {
    assertEquals(defaultTimeout().poolMeasuresProgress, true);
    assertEquals(defaultTimeout().withTotal(10).poolMeasuresProgress, true);
    assertEquals(defaultTimeout().withTotal(10).poolMeasuresProgress, true);
    assertEquals(new Timeout(5000).poolMeasuresProgress, false);
    assertEquals(defaultTimeout().equals(new Timeout(5000)), true);
  });
});
