import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { RateWindow, type Use } from "../../../src/middleware/rate_limit/rate_window.ts";

/** The most moments in any stretch of this length. */
function most(moments: readonly number[], perMs: number): number {
  const sorted = [...moments].sort((a, b) => a - b);
  let begin = 0;
  return Math.max(...sorted.map((moment, i) => {
    while ((sorted[begin] ?? 0) <= moment - perMs) begin++;
    return i - begin + 1;
  }));
}

/** Uses the rate as far as it goes; a request reaches the server at a part of its latency. */
function drive(
  { requests, perMs, latency, arrival, untilMs }: {
    requests: number;
    perMs: number;
    latency: (index: number) => number;
    arrival: (latencyMs: number) => number;
    untilMs: number;
  },
): { starts: number[]; arrivals: number[] } {
  const window = new RateWindow({ requests, perMs });
  const starts: number[] = [];
  const arrivals: number[] = [];
  const pending: { use: Use; atMs: number }[] = [];
  for (let now = 0; now < untilMs; now++) {
    for (const item of pending.filter(({ atMs }) => atMs <= now)) {
      window.settle(item.use, now);
      pending.splice(pending.indexOf(item), 1);
    }
    for (let use = window.take(now); use !== null; use = window.take(now)) {
      const latencyMs = latency(starts.length);
      pending.push({ use, atMs: now + latencyMs });
      starts.push(now);
      arrivals.push(now + arrival(latencyMs));
    }
    assert(window.nextAt(now) > now);
  }
  return { starts, arrivals };
}

describe("RateWindow", () => {
  it("lets a burst through, and each token again perMs after its use", () => {
    const window = new RateWindow({ requests: 2, perMs: 100 });
    const take = (now: number) => {
      const use = window.take(now);
      if (use !== null) window.settle(use, now);
      return use !== null;
    };
    assertEquals([take(0), take(30), take(30), take(99)], [true, true, false, false]);
    assertEquals([window.nextAt(99), take(100), take(100)], [100, true, false]);
    assertEquals([window.nextAt(100), take(129), take(130)], [130, false, true]);
    assertEquals([window.isIdle(229), window.isIdle(230)], [false, true]);
  });

  it("counts a request of a quiet client from its response on", () => {
    const window = new RateWindow({ requests: 1, perMs: 100 });
    const use = window.take(0);
    assert(use !== null);
    window.settle(use, 60);
    assertEquals([window.nextAt(60), window.take(159)], [160, null]);
    // A response that does not come holds the token for twice the time.
    assert(window.take(1000) !== null);
    assertEquals([window.nextAt(1100), window.take(1199), window.take(1200) !== null], [
      1200,
      null,
      true,
    ]);
  });

  it("says when at the earliest a request that waits behind others can start", () => {
    const window = new RateWindow({ requests: 2, perMs: 100 });
    for (let i = 0; i < 2; i++) {
      const use = window.take(0);
      if (use !== null) window.settle(use, 0);
    }
    assertEquals([0, 1, 2, 5].map((ahead) => window.earliestAfter(ahead, 0)), [100, 100, 200, 300]);
  });

  const latencies = { "no time": 0, "5 ms": 5, "50 ms": 50, "300 ms": 300, "two windows": 2000 };
  for (const [name, latencyMs] of Object.entries(latencies)) {
    it(`uses at least 98 % of the rate, and never more in any window, if responses take ${name}`, () => {
      const untilMs = 30_000;
      const latency = () => latencyMs;
      const { starts } = drive({
        requests: 50,
        perMs: 1000,
        latency,
        arrival: (ms) => ms,
        untilMs,
      });
      assertEquals(most(starts, 1000), 50);
      // In the first windows it is not known yet what the fastest response takes.
      const settled = starts.filter((moment) => moment >= 10_000);
      assert(settled.length >= 0.98 * 50 * 20, `${settled.length} starts`);
    });
  }

  it("never has more than the rate arrive in any window, if requests are delayed now and then", () => {
    let seed = 3;
    const random = () => (seed = seed * 48_271 % 0x7fff_ffff) / 0x7fff_ffff;
    // Connections are made at first, and one request of fifty is held up on its way.
    const latency = (index: number) =>
      index < 20 ? 150 : random() < 0.02 ? Math.floor(40 * random()) : 2;
    const { arrivals } = drive({
      requests: 20,
      perMs: 1000,
      latency,
      arrival: (ms) => ms,
      untilMs: 30_000,
    });
    assertEquals(most(arrivals, 1000), 20);
    assert(arrivals.length >= 0.98 * 20 * 30 - 20, `${arrivals.length} arrivals`);
  });
});
