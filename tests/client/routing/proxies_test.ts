import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { MockTransport, Proxy, Response } from "@httpx/httpx";
import { type ProxiesInit, proxiesOf } from "../../../src/client/routing/proxies.ts";
import { targetOf } from "../../../src/semantics/target.ts";
import type { ChooseProxy } from "../../../src/transports/routing/request_routes.ts";

function chosen(choose: ChooseProxy | null, url: string): string | null {
  return choose?.(targetOf(new URL(url)))?.url ?? null;
}

function choiceOf(proxy: ProxiesInit["proxy"], mounts: ProxiesInit["mounts"] = {}) {
  const { choose } = proxiesOf({ proxy, mounts, trustEnv: false });
  return (url: string) => chosen(choose, url);
}

const mock = new MockTransport(() => new Response(200));

describe("proxiesOf()", () => {
  it("takes one proxy for everything", () => {
    for (const proxy of ["http://p:1", new URL("http://p:1"), new Proxy("http://p:1")]) {
      const choose = choiceOf(proxy);
      assertEquals([choose("http://a.test"), choose("https://a.test")], [
        "http://p:1",
        "http://p:1",
      ]);
    }
  });

  it("takes none where there is none", () => {
    const bare = Object.assign(Object.create(null), { "all://": null });
    for (const proxy of [undefined, null, { "all://": null }, bare]) {
      assertEquals(proxiesOf({ proxy, mounts: {}, trustEnv: false }).choose, null);
    }
  });

  // httpx's own table (tests/client/test_proxies.py), and one row for each kind of pattern.
  const table: [url: string, patterns: Record<string, string | null>, expected: string | null][] = [
    ["http://example.com", { "https://": "http://p:1" }, null],
    ["http://example.com", { "http://example.net": "http://p:1" }, null],
    ["http://example.com", { "http://*": "http://p:1" }, "http://p:1"],
    ["http://example.com", { "http://*.example.com": "http://p:1" }, null],
    ["http://www.example.com", { "http://*.example.com": "http://p:1" }, "http://p:1"],
    ["http://example.com", { "http://*example.com": "http://p:1" }, "http://p:1"],
    ["http://wwwexample.com", { "http://*example.com": "http://p:1" }, null],
    ["http://example.com", { "all://": "http://p:1", "http://": "http://q:1" }, "http://q:1"],
    [
      "http://example.com",
      { "all://": "http://p:1", "all://example.com": "http://q:1", "http://": "http://r:1" },
      "http://q:1",
    ],
    [
      "https://example.com:1234",
      { "https://example.com": "http://p:1", "all://*:1234": "http://q:1" },
      "http://q:1",
    ],
    ["http://a.test", { "all://": "http://p:1", "all://a.test": null }, null],
    ["http://b.test", { "all://": "http://p:1", "all://a.test": null }, "http://p:1"],
    ["https://a.test", { "all://": "http://p:1", "http://a.test": null }, "http://p:1"],
  ];
  for (const [url, patterns, expected] of table) {
    it(`leads ${url} to ${expected ?? "nowhere"} by ${JSON.stringify(patterns)}`, () => {
      assertEquals(choiceOf(patterns)(url), expected);
    });
  }

  it("has no proxy for what a mount is more specific for, null mounts among them", () => {
    const choose = choiceOf({ "all://": "http://p:1", "https://b.test": "http://q:1" }, {
      "all://a.test": null,
      "all://b.test": mock,
      "all://": mock,
    });
    assertEquals(choose("http://a.test"), null);
    assertEquals(choose("http://b.test"), null);
    assertEquals(choose("https://b.test"), "http://q:1");
    assertEquals(choose("http://c.test"), null, "of one pattern the mount counts");
  });

  it("leads past less specific mounts where a proxy, or none, has its pattern", () => {
    const init = { proxy: { "http://": "http://p:1", "all://": null }, trustEnv: false };
    assertEquals(proxiesOf({ ...init, mounts: {} }).mounts, {});
    const mounts = { "all://": mock, "all://a.test": null };
    assertEquals(proxiesOf({ ...init, mounts }).mounts, { ...mounts, "http://": null });
  });

  it("names the option and the pattern of what is wrong", () => {
    const refused: [ProxiesInit["proxy"], string][] = [
      ["p:1", 'Cannot use option "proxy": "p:1" has no scheme; begin with http://'],
      [
        { "all://": "ftp://p" },
        'Cannot use option "proxy" for "all://": "ftp://p" has scheme "ftp"',
      ],
      [{ "http": "http://p" }, 'Cannot use URL pattern "http": write "http://"'],
      [7 as never, 'Cannot use option "proxy": give a URL, a Proxy, or null for none'],
      [{ "all://": 7 as never }, 'Cannot use option "proxy" for "all://": give a URL'],
    ];
    for (const [proxy, message] of refused) assertThrows(() => choiceOf(proxy), TypeError, message);
  });
});
