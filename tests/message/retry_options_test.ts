import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  checkCallRetry,
  checkRetry,
  DEFAULT_RETRY,
  type RetryOptions,
} from "../../src/message/retry_options.ts";

describe("checkRetry()", () => {
  it("takes a number as the limit, and all other values as they are by default", () => {
    assertEquals(checkRetry(5), { ...DEFAULT_RETRY, limit: 5 });
    assertEquals(checkRetry({}), DEFAULT_RETRY);
    assertEquals([checkRetry(null), checkRetry(undefined)], [null, null]);
    assertEquals(checkRetry(0)?.limit, 0);
  });

  it("keeps what is given", () => {
    const shouldRetry = () => true;
    const onRetry = () => {};
    const random = () => 0.5;
    const rules = checkRetry({
      limit: 1,
      methods: ["get", "POST"],
      statuses: [500],
      backoff: { baseMs: 10, jitter: random },
      respectRetryAfter: false,
      maxRetryAfterMs: 5,
      budget: { ratio: 0.5 },
      shouldRetry,
      onRetry,
    });
    assertEquals(rules, {
      limit: 1,
      methods: new Set(["GET", "POST"]),
      statuses: new Set([500]),
      backoff: { baseMs: 10, maxMs: 20_000, random },
      respectRetryAfter: false,
      maxRetryAfterMs: 5,
      budget: { ratio: 0.5, minPerSecond: 1 },
      shouldRetry,
      onRetry,
    });
    assertEquals(checkRetry({ budget: null })?.budget, null);
    assertEquals(checkRetry({ backoff: { jitter: "none" } })?.backoff.random, null);
    assertEquals(checkRetry({ backoff: { baseMs: 30_000 } })?.backoff.maxMs, 30_000);
  });

  it("takes what is left out from the rules of the client", () => {
    const base = checkRetry({ limit: 7, statuses: [500], backoff: { maxMs: 400 } });
    const rules = checkCallRetry({ backoff: { baseMs: 9 } }, base ?? undefined);
    assertEquals([rules?.limit, rules?.statuses], [7, new Set([500])]);
    assertEquals(rules?.backoff, { baseMs: 9, maxMs: 400, random: Math.random });
  });

  const refused: readonly (readonly [given: unknown, message: string])[] = [
    [{ limits: 2 }, 'Cannot use option "retry.limits": it is unknown; there are limit, methods, '],
    [{ backoff: { base: 1 } }, 'Cannot use option "retry.backoff.base": it is unknown'],
    [{ budget: { rate: 1 } }, 'Cannot use option "retry.budget.rate": it is unknown'],
    [{ limit: -1 }, 'Cannot use option "retry.limit": give a whole number, 0 or more'],
    [1.5, 'Cannot use option "retry.limit": give a whole number'],
    [NaN, 'Cannot use option "retry.limit": give a whole number'],
    [true, 'Cannot use option "retry": give an object with limit, '],
    ["2", 'Cannot use option "retry": give an object with limit, '],
    [[2], 'Cannot use option "retry": give an object with limit, '],
    [{ methods: "GET" }, 'Cannot use option "retry.methods": give a list of methods'],
    [{ methods: ["GE T"] }, 'Cannot use option "retry.methods": give a list of methods'],
    [{ statuses: 503 }, 'Cannot use option "retry.statuses": give a list of status codes'],
    [{ statuses: [1503] }, 'Cannot use option "retry.statuses": give a list of status codes'],
    [{ statuses: ["503"] }, 'Cannot use option "retry.statuses": give a list of status codes'],
    [
      { backoff: 300 },
      'Cannot use option "retry.backoff": give an object with baseMs, maxMs, jitter',
    ],
    [{ backoff: { baseMs: -1 } }, 'Cannot use option "retry.backoff.baseMs": give milliseconds'],
    [{ backoff: { maxMs: NaN } }, 'Cannot use option "retry.backoff.maxMs": give milliseconds'],
    [
      { backoff: { baseMs: 9, maxMs: 8 } },
      'Cannot use option "retry.backoff": baseMs, 9, exceeds maxMs, 8',
    ],
    [
      { backoff: { jitter: "some" } },
      'Cannot use option "retry.backoff.jitter": give "full", "none"',
    ],
    [{ respectRetryAfter: 1 }, 'Cannot use option "retry.respectRetryAfter": give true or false'],
    [{ maxRetryAfterMs: "1" }, 'Cannot use option "retry.maxRetryAfterMs": give milliseconds'],
    [{ budget: 0.1 }, 'Cannot use option "retry.budget": give an object with ratio, minPerSecond'],
    [{ budget: { ratio: -1 } }, 'Cannot use option "retry.budget.ratio": give a number, 0 or more'],
    [{ shouldRetry: true }, 'Cannot use option "retry.shouldRetry": give a function'],
    [{ onRetry: {} }, 'Cannot use option "retry.onRetry": give a function'],
  ];
  for (const [given, message] of refused) {
    it(`refuses ${typeof given === "object" ? JSON.stringify(given) : String(given)}`, () => {
      assertThrows(() => checkRetry(given as RetryOptions), TypeError, message);
    });
  }

  it("leaves the budget to the client", () => {
    assertThrows(
      () => checkCallRetry({ budget: null }),
      TypeError,
      'Cannot use option "retry.budget": it is shared by all calls; give it to the client',
    );
  });
});
