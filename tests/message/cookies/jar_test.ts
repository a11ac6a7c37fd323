import { describe, it } from "@std/testing/bdd";
import { assert, assertEquals, assertFalse, assertStringIncludes, assertThrows } from "@std/assert";
import { CookieConflict } from "../../../src/errors.ts";
import { Cookies } from "../../../src/message/cookies/jar.ts";
import { COOKIE_LIMITS } from "../../../src/message/cookies/limits.ts";
import { inspect } from "node:util";

/** A jar at a time that stands, and the hand that moves it. */
function jarAt(nowMs: number): { jar: Cookies; advance(ms: number): void } {
  let now = nowMs;
  return { jar: new Cookies(null, { now: () => now }), advance: (ms) => void (now += ms) };
}

/** What is sent to `to` after `from` set these cookies. */
function sent(from: string, setCookies: string[], to = from): string | null {
  const jar = new Cookies();
  jar.extractFrom(new URL(from), setCookies);
  return jar.headerFor(new URL(to));
}

describe("Cookies", () => {
  describe("set by hand", () => {
    it("goes to every host when it has no domain", () => {
      const jar = new Cookies({ a: "1" });
      for (
        const url of [
          "http://x.org/",
          "https://y.z.org/p/q",
          "http://127.0.0.1:81/",
          "http://[::1]/",
        ]
      ) {
        assertEquals(jar.headerFor(new URL(url)), "a=1");
      }
    });

    it("goes to its domain and all under it, or to that host alone", () => {
      const jar = new Cookies();
      jar.set("a", "1", { domain: ".Example.org" });
      jar.set("b", "2", { domain: "example.org", hostOnly: true });
      assertEquals(jar.headerFor(new URL("http://example.org/")), "a=1; b=2");
      assertEquals(jar.headerFor(new URL("http://sub.example.org/")), "a=1");
      assertEquals(jar.headerFor(new URL("http://badexample.org/")), null);
      assertEquals(jar.headerFor(new URL("http://org/")), null);
    });

    it("understands domains in the forms people write", () => {
      for (
        const [domain, url] of [
          ["bücher.de", "http://www.xn--bcher-kva.de/"],
          ["::1", "http://[::1]/"],
          [
            "[::1]",
            "http://[::1]/",
          ],
          ["my_host", "http://my_host/"],
        ] as const
      ) {
        const jar = new Cookies();
        jar.set("a", "1", { domain });
        assertEquals(jar.headerFor(new URL(url)), "a=1", domain);
        assertEquals(jar.get("a", { domain }), "1", domain);
      }
    });

    for (
      const domain of [
        "http://blah.com",
        "https://blah.com:8443/a",
        "blah.com:80",
        "blah.com/path",
        "blah.com?query",
        "user@blah.com",
        "[::1]:80",
        "blah.com:",
        "a b",
      ]
    ) {
      it(`refuses the domain ${JSON.stringify(domain)} by name`, () => {
        const jar = new Cookies();
        const refused = () => jar.set("a", "s3cret", { domain });
        const error = assertThrows(refused, TypeError, "give a host name without scheme");
        assertStringIncludes(error.message, JSON.stringify(domain));
        assertFalse(error.message.includes("s3cret"));
        assertThrows(() => jar.get("a", { domain }), TypeError);
        assertEquals(jar.size, 0);
      });
    }

    it("obeys path, secure and expires", () => {
      const { jar, advance } = jarAt(1000);
      jar.set("a", "1", { path: "/p" });
      jar.set("b", "2", { secure: true });
      jar.set("c", "3", { expires: new Date(2000) });
      assertEquals(jar.headerFor(new URL("http://h/p/q")), "a=1; c=3");
      assertEquals(jar.headerFor(new URL("https://h/pq")), "b=2; c=3");
      advance(999);
      assertEquals(jar.headerFor(new URL("http://h/")), "c=3");
      advance(1);
      assertEquals(jar.headerFor(new URL("http://h/")), null);
      assertEquals(jar.size, 2);
    });

    for (
      const [name, value] of [
        ["", "v"],
        ["a=b", "v"],
        ["a;b", "v"],
        ["a\n", "v"],
        ["a", "x;secret"],
        ["a", "x\rsecret"],
        [
          "a",
          "secret\x7f",
        ],
      ] as const
    ) {
      it(`refuses ${JSON.stringify({ name, value })} without showing the value`, () => {
        const error = assertThrows(() => new Cookies().set(name, value), TypeError) as Error;
        assertFalse(error.message.includes("secret"));
      });
    }

    it("refuses values, paths, domains and dates that are none", () => {
      const jar = new Cookies();
      // deno-lint-ignore no-explicit-any
      assertThrows(() => new Cookies({ a: undefined } as any), TypeError, "value is undefined");
      // deno-lint-ignore no-explicit-any
      assertThrows(() => new Cookies("a=1" as any), TypeError, "Cannot make cookies of a string");
      assertThrows(() => jar.set("a", "1", { path: "p" }), TypeError, "path");
      assertThrows(() => jar.set("a", "1", { domain: "a b" }), TypeError, "domain");
      assertThrows(() => jar.set("a", "1", { expires: new Date("never") }), TypeError, "expires");
      assertEquals(jar.size, 0);
    });

    it("sends other characters than ASCII as UTF-8 bytes", () => {
      assertEquals(
        new Cookies({ a: "é€" }).headerFor(new URL("http://h/")),
        "a=\xc3\xa9\xe2\x82\xac",
      );
    });
  });

  describe("lookup", () => {
    const jar = () => {
      const cookies = new Cookies();
      cookies.set("a", "1", { domain: "x.org" });
      cookies.set("a", "2", { domain: "y.org" });
      cookies.set("a", "3", { domain: "y.org", path: "/p" });
      cookies.set("b", "4");
      return cookies;
    };

    it("get() finds one by name, domain and path", () => {
      assertEquals(jar().get("b"), "4");
      assertEquals(jar().get("c"), null);
      assertEquals(jar().get("a", { domain: "x.org" }), "1");
      assertEquals(jar().get("a", { path: "/p" }), "3");
      assertEquals(jar().get("a", { domain: ".Y.org", path: "/" }), "2");
      assertEquals(jar().get("a", { domain: "org" }), null);
    });

    it("get() throws CookieConflict that names their domains and paths, not their values", () => {
      const error = assertThrows(
        () => jar().get("a", { domain: "y.org" }),
        CookieConflict,
      ) as Error;
      assertStringIncludes(error.message, '"a" is meant: 2 have that name (y.org /, y.org /p)');
    });

    it("has() is true for several, too", () => {
      assert(jar().has("a"));
      assertFalse(jar().has("a", { domain: "z.org" }));
    });

    it("delete() takes all of a name, or those in scope", () => {
      const cookies = jar();
      assert(cookies.delete("a", { path: "/p" }));
      assertFalse(cookies.delete("a", { path: "/p" }));
      assertEquals(cookies.size, 3);
      assert(cookies.delete("a"));
      assertEquals([...cookies], [["b", "4"]]);
    });

    it("clear() takes all, or those in scope", () => {
      const cookies = jar();
      cookies.clear({ domain: "y.org" });
      assertEquals([...cookies], [["a", "1"], ["b", "4"]]);
      cookies.clear();
      assertEquals(
        [cookies.size, [...cookies].length, cookies.headerFor(new URL("http://x.org/"))],
        [0, 0, null],
      );
    });

    it("size counts a replaced cookie once", () => {
      const cookies = new Cookies([["a", "1"], ["a", "2"]]);
      assertEquals([cookies.size, cookies.get("a")], [1, "2"]);
    });
  });

  describe("copies", () => {
    it("copy() and update() keep attributes and order, and share nothing", () => {
      const jar = new Cookies({ z: "0" });
      jar.extractFrom(new URL("https://x.org/p/q"), [
        "b=1; Secure; HttpOnly; SameSite=Lax",
        "a=2; Path=/",
      ]);
      const copy = jar.copy();
      assertEquals(copy.list(), jar.list());
      copy.set("c", "3");
      jar.delete("z");
      assertEquals(copy.size, 4);
      assertEquals(jar.size, 2);
      copy.update(new Cookies({ c: "4" }));
      assertEquals(copy.get("c"), "4");
    });

    it("copy() judges domains and time as the original did", () => {
      const jar = new Cookies(null, {
        isPublicSuffix: (domain) => domain === "x.org",
        now: () => 7000,
      }).copy();
      jar.extractFrom(new URL("http://a.x.org/"), [
        "a=1; Domain=x.org",
        "b=2; Domain=a.x.org; Max-Age=1",
      ]);
      assertEquals(jar.list().map(({ name, expires }) => [name, expires]), [["b", 8000]]);
    });
  });

  describe("JSON", () => {
    it("restores everything, order and nameless cookies included", () => {
      const url = new URL("https://x.org/p/q");
      const options = { now: () => 1_700_000_000_000 };
      const jar = new Cookies({ h: "0" }, options);
      jar.extractFrom(url, [
        "nameless",
        "b=1; Secure; HttpOnly; SameSite=none; Max-Age=60",
        "a=\tx\ty",
      ]);
      const restored = Cookies.fromJSON(JSON.parse(JSON.stringify(jar)), options);
      assertEquals(restored.list(), jar.list());
      assertEquals(restored.headerFor(url), jar.headerFor(url));
    });

    it("drops what has expired since", () => {
      const jar = new Cookies(null, { now: () => 0 });
      jar.set("a", "1", { expires: 1000 });
      assertEquals(Cookies.fromJSON(jar.toJSON(), { now: () => 1000 }).size, 0);
    });

    const good = { name: "a", value: "1", domain: "x.org", path: "/" };
    for (
      const bad of [
        null,
        {},
        [null],
        ["a=1"],
        [{}],
        [{ ...good, value: 1 }],
        [{ ...good, path: "" }],
        [{ ...good, name: "a;b" }],
        [{ ...good, expires: "tomorrow" }],
        [{ ...good, domain: undefined }],
      ]
    ) {
      it(`refuses ${JSON.stringify(bad)}`, () => {
        assertThrows(() => Cookies.fromJSON(bad), TypeError);
      });
    }
  });

  it("prints names and places, never values", () => {
    const jar = new Cookies({ a: "s3cret" });
    jar.set("b", "s3cret", { domain: "x.org", path: "/p" });
    const expected = "Cookies { a=[secure], b=[secure] for x.org/p }";
    assertEquals([String(jar), inspect(jar)], [expected, expected]);
    assertEquals(String(new Cookies()), "Cookies {}");
  });

  describe("extractFrom() and headerFor()", () => {
    it("order longer paths first, then older cookies", () => {
      const jar = new Cookies();
      const url = new URL("http://h/a/b/c");
      jar.extractFrom(url, [
        "one=1; path=/",
        "two=2; path=/a/b",
        "three=3; path=/a",
        "four=4; path=/a/b",
      ]);
      assertEquals(jar.headerFor(url), "two=2; four=4; three=3; one=1");
    });

    it("keep the age of a cookie that is replaced", () => {
      const jar = new Cookies();
      const url = new URL("http://h/");
      jar.extractFrom(url, ["a=1", "b=2"]);
      jar.extractFrom(url, ["a=3"]);
      assertEquals(jar.headerFor(url), "a=3; b=2");
      jar.extractFrom(url, ["a=; Max-Age=0", "a=4"]);
      assertEquals(jar.headerFor(url), "b=2; a=4");
    });

    it("tell a host's own cookie from its domain's", () => {
      const from = "http://www.example.org/";
      assertEquals(sent(from, ["a=1"], "http://sub.www.example.org/"), null);
      assertEquals(sent(from, ["a=1; Domain=example.org"], "http://other.example.org/"), "a=1");
      assertEquals(sent(from, ["a=1", "a=2; Domain=www.example.org"]), "a=1; a=2");
    });

    it("send a cookie without a name as its value", () => {
      assertEquals(sent("http://h/", ["x", "a=b=c", "=y"]), "y; a=b=c"); // the second replaced the first
    });

    it("send Secure cookies over TLS alone, loopback included", () => {
      for (const host of ["example.org", "localhost", "127.0.0.1", "[::1]"]) {
        assertEquals(sent(`https://${host}/`, ["a=1; Secure"]), "a=1");
        assertEquals(sent(`https://${host}/`, ["a=1; Secure"], `wss://${host}/`), "a=1");
        assertEquals(sent(`https://${host}/`, ["a=1; Secure"], `http://${host}/`), null);
        assertEquals(sent(`http://${host}/`, ["a=1; Secure"], `https://${host}/`), null);
      }
    });

    it("delete what comes back expired, also by its identity alone", () => {
      const url = new URL("http://h/p/q");
      const jar = new Cookies();
      jar.extractFrom(url, ["a=1", "b=2"]);
      jar.extractFrom(url, ["a=; expires=Thu, 01 Jan 1970 00:00:00 GMT", "b=; Max-Age=0; Path=/"]);
      assertEquals(jar.headerFor(url), "b=2");
    });

    it("expire on time, and never later than in 400 days", () => {
      const { jar, advance } = jarAt(1_700_000_000_000);
      const url = new URL("http://h/");
      jar.extractFrom(url, [
        "a=1; Max-Age=10",
        "b=2; Max-Age=99999999999999999999",
        "c=3; Expires=Fri, 31 Dec 9999 00:00:00 GMT",
      ]);
      advance(9_999);
      assertEquals(jar.headerFor(url), "a=1; b=2; c=3");
      advance(1);
      assertEquals(jar.headerFor(url), "b=2; c=3");
      advance(COOKIE_LIMITS.maxAgeMs - 10_001);
      assertEquals(jar.headerFor(url), "b=2; c=3");
      advance(1);
      assertEquals(jar.headerFor(url), null);
    });

    it("decode and send back the UTF-8 of names and values", () => {
      assertEquals(sent("http://h/", ["n=é"]), "n=\xc3\xa9");
    });

    it("let plain HTTP overlay no secure cookie of the host, its parents or children", () => {
      const secure = (domain: string, path = "/") => {
        const jar = new Cookies();
        jar.extractFrom(new URL("https://www.example.org/p/"), [
          `a=1; Secure; Domain=${domain}; Path=${path}`,
        ]);
        return jar;
      };
      const rows: [string, string, string, number][] = [
        ["example.org", "/", "a=2", 1],
        ["www.example.org", "/", "a=2; Domain=example.org", 1],
        ["example.org", "/", "b=2", 2],
        ["example.org", "/p", "a=2; Path=/p/q", 1],
        ["example.org", "/p", "a=2; Path=/", 2],
      ];
      for (const [domain, path, setCookie, count] of rows) {
        const jar = secure(domain, path);
        jar.extractFrom(new URL("http://www.example.org/"), [setCookie]);
        assertEquals(jar.size, count, setCookie);
        jar.extractFrom(new URL("https://www.example.org/"), [setCookie]);
        assert([...jar].some(([, value]) => value === "2"), setCookie);
      }
    });
  });

  describe("limits", () => {
    const url = new URL("http://h.example/");
    const numbered = (count: number) => Array.from({ length: count }, (_, i) => `c${i}=v`);

    it("keep maxPerDomain cookies of a domain, and evict the least recently used beyond", () => {
      const jar = new Cookies();
      jar.extractFrom(url, numbered(COOKIE_LIMITS.maxPerDomain));
      assertEquals(jar.size, COOKIE_LIMITS.maxPerDomain);
      jar.extractFrom(url, ["c0=again", "new=v"]);
      assertEquals(jar.size, COOKIE_LIMITS.maxPerDomain);
      assert(jar.has("c0"));
      assert(jar.has("new"));
      assertFalse(jar.has("c1"));
    });

    it("evict insecure cookies before secure ones", () => {
      const jar = new Cookies();
      const https = new URL("https://h.example/");
      jar.extractFrom(https, ["safe=v; Secure", ...numbered(COOKIE_LIMITS.maxPerDomain)]);
      assert(jar.has("safe"));
      assertFalse(jar.has("c0"));
    });

    it("keep maxTotal cookies of all domains, and evict the least recently used beyond", () => {
      const jar = new Cookies({ mine: "1" });
      const perHost = 30; // no domain is crowded
      const hosts = COOKIE_LIMITS.maxTotal / perHost;
      for (let host = 0; host < hosts; host++) {
        jar.extractFrom(new URL(`http://h${host}.example/`), numbered(perHost));
      }
      assertEquals(jar.size, COOKIE_LIMITS.maxTotal + 1);
      jar.headerFor(new URL("http://h0.example/"));
      jar.extractFrom(url, ["new=v"]);
      assertEquals(jar.size, COOKIE_LIMITS.maxTotal + 1);
      assert(jar.has("mine") && jar.has("new") && jar.has("c0", { domain: "h0.example" }));
      assertFalse(jar.has("c0", { domain: "h1.example" }));
    });

    it("evict from domains with more than fairPerDomain cookies first, insecure ones first", () => {
      const jar = new Cookies();
      const few = numbered(COOKIE_LIMITS.fairPerDomain);
      for (let host = 0; host < COOKIE_LIMITS.maxTotal / few.length - 2; host++) {
        jar.extractFrom(new URL(`http://h${host}.example/`), few);
      }
      const many = new URL("https://many.example/");
      jar.extractFrom(many, [...few.map((text) => `${text}; Secure`), ...few.map((t) => `in${t}`)]);
      assertEquals(jar.size, COOKIE_LIMITS.maxTotal);
      const left = () => jar.list().filter(({ domain }) => domain === "many.example");
      jar.extractFrom(url, ["a=v"]);
      assertEquals(left().map(({ name }) => name).includes("inc0"), false);
      jar.extractFrom(url, Array.from({ length: 49 }, (_, i) => `b${i}=v`));
      assertEquals(left().length, COOKIE_LIMITS.fairPerDomain);
      assert(left().every(({ secure }) => secure));
      assert(jar.has("c0", { domain: "h0.example" }));
    });

    it("evict what has expired before anything else", () => {
      const { jar, advance } = jarAt(1000);
      jar.extractFrom(url, ["short=v; Max-Age=1"]);
      jar.extractFrom(url, numbered(COOKIE_LIMITS.maxPerDomain - 1));
      advance(1000);
      jar.extractFrom(url, ["new=v"]);
      assertEquals(jar.size, COOKIE_LIMITS.maxPerDomain);
      assert(jar.has("c0"));
    });

    it("neither count nor evict what the program set", () => {
      const jar = new Cookies();
      for (let i = 0; i < 10_000; i++) jar.set(`mine${i}`, "v", { domain: `h${i % 10}.example` });
      for (let host = 0; host < 20; host++) {
        jar.extractFrom(new URL(`http://h${host}.example/`), numbered(400));
      }
      const mine = jar.list().filter(({ name }) => name.startsWith("mine"));
      assertEquals([mine.length, jar.size], [10_000, 10_000 + COOKIE_LIMITS.maxTotal]);
      assertEquals(jar.copy().list(), jar.list());
      const copy = jar.copy();
      copy.extractFrom(new URL("http://other.example/"), numbered(400));
      assertEquals(copy.list().filter(({ name }) => name.startsWith("mine")).length, 10_000);
    });

    it("count a cookie of the program's that a server replaces", () => {
      const jar = new Cookies();
      jar.set("c0", "mine", { domain: "h.example", hostOnly: true });
      jar.extractFrom(url, numbered(COOKIE_LIMITS.maxPerDomain + 1));
      assertEquals(jar.size, COOKIE_LIMITS.maxPerDomain);
      assertFalse(jar.has("c0"));
    });

    it("evict one cookie at most for each that a server sets in a restored jar", () => {
      const stored = new Cookies();
      for (let i = 0; i < 10_000; i++) stored.set(`k${i}`, "v", { domain: `d${i % 100}.com` });
      const jar = Cookies.fromJSON(stored.toJSON());
      jar.extractFrom(url, ["a=1"]);
      assertEquals(jar.size, 10_000);
      assert(jar.has("a"));
    });
  });
});
