/** The sessions of RFC 6265 §3.1, exchange by exchange: what the server sets, what the client sends next. */
import { describe, it } from "@std/testing/bdd";
import { assertEquals } from "@std/assert";
import { Cookies } from "../../src/message/cookies/jar.ts";
import { isPublicSuffix } from "../../src/message/cookies/public_suffix/public_suffix.ts";

const beforeExpiry = () => Date.UTC(2020, 5, 9);

function session(): Cookies {
  return new Cookies(null, { isPublicSuffix, now: beforeExpiry });
}

describe("RFC 6265 §3.1", () => {
  const site = new URL("https://example.com/");

  it("a session identifier comes back for every path", () => {
    const jar = session();
    jar.extractFrom(site, ["SID=31d4d96e407aad42"]);
    assertEquals(jar.headerFor(new URL("https://example.com/any/path")), "SID=31d4d96e407aad42");
  });

  it("Path and Domain widen it to subdomains", () => {
    const jar = session();
    jar.extractFrom(site, ["SID=31d4d96e407aad42; Path=/; Domain=example.com"]);
    assertEquals(jar.headerFor(new URL("https://www.example.com/")), "SID=31d4d96e407aad42");
  });

  it("two cookies come back together, the secure one over TLS alone", () => {
    const jar = session();
    jar.extractFrom(site, [
      "SID=31d4d96e407aad42; Path=/; Secure; HttpOnly",
      "lang=en-US; Path=/; Domain=example.com",
    ]);
    assertEquals(jar.headerFor(site), "SID=31d4d96e407aad42; lang=en-US");
    assertEquals(jar.headerFor(new URL("http://example.com/")), "lang=en-US");
  });

  it("an expiry keeps it, an expiry in the past removes it", () => {
    const jar = session();
    jar.extractFrom(site, [
      "SID=31d4d96e407aad42; Path=/",
      "lang=en-US; Expires=Wed, 09 Jun 2021 10:18:14 GMT",
    ]);
    assertEquals(jar.headerFor(site), "SID=31d4d96e407aad42; lang=en-US");
    jar.extractFrom(site, ["lang=; Expires=Sun, 06 Nov 1994 08:49:37 GMT"]);
    assertEquals(jar.headerFor(site), "SID=31d4d96e407aad42");
  });

  it("§4.1.2.3: a host may set cookies for its parent, not for another or for a child", () => {
    const from = new URL("https://foo.example.com/");
    const accepted = [
      "example.com",
      "foo.example.com",
      "bar.example.com",
      "baz.foo.example.com",
      "com",
    ]
      .filter((domain) => {
        const jar = session();
        jar.extractFrom(from, [`a=1; Domain=${domain}`]);
        return jar.size === 1;
      });
    assertEquals(accepted, ["example.com", "foo.example.com"]);
  });
});
