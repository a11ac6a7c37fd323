import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { inspect } from "node:util";
import { Proxy, type ProxyOptions } from "@httpx/httpx";
import { asProxy, hopOf } from "../../../src/transports/routing/proxy.ts";
import { certificatePath } from "../../support/certificates.ts";
import { withEnvironment } from "../../support/environment.ts";

function refusal(url: unknown, options?: ProxyOptions): string {
  return assertThrows(() => new Proxy(url as string, options), TypeError).message;
}

describe("Proxy", () => {
  it("has the port that its scheme has, unless it is given one", () => {
    const urls: [string, string][] = [
      ["http://p", "http://p:80"],
      ["https://p/", "https://p:443"],
      ["socks5://p", "socks5://p:1080"],
      ["socks5h://p", "socks5h://p:1080"],
      ["http://p:3128", "http://p:3128"],
      ["https://p:80", "https://p:80"],
      ["socks5://p:80", "socks5://p:80"],
      ["HTTP://P.Example:1", "http://p.example:1"],
      ["socks5://P.Example:1", "socks5://p.example:1"],
      ["http://[::1]:3128", "http://[::1]:3128"],
      ["socks5://[::1]", "socks5://[::1]:1080"],
      ["socks5h://bücher.example", "socks5h://xn--bcher-kva.example:1080"],
    ];
    for (const [given, url] of urls) assertEquals(new Proxy(given).url, url);
    assertEquals(new Proxy(new URL("http://p:8080/")).url, "http://p:8080");
  });

  it("has TLS terms of its own, with the environment's trust where that is wanted", () =>
    withEnvironment({ SSL_CERT_FILE: certificatePath("ca") }, () => {
      const proxy = new Proxy("https://p", { tls: true });
      assertEquals(hopOf(proxy).tls?.trustsEnvironment, true);
      assertEquals(hopOf(proxy, false).tls?.trustsEnvironment, false);
      assertStrictEquals(hopOf(proxy), hopOf(proxy));
      assertEquals(hopOf(new Proxy("https://p")).tls, null);
    }));

  it("takes credentials out of its URL, or those it is given", () => {
    assertEquals(new Proxy("http://p").auth, null);
    assertEquals(new Proxy("http://ada:l%40ve@p").auth, ["ada", "l@ve"]);
    assertEquals(new Proxy("http://p", { auth: ["a", "b"] }).auth, ["a", "b"]);
    assertEquals(new Proxy("http://x:y@p", { auth: ["a", "b"] }).auth, ["a", "b"]);
  });

  it("sends Proxy-Authorization to HTTP proxies, then the headers", () => {
    const headers = { "X-A": "1" };
    assertEquals(hopOf(new Proxy("http://a:b@p", { headers })).fields, [
      ...["Proxy-Authorization", "Basic YTpi"],
      ...["X-A", "1"],
    ]);
    assertEquals(hopOf(new Proxy("socks5://a:b@p")).fields, []);
    const own = { "Proxy-Authorization": "Bearer x" };
    assertEquals(hopOf(new Proxy("http://p", { headers: own })).fields, [
      "Proxy-Authorization",
      "Bearer x",
    ]);
  });

  it("shows no secret, wherever it is shown", () => {
    const shown: [Proxy, string][] = [
      [new Proxy("http://p:1"), '<Proxy("http://p:1")>'],
      [new Proxy("http://ada:secret@p:1"), '<Proxy("http://ada:[secure]@p:1")>'],
      [new Proxy("http://token@p:1"), '<Proxy("http://[secure]@p:1")>'],
      [new Proxy("socks5://a%40:secret@p:1"), '<Proxy("socks5://a%40:[secure]@p:1")>'],
    ];
    for (const [proxy, text] of shown) {
      assertEquals([String(proxy), inspect(proxy)], [text, text]);
      assertEquals(JSON.stringify(proxy), "{}");
    }
    if ("Deno" in globalThis) assertEquals(Deno.inspect(shown[1]?.[0]), shown[1]?.[1]);
  });

  it("gives headers that can't be changed through it", () => {
    const proxy = new Proxy("http://p", { headers: { a: "1" } });
    proxy.headers.set("a", "2");
    assertEquals(proxy.headers.get("a"), "1");
  });

  it("refuses a URL that is none, and says what is wrong with it", () => {
    const refused: [unknown, string][] = [
      ["", '"" has no scheme; begin with http://, https://, socks5:// or socks5h://'],
      [
        "p:3128",
        '"p:3128" has no scheme; begin with http://, https://, socks5:// or socks5h://',
      ],
      ["ftp://p", '"ftp://p" has scheme "ftp"; a proxy speaks http, https, socks5 or socks5h'],
      [
        "socks4://p",
        '"socks4://p" has scheme "socks4"; a proxy speaks http, https, socks5 or socks5h',
      ],
      ["http://", '"http://" is no URL: it has no host'],
      ["socks5://", '"socks5://" is no URL: it has no host'],
      ["http://p:99999", '"http://p:99999" is no URL: its port is above 65535'],
      ["http://a:secret@p:x", '"http://a:[secure]@p:x" is no URL: its port is no number'],
      [
        "http://a:sec/ret@p:1",
        '"http://a:[secure]@p:1" is no URL: in its user name and password, / ? # have to be ' +
        "written as %2F %3F %23",
      ],
      [
        "http://a:1/secret@p:1",
        '"http://a:[secure]@p:1" has more than a host and a port, and a proxy has no use for it',
      ],
      [
        "http://p/path",
        '"http://p/path" has more than a host and a port, and a proxy has no use for it',
      ],
      [
        "http://p?a=1",
        '"http://p?a=1" has more than a host and a port, and a proxy has no use for it',
      ],
      [
        "http://DOMAIN\\user:s3cret@p:1",
        '"http://DOMAIN\\\\user:[secure]@p:1" has a backslash in its user name or password; write it as %5C',
      ],
      [null, "give a URL, a Proxy, or null for none"],
      [7, "give a URL, a Proxy, or null for none"],
    ];
    for (const [url, why] of refused) assertEquals(refusal(url), `Cannot use Proxy: ${why}`);
  });

  it("refuses options that its kind can't honour", () => {
    const refused: [string, ProxyOptions, string][] = [
      ["socks5://p", { headers: { a: "1" } }, "headers are for HTTP proxies, and SOCKS has none"],
      ["http://p", { tls: false }, "tls is for https: proxies, and the URL begins with http:"],
      ["http://p", { auth: ["a:b", "c"] }, "the user name has a colon, where the password begins"],
      [
        "http://p",
        { auth: ["a", "b"], headers: { "proxy-authorization": "x" } },
        "there are credentials, and a Proxy-Authorization header; give one of them",
      ],
      ["http://p", { auth: ["a"] as never }, "auth is not [username, password]"],
    ];
    for (const [url, options, why] of refused) {
      assertEquals(refusal(url, options), `Cannot use Proxy: ${why}`);
    }
  });

  it("takes 255 bytes of user name and of password for SOCKS, and no more", () => {
    const most = "ü".repeat(127) + "x";
    assertEquals(new Proxy("socks5://p", { auth: [most, most] }).auth, [most, most]);
    for (const auth of [[`${most}x`, "b"], ["a", `${most}x`]] as const) {
      assertEquals(
        refusal("socks5://p", { auth }),
        "Cannot use Proxy: SOCKS takes user names and passwords of up to 255 bytes",
      );
    }
  });
});

describe("asProxy()", () => {
  it("makes one of a URL, and leaves one alone", () => {
    const proxy = new Proxy("http://p");
    assertStrictEquals(asProxy(proxy, "x"), proxy);
    assertEquals(asProxy("http://p:8080", "x").url, "http://p:8080");
  });

  it("names where a wrong one came from", () => {
    assertThrows(
      () => asProxy("p:80", 'variable "HTTP_PROXY"'),
      TypeError,
      'Cannot use variable "HTTP_PROXY": "p:80" has no scheme',
    );
  });
});
