import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Headers } from "@httpx/httpx";
import { retryAfterMs } from "../../../src/middleware/retry/retry_after.ts";

const NOW = Date.UTC(2026, 11, 1, 12, 0, 0);

/** Fields → wait, as the table says. */
const TABLE: readonly (readonly [fields: readonly [string, string][], ms: number | null])[] = [
  [[], null],
  [[["Retry-After", "0"]], 0],
  [[["Retry-After", "120"]], 120_000],
  [[["Retry-After", "1.5"]], 1500],
  [[["Retry-After", "-1"]], null],
  [[["Retry-After", "soon"]], null],
  [[["Retry-After", ""]], null],
  [[["Retry-After", "1e3"]], null],
  [[["Retry-After", "99999999999999999999"]], 1e23],
  // A date counts from the response's own Date: here the server's clock is an hour ahead.
  [[
    ["Date", "Tue, 01 Dec 2026 13:00:00 GMT"],
    ["Retry-After", "Tue, 01 Dec 2026 13:00:30 GMT"],
  ], 30_000],
  [[["Retry-After", "Tue, 01 Dec 2026 12:00:30 GMT"]], 30_000],
  [[["Date", "yesterday"], ["Retry-After", "Tue, 01 Dec 2026 12:00:30 GMT"]], 30_000],
  [[["Retry-After", "Tuesday, 01-Dec-26 12:00:05 GMT"]], 5000],
  [[["Retry-After", "Tue Dec  1 12:00:05 2026"]], 5000],
  [[["Retry-After", "Tue, 01 Dec 2026 11:00:00 GMT"]], 0],
  [[["Retry-After", "Tue, 31 Feb 2026 11:00:00 GMT"]], null],
  [[["retry-after-ms", "250"]], 250],
  [[["retry-after-ms", "250.2"]], 251],
  // The longest of several counts.
  [[["retry-after-ms", "250"], ["Retry-After", "1"]], 1000],
  [[["Retry-After", "1"], ["Retry-After", "3"], ["Retry-After", "never"]], 3000],
];

describe("retryAfterMs()", () => {
  for (const [fields, ms] of TABLE) {
    it(`is ${ms} for ${fields.map(([name, value]) => `${name}: ${value}`).join(", ") || "nothing"}`, () => {
      assertEquals(retryAfterMs(new Headers(fields), NOW), ms);
    });
  }
});
