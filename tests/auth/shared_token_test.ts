import { assertEquals, assertStrictEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Refresh, SharedToken } from "../../src/auth/shared_token.ts";
import { ManualTime } from "../support/manual_clock.ts";

describe("SharedToken", () => {
  const lifetimes: readonly [name: string, lifetimeMs: number | null, usableMs: number][] = [
    ["until the margin before its end", 10_000, 9_000],
    ["for half of its lifetime where the margin is longer", 1_500, 750],
    ["not at all where it ends at once", 0, 0],
  ];
  for (const [name, lifetimeMs, usableMs] of lifetimes) {
    it(`uses a token ${name}`, () => {
      const time = new ManualTime();
      const shared = new SharedToken(1000, time);
      assertEquals(shared.fresh(), null);
      shared.keep({ value: "a", lifetimeMs });
      if (usableMs > 0) {
        time.leap(usableMs - 1);
        assertEquals(shared.fresh(), "a");
        time.leap(1);
      }
      assertEquals(shared.fresh(), null);
    });
  }

  it("uses a token of unknown lifetime until it is refused", () => {
    const time = new ManualTime();
    const shared = new SharedToken(1000, time);
    shared.keep({ value: "a", lifetimeMs: null });
    time.leap(1e12);
    assertEquals(shared.fresh(), "a");
    shared.forget("older");
    assertEquals(shared.fresh(), "a");
    shared.forget("a");
    assertEquals(shared.fresh(), null);
  });

  it("knows the refresh that is running, until it ends", async () => {
    const shared = new SharedToken(0, new ManualTime());
    assertEquals(shared.running, null);
    const refresh = shared.lead();
    assertStrictEquals(shared.running, refresh);
    refresh.end({ kind: "issued", value: "a" });
    assertEquals(shared.running, null);
    assertEquals(await refresh.outcome, { kind: "issued", value: "a" });
  });
});

describe("Refresh", () => {
  it("ends once, with the first outcome", async () => {
    let ends = 0;
    const refresh = new Refresh(() => ends++);
    refresh.end({ kind: "abandoned" });
    refresh.end({ kind: "failed", error: new Error("late") });
    assertEquals([await refresh.outcome, ends], [{ kind: "abandoned" }, 1]);
  });
});
