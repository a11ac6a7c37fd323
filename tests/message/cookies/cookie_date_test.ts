import { describe, it } from "@std/testing/bdd";
import { assertEquals } from "@std/assert";
import { parseCookieDate } from "../../../src/message/cookies/cookie_date.ts";

describe("parseCookieDate()", () => {
  const rows: [string, string | null][] = [
    ["Wed, 09 Jun 2021 10:18:14 GMT", "2021-06-09T10:18:14Z"],
    ["Wednesday, 09-Jun-21 10:18:14 GMT", "2021-06-09T10:18:14Z"],
    ["Wed Jun  9 10:18:14 2021", "2021-06-09T10:18:14Z"],
    ["9 jun 2021 1:8:4", "2021-06-09T01:08:04Z"],
    ["10:18:14 9 2021 JUNE", "2021-06-09T10:18:14Z"],
    ["Wed, 09 Jun 2021 10:18:14 +0200", "2021-06-09T10:18:14Z"],
    ["09th Juniper 2021AD 10:18:14pm", "2021-06-09T10:18:14Z"],
    ["01 Jan 70 00:00:00", "1970-01-01T00:00:00Z"],
    ["01 Jan 99 00:00:00", "1999-01-01T00:00:00Z"],
    ["01 Jan 69 00:00:00", "2069-01-01T00:00:00Z"],
    ["01 Jan 00 00:00:00", "2000-01-01T00:00:00Z"],
    ["29 Feb 2024 00:00:00", "2024-02-29T00:00:00Z"],
    ["01 Jan 1601 00:00:00", "1601-01-01T00:00:00Z"],
    ["31 Dec 9999 23:59:59", "9999-12-31T23:59:59Z"],
    ["09~Jun`2021_10:18:14", "2021-06-09T10:18:14Z"],
    // The first of each kind counts; what is left over is passed over.
    ["1 2 Jan Feb 2021 2022 10:00:00 11:00:00", "2021-01-01T10:00:00Z"], // no year has one digit
    ["01 02 Jan 2021 10:00:00", "2002-01-01T10:00:00Z"],
    ["", null],
    ["never", null],
    ["Wed, 09 Jun 2021", null],
    ["09 2021 10:18:14", null],
    ["Jun 2021 10:18:14", null],
    ["Wed, 31 Jun 2021 10:18:14 GMT", null],
    ["29 Feb 2023 00:00:00", null],
    ["00 Jan 2021 00:00:00", null],
    ["32 Jan 2021 00:00:00", null],
    ["01 Jan 1600 00:00:00", null],
    ["01 Jan 2021 24:00:00", null],
    ["01 Jan 2021 00:60:00", null],
    ["01 Jan 2021 00:00:60", null],
    ["01 Jan 2021 000:00:00", null],
    ["01 Jan 2021 00:00", null],
    ["01 Jan 20211 00:00:00", null],
    ["001 Jan 2021 00:00:00", null],
  ];
  for (const [text, expected] of rows) {
    it(`reads ${JSON.stringify(text)} as ${expected ?? "no date"}`, () => {
      assertEquals(parseCookieDate(text), expected === null ? null : Date.parse(expected));
    });
  }
});
