import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { HTTPTransport, Request } from "@httpx/httpx";
import { targetOf } from "../../../src/semantics/target.ts";
import {
  environmentProxies,
  proxyFrom,
} from "../../../src/transports/routing/environment_proxies.ts";
import type { ChooseProxy } from "../../../src/transports/routing/request_routes.ts";
import { withEnvironment } from "../../support/environment.ts";
import { startLocalServer } from "../../support/local_server.ts";

function chosen(choose: ChooseProxy | null, url: string): string | null {
  return choose?.(targetOf(new URL(url)))?.url ?? null;
}

function environment(variables: Readonly<Record<string, string>>) {
  const choose = environmentProxies((name) => variables[name]);
  return (url: string) => chosen(choose, url);
}

describe("environmentProxies()", () => {
  it("has a proxy for each scheme, or one for all", () => {
    const both = environment({ HTTP_PROXY: "http://p:1", HTTPS_PROXY: "http://q:1" });
    assertEquals([both("http://a.test"), both("https://a.test")], ["http://p:1", "http://q:1"]);
    const one = environment({ HTTPS_PROXY: "http://q:1" });
    assertEquals([one("http://a.test"), one("https://a.test")], [null, "http://q:1"]);
    const rest = environment({ ALL_PROXY: "socks5://p", HTTP_PROXY: "http://q:1" });
    assertEquals([rest("http://a.test"), rest("https://a.test")], [
      "http://q:1",
      "socks5://p:1080",
    ]);
  });

  it("reads either case; lower case counts more, even where it is empty", () => {
    assertEquals(environment({ http_proxy: "http://p:1" })("http://a.test"), "http://p:1");
    assertEquals(
      environment({ http_proxy: "http://p:1", HTTP_PROXY: "http://q:1" })("http://a.test"),
      "http://p:1",
    );
    assertEquals(environment({ http_proxy: "", HTTP_PROXY: "http://q:1" })("http://a.test"), null);
    assertEquals(
      environment({ all_proxy: "http://p:1", no_proxy: "a.test", NO_PROXY: "b.test" })(
        "http://b.test",
      ),
      "http://p:1",
    );
  });

  it("has none for what NO_PROXY excludes", () => {
    const choose = environment({ ALL_PROXY: "http://p:1", NO_PROXY: "a.test,10.0.0.0/8" });
    assertEquals(choose("http://www.a.test"), null);
    assertEquals(choose("https://10.1.1.1"), null);
    assertEquals(choose("http://b.test"), "http://p:1");
    assertEquals(environment({ ALL_PROXY: "http://p:1", NO_PROXY: "*" })("http://a.test"), null);
  });

  it("takes a host and a port for an HTTP proxy, as httpx does", () => {
    assertEquals(environment({ HTTP_PROXY: " p:3128 " })("http://a.test"), "http://p:3128");
    const choose = environmentProxies((name) => name === "ALL_PROXY" ? "ada:secret@p" : undefined);
    assertEquals(choose?.(targetOf(new URL("http://a.test")))?.auth, ["ada", "secret"]);
  });

  it("leaves HTTP_PROXY alone where a web server runs the program (CVE-2016-5388)", () => {
    const variables = { HTTP_PROXY: "http://p:1", REQUEST_METHOD: "GET" };
    assertEquals(environment(variables)("http://a.test"), null);
    assertEquals(
      environment({ ...variables, http_proxy: "http://q:1" })("http://a.test"),
      "http://q:1",
    );
  });

  it("names the variable of what is wrong, and masks what is secret", () => {
    const refused: [Record<string, string>, string][] = [
      [
        { HTTPS_PROXY: "ftp://ada:secret@p" },
        'Cannot use variable HTTPS_PROXY: "ftp://ada:[secure]@p" has scheme "ftp"',
      ],
      [
        { all_proxy: "http://p:99999" },
        'Cannot use variable all_proxy: "http://p:99999" is no URL',
      ],
      [{ http_proxy: "p/path" }, 'Cannot use variable http_proxy: "http://p/path" has more than'],
    ];
    for (const [variables, message] of refused) {
      assertThrows(() => environment(variables), TypeError, message);
    }
  });
});

describe("proxyFrom()", () => {
  it("is the option, else the environment's, but not without trustEnv or past a UNIX socket", () =>
    withEnvironment({ ALL_PROXY: "http://p:1", NO_PROXY: "" }, () => {
      const url = "http://a.test";
      const byEnvironment = proxyFrom({});
      assertEquals(chosen(byEnvironment as ChooseProxy, url), "http://p:1");
      assertEquals(
        [{ proxy: null }, { trustEnv: false }, { uds: "/s" }, { proxy: "http://q:1" }].map(
          proxyFrom,
        ),
        [null, null, null, "http://q:1"],
      );
    }));
});

describe("new HTTPTransport()", () => {
  it("alone takes the proxy of the environment, as a client does", async () => {
    await using proxy = await startLocalServer((_, response) => response.end("by proxy"));
    await withEnvironment(
      { HTTP_PROXY: proxy.url, http_proxy: undefined, NO_PROXY: "" },
      async () => {
        for (const [options, count] of [[{}, 1], [{ trustEnv: false }, 1]] as const) {
          const transport = new HTTPTransport(options);
          const request = new Request("GET", "http://localhost:1/x");
          const response = await transport.handleRequest(request).catch(() => null);
          await response?.read();
          await transport.close();
          assertEquals(proxy.received.length, count);
        }
      },
    );
    assertEquals(proxy.received[0]?.target, "http://localhost:1/x");
  });
});
