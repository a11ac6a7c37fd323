import { assert, assertEquals, assertInstanceOf, assertRejects, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { CloseError, ConnectError, ConnectTimeout, PoolTimeout } from "../../../src/errors.ts";
import { choose, describeHolders } from "../../../src/wire/pool/admission.ts";
import { type FakeConnection, settle } from "../../support/connections/fake_connections.ts";
import { A, B, PoolFixture } from "../../support/connections/pool_fixture.ts";
import { seeded } from "../../support/random.ts";

describe("choose()", () => {
  const cases = [
    [0, 0, 1, "open"],
    [1, 0, 1, "wait"],
    [1, 1, 1, "evictAndOpen"],
    [99, 0, 100, "open"],
    [100, 0, 100, "wait"],
    [100, 1, 100, "evictAndOpen"],
    [1000, 0, Infinity, "open"],
  ] as const;
  for (const [connections, idle, maxConnections, expected] of cases) {
    it(`${connections} connections, ${idle} idle, at most ${maxConnections}: ${expected}`, () => {
      assertEquals(choose({ connections, idle, maxConnections }), expected);
    });
  }
});

describe("describeHolders()", () => {
  const hold = (origin: string, connections: number) => ({ origin, connections, longestMs: 50 });

  it("names three origins, and counts the others", () => {
    const holders = [hold("https://a", 5), hold("https://b", 3), hold("https://c", 1)];
    const counts = { connecting: 0, maxConnections: 9 };
    const hint = "; a streamed response holds its connection until it is read or closed";
    assertEquals(
      describeHolders(holders, counts),
      "connections held (of 9): 5 by https://a for up to 50 ms, 3 by https://b for up to 50 ms, " +
        `1 by https://c for up to 50 ms${hint}`,
    );
    assertEquals(
      describeHolders([...holders, hold("https://d", 1), hold("https://e", 1)], {
        connecting: 2,
        maxConnections: 13,
      }).endsWith(`1 by https://c for up to 50 ms, 2 by other origins, 2 still connecting${hint}`),
      true,
    );
  });
});

describe("Pool", () => {
  it("opens up to maxConnections, then lets calls wait", async () => {
    const fixture = new PoolFixture();
    const calls = [fixture.acquire(A), fixture.acquire(A), fixture.acquire(A)];
    assertEquals(fixture.stats(), "2 connecting, 0 active, 0 idle, 1 waiting");
    const first = fixture.network.openings[0]?.succeed();
    await calls[0];
    assertEquals(fixture.stats(), "1 connecting, 1 active, 0 idle, 1 waiting");
    first?.finish();
    assertEquals(await calls[2], first);
    assertEquals(fixture.stats(), "1 connecting, 1 active, 0 idle, 0 waiting");
  });

  it("reuses the newest idle connection of the origin, at once", async () => {
    const fixture = new PoolFixture();
    const one = await fixture.busy(A);
    const two = await fixture.busy(A);
    one.finish();
    two.finish();
    assertEquals(fixture.pool.acquire(A, fixture.deadline()), two);
    assertEquals(fixture.pool.acquire(A, fixture.deadline()), one);
    assertEquals(fixture.stats(), "0 connecting, 2 active, 0 idle, 0 waiting");
  });

  it("never gives a connection to another origin; the oldest idle one makes room", async () => {
    const fixture = new PoolFixture();
    const one = await fixture.busy(A);
    const two = await fixture.busy(A);
    two.finish();
    one.finish();
    fixture.acquire(B);
    assertEquals([one.isClosed, two.isClosed], [false, true]);
    assertEquals(fixture.stats(), "1 connecting, 0 active, 1 idle, 0 waiting");
  });

  it("serves first come, first served across origins", async () => {
    const fixture = new PoolFixture({ maxConnections: 1 });
    const one = await fixture.busy(A);
    const waitingB = fixture.acquire(B);
    const waitingA = fixture.acquire(A);
    one.finish();
    assertEquals(one.isClosed, true);
    assertEquals(fixture.stats(), "1 connecting, 0 active, 0 idle, 1 waiting");
    fixture.network.openings[0]?.succeed();
    (await waitingB).finish();
    fixture.network.openings[0]?.succeed();
    assertEquals((await waitingA).name, "http://a:80#3");
  });

  for (const [idle, expected] of [[0, 0], [1, 1], [2, 2], [3, 2]] as const) {
    it(`keeps ${expected} of ${idle} idle connections where 2 may be kept`, async () => {
      const fixture = new PoolFixture({ maxConnections: 5, maxKeepaliveConnections: 2 });
      const all: FakeConnection[] = [];
      for (let i = 0; i < idle; i++) all.push(await fixture.busy(A));
      for (const connection of all) connection.finish();
      fixture.time.advance(60);
      assertEquals(fixture.pool.stats.idle, expected);
      assertEquals(all.map((c) => c.isClosed), all.map((_, i) => i < idle - expected));
    });
  }

  it("a burst of responses closes nothing that is used again within a tick", async () => {
    const fixture = new PoolFixture({ maxConnections: 5, maxKeepaliveConnections: 1 });
    const all: FakeConnection[] = [];
    for (let i = 0; i < 5; i++) all.push(await fixture.busy(A));
    for (const connection of all) connection.finish();
    fixture.pool.checkInvariants();
    for (let i = 0; i < 5; i++) fixture.pool.acquire(A, fixture.deadline());
    fixture.time.advance(60);
    assertEquals(fixture.stats(), "0 connecting, 5 active, 0 idle, 0 waiting");
    assertEquals(all.some((connection) => connection.isClosed), false);
  });

  it("keeps none where none may be kept, and busy ones do not count", async () => {
    const none = new PoolFixture({ maxKeepaliveConnections: 0 });
    const one = await none.busy(A);
    one.finish();
    assertEquals([one.isClosed, none.stats()], [true, "0 connecting, 0 active, 0 idle, 0 waiting"]);

    const fixture = new PoolFixture({ maxConnections: 3, maxKeepaliveConnections: 1 });
    const idle = await fixture.busy(A);
    await fixture.busy(A);
    await fixture.busy(A);
    idle.finish();
    assertEquals(idle.isClosed, false);
    assertEquals(fixture.stats(), "0 connecting, 2 active, 1 idle, 0 waiting");
  });

  it("uses no connection a second time where keepaliveExpiry is 0, however soon and for whom", async () => {
    for (const isShared of [false, true]) {
      const fixture = new PoolFixture({ keepaliveExpiryMs: 0, maxConnections: 1 }, { isShared });
      fixture.network.maxExchanges = 1;
      const one = await fixture.busy(A);
      const waiting = fixture.acquire(A);
      one.finish();
      assertEquals([one.isClosed, fixture.network.attempts], [true, 2]);
      const two = fixture.network.openings[0]?.succeed();
      assertEquals(await waiting, two);
      two?.finish();
      assertEquals(fixture.stats(), "0 connecting, 0 active, 0 idle, 0 waiting");
    }
  });

  it("a default pool timeout does not end a queue that moves, and one of the caller's does", async () => {
    const fixture = new PoolFixture({ maxConnections: 1 });
    let busy = await fixture.busy(A);
    const byDefault = fixture.acquire(
      A,
      fixture.deadline({ pool: 100, poolMeasuresProgress: true }),
    );
    byDefault.catch(() => {});
    const queue = Array.from({ length: 9 }, () => fixture.acquire(A));
    for (const call of queue) call.catch(() => {});
    const strict = fixture.acquire(A, fixture.deadline({ pool: 100 })).catch((e) => e);
    // Those in front of it are served one every 80 ms; it is the last, as if it had come last.
    for (let i = 0; i < 2; i++) {
      fixture.time.advance(80);
      busy.finish();
      busy = await (i === 0 ? byDefault : queue[0] as Promise<FakeConnection>);
    }
    assertInstanceOf(await strict, PoolTimeout);
    const last = fixture.acquire(A, fixture.deadline({ pool: 100, poolMeasuresProgress: true }));
    let outcome = "waiting";
    last.then(() => outcome = "served", (error) => outcome = error.name);
    for (const next of queue.slice(1)) {
      fixture.time.advance(80);
      busy.finish();
      busy = await next;
    }
    assertEquals(outcome, "waiting");
    fixture.time.advance(90);
    await settle();
    assertEquals(outcome, "waiting");
    fixture.time.advance(60);
    await settle();
    assertEquals(outcome, "PoolTimeout");
    assertEquals(fixture.stats(), "0 connecting, 1 active, 0 idle, 0 waiting");
  });

  it("does not use a connection that has been idle for too long", async () => {
    const fixture = new PoolFixture({ keepaliveExpiryMs: 5000 });
    const one = await fixture.busy(A);
    one.finish();
    fixture.time.advance(4900);
    assertEquals(fixture.pool.acquire(A, fixture.deadline()), one);
    one.finish();
    fixture.time.advance(5100);
    const fresh = fixture.acquire(A);
    assertEquals(one.isClosed, true);
    assertEquals(fixture.stats(), "1 connecting, 0 active, 0 idle, 0 waiting");
    const closing = fixture.pool.close(new CloseError("done"));
    await assertRejects(() => fresh, CloseError, "done");
    await closing;
  });

  for (const [said, keptMs] of [[5000, 4000], [1000, 500], [Infinity, 60_000]] as const) {
    it(`uses a connection for ${keptMs} ms where its server keeps it for ${said}`, async () => {
      for (const [idleMs, isReused] of [[keptMs - 100, true], [keptMs + 100, false]] as const) {
        const fixture = new PoolFixture({ keepaliveExpiryMs: 60_000 });
        const one = await fixture.busy(A);
        one.serverIdleMs = said;
        one.finish();
        fixture.time.advance(idleMs);
        const next = fixture.acquire(A);
        next.catch(() => {});
        assertEquals(one.isClosed, !isReused);
        await fixture.pool.close(new CloseError("done"));
      }
    });
  }

  it("forgets an idle connection that its server closes", async () => {
    const fixture = new PoolFixture();
    const connections = [await fixture.busy(A), await fixture.busy(A)];
    for (const connection of connections) connection.finish();
    connections[0]?.close();
    assertEquals(fixture.stats(), "0 connecting, 0 active, 1 idle, 0 waiting");
    assertEquals(fixture.pool.acquire(A, fixture.deadline()), connections[1]);
  });

  it("a connection that ends in use leaves its slot to the next", async () => {
    const fixture = new PoolFixture({ maxConnections: 1 });
    const one = await fixture.busy(A);
    const waiting = fixture.acquire(A);
    one.close();
    assertEquals(fixture.stats(), "1 connecting, 0 active, 0 idle, 0 waiting");
    fixture.network.openings[0]?.succeed();
    assertEquals((await waiting).name, "http://a:80#2");
  });

  it("acquireNew() takes no connection that has carried something, idle or coming free", async () => {
    const fixture = new PoolFixture({ maxConnections: 1 });
    (await fixture.busy(A)).finish();
    const first = fixture.acquireNew(A);
    fixture.network.openings[0]?.succeed();
    const two = await first;
    assertEquals(two.name, "http://a:80#2");
    const second = fixture.acquireNew(A);
    const third = fixture.acquire(A);
    two.finish();
    assertEquals([two.isClosed, fixture.stats()], [
      true,
      "1 connecting, 0 active, 0 idle, 1 waiting",
    ]);
    fixture.network.openings[0]?.succeed();
    const three = await second;
    three.finish();
    assertEquals([three.name, await third], ["http://a:80#3", three]);
  });

  it("acquireNew() shares what is shared, once there is no room for more", async () => {
    const fixture = new PoolFixture({ maxConnections: 1 }, { isShared: true });
    const one = await fixture.busy(A);
    const waiting = fixture.acquireNew(A);
    one.finish();
    assertEquals(await waiting, one);
  });

  it("a connect that fails fails its own call alone, and leaves its slot to the next", async () => {
    const fixture = new PoolFixture({ maxConnections: 1 });
    const failing = fixture.acquire(A);
    const waiting = fixture.acquire(A);
    fixture.network.openings[0]?.fail(new ConnectError("refused"));
    await assertRejects(() => failing, ConnectError, "refused");
    assertEquals(fixture.stats(), "1 connecting, 0 active, 0 idle, 0 waiting");
    fixture.network.openings[0]?.succeed();
    await waiting;
  });

  it("rejects with PoolTimeout, and the queue closes behind whoever left", async () => {
    const fixture = new PoolFixture({ maxConnections: 1 });
    const one = await fixture.busy(A);
    const impatient = fixture.acquire(A, fixture.deadline({ pool: 100 }));
    const patient = fixture.acquire(A);
    impatient.catch(() => {});
    fixture.time.advance(200);
    await assertRejects(
      () => impatient,
      PoolTimeout,
      "100 ms (timeout.pool); connections held (of 1): 1 by http://a:80 for up to 120 ms",
    );
    assertEquals(fixture.stats(), "0 connecting, 1 active, 0 idle, 1 waiting");
    one.finish();
    assertEquals(await patient, one);
  });

  it("rejects with ConnectTimeout, and the attempt is given up", async () => {
    const fixture = new PoolFixture();
    const call = fixture.acquire(A, fixture.deadline({ connect: 100 }));
    call.catch(() => {});
    fixture.time.advance(200);
    await assertRejects(() => call, ConnectTimeout);
    assertEquals(fixture.stats(), "0 connecting, 0 active, 0 idle, 0 waiting");
  });

  it("an aborted call leaves the queue, first, middle and last alike", async () => {
    for (const gone of [0, 1, 2]) {
      const fixture = new PoolFixture({ maxConnections: 1 });
      const one = await fixture.busy(A);
      const controllers = [0, 1, 2].map(() => new AbortController());
      const calls = controllers.map((c) => fixture.acquire(A, fixture.deadline({}, c.signal)));
      const reason = new Error("gone");
      controllers[gone]?.abort(reason);
      await assertRejects(() => calls[gone] as Promise<FakeConnection>, Error, "gone");
      assertEquals(fixture.pool.stats.waiting, 2);
      for (const call of calls.filter((_, i) => i !== gone)) {
        one.finish();
        assertEquals(await call, one);
      }
      one.finish();
      assertEquals(fixture.stats(), "0 connecting, 0 active, 1 idle, 0 waiting");
    }
  });

  it("an aborted call that was connecting gives up the attempt", async () => {
    const fixture = new PoolFixture({ maxConnections: 1 });
    const abort = new AbortController();
    const call = fixture.acquire(A, fixture.deadline({}, abort.signal));
    const next = fixture.acquire(B);
    abort.abort(new Error("gone"));
    await assertRejects(() => call, Error, "gone");
    assertEquals(fixture.network.openings.map((o) => o.route), [B]);
    fixture.network.openings[0]?.succeed();
    await next;
  });

  it("idle connections do not hold the program once nothing is under way; used ones do", async () => {
    const fixture = new PoolFixture();
    const one = await fixture.busy(A);
    one.finish();
    assertEquals(one.isRef, true);
    fixture.time.advance(40);
    assertEquals([one.isRef, fixture.time.isTicking], [false, false]);
    fixture.pool.acquire(A, fixture.deadline());
    assertEquals(one.isRef, true);
  });

  it("a response that is not read does not keep the process alive, whatever alarms there are", async () => {
    const fixture = new PoolFixture({ maxConnections: 3 });
    const [unread, waiting] = [await fixture.busy(A), await fixture.busy(A)];
    const done = await fixture.busy(A);
    fixture.time.clock.schedule(60_000, () => {});
    unread.rest();
    fixture.time.advance(40);
    assertEquals([unread, waiting, done].map(({ isRef }) => isRef), [false, true, true]);
    done.finish();
    fixture.time.advance(40);
    assertEquals([unread, waiting, done].map(({ isRef }) => isRef), [false, true, false]);
  });

  it("close() ends idle and busy connections, attempts and waiters alike", async () => {
    const fixture = new PoolFixture({ maxConnections: 3 });
    const idle = await fixture.busy(A);
    const busy = await fixture.busy(A);
    idle.finish();
    const calls = [fixture.acquire(B), fixture.acquire(B), fixture.acquire(B), fixture.acquire(B)];
    const outcomes = Promise.allSettled(calls);
    fixture.network.openings[0]?.succeed();
    await calls[0];
    await settle();
    const reason = new CloseError("the client was closed");
    await fixture.pool.close(reason);
    assertEquals([idle.isClosed, busy.isClosed], [true, true]);
    const rejected = (await outcomes).filter((o) => o.status === "rejected");
    assertEquals(rejected.map((o) => o.reason), [reason, reason, reason]);
    assertEquals(fixture.stats(), "0 connecting, 0 active, 0 idle, 0 waiting");
    assertEquals(fixture.time.isTicking, false);
    assertThrows(() => fixture.pool.acquire(A, fixture.deadline()), CloseError);
  });

  it("keeps its laws through a random walk", async () => {
    for (const seed of [1, 2, 3, 4, 5]) await randomWalk(seed);
  });
});

/** 400 random steps; the laws are checked after each, and at the end nothing is left. */
async function randomWalk(seed: number): Promise<void> {
  const random = seeded(seed);
  const fixture = new PoolFixture({ maxConnections: 3, maxKeepaliveConnections: 2 });
  const held: FakeConnection[] = [];
  const controllers: AbortController[] = [];
  let open = 0;
  for (let step = 0; step < 400; step++) {
    const opening = fixture.network.openings[random(4)];
    const at = random(Math.max(held.length, 1));
    switch (random(6)) {
      case 0:
      case 1: {
        const controller = new AbortController();
        controllers.push(controller);
        open++;
        const deadline = fixture.deadline({ pool: 200 }, controller.signal);
        const route = random(2) ? A : B;
        const acquiring = random(4) === 0
          ? fixture.acquireNew(route, deadline)
          : fixture.acquire(route, deadline);
        acquiring.then(
          (connection) => held.push(connection),
          (error) => assert(error instanceof PoolTimeout || error instanceof ConnectError),
        ).finally(() => open--);
        break;
      }
      case 2:
        opening?.succeed();
        break;
      case 3:
        if (random(3) === 0) opening?.fail(new ConnectError("refused"));
        else controllers[random(controllers.length + 1)]?.abort(new ConnectError("aborted"));
        break;
      case 4:
        held.splice(at, 1)[0]?.finish();
        break;
      case 5:
        if (random(3) === 0) held.splice(at, 1)[0]?.close();
        else fixture.time.advance(20);
    }
    await settle();
    fixture.pool.checkInvariants();
  }
  await fixture.pool.close(new ConnectError("closed"));
  await settle();
  assertEquals(open, 0);
  assertEquals(fixture.stats(), "0 connecting, 0 active, 0 idle, 0 waiting");
}
