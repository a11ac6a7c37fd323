import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { RetryBudget } from "../../../src/middleware/retry/budget.ts";

const USUAL = { ratio: 0.1, minPerSecond: 1 };

/** Takes as many retries as there are, `wanted` at most. */
function takeAll(budget: RetryBudget, nowMs: number, wanted = 1_000_000): number {
  let taken = 0;
  while (taken < wanted && budget.takeRetry(nowMs)) taken++;
  return taken;
}

describe("RetryBudget", () => {
  it("allows ten retries to a client that makes no calls, and ten more ten seconds later", () => {
    const budget = new RetryBudget(USUAL);
    assertEquals(takeAll(budget, 5000), 10);
    assertEquals(takeAll(budget, 14_999), 0);
    assertEquals(takeAll(budget, 15_000), 10);
  });

  it("allows a tenth of the calls of the last ten seconds", () => {
    const budget = new RetryBudget(USUAL);
    for (let i = 0; i < 1000; i++) budget.countCall(500);
    assertEquals(takeAll(budget, 9999), 100);
    assertEquals(takeAll(budget, 10_000), 0); // the calls are gone, and so is not yet what was taken
    assertEquals(takeAll(budget, 19_000), 10);
  });

  it("stands on its limit: n calls allow one retry, n - 1 do not", () => {
    for (const [calls, retries] of [[9, 0], [10, 1], [19, 1], [20, 2]] as const) {
      const budget = new RetryBudget({ ratio: 0.1, minPerSecond: 0 });
      for (let i = 0; i < calls; i++) budget.countCall(0);
      assertEquals(takeAll(budget, 0), retries);
    }
  });

  it("fills again with the calls after an outage", () => {
    const budget = new RetryBudget(USUAL);
    for (let i = 0; i < 1000; i++) budget.countCall(0);
    assertEquals(takeAll(budget, 0), 100);
    for (let second = 1; second <= 10; second++) {
      for (let i = 0; i < 50; i++) budget.countCall(second * 1000);
    }
    assertEquals(takeAll(budget, 10_000), 50);
  });

  it("takes back in a long outage what it gave as credit at its beginning", () => {
    const budget = new RetryBudget(USUAL);
    let retries = 0;
    for (let second = 0; second < 40; second++) {
      for (let i = 0; i < 100; i++) {
        budget.countCall(second * 1000);
        if (second >= 10 && budget.takeRetry(second * 1000)) retries++;
      }
      // Nine seconds of traffic have earned ninety, which the first seconds use up.
      if (second === 11) assertEquals(retries, 90);
    }
    // The call that the episode began with was counted before it.
    assertEquals(retries, 299);
  });

  it("begins anew after a minute of trouble: nothing is saved up", () => {
    const budget = new RetryBudget(USUAL);
    const retries: number[] = [];
    for (let second = 0; second < 130; second++) {
      for (let i = 0; i < 100; i++) budget.countCall(second * 1000);
      retries.push(takeAll(budget, second * 1000, second < 70 ? 1 : 1000));
    }
    const sumOf = (from: number, to: number) =>
      retries.slice(from, to).reduce((sum, n) => sum + n, 0);
    assertEquals(sumOf(0, 70), 70);
    assert(sumOf(70, 130) <= 700, `${sumOf(70, 130)}`);
  });

  it("allows none with both values 0, and any number with an infinite ratio", () => {
    const none = new RetryBudget({ ratio: 0, minPerSecond: 0 });
    none.countCall(0);
    assertEquals(takeAll(none, 0), 0);
    const any = new RetryBudget({ ratio: Infinity, minPerSecond: 0 });
    any.countCall(0);
    assertEquals(takeAll(any, 0, 1000), 1000);
  });

  it("never allows more than the larger of both in any ten seconds, on a random walk", () => {
    let seed = 7;
    const random = () => (seed = seed * 48_271 % 0x7fff_ffff) / 0x7fff_ffff;
    const budget = new RetryBudget(USUAL);
    const calls: number[] = [];
    const retries: number[] = [];
    for (let now = 0; now < 200_000; now += Math.floor(random() * 40)) {
      if (random() < 0.7) {
        budget.countCall(now);
        calls.push(now);
      } else if (budget.takeRetry(now)) {
        retries.push(now);
        const since = (Math.floor(now / 1000) - 9) * 1000;
        const inWindow = (times: number[]) => times.filter((time) => time >= since).length;
        assert(inWindow(retries) <= Math.max(10, 0.1 * inWindow(calls)), `at ${now}`);
      }
    }
    assert(retries.length > 100);
  });
});
