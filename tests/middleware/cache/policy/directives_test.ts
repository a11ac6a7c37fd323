import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  directivesOf,
  durationMs,
  listedFields,
  parseDirectives,
} from "../../../../src/middleware/cache/policy/directives.ts";

describe("parseDirectives()", () => {
  const cases: readonly (readonly [value: string, directives: Record<string, string | null>])[] = [
    ["", {}],
    ["no-store", { "no-store": null }],
    ["No-StOrE, MaX-aGe=5", { "no-store": null, "max-age": "5" }],
    [', ,max-age=1 , extension="max-age=3600, no-store",', {
      "max-age": "1",
      "extension": "max-age=3600, no-store",
    }],
    ['max-age="3600"', { "max-age": "3600" }],
    ["max-age=1800, max-age=1", { "max-age": "1800" }],
    ['no-cache="a, b"', { "no-cache": "a, b" }],
    ['a="\\"x\\\\"', { a: '"x\\' }],
    ['a="', { a: '"' }],
  ];
  for (const [value, directives] of cases) {
    it(`reads ${JSON.stringify(value)}`, () =>
      assertEquals(Object.fromEntries(parseDirectives(value)), directives));
  }
});

describe("directivesOf()", () => {
  it("joins the lines of a field", () => {
    const directives = directivesOf(["Cache-Control", "public", "cache-control", "max-age=1"]);
    assertEquals([...directives.keys()], ["public", "max-age"]);
  });
});

describe("durationMs()", () => {
  const cases: readonly (readonly [value: string, ms: number | null])[] = [
    ["x", null],
    ["max-age=0", 0],
    ["max-age=003600", 3_600_000],
    ["max-age=2147483648", 2 ** 31 * 1000],
    ["max-age=99999999999", 2 ** 31 * 1000],
    // Invalid freshness is stale (RFC 9111 §4.2.1).
    ["max-age", 0],
    ["max-age=-3600", 0],
    ["max-age='3600'", 0],
    ["max-age=3600.5", 0],
    ["max-age=3600a", 0],
    // A name with a blank is another name.
    ["max-age =3600", null],
    ["max-age= 3600", 0],
  ];
  for (const [value, ms] of cases) {
    it(`of ${value}`, () => assertEquals(durationMs(parseDirectives(value), "max-age"), ms));
  }
});

describe("listedFields()", () => {
  it("gives the names of a quoted list in lower case", () => {
    assertEquals(listedFields(parseDirectives('no-cache="A, b,"'), "no-cache"), ["a", "b"]);
    assertEquals(listedFields(parseDirectives("no-cache"), "no-cache"), []);
  });
});
