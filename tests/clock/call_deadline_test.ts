import { assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { CallDeadline, type DeadlineTime } from "../../src/clock/call_deadline.ts";
import { ReadTimeout } from "../../src/errors.ts";

const request = { method: "GET", url: "https://example.org/" };

/** Time that passes when a test says so; every timer that is due rings, in order. */
class HeldTime implements DeadlineTime {
  #now = 5000;
  readonly timers = new Map<() => void, number>();
  readonly started: number[] = [];

  now(): number {
    return this.#now;
  }

  startTimer(ring: () => void, ms: number): () => void {
    this.started.push(ms);
    this.timers.set(ring, this.#now + ms);
    return () => this.timers.delete(ring);
  }

  async advance(ms: number): Promise<void> {
    this.#now += ms;
    for (const [ring, at] of [...this.timers]) {
      if (at > this.#now) continue;
      this.timers.delete(ring);
      ring();
    }
    for (let i = 0; i < 20; i++) await Promise.resolve(); // what rang is heard
  }
}

function deadlineOf(
  { totalMs = null, signal = null }: { totalMs?: number | null; signal?: AbortSignal | null },
  time = new HeldTime(),
) {
  return { time, deadline: new CallDeadline({ totalMs, signal, request }, time) };
}

const never = new Promise<never>(() => {});

describe("CallDeadline", () => {
  it("counts what is left of the total", async () => {
    const { deadline, time } = deadlineOf({ totalMs: 300 });
    assertEquals([deadline.totalMs, deadline.expiresAtMs, deadline.remainingMs()], [
      300,
      5300,
      300,
    ]);
    assertEquals([deadline.fits(299), deadline.fits(300)], [true, false]);
    await time.advance(299);
    deadline.throwIfOver();
    await time.advance(1);
    assertEquals(deadline.remainingMs(), 0);
    const error = assertThrows(() => deadline.throwIfOver(), ReadTimeout);
    assertEquals(
      error.message,
      "Timed out before GET https://example.org/ was complete: the whole call took 300 ms (timeout.total)",
    );
  });

  it("begins when it is told to have begun", () => {
    const init = { totalMs: 300, signal: null, request, startedAtMs: 4900 };
    assertEquals(new CallDeadline(init, new HeldTime()).remainingMs(), 200);
  });

  it("without total and signal has no end and starts no timer", async () => {
    const { deadline, time } = deadlineOf({});
    assertEquals([deadline.remainingMs(), deadline.fits(1e12)], [Infinity, true]);
    assertEquals(await deadline.bound(() => "done"), "done");
    assertEquals(time.started, []);
  });

  it("ends with its signal, by the signal's reason", async () => {
    const controller = new AbortController();
    const { deadline } = deadlineOf({ signal: controller.signal });
    deadline.throwIfOver();
    assertEquals(deadline.fits(1), true);
    const reason = new Error("enough");
    const waiting = assertRejects(() => deadline.wait(1000));
    controller.abort(reason);
    assertStrictEquals(await waiting, reason);
    assertEquals(deadline.fits(1), false);
    assertStrictEquals(assertThrows(() => deadline.throwIfOver()), reason);
    assertStrictEquals(await assertRejects(() => deadline.wait(1)), reason);
  });
});

describe("CallDeadline.wait()", () => {
  it("resolves when the time has passed, and leaves no timer", async () => {
    const { deadline, time } = deadlineOf({ totalMs: 300 });
    let isOver = false;
    const waiting = deadline.wait(100).then(() => isOver = true);
    await time.advance(99);
    assertEquals(isOver, false);
    await time.advance(1);
    await waiting;
    assertEquals(time.timers.size, 0);
  });

  it("rejects when the total is over first, and leaves no timer", async () => {
    const { deadline, time } = deadlineOf({ totalMs: 300 });
    const waiting = assertRejects(() => deadline.wait(1000), ReadTimeout, "300 ms (timeout.total)");
    await time.advance(300);
    await waiting;
    assertEquals(time.timers.size, 0);
  });

  it("outlasts what a runtime's timers can count", async () => {
    const { deadline, time } = deadlineOf({ totalMs: 2 ** 40 });
    const waiting = deadline.wait(2 ** 32);
    assertEquals(Math.max(...time.started), 2 ** 31 - 1);
    await time.advance(2 ** 31 - 1);
    await time.advance(2 ** 31 - 1);
    await time.advance(2);
    await waiting;
  });
});

describe("CallDeadline.bound()", () => {
  it("gives what the work comes to, and leaves no timer and no listener", async () => {
    const { deadline, time } = deadlineOf({ totalMs: 300, signal: new AbortController().signal });
    assertEquals(await deadline.bound(() => Promise.resolve(7)), 7);
    const error = new RangeError("its own");
    assertStrictEquals(
      await assertRejects(() => deadline.bound(() => Promise.reject(error))),
      error,
    );
    assertEquals(time.timers.size, 0);
  });

  it("does not begin after the end", async () => {
    const { deadline, time } = deadlineOf({ totalMs: 300 });
    await time.advance(300);
    let began = false;
    await assertRejects(() => deadline.bound(() => began = true), ReadTimeout);
    assertEquals(began, false);
  });

  it("ends work that does not, and hands over what comes late", async () => {
    const { deadline, time } = deadlineOf({ totalMs: 300 });
    const { promise, resolve } = Promise.withResolvers<string>();
    const late: string[] = [];
    const onLate = (value: string) => void late.push(value);
    const bound = assertRejects(() => deadline.bound(() => promise, { onLate }), ReadTimeout);
    await time.advance(300);
    await bound;
    resolve("late");
    await time.advance(0);
    assertEquals(late, ["late"]);
  });

  it("lets work that knows the deadline report the end itself", async () => {
    const { deadline, time } = deadlineOf({ totalMs: 300 });
    const { promise, reject } = Promise.withResolvers<never>();
    const own = new Error("a better message");
    const bound = assertRejects(() => deadline.bound(() => promise, { graceMs: 40 }));
    await time.advance(300);
    reject(own);
    assertStrictEquals(await bound, own);
    const second = deadlineOf({ totalMs: 300 }, time).deadline;
    const ending = assertRejects(() => second.bound(() => never, { graceMs: 40 }), ReadTimeout);
    await time.advance(339);
    await time.advance(1);
    await ending;
  });

  it("notices a signal that the work itself aborts", async () => {
    const controller = new AbortController();
    const { deadline } = deadlineOf({ signal: controller.signal });
    const work = () => {
      controller.abort("stop");
      return never;
    };
    assertEquals(await deadline.bound(work).catch((reason) => reason), "stop");
  });
});
