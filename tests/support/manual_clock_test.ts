import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { ManualTime } from "./manual_clock.ts";

describe("ManualTime", () => {
  it("ticks every 20 ms of the time it is given, and once for a leap", () => {
    const time = new ManualTime();
    const seen: number[] = [];
    const stop = time.startInterval(() => seen.push(time.now()), 20);
    time.advance(50);
    time.leap(1000);
    stop();
    time.advance(100);
    assertEquals(seen, [1020, 1040, 1050, 2050]);
  });
});
