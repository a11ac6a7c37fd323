import { assert, assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Pace } from "../../../../src/message/content/decoding/pace.ts";

/** Keeps the event loop busy until a turn is due. */
function work(pace: Pace): void {
  const start = performance.now();
  while (!pace.isDue && performance.now() - start < 5000);
}

describe("Pace", () => {
  it("is due after some milliseconds of work, and not after a turn", async () => {
    const pace = new Pace();
    assertEquals(pace.isDue, false);
    work(pace);
    assertEquals(pace.isDue, true);
    await pace.turn();
    assertEquals(pace.isDue, false);
  });

  it("lets timers ring", async () => {
    let hasRung = false;
    const timer = setTimeout(() => hasRung = true, 1);
    const pace = new Pace();
    for (let turns = 0; !hasRung && turns < 1000; turns++) {
      work(pace);
      await pace.turn();
    }
    clearTimeout(timer);
    assert(hasRung);
  });

  it("ends with its call", async () => {
    const pace = new Pace(() => {
      throw new Error("over");
    });
    await assertRejects(() => pace.turn(), Error, "over");
  });
});
