import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { seeded, seededFraction } from "./random.ts";

describe("seeded()", () => {
  it("draws the same numbers from the same seed, and others from another", () => {
    const draw = (seed: number) =>
      Array.from({ length: 20 }, ((random) => () => random(1000))(seeded(seed)));
    assertEquals(draw(7), draw(7));
    assert(draw(7).join() !== draw(8).join());
  });

  it("draws every number below the bound, and none beyond", () => {
    const random = seeded(1);
    const drawn = new Set(Array.from({ length: 500 }, () => random(6)));
    assertEquals([...drawn].sort(), [0, 1, 2, 3, 4, 5]);
  });
});

describe("seededFraction()", () => {
  it("draws from 0 to below 1, evenly", () => {
    const random = seededFraction(1);
    const drawn = Array.from({ length: 10_000 }, random);
    assert(drawn.every((n) => n >= 0 && n < 1));
    const mean = drawn.reduce((sum, n) => sum + n) / drawn.length;
    assert(Math.abs(mean - 0.5) < 0.02, `mean ${mean}`);
  });
});
