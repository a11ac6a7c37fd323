import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  Client,
  type MockHandler,
  MockTransport,
  Request,
  Response,
  TimeoutException,
} from "@httpx/httpx";
import { rateLimit, type RateLimitOptions } from "@httpx/httpx/limit";
import { retry } from "@httpx/httpx/retry";
import { SyncClient } from "@httpx/httpx/sync";
import { CallDeadline } from "../../../src/clock/call_deadline.ts";
import { compose } from "../../../src/middleware/middleware.ts";
import { checkRateLimit } from "../../../src/middleware/rate_limit/options.ts";
import { makeRateLimiter } from "../../../src/middleware/rate_limit/rate_limit.ts";
import { startHTTP1 } from "../retry/support/failing_server.ts";
import { StepTime } from "../../support/time/step_time.ts";
import { addressOf } from "../../../src/message/request.ts";

const url = "https://example.org/";

/** A limited transport on a time of its own; the paths and moments of requests are noted. */
class Fixture {
  readonly time = new StepTime();
  readonly log: string[] = [];
  readonly transport;

  constructor(options: RateLimitOptions, handler: MockHandler = () => new Response(200)) {
    const mock = new MockTransport((request) => {
      this.log.push(`${addressOf(request).requestTarget.slice(1)} at ${this.time.now() - 1000}`);
      return handler(request);
    });
    this.transport = compose(mock, makeRateLimiter(checkRateLimit(options), this.time));
  }

  send(
    path: number | string,
    { totalMs = null, signal = null }: { totalMs?: number | null; signal?: AbortSignal | null } =
      {},
  ): Promise<Response> {
    const request = new Request("GET", `${url}${path}`, { signal });
    const deadline = new CallDeadline({ totalMs, signal, request }, this.time);
    request.extensions.call = { isStreamed: false, deadline };
    return this.transport.handleRequest(request);
  }

  all(...calls: readonly Promise<unknown>[]): Promise<PromiseSettledResult<unknown>[]> {
    return this.time.run(Promise.allSettled(calls));
  }
}

const names = (outcomes: readonly PromiseSettledResult<unknown>[]) =>
  outcomes.map((outcome) => {
    if (outcome.status === "fulfilled") return "ok";
    return outcome.reason instanceof Error ? outcome.reason.name : String(outcome.reason);
  });

describe("rateLimit({ requests, perMs })", () => {
  it("lets a burst through, and the rest in the order of arrival as tokens come back", async () => {
    const fixture = new Fixture({ requests: 2, perMs: 100 });
    await fixture.all(...[1, 2, 3, 4, 5].map((n) => fixture.send(n)));
    assertEquals(fixture.log, ["1 at 0", "2 at 0", "3 at 100", "4 at 100", "5 at 200"]);
    assertEquals(fixture.time.timers, 0);
  });

  it("has limits of its own for each origin, or for each key", async () => {
    const fixture = new Fixture({ requests: 1, perMs: 100, key: ({ url }) => url.slice(-1) });
    await fixture.all(...["a1", "b2", "c1"].map((path) => fixture.send(path)));
    assertEquals(fixture.log, ["a1 at 0", "b2 at 0", "c1 at 100"]);
    const keyless = new Fixture({ key: () => 5 as unknown as string });
    await assertRejects(
      () => keyless.send(1),
      TypeError,
      "Cannot use rateLimit.key: it returned number",
    );
  });

  it("leaves no hole where a waiter aborts, or runs out of time", async () => {
    const controller = new AbortController();
    const fixture = new Fixture({ requests: 1, perMs: 100 }, ({ url }) => {
      if (url.endsWith("/1")) controller.abort("enough");
      return new Response(200);
    });
    const outcomes = await fixture.all(
      fixture.send(1),
      fixture.send(2, { signal: controller.signal }),
      fixture.send(3),
      fixture.send(4, { signal: controller.signal }),
      fixture.send(5),
    );
    assertEquals(names(outcomes), ["ok", "enough", "ok", "enough", "ok"]);
    assertEquals(fixture.log, ["1 at 0", "3 at 100", "5 at 200"]);
    assertEquals(fixture.time.timers, 0);
  });

  it("gives up at once if the turn can't come in time, and says when it would have", async () => {
    const fixture = new Fixture({ requests: 2, perMs: 1000 });
    const waiting = [1, 2, 3, 4, 5].map((n) => fixture.send(n));
    const began = fixture.time.now();
    const error = await assertRejects(() => fixture.send(6, { totalMs: 2000 }), TimeoutException);
    assertEquals([fixture.time.now() - began, error.safeToRetry], [0, true]);
    assertEquals(
      error.message,
      "Cannot send GET https://example.org/6: the rate limit allows it in 2000 ms, and 2000 ms of 2000 ms are left " +
        "(timeout.total)",
    );
    await fixture.all(...waiting, fixture.send(7, { totalMs: 3001 }));
    assertEquals(fixture.log.at(-1), "7 at 2000");
  });

  it("uses the whole rate at a server that counts, and never more in any window", async () => {
    const moments: number[] = [];
    const fixture = new Fixture({ requests: 25, perMs: 1000 }, () => {
      moments.push(fixture.time.now());
      return new Response(200);
    });
    await fixture.all(...Array.from({ length: 500 }, (_, n) => fixture.send(n)));
    assert(moments.every((moment, i) => moment - (moments[i - 25] ?? -Infinity) >= 1000));
    assertEquals((moments.at(-1) ?? 0) - (moments[0] ?? 0), 19_000);
  });

  it("serves 10,000 waiters first come first served, each at the same cost", async () => {
    const costs: number[] = [];
    for (const count of [2500, 10_000]) {
      const fixture = new Fixture({ requests: count / 10, perMs: 1000 });
      const controller = new AbortController();
      const order: number[] = [];
      const calls = Array.from(
        { length: count },
        (_, n) => fixture.send(n).then(() => order.push(n)),
      );
      const leaving = fixture.send("x", { signal: controller.signal }).catch(() => {});
      controller.abort();
      const began = performance.now();
      await fixture.all(...calls, leaving);
      costs.push((performance.now() - began) / count);
      assertEquals(order, Array.from({ length: count }, (_, n) => n));
    }
    const [few = 0, many = 0] = costs;
    assert(many < 10 * few, `${few} and ${many} ms each`); // a walk along the line would cost more, the more there are
  });
});

describe("rateLimit({ concurrency })", () => {
  it("lets the next through when a response is read or closed, or a request has failed", async () => {
    const open: Response[] = [];
    const fixture = new Fixture({ concurrency: 2 }, ({ url }) => {
      if (url.endsWith("/2")) throw new Error("no answer");
      const response = new Response(200, { stream: [Uint8Array.of(1)] });
      open.push(response);
      return response;
    });
    const calls = [1, 2, 3, 4, 5].map((n) => fixture.send(n));
    const outcomes = Promise.allSettled(calls);
    await fixture.time.run(Promise.all([calls[0], calls[2]]));
    assertEquals(fixture.log.length, 3);
    await open[0]?.read();
    await fixture.time.run(Promise.resolve(calls[3]));
    assertEquals(fixture.log.length, 4);
    await open[1]?.close();
    assertEquals(names(await fixture.time.run(outcomes)), ["ok", "Error", "ok", "ok", "ok"]);
  });
});

describe("rateLimit() and the server's own limits", () => {
  it("sends nothing after a 429 before Retry-After is over", async () => {
    let status = 429;
    const fixture = new Fixture({}, () => {
      const response = new Response(status, { headers: { "retry-after": "5" } });
      status = 200;
      return response;
    });
    await fixture.all(fixture.send(1));
    await fixture.all(fixture.send(2), fixture.send(3));
    assertEquals(fixture.log, ["1 at 0", "2 at 5000", "3 at 5000"]);
  });

  it("sends no more than is left before the reset", async () => {
    const headers = { ratelimit: '"default";r=2;t=10' };
    let count = 0;
    const fixture = new Fixture({}, () => new Response(200, ++count === 1 ? { headers } : {}));
    await fixture.all(fixture.send(1));
    await fixture.all(...[2, 3, 4].map((n) => fixture.send(n)));
    assertEquals(fixture.log, ["1 at 0", "2 at 0", "3 at 0", "4 at 10000"]);
  });

  it("makes those who wait give up at once if they have less time", async () => {
    const fixture = new Fixture(
      { concurrency: 1 },
      () => new Response(503, { headers: { "retry-after": "60" } }),
    );
    const outcomes = await fixture.all(
      fixture.send(1).then((response) => response.read()),
      fixture.send(2, { totalMs: 59_000 }),
      fixture.send(3, { totalMs: 61_000 }).then((response) => response.read()),
    );
    assertEquals(names(outcomes), ["ok", "TimeoutException", "ok"]);
    assertEquals(fixture.log, ["1 at 0", "3 at 60000"]);
  });

  it("does not end a pause early by a response to an earlier request", async () => {
    const release: (() => void)[] = [];
    const fixture: Fixture = new Fixture({}, async ({ url }) => {
      if (url.endsWith("/2")) return new Response(429, { headers: { "retry-after": "9" } });
      if (url.endsWith("/1")) {
        await new Promise<void>((resolve) => release.push(resolve));
        return new Response(200, { headers: { ratelimit: '"a";r=50;t=1' } });
      }
      return new Response(200);
    });
    const first = fixture.send(1);
    await fixture.all(fixture.send(2));
    release[0]?.();
    await fixture.all(first);
    await fixture.all(fixture.send(3));
    assertEquals(fixture.log, ["1 at 0", "2 at 0", "3 at 9000"]);
  });

  it("waits for an hour at most", async () => {
    let status = 429;
    const fixture = new Fixture({}, () => {
      const response = new Response(status, { headers: { "retry-after": "86400" } });
      status = 200;
      return response;
    });
    await fixture.all(fixture.send(1));
    await fixture.all(fixture.send(2));
    assertEquals(fixture.log, ["1 at 0", "2 at 3600000"]);
  });
});

describe("rateLimit() with retry() outside", () => {
  it("counts each try", async () => {
    const moments: number[] = [];
    const transport = new MockTransport(() => {
      moments.push(performance.now());
      return new Response(moments.length === 3 ? 200 : 503);
    });
    const middleware = [retry({ backoff: { baseMs: 0 } }), rateLimit({ requests: 1, perMs: 20 })];
    await using client = new Client({ transport, middleware });
    assertEquals((await client.get(url)).status, 200);
    assert(moments.every((moment, i) => moment - (moments[i - 1] ?? -Infinity) >= 20));
  });
});

describe("rateLimit() in a SyncClient", () => {
  it("blocks until the turn comes, and gives up at once if it can't", () => {
    const moments: number[] = [];
    const transport = new MockTransport(() => {
      moments.push(performance.now());
      return new Response(200);
    });
    using client = new SyncClient({
      transport,
      middleware: [rateLimit({ requests: 1, perMs: 20 })],
    });
    for (let i = 0; i < 3; i++) client.get(url);
    assert(moments.every((moment, i) => moment - (moments[i - 1] ?? -Infinity) >= 20));
    assertThrows(
      () => client.get(url, { timeout: { total: 5 } }),
      TimeoutException,
      "the rate limit allows it in ",
    );
  });

  it("says why it can't wait for a response that its own thread has to read", () => {
    const handleRequestSync = () => new Response(200, { stream: [Uint8Array.of(1)] });
    using client = new SyncClient({
      transport: { handleRequestSync },
      middleware: [rateLimit({ concurrency: 1 })],
    });
    using first = client.stream("GET", url);
    assertThrows(() => client.get(url), TypeError, "1 requests are under way");
    first.read();
    assertEquals(client.get(url).status, 200);
  });
});

describe("rateLimit() against a server that counts", () => {
  it("is never above the rate in any window, connections and all", async () => {
    const arrivals: number[] = [];
    await using server = await startHTTP1(async (peer) => {
      arrivals.push(performance.now());
      await peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
      return "keep";
    });
    const [requests, perMs] = [25, 700];
    await using client = new Client({ middleware: [rateLimit({ requests, perMs })] });
    await Promise.all(Array.from({ length: 100 }, () => client.get(server.url)));
    assertEquals(arrivals.length, 100);
    const tooClose = arrivals.filter((moment, i) =>
      moment - (arrivals[i - requests] ?? -Infinity) < perMs
    );
    assertEquals(tooClose, []);
  });
});
