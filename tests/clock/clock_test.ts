import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { type Alarm, type Clock, makeAlarm, TICK_MS } from "../../src/clock/clock.ts";
import { ManualTime } from "../support/manual_clock.ts";
import { seeded } from "../support/random.ts";

function alarm(clock: Clock, expire: () => void = () => {}): Alarm {
  const made = makeAlarm(() => {
    clock.remove(made);
    expire();
  });
  return made;
}

describe("Clock", () => {
  it("add() starts the ticker, and an idle tick stops it", () => {
    const time = new ManualTime();
    const one = alarm(time.clock);
    assertEquals(time.isTicking, false);
    time.clock.add(one);
    time.advance(100);
    assertEquals(time.isTicking, true);
    time.clock.remove(one);
    assertEquals(time.isTicking, true);
    time.advance(TICK_MS);
    assertEquals(time.isTicking, false);
  });

  it("arm() is never early and at most two ticks late", () => {
    for (const startedAt of [0, 1, 7, 19]) {
      const time = new ManualTime();
      time.clock.add(alarm(time.clock));
      time.advance(startedAt);
      const began = time.now();
      let rangAt = -1;
      const one = alarm(time.clock, () => rangAt = time.now());
      time.clock.arm(one, 100);
      time.advance(500);
      assertEquals(rangAt - began >= 100 && rangAt - began <= 100 + 2 * TICK_MS, true);
    }
  });

  it("onTick is called at each tick, the last one after the last alarm", () => {
    const time = new ManualTime();
    let ticks = 0;
    time.clock.onTick = () => ticks++;
    const one = alarm(time.clock);
    time.clock.add(one);
    time.advance(5 * TICK_MS);
    assertEquals(ticks, 5);
    time.clock.remove(one);
    time.advance(5 * TICK_MS);
    assertEquals([ticks, time.isTicking], [6, false]);
    time.clock.wake();
    time.advance(5 * TICK_MS);
    assertEquals([ticks, time.isTicking], [7, false]);
  });

  /** An alarm of 100 ms, and whether it has rung. */
  function armed(time: ManualTime, latestAt = Infinity): { readonly hasRung: boolean } {
    const state = { hasRung: false };
    const one: Alarm = Object.assign(alarm(time.clock, () => state.hasRung = true), { latestAt });
    time.clock.arm(one, 100);
    return state;
  }

  it("rings one turn of the event loop after a late tick, however late", () => {
    const time = new ManualTime();
    const state = armed(time);
    time.advance(TICK_MS);
    time.leap(10_000);
    assertEquals(state.hasRung, false);
    time.turn();
    assertEquals(state.hasRung, true);
  });

  it("rings on a program that blocks its event loop again and again", () => {
    const time = new ManualTime();
    const state = armed(time);
    time.advance(TICK_MS);
    for (let i = 0; i < 3 && !state.hasRung; i++) {
      time.leap(100);
      time.turn();
    }
    assertEquals(state.hasRung, true);
  });

  it("does not ring early for an alarm that was armed at the end of a delay", () => {
    const time = new ManualTime();
    armed(time);
    time.advance(40);
    const state = { hasRung: false };
    const late = alarm(time.clock, () => state.hasRung = true);
    time.pass(5000);
    time.clock.arm(late, 100); // by a time that is 5 s old
    time.leap(1);
    time.turn();
    time.advance(80);
    assertEquals(state.hasRung, false);
    time.advance(60);
    assertEquals(state.hasRung, true);
  });

  it("does not ring if the wait has progressed in the turn after a late tick", () => {
    const time = new ManualTime();
    let rang = false;
    const one = alarm(time.clock, () => rang = true);
    time.clock.arm(one, 100);
    time.advance(TICK_MS);
    time.leap(1000);
    time.clock.arm(one, 100);
    time.turn();
    time.advance(80);
    assertEquals(rang, false);
    time.advance(60);
    assertEquals(rang, true);
  });

  it("gives the time of a suspended machine back once, but not beyond `latestAt`", () => {
    for (const isCounted of [true, false]) {
      const time = new ManualTime();
      const free = armed(time);
      const bound = armed(time, time.now() + 90);
      time.advance(40);
      time.suspend(3_600_000, { isCounted });
      time.turn();
      assertEquals([free.hasRung, bound.hasRung], [false, isCounted]);
      time.advance(40);
      assertEquals(free.hasRung, false);
      time.advance(60);
      assertEquals([free.hasRung, bound.hasRung], [true, true]);
    }
  });

  it("is not taken for suspended if its event loop is blocked for a minute at each turn", () => {
    const time = new ManualTime();
    const state = armed(time);
    time.leap(60_000);
    time.turn();
    assertEquals(state.hasRung, false);
    time.leap(60_000);
    time.turn();
    assertEquals(state.hasRung, true);
  });

  it("stop() cancels the ringing that a late tick has put off", () => {
    const time = new ManualTime();
    const state = armed(time);
    time.advance(TICK_MS);
    time.leap(1000);
    time.clock.stop();
    time.turn();
    assertEquals(state.hasRung, false);
  });

  it("add() and remove() do nothing where there is nothing to do", () => {
    const { clock } = new ManualTime();
    const one = alarm(clock);
    clock.remove(one);
    clock.add(one);
    clock.add(one);
    assertEquals(clock.size, 1);
    clock.remove(one);
    assertEquals(clock.size, 0);
  });

  it("alarms that take each other out while ringing ring once each", () => {
    const time = new ManualTime();
    const rang: number[] = [];
    const alarms = [0, 1, 2, 3, 4].map((i) =>
      alarm(time.clock, () => {
        rang.push(i);
        if (i === 3) time.clock.remove(alarms[1] as Alarm);
      })
    );
    for (const one of alarms) {
      time.clock.arm(one, 10);
    }
    time.advance(100);
    assertEquals(rang.sort(), [0, 2, 3, 4]);
    assertEquals(time.clock.size, 0);
  });

  it("schedule() rings once, late by two ticks at most, and not where it was called off", () => {
    const time = new ManualTime();
    const rang: string[] = [];
    time.clock.schedule(250, () => rang.push("a"));
    time.clock.schedule(250, () => rang.push("b"))();
    time.advance(240);
    assertEquals(rang, []);
    time.advance(60);
    time.advance(1000);
    assertEquals(rang, ["a"]);
    assertEquals(time.clock.size, 0);
  });

  it("keeps its list whole through a random walk", () => {
    const time = new ManualTime();
    const all = Array.from({ length: 20 }, () => alarm(time.clock));
    const standing = new Set<Alarm>();
    const random = seeded(1);
    for (let step = 0; step < 2000; step++) {
      const one = all[random(all.length)] as Alarm;
      if (random(3) === 0) {
        time.clock.remove(one);
        standing.delete(one);
      } else {
        time.clock.add(one);
        standing.add(one);
      }
      assertEquals(time.clock.size, standing.size);
      const slots = [...standing].map((a) => a.slot).sort((a, b) => a - b);
      assertEquals(slots, slots.map((_, i) => i));
    }
  });
});
