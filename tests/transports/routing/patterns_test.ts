import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  bySpecificity,
  matchesPattern,
  parsePattern,
} from "../../../src/transports/routing/patterns.ts";
import { targetOf } from "../../../src/semantics/target.ts";

function matches(pattern: string, url: string): boolean {
  return matchesPattern(parsePattern(pattern), targetOf(new URL(url)));
}

describe("matchesPattern()", () => {
  const table: [pattern: string, url: string, expected: boolean][] = [
    ["all://", "http://example.com", true],
    ["all://", "https://example.com", true],
    ["all://*", "https://example.com:81", true],
    ["http://", "http://example.com", true],
    ["http://", "https://example.com", false],
    ["HTTP://", "http://example.com", true],
    ["all://example.com", "http://example.com", true],
    ["all://example.com", "https://example.com/a?b", true],
    ["all://example.com", "https://www.example.com", false],
    ["all://example.com", "https://example.com.evil.test", false],
    ["all://example.com", "https://badexample.com", false],
    ["http://example.com", "https://example.com", false],
    ["all://*.example.com", "https://www.example.com", true],
    ["all://*.example.com", "https://a.b.example.com", true],
    ["all://*.example.com", "https://example.com", false],
    ["all://*example.com", "https://example.com", true],
    ["all://*example.com", "https://www.example.com", true],
    ["all://*example.com", "https://badexample.com", false],
    ["all://example.com:1234", "https://example.com:1234", true],
    ["all://example.com:1234", "https://example.com", false],
    ["all://example.com:443", "https://example.com", true],
    ["all://example.com:443", "http://example.com", false],
    ["https://example.com:443", "https://example.com", true],
    ["all://*:8080", "http://127.0.0.1:8080", true],
    ["all://:8080", "http://127.0.0.1:8081", false],
    ["all://[::1]", "http://[::1]:99/", true],
    ["all://[0:0::1]:99", "http://[::1]:99/", true],
    ["all://EXAMPLE.com", "http://example.com", true],
    ["all://*.münchen.de", "http://www.xn--mnchen-3ya.de", true],
    ["ws://", "http://example.com", false],
    // the dot of the root: the same host
    ["all://internal.test", "http://internal.test./", true],
    ["all://internal.test.", "http://internal.test/", true],
    ["all://*.internal.test", "http://a.internal.test./", true],
    ["all://*.internal.test", "http://internal.test./", false],
    ["all://*internal.test", "http://internal.test.:2/", true],
    ["all://internal.test", "http://%69nternal。test./", true],
  ];
  for (const [pattern, url, expected] of table) {
    it(`${pattern} ${expected ? "matches" : "does not match"} ${url}`, () => {
      assertEquals(matches(pattern, url), expected);
    });
  }
});

describe("bySpecificity()", () => {
  it("puts ports before hosts, longer hosts before shorter, schemes before any", () => {
    const ordered = [
      "https://example.com:1234",
      "all://example.com:1234",
      "all://*:1234",
      "https://api.example.com",
      "all://example.com",
      "all://*.example.com",
      "all://*example.com",
      "https://",
      "http://",
      "all://",
    ];
    const sorted = ordered.toReversed().map(parsePattern).sort(bySpecificity);
    assertEquals(sorted.map(({ text }) => text), ordered);
  });

  it("keeps equals in the order they were given", () => {
    const sorted = ["http://a.test", "http://b.test"].map(parsePattern).sort(bySpecificity);
    assertEquals(sorted.map(({ text }) => text), ["http://a.test", "http://b.test"]);
  });
});

describe("parsePattern()", () => {
  it("says how to write a scheme alone", () => {
    assertThrows(() => parsePattern("http"), TypeError, 'write "http://"');
    assertThrows(() => parsePattern("all:"), TypeError, 'write "all://"');
    assertThrows(() => parsePattern("a.test:80"), TypeError, 'write "all://a.test:80"');
  });

  for (const text of ["", "example.com", "//example.com", "http://a.test/path", "http://*."]) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      assertThrows(() => parsePattern(text), TypeError, `Cannot use URL pattern "${text}"`);
    });
  }

  it("refuses userinfo, queries, odd ports and hosts that URL refuses", () => {
    for (const text of ["http://u@a.test", "http://a.test?q", "http://a:b", "http://a b"]) {
      assertThrows(() => parsePattern(text), TypeError, "Cannot use URL pattern");
    }
  });
});
