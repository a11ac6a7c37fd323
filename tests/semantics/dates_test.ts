import { describe, it } from "@std/testing/bdd";
import { assertEquals } from "@std/assert";
import { formatHTTPDate, parseHTTPDate, utcTime } from "../../src/semantics/dates.ts";

const NOW = Date.UTC(2026, 0, 1);

describe("parseHTTPDate()", () => {
  const rows: [string, string | null][] = [
    ["Sun, 06 Nov 1994 08:49:37 GMT", "1994-11-06T08:49:37Z"],
    ["Sunday, 06-Nov-94 08:49:37 GMT", "1994-11-06T08:49:37Z"],
    ["Sun Nov  6 08:49:37 1994", "1994-11-06T08:49:37Z"],
    ["Sun Nov 16 08:49:37 1994", "1994-11-16T08:49:37Z"],
    ["sun, 06 nov 1994 08:49:37 gmt", "1994-11-06T08:49:37Z"],
    ["Mon, 06 Nov 1994 08:49:37 GMT", "1994-11-06T08:49:37Z"],
    ["Sunday, 06-Nov-76 08:49:37 GMT", "2076-11-06T08:49:37Z"],
    ["Sunday, 06-Nov-77 08:49:37 GMT", "1977-11-06T08:49:37Z"],
    ["Tue, 30 Jun 2015 23:59:60 GMT", "2015-06-30T23:59:59Z"],
    ["Thu, 29 Feb 2024 00:00:00 GMT", "2024-02-29T00:00:00Z"],
    ["Wed, 29 Feb 2023 00:00:00 GMT", null],
    ["Sun, 31 Nov 1994 08:49:37 GMT", null],
    ["Sun, 06 Nov 1994 24:00:00 GMT", null],
    ["Sun, 06 Nov 1994 08:60:00 GMT", null],
    ["Sun, 06 Foo 1994 08:49:37 GMT", null],
    ["Sun, 6 Nov 1994 08:49:37 GMT", null],
    ["Sun, 06 Nov 1994 08:49:37", null],
    ["Sun, 06 Nov 1994 08:49:37 +0100", null],
    ["1994-11-06T08:49:37Z", null],
    ["0", null],
    ["120", null],
    ["", null],
  ];
  for (const [text, expected] of rows) {
    it(`reads ${JSON.stringify(text)} as ${expected ?? "no date"}`, () => {
      assertEquals(parseHTTPDate(text, NOW), expected === null ? null : Date.parse(expected));
    });
  }
});

it("formatHTTPDate() writes what parseHTTPDate() reads, to the second", () => {
  assertEquals(
    formatHTTPDate(Date.UTC(1994, 10, 6, 8, 49, 37, 999)),
    "Sun, 06 Nov 1994 08:49:37 GMT",
  );
  for (let time = 0; time < 4e12; time += 98_765_432_000) {
    assertEquals(parseHTTPDate(formatHTTPDate(time)), time);
  }
});

it("utcTime() takes years as they are", () => {
  const start = { month: 0, day: 1, hour: 0, minute: 0, second: 0 };
  assertEquals(utcTime({ year: 70, ...start }), Date.parse("0070-01-01T00:00:00Z"));
  assertEquals(utcTime({ year: 1970, ...start, month: -1 }), null);
  assertEquals(utcTime({ year: NaN, ...start }), null);
});
