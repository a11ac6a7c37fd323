import { describe, it } from "@std/testing/bdd";
import { assertEquals } from "@std/assert";
import { type Link, parseLinks } from "../../src/semantics/link.ts";
import { assertLinear } from "../cost/growth.ts";

/** A copy with ordinary prototypes, for comparison. */
function plain(links: Record<string, Link>): Record<string, Record<string, string | undefined>> {
  return Object.fromEntries(Object.entries(links).map(([key, link]) => [key, { ...link }]));
}

describe("parseLinks()", () => {
  const rows: [fact: string, string, Record<string, Record<string, string>>][] = [
    [
      "reads the pages of a listing",
      '<https://h/?page=2>; rel="next", <https://h/?page=9>; rel=last',
      {
        next: { url: "https://h/?page=2", rel: "next" },
        last: { url: "https://h/?page=9", rel: "last" },
      },
    ],
    ["keys a link without relation by its URL", "</a>; title=x", {
      "/a": { url: "/a", title: "x" },
    }],
    [
      "takes commas and semicolons in target and quotes",
      '<http://h/a,b;c>; title="d, e; f"; rel=g',
      {
        g: { url: "http://h/a,b;c", title: "d, e; f", rel: "g" },
      },
    ],
    ["gives one entry for each relation", '<a>; rel="next  last"', {
      next: { url: "a", rel: "next  last" },
      last: { url: "a", rel: "next  last" },
    }],
    ["lets the later of two links stay", "<a>; rel=x, <b>; rel=x", { x: { url: "b", rel: "x" } }],
    ["knows parameter names in any case", "<a>; REL=x; Type=t", {
      x: { url: "a", rel: "x", type: "t" },
    }],
    ["passes over blanks and empty items", " , < a > ;rel = x ,,", { x: { url: "a", rel: "x" } }],
    ["keeps starred parameters as they are", "<a>; rel=x; title*=UTF-8''%e2%82%ac", {
      x: { url: "a", rel: "x", "title*": "UTF-8''%e2%82%ac" },
    }],
    [
      "removes single quotes around every value",
      "<a>; rel='preload'; AS='font'; title='it''s'; x='; y=''; z=it's, <b>; rel='next prev'",
      {
        preload: { url: "a", rel: "preload", as: "font", title: "it''s", x: "'", y: "", z: "it's" },
        next: { url: "b", rel: "next prev" },
        prev: { url: "b", rel: "next prev" },
      },
    ],
    ["lets no parameter pose as the URL", "<a>; rel=x; url=b", { x: { url: "a", rel: "x" } }],
    ["takes an empty relation for none", '<a>; rel=""', { a: { url: "a", rel: "" } }],
    ["reads an unclosed quote to the end", '<a>; rel="x, <b>; rel=y', {
      "x,": { url: "a", rel: "x, <b>; rel=y" },
      "<b>;": { url: "a", rel: "x, <b>; rel=y" },
      "rel=y": { url: "a", rel: "x, <b>; rel=y" },
    }],
    ["stops at what is no link", "<a>; rel=x, b, <c>; rel=y", { x: { url: "a", rel: "x" } }],
    ["reads nothing from nothing", "", {}],
    ["reads nothing from an open bracket", "<a; rel=x", {}],
  ];
  for (const [fact, value, expected] of rows) {
    it(fact, () => assertEquals(plain(parseLinks(value)), expected));
  }

  it("cannot be made to touch a prototype", () => {
    const links = parseLinks("<a>; rel=__proto__; __proto__=x, <b>; rel=constructor");
    assertEquals(Object.keys(links), ["__proto__", "constructor"]);
    assertEquals(parseLinks("")["toString"], undefined);
  });

  for (
    const part of [
      "<",
      "<a>;",
      '<a>;"',
      ", ",
      '<a>;r="\\"',
      "<>,",
      "<a>;rel='x y';",
      '"',
      "\\",
      ">",
      " ",
    ]
  ) {
    it(`costs linear time for ${JSON.stringify(part)} repeated`, () =>
      assertLinear({
        make: (size) => `<a>; rel=x${part.repeat(size / part.length)}`,
        run: parseLinks,
        limit: 102_400,
      }));
  }

  it("costs linear time for one link of many relations", () =>
    assertLinear({
      make: (size) => `<a>; rel="${Array.from({ length: size / 6 }, (_, i) => i).join(" ")}"`,
      run: parseLinks,
      limit: 102_400,
    }));
});
