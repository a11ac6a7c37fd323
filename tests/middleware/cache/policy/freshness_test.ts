import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { currentAgeMs, lifetimeMs } from "../../../../src/middleware/cache/policy/freshness.ts";
import { dateAt, headWith, NOW_MS } from "./stored_heads.ts";

const DAY = 86_400;

describe("lifetimeMs()", () => {
  const cases: readonly (readonly [what: string, fields: string, seconds: number])[] = [
    ["max-age", "Cache-Control: max-age=60", 60],
    ["max-age before Expires", `Cache-Control: max-age=60\nExpires: ${dateAt(5)}`, 60],
    ["max-age=0 before Expires", `Cache-Control: max-age=0\nExpires: ${dateAt(60)}`, 0],
    ["max-age before an invalid Expires", "Cache-Control: max-age=60\nExpires: 0", 60],
    ["s-maxage is for shared caches", "Cache-Control: s-maxage=60, max-age=1", 1],
    ["Expires against Date", `Expires: ${dateAt(90)}\nDate: ${dateAt(30)}`, 60],
    ["Expires without a Date", `Expires: ${dateAt(90)}`, 90],
    ["Expires with an invalid Date", `Expires: ${dateAt(90)}\nDate: foo`, 90],
    ["Expires before Date", `Expires: ${dateAt(0)}\nDate: ${dateAt(10)}`, 0],
    ["Expires: 0", "Expires: 0", 0],
    ["Expires twice", `Expires: ${dateAt(60)}\nExpires: ${dateAt(60)}`, 0],
    ["Expires in RFC 850's form", "Expires: Sunday, 06-Nov-94 08:50:37 GMT", 60],
    ["Expires in C's form", "Expires: Sun Nov  6 08:50:37 1994", 60],
    ["Expires in odd case", "Expires: SUN, 06 NOV 1994 08:50:37 gMT", 60],
    ["Expires in UTC", "Expires: Sun, 06 Nov 1994 08:50:37 UTC", 0],
    ["Expires in another zone", "Expires: Sun, 06 Nov 1994 08:50:37 AEST", 0],
    ["Expires with two digits", "Expires: Sun, 06 Nov 94 08:50:37 GMT", 0],
    ["Expires without a comma", "Expires: Sun 06 Nov 1994 08:50:37 GMT", 0],
    ["Expires with dashes", "Expires: Sun, 06-Nov-1994 08:50:37 GMT", 0],
    ["Expires with periods", "Expires: Sun, 06 Nov 1994 08.50.37 GMT", 0],
    ["a tenth of the time since Last-Modified", `Last-Modified: ${dateAt(-1000)}`, 100],
    ["… a day at most", `Last-Modified: ${dateAt(-100 * DAY)}`, DAY],
    ["… against Date", `Last-Modified: ${dateAt(-1000)}\nDate: ${dateAt(-500)}`, 50],
    ["… none if it is later than Date", `Last-Modified: ${dateAt(10)}`, 0],
    ["nothing", "", 0],
  ];
  for (const [what, fields, seconds] of cases) {
    it(what, () => assertEquals(lifetimeMs(headWith(fields), 0.1), seconds * 1000));
  }

  it("is guessed for statuses that RFC 9110 allows it for, and for `public`", () => {
    const modified = `Last-Modified: ${dateAt(-1000)}`;
    const guessed = [200, 201, 203, 204, 206, 300, 302, 308, 403, 404, 405, 410, 414, 500, 501, 599]
      .filter((status) => lifetimeMs(headWith(modified, { status }), 0.1) > 0);
    assertEquals(guessed, [200, 203, 204, 206, 300, 308, 404, 405, 410, 414, 501]);
    const open = headWith(`${modified}\nCache-Control: public`, { status: 599 });
    assertEquals(lifetimeMs(open, 0.1), 100_000);
  });
});

describe("currentAgeMs()", () => {
  const cases: readonly (readonly [what: string, fields: string, seconds: number])[] = [
    ["nothing", "", 0],
    ["the apparent age", `Date: ${dateAt(-30)}`, 30],
    ["a Date ahead of our clock", `Date: ${dateAt(30)}`, 0],
    ["Age", "Age: 30", 30],
    ["the larger of both", `Age: 30\nDate: ${dateAt(-10)}`, 30],
    ["the first of several", "Age: 7200, 0", 7200],
    ["the first of several lines", "Age: 0\nAge: 7200", 0],
    ["a huge Age", "Age: 99999999999", 2 ** 31],
    ["a word", "Age: abc", 0],
    ["a negative number", "Age: -7200", 0],
    ["a fraction", "Age: 7200.0", 0],
    ["an empty one", "Age:", 0],
  ];
  for (const [what, fields, seconds] of cases) {
    it(`counts ${what}`, () =>
      assertEquals(currentAgeMs(headWith(fields), NOW_MS), seconds * 1000));
  }

  it("adds the time of the exchange to Age, and the time in the cache to both", () => {
    const head = headWith("Age: 5", { requestedAtMs: NOW_MS - 2000 });
    assertEquals(currentAgeMs(head, NOW_MS + 10_000), 17_000);
  });

  it("is endless after our clock was set back, but for small steps", () => {
    assertEquals(currentAgeMs(headWith(""), NOW_MS - 60_000), 0);
    assertEquals(currentAgeMs(headWith(""), NOW_MS - 60_001), Infinity);
  });
});
