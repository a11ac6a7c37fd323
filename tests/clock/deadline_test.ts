import { assertEquals, assertInstanceOf, assertStrictEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Deadline, type Expiry, type TimeoutLimits } from "../../src/clock/deadline.ts";
import * as errors from "../../src/errors.ts";
import { ManualTime } from "../support/manual_clock.ts";

const NONE: TimeoutLimits = { pool: null, connect: null, write: null, read: null, total: null };
const request = { method: "GET", url: "http://user:secret@example.org/x" };

function setUp(limits: Partial<TimeoutLimits>, signal: AbortSignal | null = null) {
  const time = new ManualTime();
  const init = { limits: { ...NONE, ...limits }, signal, request };
  const deadline = new Deadline(time.clock, init);
  const expiries: Expiry[] = [];
  return { time, deadline, expiries, waiting: { onExpiry: (e: Expiry) => expiries.push(e) } };
}

describe("Deadline", () => {
  const phases = [
    ["pool", errors.PoolTimeout, "waiting for a connection for", "pool"],
    ["connect", errors.ConnectTimeout, "connecting for", "connect"],
    ["write", errors.WriteTimeout, "sending", "send"],
    ["read", errors.ReadTimeout, "receiving", "receive"],
  ] as const;

  for (const [phase, type, doing, errorPhase] of phases) {
    it(`enter("${phase}") ends after its own limit with its own error`, () => {
      const { time, deadline, expiries, waiting } = setUp({ [phase]: 300 });
      deadline.enter(phase, waiting);
      time.advance(290);
      assertEquals(expiries, []);
      time.advance(60);
      assertEquals(expiries, [{ kind: "timeout", phase, limit: phase }]);
      const error = deadline.errorFor(expiries[0] as Expiry, {}, "and more");
      assertInstanceOf(error, type);
      assertEquals(error.phase, errorPhase);
      // Before there is a connection nothing was sent.
      assertEquals(error.safeToRetry, phase === "pool" || phase === "connect");
      assertEquals(error.message.startsWith(`Timed out ${doing} GET http://`), true);
      assertEquals(error.message.endsWith(`300 ms (timeout.${phase}); and more`), true);
      assertEquals(error.message.includes("secret"), false);
    });
  }

  it("a wait in the pool may be extended, other phases and the total may not", () => {
    for (const phase of ["pool", "connect", "read"] as const) {
      const { time, deadline, expiries } = setUp({ [phase]: 100, total: 1000 });
      const waiting = { onExpiry: (e: Expiry) => expiries.push(e), extendMs: () => 300 };
      deadline.enter(phase, waiting);
      time.advance(900);
      assertEquals(expiries.length, phase === "pool" ? 0 : 1);
      time.advance(200);
      assertEquals(
        expiries,
        [{ kind: "timeout", phase, limit: phase === "pool" ? "total" : phase }],
      );
    }
  });

  it("a phase without a limit never ends", () => {
    const { time, deadline, expiries, waiting } = setUp({ pool: 100 });
    deadline.enter("read", waiting);
    time.advance(100_000);
    assertEquals(expiries, []);
  });

  it("touch() starts the phase again", () => {
    const { time, deadline, expiries, waiting } = setUp({ read: 100 });
    deadline.enter("read", waiting);
    for (let i = 0; i < 20; i++) {
      time.advance(80);
      deadline.touch();
    }
    assertEquals(expiries, []);
    time.advance(150);
    assertEquals(expiries.length, 1);
  });

  it("rest() stops the phase but neither the total nor the signal", () => {
    const abort = new AbortController();
    const { time, deadline, expiries, waiting } = setUp({ read: 100, total: 1000 }, abort.signal);
    deadline.enter("read", waiting);
    deadline.rest(waiting);
    time.advance(900);
    assertEquals(expiries, []);
    time.advance(150);
    assertEquals(expiries, [{ kind: "timeout", phase: "read", limit: "total" }]);

    const second = setUp({ read: 100 }, abort.signal);
    second.deadline.rest(second.waiting);
    abort.abort("why");
    assertEquals(second.expiries, [{ kind: "aborted", reason: "why" }]);
  });

  it("the total ends whatever phase runs, and names itself", () => {
    const { time, deadline, expiries, waiting } = setUp({ read: 1000, write: 1000, total: 500 });
    deadline.enter("write", waiting);
    time.advance(300);
    deadline.enter("read", waiting);
    for (let i = 0; i < 6; i++) {
      time.advance(40);
      deadline.touch();
    }
    assertEquals(expiries, [{ kind: "timeout", phase: "read", limit: "total" }]);
    const error = deadline.errorFor(expiries[0] as Expiry);
    assertInstanceOf(error, errors.ReadTimeout);
    assertEquals(error.message.endsWith("the whole call took 500 ms (timeout.total)"), true);
  });

  it("an aborted signal ends it with the signal's own reason, once", () => {
    const abort = new AbortController();
    const { deadline, expiries, waiting } = setUp({}, abort.signal);
    const reason = new Error("enough");
    deadline.enter("read", waiting);
    abort.abort(reason);
    assertEquals(expiries.length, 1);
    assertStrictEquals(deadline.errorFor(expiries[0] as Expiry), reason);
  });

  it("throws the reason of a signal that was aborted before", () => {
    const reason = new Error("too late");
    assertThrows(() => setUp({}, AbortSignal.abort(reason)), Error, "too late");
  });

  it("enter() after the end tells the newcomer at once", () => {
    const abort = new AbortController();
    const { deadline, expiries, waiting } = setUp({}, abort.signal);
    deadline.enter("pool", { onExpiry: () => {} });
    abort.abort("gone");
    deadline.enter("read", waiting);
    deadline.rest(waiting);
    assertEquals(expiries.map((e) => e.kind), ["aborted", "aborted"]);
  });

  it("finish() leaves nothing behind on the clock or the signal", () => {
    const abort = new AbortController();
    const { time, deadline, expiries, waiting } = setUp({ read: 100, total: 200 }, abort.signal);
    deadline.enter("read", waiting);
    deadline.finish();
    deadline.finish();
    assertEquals(time.clock.size, 0);
    abort.abort();
    time.advance(1000);
    assertEquals(expiries, []);
  });

  it("enter() stretches a phase that stands for several", () => {
    const { time, deadline, expiries, waiting } = setUp({ connect: 100, total: 1000 });
    deadline.enter("connect", waiting, (limitMs) => limitMs * 4);
    time.advance(390);
    assertEquals(expiries, []);
    time.advance(60);
    assertEquals(expiries, [{ kind: "timeout", phase: "connect", limit: "connect" }]);
    const endless = setUp({});
    endless.deadline.enter("connect", endless.waiting, () => 1);
    endless.time.advance(1000);
    assertEquals(endless.expiries, []);
  });

  it("forgive() lets a wait begin again after a phase's limit", () => {
    const abort = new AbortController();
    const { time, deadline, expiries, waiting } = setUp({ connect: 100, total: 500 }, abort.signal);
    assertEquals(deadline.forgive(), true);
    deadline.enter("connect", waiting);
    time.advance(150);
    assertEquals(expiries.length, 1);
    assertEquals(deadline.forgive(), true);
    deadline.enter("connect", waiting);
    time.advance(80);
    assertEquals(expiries.length, 1);
    abort.abort("enough");
    assertEquals(expiries[1], { kind: "aborted", reason: "enough" });
    assertEquals(deadline.forgive(), false);
  });

  it("forgive() does not forgive the total, nor a signal that aborted in between", () => {
    const { time, deadline, expiries, waiting } = setUp({ connect: 100, total: 50 });
    deadline.enter("connect", waiting);
    time.advance(150);
    assertEquals(expiries.map((e) => e.kind === "timeout" && e.limit), ["total"]);
    assertEquals(deadline.forgive(), false);

    const abort = new AbortController();
    const other = setUp({ connect: 100 }, abort.signal);
    other.deadline.enter("connect", other.waiting);
    other.time.advance(150);
    abort.abort("enough");
    assertEquals(other.deadline.forgive(), true);
    other.deadline.enter("connect", other.waiting);
    assertEquals(other.expiries[1], { kind: "aborted", reason: "enough" });
    assertEquals(other.time.clock.size, 0);
  });
});
