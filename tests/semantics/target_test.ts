import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { targetOf } from "../../src/semantics/target.ts";

describe("targetOf()", () => {
  const cases: readonly (readonly [url: string, ...parts: readonly string[]])[] = [
    [
      "http://example.org",
      "http",
      "example.org",
      "80",
      "http://example.org:80",
      "example.org",
      "/",
    ],
    [
      "https://user:secret@Example.ORG:443/a%20b?c=d#e",
      ...["https", "example.org", "443", "https://example.org:443", "example.org", "/a%20b?c=d"],
    ],
    [
      "http://example.org:8080/?",
      ...["http", "example.org", "8080", "http://example.org:8080", "example.org:8080", "/"],
    ],
    ["http://[::1]:81/x", "http", "::1", "81", "http://[::1]:81", "[::1]:81", "/x"],
    [
      "http://[2001:DB8::1]",
      "http",
      "2001:db8::1",
      "80",
      "http://[2001:db8::1]:80",
      "[2001:db8::1]",
      "/",
    ],
    ["https://bücher.example/ü", ...[
      "https",
      "xn--bcher-kva.example",
      "443",
      "https://xn--bcher-kva.example:443",
      "xn--bcher-kva.example",
      "/%C3%BC",
    ]],
    ["ws://a/", "ws", "a", "80", "ws://a:80", "a", "/"],
    ["wss://a/", "wss", "a", "443", "wss://a:443", "a", "/"],
    ["http://a/b/../c//d", "http", "a", "80", "http://a:80", "a", "/c//d"],
  ];
  for (const [url, scheme, host, port, origin, authority, requestTarget] of cases) {
    it(`reads ${url}`, () => {
      const expected = { scheme, host, port: Number(port), origin, authority, requestTarget };
      assertEquals(targetOf(new URL(url)) as unknown, expected);
    });
  }
});

describe("Target.origin", () => {
  const cases: readonly (readonly [a: string, b: string, isSame: boolean])[] = [
    ["http://a/x", "http://A:80/y?z", true],
    ["http://a/", "https://a/", false],
    ["http://a/", "http://a:8080/", false],
    ["http://a/", "http://a.b/", false],
    ["http://a:443/", "https://a:443/", false],
    ["http://u:p@a/", "http://a/", true],
  ];
  for (const [a, b, isSame] of cases) {
    it(`is the same for ${a} and ${b}: ${isSame}`, () => {
      assertEquals(targetOf(new URL(a)).origin === targetOf(new URL(b)).origin, isSame);
    });
  }
});
