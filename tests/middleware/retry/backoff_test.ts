import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { backoffMs } from "../../../src/middleware/retry/backoff.ts";

describe("backoffMs()", () => {
  it("doubles from baseMs to maxMs", () => {
    const backoff = { baseMs: 300, maxMs: 20_000, random: null };
    const waits = [1, 2, 3, 7, 8, 5000].map((number) => backoffMs(number, backoff));
    assertEquals(waits, [300, 600, 1200, 19_200, 20_000, 20_000]);
  });

  it("waits the part of it that the generator says", () => {
    const parts = [0, 0.5, 0.999];
    const backoff = { baseMs: 1000, maxMs: 20_000, random: () => parts.shift() ?? 0 };
    assertEquals([1, 2, 1].map((number) => backoffMs(number, backoff)), [0, 1000, 999]);
  });

  it("is never negative and never above the ceiling, whatever the generator returns", () => {
    for (const [given, expected] of [[-1, 0], [2, 300]] as const) {
      assertEquals(backoffMs(1, { baseMs: 300, maxMs: 300, random: () => given }), expected);
    }
  });

  it("is a number without limits too", () => {
    assertEquals(backoffMs(5000, { baseMs: 0, maxMs: Infinity, random: null }), 0);
  });
});
