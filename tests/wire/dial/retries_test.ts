import { assert, assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Deadline, type TimeoutLimits } from "../../../src/clock/deadline.ts";
import { ConnectError, ConnectTimeout, ProxyError } from "../../../src/errors.ts";
import type { Socket } from "../../../src/runtime/socket.ts";
import { backoffMs, connectWithRetries, totalConnectMs } from "../../../src/wire/dial/retries.ts";
import { settle } from "../../support/connections/fake_connections.ts";
import { ScriptedSocket } from "../../support/connections/scripted_socket.ts";
import { ManualTime } from "../../support/manual_clock.ts";

const NONE: TimeoutLimits = { pool: null, connect: null, write: null, read: null, total: null };
const refused = () =>
  new ConnectError("Cannot connect to a:1: connection refused", {
    phase: "connect",
    peer: "a:1",
    safeToRetry: true,
  });

describe("backoffMs()", () => {
  it("is nothing, then half a second, then twice as long each time", () => {
    assertEquals([1, 2, 3, 4, 5, 6].map(backoffMs), [0, 500, 1000, 2000, 4000, 8000]);
  });
});

describe("totalConnectMs()", () => {
  it("is every attempt and every pause", () => {
    assertEquals([0, 1, 2, 3].map((retries) => totalConnectMs(100, retries)), [
      100,
      200,
      800,
      1900,
    ]);
    assertEquals(totalConnectMs(100, Number.MAX_SAFE_INTEGER), Infinity); // without counting so far
  });
});

/** One call whose attempts end as the test says; each is written down with its time. */
class Fixture {
  readonly time = new ManualTime();
  readonly controller = new AbortController();
  readonly signal = new AbortController();
  readonly began: number[] = [];
  readonly deadline: Deadline;
  /** How the next attempts end; without more they never do. */
  ends: (() => Socket)[] = [];
  #start = this.time.now();

  constructor(limits: Partial<TimeoutLimits> = {}) {
    this.deadline = new Deadline(this.time.clock, {
      limits: { ...NONE, ...limits },
      signal: this.signal.signal,
      request: { method: "GET", url: "http://a:1/" },
    });
  }

  connect(retries: number): Promise<Socket> {
    const { deadline, controller } = this;
    const connected = connectWithRetries({
      retries,
      clock: this.time.clock,
      deadline,
      controller,
      peer: "a:1",
      connect: (signal) => {
        this.began.push(this.time.now() - this.#start);
        const end = this.ends.shift();
        return new Promise((resolve, reject) => {
          if (signal.aborted) reject(signal.reason);
          signal.addEventListener("abort", () => reject(signal.reason));
          if (end !== undefined) resolve(Promise.resolve().then(end));
        });
      },
    });
    connected.catch(() => {});
    return connected;
  }

  /** Lets time pass, and what waits for it happen, tick by tick. */
  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 20) {
      this.time.advance(20);
      await settle();
    }
  }

  refuse(times: number): void {
    for (let i = 0; i < times; i++) {
      this.ends.push(() => {
        throw refused();
      });
    }
  }

  /** Nothing waits, nothing is armed. */
  assertQuiet(): void {
    this.deadline.finish();
    assertEquals(this.time.clock.size, 0);
  }
}

describe("connectWithRetries()", () => {
  for (const retries of [0, 1, 3]) {
    it(`tries ${retries + 1} times where ${retries} retries are allowed`, async () => {
      const fixture = new Fixture();
      fixture.refuse(9);
      const connected = fixture.connect(retries);
      await fixture.pass(4000);
      const error = await assertRejects(() => connected, ConnectError);
      assertEquals(fixture.began.length, retries + 1);
      const count = retries === 0 ? "" : `, ${retries + 1} attempts`;
      assertEquals(error.message, `Cannot connect to a:1: connection refused${count}`);
      assertEquals([error.phase, error.peer, error.safeToRetry], ["connect", "a:1", true]);
      assertEquals(fixture.controller.signal.aborted, false);
      fixture.assertQuiet();
    });
  }

  it("waits 0, 500, 1000 and 2000 ms in between", async () => {
    const fixture = new Fixture();
    fixture.refuse(9);
    const connected = fixture.connect(4);
    await fixture.pass(5000);
    await assertRejects(() => connected, ConnectError);
    const pauses = fixture.began.slice(1).map((at, i) => at - (fixture.began[i] ?? 0));
    for (const [i, expected] of [0, 500, 1000, 2000].entries()) {
      const late = (pauses[i] ?? -1) - expected;
      assert(late >= 0 && late <= 40, `pause ${i}: ${pauses[i]} ms`);
    }
  });

  it("takes the first attempt that succeeds", async () => {
    const fixture = new Fixture();
    const socket = new ScriptedSocket();
    fixture.refuse(2);
    fixture.ends.push(() => socket);
    const connected = fixture.connect(5);
    await fixture.pass(600);
    assertEquals(await connected, socket);
    assertEquals(fixture.began.length, 3);
    fixture.assertQuiet();
  });

  it("gives each attempt the whole connect timeout", async () => {
    const fixture = new Fixture({ connect: 1000 });
    const connected = fixture.connect(2);
    await fixture.pass(4000);
    const error = await assertRejects(() => connected, ConnectTimeout);
    assertEquals(
      error.message,
      "Timed out connecting for GET http://a:1/: no connection within 1000 ms (timeout.connect), 3 attempts",
    );
    assertEquals(fixture.began.length, 3);
    assert((fixture.began[2] ?? 0) >= 2500, fixture.began.join());
    // Others who wait for the same connection are not told that it can't be made.
    assert(fixture.controller.signal.aborted);
    fixture.assertQuiet();
  });

  it("goes on after a timeout, and the connect phase counts anew", async () => {
    const fixture = new Fixture({ connect: 1000 });
    const connected = fixture.connect(2);
    await fixture.pass(1100);
    fixture.refuse(1);
    await fixture.pass(1100);
    await fixture.pass(1200);
    const error = await assertRejects(() => connected, ConnectError);
    assertEquals([error.message, fixture.began.length], [
      "Cannot connect to a:1: connection refused, 3 attempts",
      3,
    ]);
  });

  it("ends with the total, in an attempt and in a pause", async () => {
    for (const [total, retries] of [[600, 1], [1700, 9]] as const) {
      const fixture = new Fixture({ total, connect: 500 });
      if (retries === 9) fixture.refuse(9);
      const connected = fixture.connect(retries);
      await fixture.pass(2500);
      const error = await assertRejects(() => connected, ConnectTimeout);
      assert(error.message.includes(`the whole call took ${total} ms (timeout.total)`));
      assert(fixture.controller.signal.aborted);
      fixture.assertQuiet();
    }
  });

  it("ends with the caller's signal, in an attempt and in a pause", async () => {
    for (const refusals of [0, 2]) {
      const fixture = new Fixture({ connect: 10_000 });
      fixture.refuse(refusals);
      const connected = fixture.connect(9);
      await fixture.pass(200);
      fixture.signal.abort(new RangeError("enough"));
      await assertRejects(() => connected, RangeError, "enough");
      await fixture.pass(3000);
      assertEquals(fixture.began.length, refusals === 0 ? 1 : 2);
      fixture.assertQuiet();
    }
  });

  it("ends where the pool says so, in an attempt and in a pause", async () => {
    for (const refusals of [0, 2]) {
      const fixture = new Fixture();
      fixture.refuse(refusals);
      const connected = fixture.connect(9);
      await fixture.pass(200);
      fixture.controller.abort(new RangeError("closed"));
      await assertRejects(() => connected, RangeError, "closed");
      await fixture.pass(3000);
      fixture.assertQuiet();
    }
  });

  it("notices a signal that aborted while nobody waited", async () => {
    const fixture = new Fixture({ connect: 100 });
    const connected = fixture.connect(9);
    fixture.time.advance(140); // expired; the next attempt has not begun
    fixture.signal.abort(new RangeError("enough"));
    await assertRejects(() => connected, RangeError, "enough");
    fixture.assertQuiet();
  });

  it("repeats what a proxy did not answer", async () => {
    const fixture = new Fixture();
    for (let i = 0; i < 2; i++) {
      fixture.ends.push(() => {
        throw new ProxyError("Cannot reach a:1 through proxy http://p:1: connection refused", {
          phase: "proxy",
        });
      });
    }
    const connected = fixture.connect(1);
    await fixture.pass(100);
    const error = await assertRejects(() => connected, ProxyError);
    assertEquals(
      [error.message, error.phase, fixture.began.length],
      [
        "Cannot reach a:1 through proxy http://p:1: connection refused, 2 attempts",
        "proxy",
        2,
      ],
    );
  });

  it("does not repeat what is no failure to connect", async () => {
    for (const failure of [new ProxyError("407", { status: 407 }), new TypeError("wrong")]) {
      const fixture = new Fixture();
      fixture.ends.push(() => {
        throw failure;
      });
      const error = await assertRejects(() => fixture.connect(3), Error);
      assertEquals([error, fixture.began.length], [failure, 1]);
    }
  });
});
