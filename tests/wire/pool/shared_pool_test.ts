/** The pool and connections that carry many exchanges at once. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { ConnectError, ConnectTimeout, PoolTimeout } from "../../../src/errors.ts";
import { seeded } from "../../support/random.ts";
import { type FakeConnection, settle } from "../../support/connections/fake_connections.ts";
import { A, B, PoolFixture } from "../../support/connections/pool_fixture.ts";

type Limits = ConstructorParameters<typeof PoolFixture>[0];

function makeFixture(limits: Limits = {}, maxExchanges = 100): PoolFixture {
  const fixture = new PoolFixture(limits, { isShared: true });
  fixture.network.maxExchanges = maxExchanges;
  return fixture;
}

function calls(fixture: PoolFixture, count: number, route = A): Promise<FakeConnection>[] {
  return Array.from({ length: count }, () => {
    const acquired = fixture.acquire(route);
    acquired.catch(() => {});
    return acquired;
  });
}

async function connected(fixture: PoolFixture): Promise<void> {
  fixture.network.openings[0]?.succeed();
  await settle();
}

describe("Pool, shared connections", () => {
  it("lets those who wait for an attempt of several tries wait as long as all may take", async () => {
    const fixture = new PoolFixture({}, { isShared: true, tries: 3 });
    const first = fixture.acquire(A);
    const follower = fixture.acquire(A, fixture.deadline({ connect: 100 }));
    const late = assertRejects(() => follower, ConnectTimeout);
    fixture.time.advance(280);
    await settle();
    assertEquals(fixture.stats(), "1 connecting, 0 active, 0 idle, 1 waiting");
    fixture.time.advance(60);
    await late;
    await connected(fixture);
    await first;
    assertEquals(fixture.stats(), "0 connecting, 1 active, 0 idle, 0 waiting");
  });

  it("concurrent first calls make one connection and share it", async () => {
    const fixture = makeFixture();
    const all = calls(fixture, 50);
    assertEquals([fixture.network.attempts, fixture.stats()], [
      1,
      "1 connecting, 0 active, 0 idle, 49 waiting",
    ]);
    await connected(fixture);
    assertEquals(new Set(await Promise.all(all)).size, 1);
    assertEquals(fixture.stats(), "0 connecting, 1 active, 0 idle, 0 waiting");
  });

  it("all but the first wait until the server has said how many it takes, and no call makes another", async () => {
    const fixture = makeFixture({}, 100);
    fixture.network.knowsRoom = false;
    const all = calls(fixture, 30);
    await connected(fixture);
    const later = calls(fixture, 5);
    assertEquals(fixture.stats(), "0 connecting, 1 active, 0 idle, 34 waiting");
    const connection = await all[0]!;
    connection.allow(10);
    await settle();
    // 10 go on; of the rest one leads the way to a second connection, and the others wait for that one's.
    assertEquals(fixture.stats(), "1 connecting, 1 active, 0 idle, 24 waiting");
    await connected(fixture);
    assertEquals(fixture.stats(), "0 connecting, 2 active, 0 idle, 24 waiting");
    const other = await all[10]!;
    other.allow(100);
    await settle();
    assertEquals(fixture.stats(), "0 connecting, 2 active, 0 idle, 0 waiting");
    assertEquals(new Set(await Promise.all([...all, ...later])), new Set([connection, other]));
  });

  for (const how of ["ends its call", "is closed"] as const) {
    it(`where the first ${how} before that, another takes the lead`, async () => {
      const fixture = makeFixture();
      fixture.network.knowsRoom = false;
      const all = calls(fixture, 3);
      await connected(fixture);
      const first = await all[0]!;
      if (how === "is closed") first.close();
      else first.finish();
      await settle();
      const leads = how === "is closed" ? "1 connecting, 0 active" : "1 connecting, 1 active";
      assertEquals(fixture.stats(), `${leads}, 0 idle, ${how === "is closed" ? 1 : 0} waiting`);
      fixture.network.knowsRoom = true;
      await connected(fixture);
      await Promise.all(all);
      assertEquals(fixture.stats().slice(-9), "0 waiting");
    });
  }

  it("whose turn it is not has a connect timeout while it waits for that", async () => {
    const fixture = makeFixture();
    fixture.network.knowsRoom = false;
    const [first] = calls(fixture, 1);
    const follower = fixture.acquire(A, fixture.deadline({ connect: 100 }));
    const late = assertRejects(() => follower, ConnectTimeout);
    await connected(fixture);
    fixture.time.advance(200);
    await late;
    (await first!).allow(5);
    assertEquals(fixture.stats(), "0 connecting, 1 active, 0 idle, 0 waiting");
  });

  it("a later call joins a busy connection at once", async () => {
    const fixture = makeFixture();
    const first = await fixture.busy(A);
    assert(
      fixture.pool.acquire(A, fixture.deadline()) === first,
      "no promise, no turn of the loop",
    );
    first.finish();
    assertEquals(fixture.stats(), "0 connecting, 1 active, 0 idle, 0 waiting");
    first.finish();
    assertEquals(fixture.stats(), "0 connecting, 0 active, 1 idle, 0 waiting");
  });

  it("opens another where the first is full, within maxConnections, then lets calls wait", async () => {
    const fixture = makeFixture({ maxConnections: 2 }, 2);
    const all = calls(fixture, 5);
    await connected(fixture);
    assertEquals(fixture.network.attempts, 2, "three calls are left: one more connection");
    await connected(fixture);
    assertEquals(fixture.stats(), "0 connecting, 2 active, 0 idle, 1 waiting");
    const [a, b, c] = await Promise.all(all.slice(0, 4));
    assert(a === b && b !== c);
    c?.finish();
    assert(await all[4] === c);
  });

  it("a server that allows more streams lets those in who wait", async () => {
    const fixture = makeFixture({ maxConnections: 1 }, 1);
    const all = calls(fixture, 4);
    await connected(fixture);
    const connection = await all[0];
    assertEquals(fixture.stats(), "0 connecting, 1 active, 0 idle, 3 waiting");
    connection?.allow(3);
    await settle();
    assertEquals(fixture.stats(), "0 connecting, 1 active, 0 idle, 1 waiting");
    connection?.allow(0);
    connection?.finish();
    await settle();
    assertEquals(fixture.stats(), "0 connecting, 1 active, 0 idle, 1 waiting");
  });

  it("keeps origins apart", async () => {
    const fixture = makeFixture();
    const [a] = calls(fixture, 1, A);
    const [b] = calls(fixture, 1, B);
    assertEquals(fixture.network.openings.map(({ route }) => route.target.host), ["a", "b"]);
    await connected(fixture);
    await connected(fixture);
    assert(await a !== await b);
  });

  it("a server without h2 gets a connection for each call, as ever", async () => {
    const fixture = makeFixture({ maxConnections: 3 });
    const all = calls(fixture, 5);
    fixture.network.isShared = false;
    await connected(fixture);
    assertEquals(fixture.network.attempts, 2, "the next call leads, the others wait for it");
    while (fixture.network.openings.length > 0) await connected(fixture);
    assertEquals(fixture.stats(), "0 connecting, 3 active, 0 idle, 2 waiting");
    const [first] = await Promise.all(all.slice(0, 3));
    first?.finish();
    assert(await all[3] === first);
  });

  it("a failed attempt fails its own call; each other makes one of its own", async () => {
    const fixture = makeFixture({ maxConnections: 10 });
    const all = calls(fixture, 4);
    fixture.network.openings[0]?.fail(new ConnectError("refused"));
    await settle();
    await assertRejects(() => all[0]!, ConnectError, "refused");
    assertEquals(fixture.network.openings.length, 3);
    fixture.network.openings[0]?.succeed();
    for (const opening of [...fixture.network.openings]) opening.fail(new ConnectError("no"));
    await settle();
    const outcomes = await Promise.allSettled(all);
    assertEquals(outcomes.map(({ status }) => status), [
      ...["rejected", "fulfilled", "rejected", "rejected"],
    ]);
    assertEquals(fixture.stats(), "0 connecting, 1 active, 0 idle, 0 waiting");
  });

  it("a leader who gives up passes the lead on", async () => {
    const fixture = makeFixture();
    const abort = new AbortController();
    const leader = fixture.acquire(A, fixture.deadline({}, abort.signal));
    const others = calls(fixture, 3);
    abort.abort(new Error("enough"));
    await assertRejects(() => leader, Error, "enough");
    await settle();
    assertEquals([fixture.network.attempts, fixture.network.openings.length], [2, 1]);
    await connected(fixture);
    assertEquals(new Set(await Promise.all(others)).size, 1);
  });

  it("who waits for another's attempt has a connect timeout of its own", async () => {
    const fixture = makeFixture();
    const leader = fixture.acquire(A);
    const hasty = fixture.acquire(A, fixture.deadline({ connect: 500 }));
    hasty.catch(() => {});
    fixture.time.advance(600);
    await assertRejects(() => hasty, ConnectTimeout);
    assertEquals(fixture.stats(), "1 connecting, 0 active, 0 idle, 0 waiting");
    await connected(fixture);
    assertEquals((await leader).isClosed, false);
  });

  it("an aborted follower leaves the line, first, middle and last alike", async () => {
    for (const leaving of [0, 1, 2]) {
      const fixture = makeFixture();
      const leader = fixture.acquire(A);
      const aborts = [0, 1, 2].map(() => new AbortController());
      const followers = aborts.map(({ signal }) =>
        fixture.acquire(A, fixture.deadline({}, signal))
      );
      aborts[leaving]?.abort(new Error("enough"));
      await assertRejects(() => followers[leaving]!, Error, "enough");
      await connected(fixture);
      await leader;
      const left = followers.filter((_, i) => i !== leaving);
      assertEquals((await Promise.all(left)).length, 2);
    }
  });

  it("a call for room on a full connection has a pool timeout", async () => {
    const fixture = makeFixture({ maxConnections: 1 }, 1);
    await fixture.busy(A);
    const late = fixture.acquire(A, fixture.deadline({ pool: 500 }));
    late.catch(() => {});
    fixture.time.advance(600);
    await assertRejects(() => late, PoolTimeout);
  });

  it("a draining connection takes no more; its calls finish, and it leaves", async () => {
    const fixture = makeFixture({ maxConnections: 2 });
    const old = await fixture.busy(A);
    fixture.pool.acquire(A, fixture.deadline());
    old.maxExchanges = 0;
    const next = fixture.acquire(A);
    await connected(fixture);
    assert(await next !== old);
    old.finish();
    old.finish();
    old.close();
    assertEquals(fixture.stats(), "0 connecting, 1 active, 0 idle, 0 waiting");
  });

  it("close() refuses the leader and all who follow", async () => {
    const fixture = makeFixture();
    const all = calls(fixture, 4);
    await fixture.pool.close(new ConnectError("closed"));
    const outcomes = await Promise.allSettled(all);
    assertEquals(outcomes.filter(({ status }) => status === "rejected").length, 4);
    assertEquals(fixture.stats(), "0 connecting, 0 active, 0 idle, 0 waiting");
  });

  it("keeps its laws through a random walk", async () => {
    for (let seed = 1; seed <= 12; seed++) await randomWalk(seed);
  });
});

/** 400 random steps; the laws are checked after each, and at the end nothing is left. */
async function randomWalk(seed: number): Promise<void> {
  const random = seeded(seed);
  const fixture = makeFixture({ maxConnections: 3, maxKeepaliveConnections: 2 }, 3);
  const held: FakeConnection[] = [];
  const controllers: AbortController[] = [];
  let open = 0;
  const steps: readonly (() => void)[] = [
    () => {
      const controller = new AbortController();
      controllers.push(controller);
      open++;
      const deadline = fixture.deadline({ pool: 300, connect: 300 }, controller.signal);
      fixture.acquire(random(3) > 0 ? A : B, deadline).then(
        (connection) => {
          if (connection.isClosed) throw new Error("a closed connection was handed out");
          held.push(connection);
        },
        (error) => {
          const isKnown = error instanceof PoolTimeout || error instanceof ConnectTimeout ||
            error instanceof ConnectError;
          assert(isKnown, String(error));
        },
      ).finally(() => open--);
    },
    () => {
      fixture.network.isShared = random(4) > 0;
      fixture.network.knowsRoom = !fixture.network.isShared || random(2) > 0;
      fixture.network.openings[random(4)]?.succeed();
    },
    () => fixture.network.openings[random(8)]?.fail(new ConnectError("refused")),
    () => {
      if (random(3) === 0) {
        controllers[random(controllers.length + 1)]?.abort(new ConnectError("x"));
      }
    },
    () => held.splice(random(held.length + 1), 1)[0]?.finish(),
    () => held.splice(random(held.length + 1), 1)[0]?.finish(),
    () => {
      const connection = held[random(held.length + 1)];
      if (connection?.isShared) connection.allow(random(5));
    },
    () => {
      const connection = random(5) === 0 ? held[random(held.length + 1)] : undefined;
      connection?.close();
      for (let i = held.length - 1; i >= 0; i--) if (held[i]?.isClosed) held.splice(i, 1);
    },
    () => fixture.time.advance(20),
  ];
  for (let step = 0; step < 400; step++) {
    steps[random(steps.length)]?.();
    await settle();
    for (let i = held.length - 1; i >= 0; i--) if (held[i]?.isClosed) held.splice(i, 1);
    fixture.pool.checkInvariants();
  }
  await fixture.pool.close(new ConnectError("closed"));
  await settle();
  assertEquals(open, 0, `seed ${seed}`);
  assertEquals(fixture.stats(), "0 connecting, 0 active, 0 idle, 0 waiting");
}
