import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { StepTime } from "./step_time.ts";

describe("StepTime", () => {
  it("rings timers in the order of their moments, and forgets stopped ones", async () => {
    const time = new StepTime();
    const log: string[] = [];
    const noted = (name: string, resolve = () => {}) => () => {
      log.push(`${name} at ${time.now()}`);
      resolve();
    };
    const work = new Promise<void>((resolve) => {
      time.startTimer(noted("late", resolve), 3_600_000);
      time.startTimer(noted("early"), 5);
      time.startTimer(noted("stopped"), 1)();
    });
    await time.run(work);
    assertEquals(log, ["early at 1005", "late at 3601000"]);
    assertEquals([time.timers, time.wallNow()], [0, Date.UTC(2026, 11, 1, 13)]);
  });

  it("gives what the work comes to", async () => {
    assertEquals(await new StepTime().run(Promise.resolve(1)), 1);
  });
});
