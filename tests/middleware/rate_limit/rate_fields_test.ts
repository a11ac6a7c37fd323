import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Headers } from "@httpx/httpx";
import { serverLimit } from "../../../src/middleware/rate_limit/rate_fields.ts";

const NOW = Date.UTC(2026, 11, 1, 12);

/** Status and fields → what is left, and for how long; `null` for nothing said. */
const TABLE: readonly (readonly [
  status: number,
  fields: readonly [string, string][],
  limit: readonly [number, number] | null,
])[] = [
  [200, [], null],
  [429, [], null],
  [429, [["Retry-After", "3"]], [0, 3000]],
  [503, [["Retry-After", "Tue, 01 Dec 2026 12:00:09 GMT"]], [0, 9000]],
  [301, [["Retry-After", "3"]], null],
  // draft-ietf-httpapi-ratelimit-headers-10
  [200, [["RateLimit", '"default";r=50;t=30']], [50, 30_000]],
  [200, [["RateLimit", '"permin";r=50;t=60, "perhr";r=0;t=120']], [0, 120_000]],
  [200, [["RateLimit", '"a";r=0;t=60'], ["RateLimit", '"b";r=0;t=30']], [0, 60_000]],
  [200, [["RateLimit", '"default";r=999;pk=:dHJpYWwxMjEzMjM=:']], null],
  [200, [["RateLimit", 'default;r=1;t=2;acme-x="a"']], [1, 2000]],
  [200, [
    [
      "RateLimit-Policy",
      '"bytes";q=65535;qu="content-bytes";w=10, "calls";q=10;qu="requests";w=10',
    ],
    ["RateLimit", '"bytes";r=0;t=9, "calls";r=4;t=8'],
  ], [4, 8000]],
  [429, [["RateLimit", '"default";r=5;t=30']], [0, 30_000]],
  [429, [["RateLimit", '"default";r=0;t=30'], ["Retry-After", "60"]], [0, 60_000]],
  [200, [["RateLimit", '"default";r=0;t=30'], ["Age", "10"]], null],
  // Earlier drafts
  [200, [["RateLimit", "limit=100, remaining=50, reset=5"]], [50, 5000]],
  [200, [["RateLimit-Limit", "10"], ["RateLimit-Remaining", "0"], ["RateLimit-Reset", "7"]], [
    0,
    7000,
  ]],
  // What is widespread
  [200, [["X-RateLimit-Remaining", "1"], ["X-RateLimit-Reset", "30"]], [1, 30_000]],
  [403, [["X-RateLimit-Remaining", "0"], ["X-RateLimit-Reset", `${NOW / 1000 + 90}`]], [
    0,
    90_000,
  ]],
  [403, [
    ["Date", "Tue, 01 Dec 2026 13:00:00 GMT"],
    ["X-Rate-Limit-Remaining", "0"],
    ["X-Rate-Limit-Reset", `${NOW / 1000 + 3600 + 90}`],
  ], [0, 90_000]],
  [200, [["X-RateLimit-Remaining", "0"], ["X-RateLimit-Reset", `${NOW + 1500}`]], [0, 1500]],
  [200, [["X-RateLimit-Remaining", "0"], ["X-RateLimit-Reset", "0.25"]], [0, 250]],
  [200, [["X-RateLimit-Remaining", "0"], ["X-RateLimit-Reset", `${NOW / 1000 - 90}`]], [0, 0]],
  // Malformed fields are ignored.
  [200, [["RateLimit", '"default";r=-1;t=30']], null],
  [200, [["RateLimit", '"default";r=1.5;t=30']], null],
  [200, [["RateLimit", "50;r=1;t=3"]], null],
  [200, [["RateLimit", ",,;;="]], null],
  [200, [["X-RateLimit-Remaining", "0"], ["X-RateLimit-Reset", "tomorrow"]], null],
  [200, [["X-RateLimit-Remaining", "none"], ["X-RateLimit-Reset", "9"]], null],
  [200, [["X-RateLimit-Remaining", "0"]], null],
];

describe("serverLimit()", () => {
  for (const [status, fields, limit] of TABLE) {
    it(`${status} ${fields.map(([name, value]) => `${name}: ${value}`).join(" | ")} → ${limit ?? "nothing"}`, () => {
      const found = serverLimit({ status, headers: new Headers(fields) }, NOW);
      const told = found === null ? null : [found.remaining, found.resetMs] as const;
      assertEquals(told, limit);
    });
  }
});
