import { assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  ConnectError,
  HTTPError,
  type MockHandler,
  MockTransport,
  ReadError,
  Request,
  Response,
  Timeout,
} from "@httpx/httpx";
import { retry, type RetryOptions } from "@httpx/httpx/retry";
import { CallDeadline } from "../../../src/clock/call_deadline.ts";
import { checkRetry } from "../../../src/message/retry_options.ts";
import { compose } from "../../../src/middleware/middleware.ts";
import { makeRetrier } from "../../../src/middleware/retry/retry.ts";
import { StepTime } from "../../support/time/step_time.ts";

const url = "https://example.org/";

/** Waits of 100 ms, 200 ms and so on, exactly. */
const EXACT: RetryOptions = { backoff: { baseMs: 100, jitter: "none" }, budget: null };

/** A transport behind retries, on a time of its own; the moments of its requests are noted. */
class Fixture {
  readonly time = new StepTime();
  readonly moments: number[] = [];
  readonly requests: Request[] = [];
  readonly transport;

  constructor(handler: MockHandler, options: RetryOptions = {}) {
    const retrier = makeRetrier(checkRetry({ ...EXACT, ...options }), this.time);
    const mock = new MockTransport((request) => {
      this.moments.push(this.time.now());
      this.requests.push(request);
      return handler(request);
    });
    this.transport = compose(mock, retrier);
  }

  /** How long it took from each request to the next. */
  get delays(): number[] {
    return this.moments.slice(1).map((moment, i) => moment - (this.moments[i] ?? 0));
  }

  send(request = new Request("GET", url)): Promise<Response> {
    return this.time.run(this.transport.handleRequest(request));
  }

  /** A request that belongs to a call. */
  called(
    { totalMs = null, isStreamed = false, signal = null, method = "GET", ...facts }: {
      totalMs?: number | null;
      isStreamed?: boolean;
      signal?: AbortSignal | null;
      method?: string;
      maxResponseBytes?: number;
      log?: { line(text: string): void };
    } = {},
  ): Request {
    const request = new Request(method, url, {
      signal,
      extensions: { timeout: new Timeout(5000, { total: totalMs }) },
    });
    const deadline = new CallDeadline({ totalMs, signal, request }, this.time);
    request.extensions.call = { isStreamed, deadline, ...facts };
    return request;
  }
}

/** Responses in order; the last one again and again. */
function answers(...makes: readonly (() => Response)[]): MockHandler {
  let index = 0;
  return () => {
    const make = makes[Math.min(index++, makes.length - 1)];
    if (make === undefined) throw new Error("no answer");
    return make();
  };
}

const status = (code: number, headers: Record<string, string> = {}) => () =>
  new Response(code, { headers });
const failing = (make: () => Error) => (): Response => {
  throw make();
};
const refused = () =>
  new ConnectError("connection refused", { phase: "connect", safeToRetry: true });

/** A body that breaks off after four bytes. */
function broken(): Response {
  const stream = (async function* () {
    yield new TextEncoder().encode("half");
    throw new ReadError("connection reset", { phase: "receive", requestSent: "yes" });
  })();
  return new Response(200, { stream });
}

describe("retry()", () => {
  it("sends a failed request again until it succeeds", async () => {
    const fixture = new Fixture(answers(status(503), failing(refused), status(200)));
    const response = await fixture.send();
    assertEquals([response.status, fixture.delays, fixture.time.timers], [200, [100, 200], 0]);
  });

  it("makes `limit` tries after the first, and gives what the last one came to", async () => {
    for (const [limit, requests] of [[0, 1], [1, 2], [3, 4]] as const) {
      const fixture = new Fixture(answers(status(503)), { limit });
      assertEquals([(await fixture.send()).status, fixture.moments.length], [503, requests]);
      const failed = new Fixture(failing(refused), { limit });
      await assertRejects(() => failed.send(), ConnectError, "connection refused");
      assertEquals(failed.moments.length, requests);
    }
  });

  it("waits a random part of the time by default", async () => {
    const randoms = [0.5, 0.25];
    const backoff = { baseMs: 1000, jitter: () => randoms.shift() ?? 0 };
    const fixture = new Fixture(answers(status(503)), { backoff });
    await fixture.send();
    assertEquals(fixture.delays, [500, 500]);
  });

  it("waits at least as long as Retry-After asks for", async () => {
    const rows: [Record<string, string>, number][] = [
      [{ "retry-after": "7" }, 7000],
      [{ "retry-after": "Tue, 01 Dec 2026 12:00:09 GMT" }, 9000],
      [
        { "retry-after": "Tue, 01 Dec 2026 20:00:09 GMT", date: "Tue, 01 Dec 2026 20:00:00 GMT" },
        9000,
      ],
      [{ "retry-after-ms": "1234" }, 1234],
      [{ "retry-after": "0" }, 100],
      [{ "retry-after": "60" }, 60_000],
    ];
    for (const [headers, delay] of rows) {
      const fixture = new Fixture(answers(status(429, headers), status(200)));
      assertEquals([(await fixture.send()).status, fixture.delays], [200, [delay]]);
    }
  });

  it("returns the response as it is if Retry-After asks for too much", async () => {
    const fixture = new Fixture(answers(status(503, { "retry-after": "61" })));
    const response = await fixture.send();
    assertEquals([response.status, fixture.moments.length], [503, 1]);
    assertEquals(response.extensions.retries?.map(({ stoppedBy }) => stoppedBy), ["retryAfter"]);
    const ignoring = new Fixture(answers(status(503, { "retry-after": "61" })), {
      respectRetryAfter: false,
    });
    await ignoring.send();
    assertEquals(ignoring.delays, [100, 200]);
  });

  it("ends at once if the wait does not fit into the total", async () => {
    for (const [totalMs, requests] of [[100, 1], [101, 2], [301, 3]] as const) {
      const fixture = new Fixture(answers(() => new Response(503, { text: "busy" })));
      const began = fixture.time.now();
      const response = await fixture.send(fixture.called({ totalMs }));
      assertEquals([await response.text(), fixture.moments.length], ["busy", requests]);
      assertEquals(
        response.extensions.retries?.at(-1)?.stoppedBy,
        requests === 3 ? "limit" : "deadline",
      );
      assertEquals(fixture.time.now() - began < totalMs, true);
    }
  });

  it("without a call goes by the request's own total", async () => {
    const fixture = new Fixture(failing(refused));
    const extensions = { timeout: new Timeout(5000, { total: 250 }) };
    const error = await assertRejects(
      () => fixture.send(new Request("GET", url, { extensions })),
      HTTPError,
    );
    assertEquals([error.attempts.at(-1)?.stoppedBy, fixture.delays], ["deadline", [100]]);
  });

  it("without a call leaves each try what the earlier ones left of the total", async () => {
    const fixture = new Fixture(answers(status(503)));
    const extensions = { timeout: new Timeout(5000, { total: 1000 }) };
    await fixture.send(new Request("GET", url, { extensions }));
    const totals = fixture.requests.map(({ extensions: { timeout } }) =>
      (timeout as Timeout).total
    );
    assertEquals(totals, [1000, 900, 700]);
  });

  it("is ended by an abort during the wait, with its reason", async () => {
    const controller = new AbortController();
    const fixture = new Fixture(answers(status(503)), {
      onRetry: () => void queueMicrotask(() => controller.abort("enough")),
    });
    const outcome = await fixture.send(fixture.called({ signal: controller.signal })).catch(String);
    assertEquals([outcome, fixture.moments.length, fixture.time.timers], ["enough", 1, 0]);
  });

  it("reads a body whole if the call does, and sends again if it breaks off", async () => {
    const fixture = new Fixture(
      answers(broken, broken, () => new Response(200, { text: "whole" })),
    );
    const response = await fixture.send(fixture.called());
    assertEquals([new TextDecoder().decode(response.content), fixture.delays], ["whole", [
      100,
      200,
    ]]);
    const streamed = new Fixture(broken);
    const open = await streamed.send(streamed.called({ isStreamed: true }));
    await assertRejects(() => open.text(), ReadError, "connection reset");
    assertEquals(streamed.moments.length, 1);
  });

  it("reads no more of a body than the client takes", async () => {
    const fixture = new Fixture(() => new Response(200, { stream: [new Uint8Array(11)] }));
    await assertRejects(
      () => fixture.send(fixture.called({ maxResponseBytes: 10 })),
      HTTPError,
      "larger than 10 bytes",
    );
    assertEquals(fixture.moments.length, 1);
  });

  it("keeps its hands off the bodies of redirects and of challenges", async () => {
    for (const [code, headers] of [[302, { location: "/a" }], [401, {}]] as const) {
      const fixture = new Fixture(() =>
        new Response(code, { headers, stream: [Uint8Array.of(1)] })
      );
      assertEquals((await fixture.send(fixture.called())).isClosed, false);
    }
  });
});

describe("retry({ shouldRetry })", () => {
  it("decides about every try that could be followed by another", async () => {
    const seen: string[] = [];
    const shouldRetry: RetryOptions["shouldRetry"] = ({ number, outcome, stoppedBy, waitMs }) => {
      seen.push(`${number} ${outcome} ${stoppedBy} ${waitMs}`);
      return number === 1 ? true : undefined;
    };
    const fixture = new Fixture(answers(status(200), status(200)), { shouldRetry });
    const response = await fixture.send();
    assertEquals([response.status, fixture.delays], [200, [100]]);
    assertEquals(seen, ["1 200 OK null null", "2 200 OK null null"]);
  });

  it("is stronger than the method and the status, in both directions", async () => {
    const post = () => new Request("POST", url, { content: "a" });
    const always = new Fixture(answers(status(503)), { shouldRetry: () => true });
    await always.send(post());
    assertEquals(always.moments.length, 3);
    const never = new Fixture(answers(status(503)), { shouldRetry: async () => await false });
    const response = await never.send();
    assertEquals(response.extensions.retries?.map(({ stoppedBy }) => stoppedBy), ["shouldRetry"]);
  });

  it("is not asked about what can't be repeated", async () => {
    const bug = new TypeError("a bug");
    const fixture = new Fixture(failing(() => bug), { shouldRetry: () => true });
    assertStrictEquals(await fixture.send().catch((error) => error), bug);
    assertEquals(fixture.moments.length, 1);
  });

  it("may read the body", async () => {
    const fixture = new Fixture(
      () => new Response(200, { stream: [new TextEncoder().encode("pending")] }),
      {
        shouldRetry: async ({ response }) => await response?.text() === "done",
      },
    );
    assertEquals(await (await fixture.send()).text(), "pending");
  });

  it("closes the response if it throws", async () => {
    let response = new Response(200);
    const fixture = new Fixture(
      () => response = new Response(200, { stream: [Uint8Array.of(1)] }),
      {
        shouldRetry: () => {
          throw new Error("mine");
        },
      },
    );
    await assertRejects(() => fixture.send(), Error, "mine");
    assertEquals(response.isClosed, true);
  });
});

describe("retry({ onRetry })", () => {
  it("is called before each wait, with the attempt; what it throws ends the call", async () => {
    const seen: unknown[] = [];
    const fixture = new Fixture(answers(status(503), failing(refused), status(200)), {
      onRetry: ({ number, outcome, waitMs, response }) =>
        void seen.push([number, outcome, waitMs, response?.isClosed]),
    });
    await fixture.send();
    assertEquals(seen, [[1, "503 Service Unavailable", 100, true], [
      2,
      "ConnectError",
      200,
      undefined,
    ]]);
    const throwing = new Fixture(answers(status(503)), {
      onRetry: () => {
        throw new Error("mine");
      },
    });
    await assertRejects(() => throwing.send(), Error, "mine");
    assertEquals(throwing.moments.length, 1);
  });
});

describe("The record of the tries", () => {
  it("is in the response, with the last one", async () => {
    const fixture: Fixture = new Fixture((): Response => {
      fixture.time.pass(30);
      return new Response(fixture.moments.length < 3 ? 503 : 200);
    });
    const { extensions: { retries = [] } } = await fixture.send();
    assertEquals(
      retries.map(({ startedAt, ...attempt }) => ({
        ...attempt,
        at: startedAt - Date.UTC(2026, 11, 1, 12),
      })),
      [
        {
          number: 1,
          status: 503,
          error: null,
          outcome: "503 Service Unavailable",
          at: 0,
          durationMs: 30,
          waitMs: 100,
          stoppedBy: null,
        },
        {
          number: 2,
          status: 503,
          error: null,
          outcome: "503 Service Unavailable",
          at: 130,
          durationMs: 30,
          waitMs: 200,
          stoppedBy: null,
        },
        {
          number: 3,
          status: 200,
          error: null,
          outcome: "200 OK",
          at: 360,
          durationMs: 30,
          waitMs: null,
          stoppedBy: "success",
        },
      ],
    );
  });

  it("is in the error, and empty without retries", async () => {
    const fixture = new Fixture(failing(refused));
    const error = await assertRejects(() => fixture.send(), ConnectError);
    assertEquals(error.attempts.map(({ outcome, stoppedBy }) => [outcome, stoppedBy]), [
      ["ConnectError", null],
      ["ConnectError", null],
      ["ConnectError", "limit"],
    ]);
    assertStrictEquals(error.attempts[2]?.error, error);
    assertEquals(refused().attempts, []);
  });

  it("is not made for a call that succeeds at once", async () => {
    const fixture = new Fixture(answers(status(200)));
    assertEquals((await fixture.send()).extensions.retries, undefined);
  });

  it("goes to the log, a line for each retry", async () => {
    const lines: string[] = [];
    const fixture = new Fixture(answers(status(503), failing(refused), status(200)));
    await fixture.send(fixture.called({ log: { line: (text) => void lines.push(text) } }));
    assertEquals(lines, [
      'HTTP Retry: GET https://example.org/ "503 Service Unavailable" (try 1), next in 100 ms',
      'HTTP Retry: GET https://example.org/ "ConnectError" (try 2), next in 200 ms',
    ]);
  });
});

describe("extensions.retry", () => {
  const withRetry = (option: RetryOptions | number | null) =>
    new Request("GET", url, { extensions: { retry: option } });

  it("takes the place of the middleware's own options, for one request", async () => {
    const fixture = new Fixture(answers(status(503)));
    await fixture.send(withRetry(4));
    assertEquals(fixture.delays, [100, 200, 400, 800]);
    const off = new Fixture(answers(status(503)));
    await off.send(withRetry(null));
    assertEquals(off.moments.length, 1);
    await assertRejects(() => off.send(withRetry({ budget: null })), TypeError, "retry.budget");
  });

  it("is acted on by one of several middleware, and turns all of them off", async () => {
    const count = async (option: RetryOptions | number | null) => {
      let requests = 0;
      const time = new StepTime();
      const make = () => makeRetrier(checkRetry({ ...EXACT, limit: 1 }), time);
      const transport = compose(
        new MockTransport(() => (requests++, new Response(503))),
        make(),
        make(),
      );
      await time.run(transport.handleRequest(withRetry(option)));
      return requests;
    };
    assertEquals([await count(2), await count(null)], [6, 1]);
  });
});

describe("retry() as it is made", () => {
  it("checks its options", () => {
    assertThrows(
      () => retry({ limits: 1 } as RetryOptions),
      TypeError,
      'Cannot use option "retry.limits"',
    );
    assertEquals(typeof retry(3).handleSync, "function");
  });

  it("blocks for callers that block", () => {
    const random = () => 0;
    let requests = 0;
    const middleware = retry({ backoff: { baseMs: 1, jitter: random } });
    const response = middleware.handleSync(
      new Request("GET", url),
      () => new Response(++requests < 3 ? 503 : 200),
    );
    assertEquals([response.status, requests], [200, 3]);
    const waiting = retry({ onRetry: async () => {} });
    assertThrows(
      () => waiting.handleSync(new Request("GET", url), () => new Response(503)),
      TypeError,
      "Cannot use retry.onRetry: it returned a promise",
    );
  });
});
