import { describe, it } from "@std/testing/bdd";
import { assertEquals } from "@std/assert";
import { cookieFrom, parseSetCookie } from "../../../src/message/cookies/set_cookie.ts";
import { isPublicSuffix } from "../../../src/message/cookies/public_suffix/public_suffix.ts";

const NOW = Date.UTC(2024, 0, 1);

function parsed(text: string): string | null {
  const result = parseSetCookie(text);
  if (result === null) return null;
  const attributes = [...result.attributes].map(([name, value]) => `;${name}=${value}`).join("");
  return `<${result.name}|${result.value}>${attributes}`;
}

function judged(url: string, text: string) {
  const setCookie = parseSetCookie(text);
  return setCookie && cookieFrom(setCookie, { url: new URL(url), isPublicSuffix, nowMs: NOW });
}

const long = (length: number, unit = "x") => unit.repeat(length);

describe("parseSetCookie()", () => {
  const rows: [string, string | null][] = [
    ["a=b", "<a|b>"],
    [" \ta \t=\t b c ", "<a|b c>"],
    ["a=b=c", "<a|b=c>"],
    ["a=", "<a|>"],
    ["=b", "<|b>"],
    ["b", "<|b>"],
    ["", null],
    ["=", null],
    [" ; Path=/", null],
    ['a="b; c"', '<a|"b>;c"='],
    ["a=b, c=d", "<a|b, c=d>"],
    ["a=b;;; ;Secure", "<a|b>;=;secure="],
    ["a=b; PATH = /x ; httponly=no", "<a|b>;path=/x;httponly=no"],
    ["a=b; path=/x; path=/y", "<a|b>;path=/y"],
    ["a=b; max-age=5; max-age=soon", "<a|b>;max-age=5"],
    ["a=b; max-age=; max-age=-; max-age=+5; max-age=1.5", "<a|b>"],
    ["a=b; max-age=-5", "<a|b>;max-age=-5"],
    ["a=b; expires=01 Jan 2030 00:00:00; expires=nonsense", "<a|b>;expires=01 Jan 2030 00:00:00"],
    ["a=b\tc", "<a|b\tc>"],
    ["a=b\0", null],
    ["a=b\r\nX: y", null],
    ["a=b; path=/\x7f", null],
    ["a=\x80", "<a|\x80>"],
    ["a\u00a0=\u00a0b", "<a\u00a0|\u00a0b>"],
    [`a=${long(4095)}`, `<a|${long(4095)}>`],
    [`a=${long(4096)}`, null],
    [`a=${long(2047, "é")}x`, `<a|${long(2047, "é")}x>`],
    [`a=${long(2048, "é")}`, null],
    [`${long(4096)}=`, `<${long(4096)}|>`],
    [`a=b; path=/${long(1023)}`, `<a|b>;path=/${long(1023)}`],
    [`a=b; path=/${long(1024)}; secure`, "<a|b>;secure="],
  ];
  for (const [text, expected] of rows) {
    const shown = JSON.stringify(
      text.length > 60 ? `${text.slice(0, 20)}… (${text.length})` : text,
    );
    it(`reads ${shown} as ${expected === null ? "nothing" : "it should"}`, () => {
      assertEquals(parsed(text), expected);
    });
  }
});

describe("cookieFrom()", () => {
  it("keeps all attributes", () => {
    assertEquals(
      judged(
        "https://www.example.org/p/q",
        "a=b; Domain=.Example.ORG; Path=/x; Secure; HttpOnly; SameSite=Strict; Max-Age=60",
      ),
      {
        name: "a",
        value: "b",
        domain: "example.org",
        hostOnly: false,
        path: "/x",
        secure: true,
        httpOnly: true,
        sameSite: "strict",
        expires: NOW + 60_000,
      },
    );
  });

  it("has defaults for what is not given", () => {
    assertEquals(judged("http://www.example.org/p/q?r/s", "a=b"), {
      name: "a",
      value: "b",
      domain: "www.example.org",
      hostOnly: true,
      path: "/p",
      secure: false,
      httpOnly: false,
      sameSite: null,
      expires: null,
    });
  });

  it("prefers Max-Age to Expires in either order", () => {
    const expires = "Expires=01 Feb 2024 00:00:00";
    for (const text of [`a=b; Max-Age=1; ${expires}`, `a=b; ${expires}; Max-Age=1`]) {
      assertEquals(judged("http://h/", text)?.expires, NOW + 1000);
    }
    assertEquals(judged("http://h/", `a=b; Max-Age=x; ${expires}`)?.expires, Date.UTC(2024, 1, 1));
    assertEquals(judged("http://h/", "a=b; Max-Age=0")?.expires, 0);
    assertEquals(judged("http://h/", "a=b; Max-Age=-1")?.expires, 0);
  });

  it("reads SameSite in any case and passes over what it does not know", () => {
    const values = ["None", "LAX", "strict", "", "other"];
    assertEquals(
      values.map((value) => judged("http://h/", `a=b; SameSite=${value}`)?.sameSite),
      ["none", "lax", "strict", null, null],
    );
  });

  const paths: [string, string][] = [["/x", "/x"], ["", "/p"], ["x", "/p"], ["/", "/"], [
    '"/"',
    "/p",
  ]];
  for (const [given, expected] of paths) {
    it(`makes of Path=${given} the path ${expected}`, () => {
      assertEquals(judged("http://h/p/q", `a=b; Path=${given}`)?.path, expected);
    });
  }

  /** Domain attribute on a host: the domain it gives, "=" for host-only, or null where the cookie is refused. */
  const domains: [host: string, attribute: string, string | null][] = [
    ["www.example.org", "example.org", "example.org"],
    ["www.example.org", ".example.org", "example.org"],
    ["www.example.org", "..example.org", null],
    ["www.example.org", "www.example.org", "www.example.org"],
    ["www.example.org", "", "="],
    ["www.example.org", ".", "="],
    ["example.org", "www.example.org", null],
    ["www.example.org", "example.net", null],
    ["www.example.org", "ample.org", null],
    ["www.example.org", "org", null],
    ["www.example.org", "example.org.", null],
    ["www.example.co.uk", "co.uk", null],
    ["www.example.co.uk", "example.co.uk", "example.co.uk"],
    ["www.example.com.", "com.", null],
    ["www.example.co.uk.", "co.uk.", null],
    ["www.example.com..", "com..", null],
    ["www.example.com.", "example.com.", "example.com."],
    ["www.example.com.", "example.com", null],
    ["co.uk.", "co.uk.", "="],
    ["me.github.io", "github.io", null],
    ["github.io", "github.io", "="],
    ["localhost", "localhost", "="],
    ["a.localhost", "localhost", null],
    ["127.0.0.1", "127.0.0.1", "="],
    ["127.0.0.1", "0.0.1", null],
    ["[::1]", "[::1]", "="],
    ["xn--bcher-kva.de", "xn--bcher-kva.de", "xn--bcher-kva.de"],
    ["xn--bcher-kva.de", "bücher.de", null],
  ];
  for (const [host, attribute, expected] of domains) {
    it(`judges Domain=${attribute} of ${host}`, () => {
      const cookie = judged(`https://${host}/`, `a=b; Domain=${attribute}`);
      if (cookie?.hostOnly) assertEquals(cookie.domain, host);
      assertEquals(cookie && (cookie.hostOnly ? "=" : cookie.domain), expected);
    });
  }

  const prefixes: [url: string, setCookie: string, boolean][] = [
    ["https://h.example/p/", "__Secure-a=1; Secure", true],
    ["https://h.example/p/", "__secure-a=1", false],
    ["http://h.example/p/", "__Secure-a=1; Secure", false],
    ["https://h.example/p/", "__Host-a=1; Secure; Path=/", true],
    ["https://h.example/p/", "__HOST-a=1; Path=/", false],
    ["https://h.example/p/", "__Host-a=1; Secure", false],
    ["https://h.example/", "__Host-a=1; Secure", false],
    ["https://h.example/p/", "__Host-a=1; Secure; Path=/p", false],
    ["https://h.example/p/", "__Host-a=1; Secure; Path=/; Domain=h.example", false],
    ["https://h.example/p/", "__Host-a=1; Secure; Path=/; Domain=", true],
    ["https://h.example/p/", "=__Host-a=1; Secure; Path=/", false],
    ["https://h.example/p/", "__secure-a; Secure", false],
    ["https://h.example/p/", "__Hosta=1", true],
  ];
  for (const [url, text, kept] of prefixes) {
    it(`${kept ? "keeps" : "refuses"} ${text} from ${url}`, () => {
      assertEquals(judged(url, text) !== null, kept);
    });
  }
});
