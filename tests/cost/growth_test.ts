import { assert, assertEquals, AssertionError, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { assertLinear, isLinear, longestTurnMs, type Work } from "./growth.ts";

/** Busy for so many steps. */
function spin(steps: number): number {
  let sum = 0;
  for (let step = 0; step < steps; step++) sum = (sum * 31 + step) | 0;
  return sum;
}

function work(stepsOf: (size: number) => number, limit: number): Work<number> {
  return { make: (size) => size, run: (size) => spin(stepsOf(size)), limit };
}

describe("assertLinear()", () => {
  it("accepts linear work", async () => {
    await assertLinear(work((size) => 100 * size, 100_000));
  });

  it("refuses quadratic work", async () => {
    await assertRejects(
      () => assertLinear(work((size) => size * size, 100_000)),
      AssertionError,
      "Expected linear cost",
    );
  });

  it("refuses linear work that occupies the event loop at its limit", async () => {
    await assertRejects(
      () => assertLinear(work((size) => 200 * size, 1_000_000)),
      AssertionError,
      "Expected turns of at most 50 ms",
    );
  });

  it("accepts the same work if it yields", async () => {
    const run = async (size: number) => {
      for (let left = size; left > 0; left -= 1000) {
        spin(1_000_000);
        await new Promise((resolve) => setTimeout(resolve));
      }
    };
    await assertLinear({ make: (size) => size, run, limit: 100_000 });
  });
});

describe("isLinear()", () => {
  it("allows noise and n log n, and not n squared", () => {
    assert(isLinear([10, 20, 40]));
    assert(isLinear([10, 25, 80]));
    assert(isLinear([0.1, 0.2, 7]));
    assertEquals(isLinear([1, 4, 16]), false);
  });
});

describe("longestTurnMs()", () => {
  it("is that of the longest of several turns", async () => {
    const turns = async (steps: number[]) => {
      for (const count of steps) {
        spin(count);
        await new Promise((resolve) => setTimeout(resolve));
      }
    };
    const short = await longestTurnMs(() => turns(Array(20).fill(1_000_000)));
    const long = await longestTurnMs(() => turns([20_000_000]));
    assert(long > 3 * short, `${long} is not far above ${short}`);
  });
});
