/** The default limit of connections, for the calls of `client.fetch`. */
import { assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { CallDeadline } from "../../../src/clock/call_deadline.ts";
import { Deadline } from "../../../src/clock/deadline.ts";
import { PoolTimeout } from "../../../src/errors.ts";
import { STANDSTILL_MS } from "../../../src/wire/pool/growing_limit.ts";
import { type FakeConnection, settle } from "../../support/connections/fake_connections.ts";
import { A, B, PoolFixture } from "../../support/connections/pool_fixture.ts";
import { seeded } from "../../support/random.ts";

const NONE = { pool: null, connect: null, write: null, read: null, total: null };
const LONG_MS = STANDSTILL_MS + 60;

/** A deadline of a call of `client.fetch`. */
function fetching(fixture: PoolFixture, signal: AbortSignal | null = null): Deadline {
  const request = { method: "GET", url: "http://a/" };
  const call = new CallDeadline({ totalMs: null, signal, request, mayExceedLimits: true });
  return new Deadline(fixture.time.clock, { limits: NONE, signal, request, call });
}

/** A pool of two connections, both held by streams that stay open. */
async function held(
  isDefault = true,
): Promise<{ fixture: PoolFixture; streams: FakeConnection[] }> {
  const fixture = new PoolFixture({ isDefault });
  const streams = [await fixture.busy(A), await fixture.busy(A)];
  return { fixture, streams };
}

describe("A default limit of connections", () => {
  it("grows by its own size for calls that may exceed it, once no connection comes free", async () => {
    const { fixture } = await held();
    for (let i = 0; i < 3; i++) fixture.acquire(A, fetching(fixture));
    assertEquals(fixture.stats(), "0 connecting, 2 active, 0 idle, 3 waiting");
    fixture.time.advance(LONG_MS);
    assertEquals(fixture.stats(), "2 connecting, 2 active, 0 idle, 1 waiting");
    fixture.time.advance(LONG_MS);
    assertEquals(fixture.stats(), "3 connecting, 2 active, 0 idle, 0 waiting");
  });

  it("has room for later calls at once when it has grown", async () => {
    const { fixture } = await held();
    fixture.acquire(A, fetching(fixture));
    fixture.time.advance(LONG_MS);
    fixture.acquire(B, fetching(fixture));
    assertEquals(fixture.stats(), "2 connecting, 2 active, 0 idle, 0 waiting");
  });

  it("does not grow while connections come free", async () => {
    const { fixture, streams } = await held();
    const calls = [1, 2, 3, 4].map(() => fixture.acquire(A, fetching(fixture)));
    for (const call of calls) {
      fixture.time.advance(STANDSTILL_MS - 40);
      streams[0]?.finish();
      assertEquals(await call, streams[0]);
    }
    fixture.time.advance(LONG_MS);
    assertEquals([fixture.stats(), fixture.network.attempts], [
      "0 connecting, 2 active, 0 idle, 0 waiting",
      2,
    ]);
  });

  it("is strict for other calls, which wait their turn", async () => {
    const { fixture, streams } = await held();
    const ordinary = fixture.acquire(B);
    const timed = fixture.acquire(A, fixture.deadline({ pool: 10 * LONG_MS }));
    fixture.acquire(A, fetching(fixture));
    fixture.time.advance(LONG_MS);
    assertEquals(fixture.stats(), "1 connecting, 2 active, 0 idle, 2 waiting");
    fixture.time.advance(10 * LONG_MS);
    await assertRejects(() => timed, PoolTimeout);
    fixture.network.openings[0]?.succeed();
    await settle();
    for (const stream of streams) stream.close();
    fixture.network.openings[0]?.succeed();
    assertEquals((await ordinary).name.startsWith(B.key), true);
  });

  it("is the default again when there are no more connections than that", async () => {
    const { fixture, streams } = await held();
    const third = fixture.acquire(A, fetching(fixture));
    fixture.time.advance(LONG_MS);
    fixture.network.openings[0]?.succeed();
    (await third).close();
    for (let i = 0; i < 2; i++) fixture.acquire(A, fetching(fixture));
    assertEquals(fixture.stats(), "0 connecting, 2 active, 0 idle, 2 waiting");
    for (const stream of streams) stream.finish();
    assertEquals(fixture.stats(), "0 connecting, 2 active, 0 idle, 0 waiting");
    fixture.time.advance(LONG_MS);
    assertEquals(fixture.network.attempts, 3);
  });

  it("forgets a call that was aborted while it waited", async () => {
    const { fixture } = await held();
    const controller = new AbortController();
    const call = fixture.acquire(A, fetching(fixture, controller.signal));
    controller.abort(new RangeError("enough"));
    await assertRejects(() => call, RangeError);
    fixture.time.advance(LONG_MS);
    assertEquals(fixture.stats(), "0 connecting, 2 active, 0 idle, 0 waiting");
    fixture.time.advance(LONG_MS);
    assertEquals(fixture.time.isTicking, false);
  });

  it("lets no call wait for ever, and never opens more than it has grown to (random walk)", async () => {
    const random = seeded(7);
    const fixture = new PoolFixture({ isDefault: true });
    const active: FakeConnection[] = [];
    for (let step = 0; step < 600; step++) {
      const choice = random(5);
      const route = random(2) === 0 ? A : B;
      if (choice === 0) fixture.acquire(route).then((c) => active.push(c));
      else if (choice === 1) fixture.acquire(route, fetching(fixture)).then((c) => active.push(c));
      else if (choice === 2) fixture.network.openings[0]?.succeed();
      else if (choice === 3) active.splice(random(active.length + 1), 1)[0]?.finish();
      else fixture.time.advance(40);
      await settle();
      fixture.pool.checkInvariants();
    }
    for (let i = 0; fixture.pool.stats.waiting + fixture.network.openings.length > 0; i++) {
      assertEquals(i < 1000, true, fixture.stats());
      fixture.network.openings[0]?.succeed();
      await settle();
      active.shift()?.finish();
      fixture.time.advance(40);
      await settle();
    }
  });
});

describe("A limit that was given", () => {
  it("is strict for every call", async () => {
    const { fixture, streams } = await held(false);
    const call = fixture.acquire(A, fetching(fixture));
    fixture.time.advance(100 * LONG_MS);
    assertEquals(fixture.stats(), "0 connecting, 2 active, 0 idle, 1 waiting");
    streams[0]?.finish();
    assertEquals(await call, streams[0]);
  });
});

describe("Pool.preconnect() over HTTP/2", () => {
  it("serves every call that comes meanwhile", async () => {
    const fixture = new PoolFixture({}, { isShared: true });
    fixture.network.knowsRoom = false;
    fixture.pool.preconnect(A, fixture.deadline());
    const calls = [fixture.acquire(A), fixture.acquire(A)];
    const made = fixture.network.openings[0]?.succeed();
    await settle();
    made?.allow(100);
    assertEquals(await Promise.all(calls), [made, made]);
    assertEquals(fixture.stats(), "0 connecting, 1 active, 0 idle, 0 waiting");
  });
});

describe("Pool.preconnect()", () => {
  it("opens a connection that the next call takes", async () => {
    const fixture = new PoolFixture();
    fixture.pool.preconnect(A, fixture.deadline());
    fixture.pool.preconnect(A, fixture.deadline());
    assertEquals(fixture.stats(), "1 connecting, 0 active, 0 idle, 0 waiting");
    const made = fixture.network.openings[0]?.succeed();
    await settle();
    assertEquals([fixture.stats(), made?.isRef], [
      "0 connecting, 0 active, 1 idle, 0 waiting",
      true,
    ]);
    fixture.time.advance(40);
    assertEquals(made?.isRef, false); // it does not keep the program alive
    assertEquals(fixture.pool.acquire(A, fixture.deadline()), made);
  });

  it("opens nothing when a connection is idle, and when the pool is full or closed", async () => {
    const fixture = new PoolFixture();
    (await fixture.busy(A)).finish();
    fixture.pool.preconnect(A, fixture.deadline());
    assertEquals(fixture.stats(), "0 connecting, 0 active, 1 idle, 0 waiting");
    await fixture.busy(A);
    await fixture.busy(A);
    fixture.pool.preconnect(B, fixture.deadline());
    assertEquals(fixture.stats(), "0 connecting, 2 active, 0 idle, 0 waiting");
    await fixture.pool.close(new Error("closed"));
    fixture.pool.preconnect(A, fixture.deadline());
    assertEquals(fixture.network.attempts, 2);
  });

  it("serves the first call that comes meanwhile; others open their own", async () => {
    const fixture = new PoolFixture();
    fixture.pool.preconnect(A, fixture.deadline());
    const calls = [fixture.acquire(A), fixture.acquire(A)];
    assertEquals(fixture.stats(), "2 connecting, 0 active, 0 idle, 1 waiting");
    const made = fixture.network.openings[0]?.succeed();
    assertEquals(await calls[0], made);
    fixture.network.openings[0]?.succeed();
    await calls[1];
    assertEquals(fixture.stats(), "0 connecting, 2 active, 0 idle, 0 waiting");
  });

  it("leaves nothing behind when it fails: the call makes its own attempt", async () => {
    const fixture = new PoolFixture({ maxConnections: 1 });
    fixture.pool.preconnect(A, fixture.deadline());
    const call = fixture.acquire(A);
    fixture.network.openings[0]?.fail(new Error("no route"));
    await settle();
    fixture.network.openings[0]?.fail(new RangeError("its own"));
    await assertRejects(() => call, RangeError);
    fixture.pool.preconnect(A, fixture.deadline({ connect: 50 }));
    fixture.time.advance(100);
    await settle();
    assertEquals(fixture.stats(), "0 connecting, 0 active, 0 idle, 0 waiting");
    fixture.pool.preconnect(A, fixture.deadline());
    assertEquals(fixture.stats(), "1 connecting, 0 active, 0 idle, 0 waiting");
  });
});
