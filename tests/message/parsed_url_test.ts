import { InvalidURL, UnsupportedProtocol } from "@httpx/httpx";
import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { describeURL, parseURL, readURL } from "../../src/message/parsed_url.ts";

describe("readURL()", () => {
  const refused = [
    ["", "it is empty"],
    ["  ", "it is empty"],
    ["://example.org", 'it has no scheme; did you mean "https://example.org"?'],
    ["http:", "it has no host"],
    ["example.org", 'it has no scheme; did you mean "https://example.org"?'],
    ["example.org/a:b", 'it has no scheme; did you mean "https://example.org/a:b"?'],
    ["//example.org/a", 'it has no scheme; did you mean "https://example.org/a"?'],
    ["/users", "it is only a path; give a whole URL, or the client a baseURL"],
    ["http://", "it has no host"],
    ["https:///", "it has no host"],
    ["http://?a=1", "it has no host"],
    ["http://me@/", "it has no host"],
    ["http://a b/", "there is a space in its host"],
    ["http://a:x/", "its port is no number"],
    ["http://a:80x/", "its port is no number"],
    ["http://a:-1/", "its port is no number"],
    ["http://me:pass@a:x/", "its port is no number"],
    ["http://[::1]:x/", "its port is no number"],
    ["http://a:65536/", "its port is above 65535"],
    ["http://[::1/", "its host is malformed"],
    ...["http://[fe80::1%25eth0]/", "http://me:p@[fe80::1%eth0]:80/"].map((text) =>
      [
        text,
        "no URL can have the zone of an IPv6 address; give a name, and its address as the option resolve",
      ] as const
    ),
    ["http://1.2.3.256/", "its host is malformed"],
    ["http://a^b/x:y", "its host is malformed"],
    ...["http://me:p/w@a/", "http://me:p#w@a:80", "socks5://me:p?w@a"].map((text) =>
      [text, "in its user name and password, / ? # have to be written as %2F %3F %23"] as const
    ),
  ] as const;
  for (const [text, words] of refused) {
    const isSchemeless = !/^[a-z0-9]+:/i.test(text);
    const kind = isSchemeless ? UnsupportedProtocol : InvalidURL;
    it(`${JSON.stringify(text)} is an ${kind.name}: ${words}`, () => {
      const error = assertThrows(() => readURL(text), kind as new () => Error);
      assertEquals(error.message.slice(error.message.indexOf(": ") + 2), words);
    });
  }

  for (const control of ["\r", "\n", "\t", "\0", "\x01", "\x1f", "\x7f"]) {
    it(`refuses ${JSON.stringify(control)}, wherever it stands`, () => {
      for (const text of ["x", "ttp://a/", "http://", "http://a/b?c#d"]) {
        for (const url of [control + text, text + control, text.replace(/.$/, `$&${control}`)]) {
          assertThrows(() => readURL(url), InvalidURL, "it has a control character (U+00");
        }
      }
    });
  }

  it("keeps the runtime's error as the cause", () => {
    const error = assertThrows(() => readURL("http://"), InvalidURL);
    assertEquals(error.cause instanceof TypeError, true);
  });

  it("shows no password, and no secret parameter", () => {
    const texts = ["http://me:s3cret@a b/", "//me:s3cret@a/", "a.org/?token=s3cret"];
    for (const text of [...texts, "http://me:s3cret/x@a", "http://me:s3cret#@a:1"]) {
      const error = assertThrows(() => readURL(text), Error);
      assertEquals(error.message.includes("s3cret"), false, error.message);
      assertEquals(error.cause, undefined, "the runtime's has the whole text");
    }
  });

  it("takes 65536 characters, and not one more", () => {
    const longest = `http://a/${"x".repeat(65_536 - "http://a/".length)}`;
    assertEquals(readURL(longest).href.length, 65_536);
    assertThrows(
      () => readURL(`${longest}x`),
      InvalidURL,
      "it has 65537 characters, at most 65536",
    );
    assertEquals(describeURL(new URL(longest)).href.length, 65_536);
    assertThrows(() => describeURL(new URL(`${longest}x`)), InvalidURL, "it has 65537 characters");
    assertThrows(() => parseURL(`http://a/${"ü".repeat(20_000)}`), InvalidURL, "at most 65536");
  });
});

describe("parseURL()", () => {
  const parsed = [
    ["HTTP://EXAMPLE.org:80/a/../b?c#d", "http://example.org/b?c#d", "example.org", "/b?c"],
    ["https://example.org:8443", "https://example.org:8443/", "example.org:8443", "/"],
    ["http://[::1]:81/%7e?%20", "http://[::1]:81/%7e?%20", "[::1]:81", "/%7e?%20"],
    ["http://bücher.example/", "http://xn--bcher-kva.example/", "xn--bcher-kva.example", "/"],
  ] as const;
  for (const [text, href, authority, requestTarget] of parsed) {
    it(`${text} is ${href}`, () => {
      const url = parseURL(text);
      assertEquals([url.href, url.target.authority, url.target.requestTarget], [
        href,
        authority,
        requestTarget,
      ]);
    });
  }

  it("sends no credentials", () => {
    for (const userinfo of ["me", "me:pass", ":pass"]) {
      const { target } = parseURL(`http://${userinfo}@a/b`);
      assertEquals([target.authority, target.requestTarget], ["a", "/b"]);
    }
  });

  it("parses each string once, and goes on when there were many", () => {
    const first = parseURL("http://a/same");
    assertStrictEquals(parseURL("http://a/same"), first);
    for (let i = 0; i < 1000; i++) assertEquals(parseURL(`http://a/${i}`).href, `http://a/${i}`);
    assertEquals(parseURL("http://a/same"), first);
  });

  it("writes each character of ASCII alike on every runtime", () => {
    const printable = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i));
    const changed = (start: string) =>
      printable.flatMap((it) => {
        const written = parseURL(`${start}x${it}y`).href.slice(start.length + 1, -1);
        return written === it ? [] : [`${it}=${written}`];
      }).join(" ");
    assertEquals(changed("http://a/"), ' =%20 "=%22 <=%3C >=%3E \\=/ ^=%5E `=%60 {=%7B }=%7D');
    assertEquals(changed("http://a/?"), " =%20 \"=%22 '=%27 <=%3C >=%3E");
    assertEquals(changed("http://a/#"), ' =%20 "=%22 <=%3C >=%3E `=%60');
    assertEquals(describeURL(new URL("http://a/^^?^#^")).target.requestTarget, "/%5E%5E?^");
  });

  it("says the same of a URL that is parsed already", () => {
    assertEquals(describeURL(new URL("http://me@a:81/b?c")), parseURL("http://me@a:81/b?c"));
  });
});
