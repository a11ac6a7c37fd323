import { assert } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { blockFor } from "../../src/runtime/timers.ts";

describe("blockFor()", () => {
  it("returns after the time, never before, and lets nothing run meanwhile", async () => {
    let hasRun = false;
    const timer = setTimeout(() => hasRun = true, 0);
    for (const ms of [0, 1, 7.5]) {
      const began = performance.now();
      blockFor(ms);
      assert(performance.now() - began >= ms);
    }
    assert(!hasRun);
    await new Promise((resolve) => setTimeout(resolve, 0));
    clearTimeout(timer);
    assert(hasRun);
  });
});
