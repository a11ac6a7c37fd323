import { assertEquals, assertNotEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { targetOf } from "../../../src/semantics/target.ts";
import { hopOf, Proxy, type ProxyOptions } from "../../../src/transports/routing/proxy.ts";
import { directRoute, proxyRoute } from "../../../src/wire/dial/route.ts";
import { makeSettings } from "../../../src/options/tls_settings.ts";

const target = targetOf(new URL("https://a.test/"));

describe("directRoute()", () => {
  it("has the origin as its key", () => {
    assertEquals(directRoute(target).key, "https://a.test:443");
  });

  it("has another key for each name and each set of settings", () => {
    const settings = makeSettings({});
    const keys = [
      directRoute(target),
      directRoute(target, { serverName: "b.test", settings: null }),
      directRoute(target, { serverName: null, settings }),
      directRoute(target, { serverName: "b.test", settings }),
      directRoute(target, { serverName: null, settings: makeSettings({}) }),
    ].map(({ key }) => key);
    assertEquals(new Set(keys).size, keys.length);
    const again = directRoute(target, { serverName: "b.test", settings });
    assertEquals(again.key, keys[3]);
  });
});

function through(url: string, proxy: string, options: ProxyOptions = {}, http1 = true) {
  const hop = hopOf(new Proxy(proxy, options));
  return proxyRoute(targetOf(new URL(url)), { proxy: hop, mayForward: http1 });
}

describe("proxyRoute()", () => {
  it("forwards http: by HTTP proxies, and goes through a tunnel otherwise", () => {
    const kinds: [string, string, string][] = [
      ["http://a/", "http://p", "forwarded"],
      ["http://a/", "https://p", "forwarded"],
      ["https://a/", "http://p", "tunnelled"],
      ["https://a/", "https://p", "tunnelled"],
      ["http://a/", "socks5://p", "tunnelled"],
      ["https://a/", "socks5h://p", "tunnelled"],
    ];
    for (const [url, proxy, kind] of kinds) {
      assertEquals([url, proxy, through(url, proxy).way.kind], [url, proxy, kind]);
    }
  });

  it("tunnels HTTP/2 by prior knowledge too: no proxy forwards it", () => {
    assertEquals(through("http://a/", "http://p", {}, false).way.kind, "tunnelled");
  });

  it("names as the peer whoever is at the other end of the connection", () => {
    assertEquals(directRoute(targetOf(new URL("http://[::1]/"))).peer, "[::1]:80");
    assertEquals(through("http://a/", "http://p:3128").peer, "p:3128");
    assertEquals(through("https://a/", "http://p:3128").peer, "a:443");
  });
});

describe("Route.key", () => {
  const origin = "https://example.org/";

  it("is the same for equal settings, and for all that one proxy forwards", () => {
    assertEquals(through(origin, "http://u:p@h").key, through(origin, "http://u:p@h:80/").key);
    assertEquals(through("http://a/", "http://p").key, through("http://b/", "http://p").key);
  });

  it("tells origins, ways, proxies, credentials, fields and TLS apart", () => {
    const keys = [
      directRoute(targetOf(new URL(origin))).key,
      through(origin, "http://h").key,
      through("https://example.org:444/", "http://h").key,
      through("http://example.org/", "http://h").key,
      through("http://example.org/", "http://h", {}, false).key,
      through(origin, "https://h").key,
      through(origin, "https://h", { tls: false }).key,
      through(origin, "https://h", { tls: true }).key,
      through(origin, "socks5://h").key,
      through(origin, "http://h:81").key,
      through(origin, "http://u@h").key,
      through(origin, "http://u:p@h").key,
      through(origin, "http://u:q@h").key,
      through(origin, "http://h", { headers: { a: "1" } }).key,
      through(origin, "http://h", { headers: { a: "2" } }).key,
    ];
    assertEquals(new Set(keys).size, keys.length);
    assertNotEquals(through("http://a/", "http://p").key, through("http://a/", "http://q").key);
  });
});
