import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Request } from "@httpx/httpx";
import {
  checkRateLimit,
  type RateLimitOptions,
} from "../../../src/middleware/rate_limit/options.ts";

describe("checkRateLimit()", () => {
  it("has a second as the period, and the origin as the key", () => {
    const { rate, concurrency, key } = checkRateLimit({ requests: 5 });
    assertEquals([rate, concurrency], [{ requests: 5, perMs: 1000 }, Infinity]);
    const keys = ["http://a.test/x?y", "http://a.test:80/", "https://a.test/"].map((url) =>
      key(new Request("GET", url))
    );
    assertEquals(keys, ["http://a.test:80", "http://a.test:80", "https://a.test:443"]);
    assertEquals(checkRateLimit({ concurrency: 2 }).rate, null);
  });

  const refused: readonly (readonly [unknown, string])[] = [
    [
      { request: 1 },
      'Cannot use option "rateLimit.request": it is unknown; there are requests, perMs',
    ],
    [{ requests: 0 }, 'Cannot use option "rateLimit.requests": give a whole number, 1 or more'],
    [{ requests: 1.5 }, 'Cannot use option "rateLimit.requests"'],
    [{ concurrency: 0 }, 'Cannot use option "rateLimit.concurrency"'],
    [{ concurrency: "2" }, 'Cannot use option "rateLimit.concurrency"'],
    [{ requests: 1, perMs: 0 }, 'Cannot use option "rateLimit.perMs": give milliseconds'],
    [{ requests: 1, perMs: NaN }, 'Cannot use option "rateLimit.perMs": give milliseconds'],
    [{ requests: 1, perMs: Infinity }, 'Cannot use option "rateLimit.perMs": give milliseconds'],
    [
      { perMs: 1000 },
      'Cannot use option "rateLimit.perMs": it is the period of a rate; give requests as well',
    ],
    [{ key: "host" }, 'Cannot use option "rateLimit.key": give a function'],
    [5, 'Cannot use option "rateLimit": give an object with requests'],
  ];
  for (const [options, message] of refused) {
    it(`refuses ${JSON.stringify(options)}`, () => {
      assertThrows(() => checkRateLimit(options as RateLimitOptions), TypeError, message);
    });
  }
});
