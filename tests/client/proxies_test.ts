/** Proxies as options of clients and requests: which requests go through which. */
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import process from "node:process";
import {
  Client,
  type ClientOptions,
  get,
  MockTransport,
  Proxy,
  ProxyError,
  Response,
} from "@httpx/httpx";
import { authorities } from "../support/certificates.ts";
import { startLocalServer } from "../support/local_server.ts";
import { startHttpProxy, type TestProxy } from "../support/proxies/http_proxy.ts";
import { startOrigin } from "../support/proxies/origin.ts";

/** How many requests went through each proxy, and how many to the origin in all. */
function counts(...proxies: readonly TestProxy[]): number[] {
  return proxies.map((proxy) => proxy.heads.length);
}

function clientOf(options: ClientOptions): Client {
  return new Client({ verify: authorities.ca, ...options } as ClientOptions);
}

describe("Client proxy", () => {
  it("is taken by every request, and by each hop of a redirect", async () => {
    await using proxy = await startHttpProxy({ hosts: { "a.test": "127.0.0.1" } });
    await using origin = await startLocalServer(({ target }, response) => {
      response.shouldKeepAlive = false;
      if (target === "/") response.writeHead(302, { location: "/next" }).end();
      else response.end("here");
    });
    await using client = clientOf({ proxy: proxy.url, followRedirects: true });
    const { port } = new URL(origin.url);
    const response = await client.get(`http://a.test:${port}/`);
    assertEquals([await response.text(), ...counts(proxy)], ["here", 2]);
  });

  it("is chosen by pattern, null among them", async () => {
    await using one = await startHttpProxy();
    await using other = await startHttpProxy();
    await using plain = await startOrigin({ closes: true });
    await using secure = await startOrigin({ tls: true });
    await using client = clientOf({
      proxy: {
        "https://": one.url,
        "all://127.0.0.1": other.url,
        [`all://*:${secure.port}`]: null,
      },
    });
    await client.get(plain.url);
    await client.get(secure.url);
    assertEquals(counts(one, other), [0, 1]);
    assertEquals([plain.accepted, secure.accepted], [1, 1]);
  });

  it("competes with mounts: the most specific pattern wins", async () => {
    await using proxy = await startHttpProxy();
    await using origin = await startOrigin({ closes: true });
    const mock = new MockTransport(() => new Response(200, { text: "mock" }));
    const text = async (options: ClientOptions) => {
      await using client = clientOf(options);
      return await (await client.get(origin.url)).text();
    };
    const [real, all] = ["GET / HTTP/1.1", { "all://": mock }];
    assertEquals(await text({ proxy: proxy.url, mounts: all }), "mock");
    assertEquals(counts(proxy), [0]);
    assertEquals(await text({ proxy: { "http://": proxy.url }, mounts: all }), real);
    assertEquals(counts(proxy), [1]);
    assertEquals(await text({ proxy: { "http://": null }, mounts: all }), real);
    assertEquals(await text({ proxy: proxy.url, mounts: { "all://127.0.0.1": null } }), real);
    assertEquals(counts(proxy), [1], "a mount that is null takes no proxy");
  });

  it("gives way to a request's own, null among them", async () => {
    await using one = await startHttpProxy();
    await using other = await startHttpProxy();
    await using origin = await startOrigin({ tls: true });
    await using client = clientOf({ proxy: one.url });
    await client.get(origin.url);
    await client.get(origin.url, { proxy: new Proxy(other.url) });
    await client.get(origin.url, { proxy: null });
    await client.get(origin.url);
    await client.get(origin.url, { proxy: other.url });
    await client.post(origin.url, { proxy: new URL(other.url), content: "x" });
    assertEquals([...counts(one, other), origin.accepted], [1, 1, 3]);
  });

  it("is an option of the functions too", async () => {
    await using proxy = await startHttpProxy();
    await using origin = await startOrigin({ closes: true });
    await get(origin.url, { proxy: proxy.url });
    await get(origin.url, { proxy: null });
    assertEquals([...counts(proxy), origin.accepted], [1, 2]);
  });

  it("refuses what is no proxy when the client is made, and beside a transport", () => {
    const transport = new MockTransport(() => new Response(200));
    const refused: [ClientOptions, string][] = [
      [{ proxy: "p:3128" }, 'Cannot use option "proxy": "p:3128" has no scheme'],
      [{ proxy: { "https": null } }, 'write "https://"'],
      [{ transport, proxy: "http://p" } as never, "Cannot use proxy and transport at once"],
    ];
    for (const [options, message] of refused) {
      assertThrows(() => new Client(options), TypeError, message);
    }
  });

  it("is not shown with the request that it is for", async () => {
    await using client = clientOf({});
    const request = client.buildRequest("GET", "http://a.test/", {
      proxy: "http://ada:secret@p:1",
    });
    assertEquals(String(request.extensions.proxy), '<Proxy("http://ada:[secure]@p:1")>');
    assertEquals(JSON.stringify(request).includes("secret"), false);
    assertThrows(() => client.buildRequest("GET", "http://a.test/", { proxy: "p:1" }), TypeError);
  });

  it("refuses a request's that is none", async () => {
    await using client = clientOf({});
    await assertRejects(
      () => client.get("http://a.test/", { proxy: "p:3128" }),
      TypeError,
      'Cannot use proxy of the request: "p:3128" has no scheme',
    );
  });

  it("may not be there", async () => {
    await using client = clientOf({ proxy: "http://127.0.0.1:1" });
    const error = await assertRejects(() => client.get("http://a.test/"), ProxyError);
    assertEquals(
      error.message,
      "Cannot reach a.test:80 through proxy http://127.0.0.1:1: connection refused",
    );
  });
});

describe("Proxies of the environment", () => {
  const names = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"];

  /** Makes a client while the variables are set: they are read once, then. */
  function clientIn(variables: Record<string, string>, options: ClientOptions = {}): Client {
    const all = [...names, ...names.map((name) => name.toLowerCase())];
    const before = all.map((name) => [name, process.env[name]] as const);
    for (const name of all) delete process.env[name];
    Object.assign(process.env, variables);
    try {
      return new Client(options);
    } finally {
      for (const [name, value] of before) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
    }
  }

  it("are taken where no option says anything else", async () => {
    await using proxy = await startHttpProxy();
    await using plain = await startOrigin({ closes: true });
    await using secure = await startOrigin({ tls: true });
    const both = { HTTP_PROXY: proxy.url, https_proxy: proxy.url };
    const through = async (variables: Record<string, string>, options: ClientOptions = {}) => {
      const [before = 0] = counts(proxy);
      await using client = clientIn(
        variables,
        { verify: authorities.ca, ...options } as ClientOptions,
      );
      for (const { url } of [plain, secure]) await client.get(url);
      return (counts(proxy)[0] ?? 0) - before;
    };
    assertEquals(await through(both), 2);
    assertEquals(await through({ ALL_PROXY: proxy.url }), 2);
    assertEquals(await through({ ...both, NO_PROXY: "localhost" }), 1);
    assertEquals(await through({ ...both, NO_PROXY: "*" }), 0);
    assertEquals(await through(both, { trustEnv: false }), 0);
    assertEquals(await through(both, { proxy: null }), 0);
    assertEquals(await through(both, { proxy: { "https://": null } }), 0);
    assertEquals(await through(both, { mounts: { "https://": null } }), 1);
  });

  it("give way to mounts, whatever their pattern", async () => {
    const mock = new MockTransport(() => new Response(200, { text: "mock" }));
    await using client = clientIn({ HTTP_PROXY: "http://127.0.0.1:1" }, {
      mounts: { "all://": mock },
    });
    assertEquals(await (await client.get("http://a.test/")).text(), "mock");
  });

  it("are not looked at beside a transport of one's own", async () => {
    const transport = new MockTransport(() => new Response(200, { text: "mock" }));
    await using client = clientIn({ HTTP_PROXY: "no URL" }, { transport });
    assertEquals(await (await client.get("http://a.test/")).text(), "mock");
  });

  it("are not looked at beside a UNIX socket, which leads past them", async () => {
    await using client = clientIn({ ALL_PROXY: "no URL" }, { uds: "/run/x.sock" });
    assertEquals(client.isClosed, false);
  });

  it("are refused by the name of their variable when the client is made", () => {
    assertThrows(
      () => clientIn({ https_proxy: "socks4://ada:secret@p" }),
      TypeError,
      'Cannot use variable https_proxy: "socks4://ada:[secure]@p" has scheme "socks4"; ' +
        "a proxy speaks http, https, socks5 or socks5h",
    );
  });
});
