import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { cpuOf, growthOf, interleave, median, medianOf, spread } from "../../bench/measure.ts";

describe("interleave()", () => {
  it("runs every client once a round and begins each round with another", async () => {
    const order: string[] = [];
    const samples = await interleave(["a", "b", "c"], 3, (name) => {
      order.push(name);
      return Promise.resolve({ value: order.length });
    });
    assertEquals(order.join(""), "abcbcacab");
    assertEquals(samples.get("a")?.map(({ value }) => value), [1, 6, 8]);
  });
});

describe("median()", () => {
  it("is the middle of an odd number and between the two of an even one", () => {
    assertEquals(median([10, 1, 3]), 3);
    assertEquals(median([4, 1, 3, 100]), 3.5);
    assertEquals(median([7]), 7);
    assertEquals(median([]), NaN);
  });
});

describe("spread()", () => {
  it("is half the range over the median", () => {
    assertEquals(spread([90, 100, 110]), 0.1);
  });
});

describe("medianOf() and growthOf()", () => {
  it("read one client's samples", () => {
    const samples = new Map([["a", [{ value: 1, growthMB: 2 }, { value: 5, growthMB: 9 }, {
      value: 3,
      growthMB: 4,
    }]]]);
    assertEquals(medianOf(samples, "a"), 3);
    assertEquals(growthOf(samples, "a"), 9);
    assertEquals(medianOf(new Map<string, never[]>(), "a"), NaN);
    const timed = [{ value: 1, cpuMicros: 7 }, { value: 1, cpuMicros: 5 }, {
      value: 1,
      cpuMicros: 9,
    }];
    assertEquals(cpuOf(new Map([["a", timed]]), "a"), 7);
    assertEquals(cpuOf(samples, "a"), NaN);
  });
});
