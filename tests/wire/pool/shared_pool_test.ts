/** The pool and connections that carry many exchanges at once. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { ConnectError, ConnectTimeout, PoolTimeout } from "../../../src/errors.ts";
import { seeded } from "../../support/random.ts";
import { type FakeConnection, settle } from "../../support/connections/fake_connections.ts";
import { A, B, PoolHouse } from "../../support/connections/pool_house.ts";

type Limits = ConstructorParameters<typeof PoolHouse>[0];

function makeHouse(limits: Limits = {}, maxExchanges = 100): PoolHouse {
  const house = new PoolHouse(limits, { isShared: true });
  house.network.maxExchanges = maxExchanges;
  return house;
}

function calls(house: PoolHouse, count: number, route = A): Promise<FakeConnection>[] {
  return Array.from({ length: count }, () => {
    const acquired = house.acquire(route);
    acquired.catch(() => {});
    return acquired;
  });
}

async function connected(house: PoolHouse): Promise<void> {
  house.network.openings[0]?.succeed();
  await settle();
}

describe("Pool, shared connections", () => {
  it("lets those who wait for an attempt of several tries wait as long as all may take", async () => {
    const house = new PoolHouse({}, { isShared: true, tries: 3 });
    const first = house.acquire(A);
    const follower = house.acquire(A, house.deadline({ connect: 100 }));
    const late = assertRejects(() => follower, ConnectTimeout);
    house.time.advance(280);
    await settle();
    assertEquals(house.stats(), "1 connecting, 0 active, 0 idle, 1 waiting");
    house.time.advance(60);
    await late;
    await connected(house);
    await first;
    assertEquals(house.stats(), "0 connecting, 1 active, 0 idle, 0 waiting");
  });

  it("concurrent first calls make one connection and share it", async () => {
    const house = makeHouse();
    const all = calls(house, 50);
    assertEquals([house.network.attempts, house.stats()], [
      1,
      "1 connecting, 0 active, 0 idle, 49 waiting",
    ]);
    await connected(house);
    assertEquals(new Set(await Promise.all(all)).size, 1);
    assertEquals(house.stats(), "0 connecting, 1 active, 0 idle, 0 waiting");
  });

  it("all but the first wait until the server has said how many it takes, and no call makes another", async () => {
    const house = makeHouse({}, 100);
    house.network.knowsRoom = false;
    const all = calls(house, 30);
    await connected(house);
    const later = calls(house, 5);
    assertEquals(house.stats(), "0 connecting, 1 active, 0 idle, 34 waiting");
    const connection = await all[0]!;
    connection.allow(10);
    await settle();
    // 10 go on; of the rest one leads the way to a second connection, and the others wait for that one's.
    assertEquals(house.stats(), "1 connecting, 1 active, 0 idle, 24 waiting");
    await connected(house);
    assertEquals(house.stats(), "0 connecting, 2 active, 0 idle, 24 waiting");
    const other = await all[10]!;
    other.allow(100);
    await settle();
    assertEquals(house.stats(), "0 connecting, 2 active, 0 idle, 0 waiting");
    assertEquals(new Set(await Promise.all([...all, ...later])), new Set([connection, other]));
  });

  for (const how of ["ends its call", "is closed"] as const) {
    it(`where the first ${how} before that, another takes the lead`, async () => {
      const house = makeHouse();
      house.network.knowsRoom = false;
      const all = calls(house, 3);
      await connected(house);
      const first = await all[0]!;
      if (how === "is closed") first.close();
      else first.finish();
      await settle();
      const leads = how === "is closed" ? "1 connecting, 0 active" : "1 connecting, 1 active";
      assertEquals(house.stats(), `${leads}, 0 idle, ${how === "is closed" ? 1 : 0} waiting`);
      house.network.knowsRoom = true;
      await connected(house);
      await Promise.all(all);
      assertEquals(house.stats().slice(-9), "0 waiting");
    });
  }

  it("whose turn it is not has a connect timeout while it waits for that", async () => {
    const house = makeHouse();
    house.network.knowsRoom = false;
    const [first] = calls(house, 1);
    const follower = house.acquire(A, house.deadline({ connect: 100 }));
    const late = assertRejects(() => follower, ConnectTimeout);
    await connected(house);
    house.time.advance(200);
    await late;
    (await first!).allow(5);
    assertEquals(house.stats(), "0 connecting, 1 active, 0 idle, 0 waiting");
  });

  it("a later call joins a busy connection at once", async () => {
    const house = makeHouse();
    const first = await house.busy(A);
    assert(house.pool.acquire(A, house.deadline()) === first, "no promise, no turn of the loop");
    first.finish();
    assertEquals(house.stats(), "0 connecting, 1 active, 0 idle, 0 waiting");
    first.finish();
    assertEquals(house.stats(), "0 connecting, 0 active, 1 idle, 0 waiting");
  });

  it("opens another where the first is full, within maxConnections, then lets calls wait", async () => {
    const house = makeHouse({ maxConnections: 2 }, 2);
    const all = calls(house, 5);
    await connected(house);
    assertEquals(house.network.attempts, 2, "three calls are left: one more connection");
    await connected(house);
    assertEquals(house.stats(), "0 connecting, 2 active, 0 idle, 1 waiting");
    const [a, b, c] = await Promise.all(all.slice(0, 4));
    assert(a === b && b !== c);
    c?.finish();
    assert(await all[4] === c);
  });

  it("a server that allows more streams lets those in who wait", async () => {
    const house = makeHouse({ maxConnections: 1 }, 1);
    const all = calls(house, 4);
    await connected(house);
    const connection = await all[0];
    assertEquals(house.stats(), "0 connecting, 1 active, 0 idle, 3 waiting");
    connection?.allow(3);
    await settle();
    assertEquals(house.stats(), "0 connecting, 1 active, 0 idle, 1 waiting");
    connection?.allow(0);
    connection?.finish();
    await settle();
    assertEquals(house.stats(), "0 connecting, 1 active, 0 idle, 1 waiting");
  });

  it("keeps origins apart", async () => {
    const house = makeHouse();
    const [a] = calls(house, 1, A);
    const [b] = calls(house, 1, B);
    assertEquals(house.network.openings.map(({ route }) => route.target.host), ["a", "b"]);
    await connected(house);
    await connected(house);
    assert(await a !== await b);
  });

  it("a server without h2 gets a connection for each call, as ever", async () => {
    const house = makeHouse({ maxConnections: 3 });
    const all = calls(house, 5);
    house.network.isShared = false;
    await connected(house);
    assertEquals(house.network.attempts, 2, "the next call leads, the others wait for it");
    while (house.network.openings.length > 0) await connected(house);
    assertEquals(house.stats(), "0 connecting, 3 active, 0 idle, 2 waiting");
    const [first] = await Promise.all(all.slice(0, 3));
    first?.finish();
    assert(await all[3] === first);
  });

  it("a failed attempt fails its own call; each other makes one of its own", async () => {
    const house = makeHouse({ maxConnections: 10 });
    const all = calls(house, 4);
    house.network.openings[0]?.fail(new ConnectError("refused"));
    await settle();
    await assertRejects(() => all[0]!, ConnectError, "refused");
    assertEquals(house.network.openings.length, 3);
    house.network.openings[0]?.succeed();
    for (const opening of [...house.network.openings]) opening.fail(new ConnectError("no"));
    await settle();
    const outcomes = await Promise.allSettled(all);
    assertEquals(outcomes.map(({ status }) => status), [
      ...["rejected", "fulfilled", "rejected", "rejected"],
    ]);
    assertEquals(house.stats(), "0 connecting, 1 active, 0 idle, 0 waiting");
  });

  it("a leader who gives up passes the lead on", async () => {
    const house = makeHouse();
    const abort = new AbortController();
    const leader = house.acquire(A, house.deadline({}, abort.signal));
    const others = calls(house, 3);
    abort.abort(new Error("enough"));
    await assertRejects(() => leader, Error, "enough");
    await settle();
    assertEquals([house.network.attempts, house.network.openings.length], [2, 1]);
    await connected(house);
    assertEquals(new Set(await Promise.all(others)).size, 1);
  });

  it("who waits for another's attempt has a connect timeout of its own", async () => {
    const house = makeHouse();
    const leader = house.acquire(A);
    const hasty = house.acquire(A, house.deadline({ connect: 500 }));
    hasty.catch(() => {});
    house.time.advance(600);
    await assertRejects(() => hasty, ConnectTimeout);
    assertEquals(house.stats(), "1 connecting, 0 active, 0 idle, 0 waiting");
    await connected(house);
    assertEquals((await leader).isClosed, false);
  });

  it("an aborted follower leaves the line, first, middle and last alike", async () => {
    for (const leaving of [0, 1, 2]) {
      const house = makeHouse();
      const leader = house.acquire(A);
      const aborts = [0, 1, 2].map(() => new AbortController());
      const followers = aborts.map(({ signal }) => house.acquire(A, house.deadline({}, signal)));
      aborts[leaving]?.abort(new Error("enough"));
      await assertRejects(() => followers[leaving]!, Error, "enough");
      await connected(house);
      await leader;
      const left = followers.filter((_, i) => i !== leaving);
      assertEquals((await Promise.all(left)).length, 2);
    }
  });

  it("a call for room on a full connection has a pool timeout", async () => {
    const house = makeHouse({ maxConnections: 1 }, 1);
    await house.busy(A);
    const late = house.acquire(A, house.deadline({ pool: 500 }));
    late.catch(() => {});
    house.time.advance(600);
    await assertRejects(() => late, PoolTimeout);
  });

  it("a draining connection takes no more; its calls finish, and it leaves", async () => {
    const house = makeHouse({ maxConnections: 2 });
    const old = await house.busy(A);
    house.pool.acquire(A, house.deadline());
    old.maxExchanges = 0;
    const next = house.acquire(A);
    await connected(house);
    assert(await next !== old);
    old.finish();
    old.finish();
    old.close();
    assertEquals(house.stats(), "0 connecting, 1 active, 0 idle, 0 waiting");
  });

  it("close() refuses the leader and all who follow", async () => {
    const house = makeHouse();
    const all = calls(house, 4);
    await house.pool.close(new ConnectError("closed"));
    const outcomes = await Promise.allSettled(all);
    assertEquals(outcomes.filter(({ status }) => status === "rejected").length, 4);
    assertEquals(house.stats(), "0 connecting, 0 active, 0 idle, 0 waiting");
  });

  it("keeps its laws through a random walk", async () => {
    for (let seed = 1; seed <= 12; seed++) await randomWalk(seed);
  });
});

/** 400 random steps; the laws are checked after each, and at the end nothing is left. */
async function randomWalk(seed: number): Promise<void> {
  const random = seeded(seed);
  const house = makeHouse({ maxConnections: 3, maxKeepaliveConnections: 2 }, 3);
  const held: FakeConnection[] = [];
  const controllers: AbortController[] = [];
  let open = 0;
  const steps: readonly (() => void)[] = [
    () => {
      const controller = new AbortController();
      controllers.push(controller);
      open++;
      const deadline = house.deadline({ pool: 300, connect: 300 }, controller.signal);
      house.acquire(random(3) > 0 ? A : B, deadline).then(
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
      house.network.isShared = random(4) > 0;
      house.network.knowsRoom = !house.network.isShared || random(2) > 0;
      house.network.openings[random(4)]?.succeed();
    },
    () => house.network.openings[random(8)]?.fail(new ConnectError("refused")),
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
    () => house.time.advance(20),
  ];
  for (let step = 0; step < 400; step++) {
    steps[random(steps.length)]?.();
    await settle();
    for (let i = held.length - 1; i >= 0; i--) if (held[i]?.isClosed) held.splice(i, 1);
    house.pool.checkInvariants();
  }
  await house.pool.close(new ConnectError("closed"));
  await settle();
  assertEquals(open, 0, `seed ${seed}`);
  assertEquals(house.stats(), "0 connecting, 0 active, 0 idle, 0 waiting");
}
