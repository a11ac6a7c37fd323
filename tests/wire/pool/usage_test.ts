import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { usageByOrigin } from "../../../src/wire/pool/usage.ts";
import { A, B, PoolFixture } from "../../support/connections/pool_fixture.ts";

describe("usageByOrigin()", () => {
  it("counts connections by state, streams and waiting calls of each origin", () => {
    const entries = [
      { route: A, isIdle: true, exchanges: 0, usedSince: 0 },
      { route: B, isIdle: false, exchanges: 7, usedSince: 60 },
      { route: B, isIdle: false, exchanges: 1, usedSince: 40 },
    ];
    assertEquals(usageByOrigin({ entries, openings: [A], waiting: [A, A], nowMs: 100 }), [
      {
        origin: B.target.origin,
        connecting: 0,
        active: 2,
        idle: 0,
        streams: 8,
        waiting: 0,
        longestMs: 60,
      },
      {
        origin: A.target.origin,
        connecting: 1,
        active: 0,
        idle: 1,
        streams: 0,
        waiting: 2,
        longestMs: 0,
      },
    ]);
  });
});

describe("Pool.usage()", () => {
  it("counts the bytes of open and of closed connections once", async () => {
    const fixture = new PoolFixture();
    const first = await fixture.busy(A);
    const second = await fixture.busy(B);
    first.totalSentBytes = 3;
    first.totalReceivedBytes = 50;
    second.totalSentBytes = 4;
    const bytes = () => {
      const { bytesSent, bytesReceived } = fixture.pool.usage();
      return [bytesSent, bytesReceived];
    };
    assertEquals(bytes(), [7, 50]);
    first.close();
    assertEquals(bytes(), [7, 50]);
  });

  it("names the origins of attempts and of calls that wait", async () => {
    const fixture = new PoolFixture({ maxConnections: 1 });
    const connecting = fixture.acquire(A);
    const waiting = fixture.acquire(B);
    const { origins, ...counts } = fixture.pool.usage();
    assertEquals(origins.map(({ origin, connecting, waiting }) => [origin, connecting, waiting]), [
      [A.target.origin, 1, 0],
      [B.target.origin, 0, 1],
    ]);
    assertEquals([counts.connecting, counts.waiting, counts.streams], [1, 1, 0]);
    fixture.network.openings[0]?.succeed();
    (await connecting).close();
    fixture.network.openings[0]?.succeed();
    await waiting;
    assertEquals(fixture.pool.usage().streams, 1);
  });
});
