import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Proxy, type ProxyOptions, Request } from "@httpx/httpx";
import { toOutgoing } from "../../../src/transports/routing/outgoing.ts";
import { proxyRoute, type Way } from "../../../src/wire/dial/route.ts";
import { hopOf } from "../../../src/transports/routing/proxy.ts";
import { addressOf } from "../../../src/message/request.ts";

const DIRECT: Way = { kind: "direct" };

function through(url: string, proxy: string, options: ProxyOptions = {}): Way {
  const target = addressOf(new Request("GET", url));
  return proxyRoute(target, { proxy: hopOf(new Proxy(proxy, options)), mayForward: true })
    .way;
}

describe("toOutgoing()", () => {
  it("sends a request straight to its origin as it stands", () => {
    const headers = { "X-A": "1", "Proxy-Authorization": "Basic eA==" };
    const request = new Request("GET", "http://u:p@a.test:81/b?c#d", { headers });
    const { target, fields, method, url } = toOutgoing(request, DIRECT);
    assertEquals([method, target, url], ["GET", "/b?c", "http://u:p@a.test:81/b?c#d"]);
    assertEquals(fields, request.headers.lines);
  });

  it("names the whole URL to a proxy that forwards, without userinfo and fragment", () => {
    const targets: [string, string][] = [
      ["http://a.test", "http://a.test/"],
      ["http://a.test:80/b?c=d#e", "http://a.test/b?c=d"],
      ["http://ada:secret@a.test:81/", "http://a.test:81/"],
      ["http://[::1]:81/", "http://[::1]:81/"],
    ];
    for (const [url, expected] of targets) {
      const { target } = toOutgoing(new Request("GET", url), through(url, "http://p"));
      assertEquals(target, expected);
    }
  });

  it("adds what is for the proxy that forwards, where the request has nothing of that name", () => {
    const url = "http://a.test/";
    const way = through(url, "http://ada:l@p", { headers: { "X-A": "proxy", "X-B": "proxy" } });
    const request = new Request("GET", url, { headers: { "x-a": "own" } });
    assertEquals(toOutgoing(request, way).fields, [
      ...["Host", "a.test", "x-a", "own"],
      ...["Proxy-Authorization", "Basic YWRhOmw=", "X-B", "proxy"],
    ]);
    const bearer = new Request("GET", url, { headers: { "proxy-authorization": "Bearer x" } });
    assertEquals(toOutgoing(bearer, way).fields.slice(2), [
      ...["proxy-authorization", "Bearer x"],
      ...["X-A", "proxy", "X-B", "proxy"],
    ]);
  });

  it("keeps what is for a proxy from an origin behind a tunnel", () => {
    const headers = { "Proxy-Authorization": "Basic eA==", "X-A": "1" };
    for (const proxy of ["http://u:p@p", "socks5://u:p@p"]) {
      const way = through("https://a.test/", proxy);
      const outgoing = toOutgoing(new Request("GET", "https://a.test/b", { headers }), way);
      assertEquals(outgoing.target, "/b");
      assertEquals(outgoing.fields, ["Host", "a.test", "X-A", "1"]);
      const plain = new Request("GET", "https://a.test/b");
      assertEquals(toOutgoing(plain, way).fields, plain.headers.lines);
    }
  });

  it("takes a target that no URL can express, on every way", () => {
    const url = "http://a.test/";
    const ways: [Way, target: string, sent: string][] = [
      [DIRECT, "*", "*"],
      [DIRECT, "/a|b", "/a|b"],
      [through(url, "socks5://p"), "*", "*"],
      // The origin's, as a proxy that forwards is told it (RFC 9112 §3.2.2, §3.2.4).
      [through(url, "http://p"), "*", "http://a.test"],
      [through(url, "http://p"), "/a|b?c", "http://a.test/a|b?c"],
      [through(url, "http://p"), "http://b.test/a|b", "http://b.test/a|b"],
    ];
    for (const [way, given, sent] of ways) {
      for (const target of [given, new TextEncoder().encode(given)]) {
        const request = new Request("OPTIONS", url, { extensions: { target } });
        assertEquals(toOutgoing(request, way).target, sent);
      }
    }
    const request = new Request("GET", url, { extensions: { target: 7 as never } });
    assertThrows(() => toOutgoing(request, DIRECT), TypeError, 'Cannot use extension "target"');
  });
});
