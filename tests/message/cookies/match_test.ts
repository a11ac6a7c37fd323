import { describe, it } from "@std/testing/bdd";
import { assertEquals } from "@std/assert";
import {
  defaultPath,
  domainMatches,
  domainsFor,
  isIPAddress,
  isSecure,
  pathMatches,
  pathPrefixes,
} from "../../../src/message/cookies/match.ts";

describe("domainMatches()", () => {
  const rows: [host: string, domain: string, boolean][] = [
    ["example.org", "example.org", true],
    ["www.example.org", "example.org", true],
    ["a.b.example.org", "example.org", true],
    ["example.org", "www.example.org", false],
    ["badexample.org", "example.org", false],
    ["example.org.evil.net", "example.org", false],
    ["example.org", "org", true],
    ["example.org", "", false],
    ["example.org.", "", false],
    ["example.org.", "example.org", false],
    ["127.0.0.1", "127.0.0.1", true],
    ["127.0.0.1", "0.0.1", false],
    ["127.0.0.1", "1", false],
    ["[::1]", "[::1]", true],
    ["[::ffff:7f00.1]", "1]", false],
  ];
  for (const [host, domain, expected] of rows) {
    it(`${host || '""'} ${expected ? "is in" : "is not in"} ${domain || '""'}`, () => {
      assertEquals(domainMatches(host, domain), expected);
    });
  }
});

describe("pathMatches()", () => {
  const rows: [path: string, cookiePath: string, boolean][] = [
    ["/", "/", true],
    ["/a", "/", true],
    ["/a", "/a", true],
    ["/a/", "/a", true],
    ["/a/b", "/a", true],
    ["/a/b", "/a/", true],
    ["/a", "/a/", false],
    ["/ab", "/a", false],
    ["/", "/a", false],
    ["/A", "/a", false],
    ["/a%2Fb", "/a", false],
  ];
  for (const [path, cookiePath, expected] of rows) {
    it(`${path} ${expected ? "is in" : "is not in"} ${cookiePath}`, () => {
      assertEquals(pathMatches(path, cookiePath), expected);
    });
  }
});

it("defaultPath() is the path up to its last slash", () => {
  const rows = [["", "/"], ["/", "/"], ["/a", "/"], ["/a/", "/a"], ["/a/b", "/a"], [
    "/a/b/",
    "/a/b",
  ], [
    "a/b",
    "/",
  ]] as const;
  for (const [path, expected] of rows) assertEquals(defaultPath(path), expected, path);
});

it("isIPAddress() knows hosts as URL writes them", () => {
  for (
    const url of ["http://1.2.3.4", "http://0x7f.1", "http://3232235777", "http://[2001:DB8::1]"]
  ) {
    assertEquals(isIPAddress(new URL(url).hostname), true, url);
  }
  for (const host of ["1.2.3.4.example", "example.org", "localhost", "1.2.3"]) {
    assertEquals(isIPAddress(host), false, host);
  }
});

it("isSecure() is for https and wss alone", () => {
  const secure = ["https", "wss", "http", "ws"].map((scheme) =>
    isSecure(new URL(`${scheme}://localhost`))
  );
  assertEquals(secure, [true, true, false, false]);
});

describe("domainsFor()", () => {
  const rows: [host: string, string[]][] = [
    ["a.b.example", ["", "a.b.example", "b.example", "example"]],
    ["localhost", ["", "localhost"]],
    ["127.0.0.1", ["", "127.0.0.1"]],
    ["[::1]", ["", "[::1]"]],
  ];
  for (const [host, expected] of rows) {
    it(`lists the host ${host} and its parents`, () => assertEquals(domainsFor(host), expected));
  }

  it("takes a host that is longer than DNS allows as one name", () => {
    const [longest, tooLong] = ["a.".repeat(127), `${"a.".repeat(127)}a`];
    assertEquals(domainsFor(longest).length, 129);
    assertEquals(domainsFor(tooLong), ["", tooLong]);
  });
});

describe("pathPrefixes()", () => {
  for (const path of ["/", "/a", "/a/", "/a/b", "//", "/a//b"]) {
    it(`lists exactly the cookie paths that match ${path}`, () => {
      const prefixes = Array.from({ length: path.length }, (_, i) => path.slice(0, i + 1));
      const expected = prefixes.filter((prefix) => pathMatches(path, prefix));
      assertEquals([...new Set(pathPrefixes(path))].sort(), expected.sort());
    });
  }
});
