import { assert, assertEquals, assertInstanceOf, assertRejects, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  BaseClient,
  BasicAuth,
  type BodylessOptions,
  Client,
  type ClientOptions,
  Cookies,
  FunctionAuth,
  Headers,
  LocalProtocolError,
  MockTransport,
  QueryParams,
  Request,
  Response,
  Timeout,
  type Transport,
  UnsupportedProtocol,
} from "@httpx/httpx";

/** Answers with what it was sent. */
const echo = new MockTransport((request) =>
  new Response(200, {
    json: {
      method: request.method,
      url: request.url,
      lines: request.headers.lines,
      body: new TextDecoder().decode(request.content),
    },
  })
);

interface Echoed {
  method: string;
  url: string;
  lines: string[];
  body: string;
}

function clientOf(options: Partial<ClientOptions> = {}): Client {
  return new Client({ transport: echo, ...options } as ClientOptions);
}

const URL_A = "https://a.test/";

describe("BaseClient verbs", () => {
  const bodyless = ["get", "head", "options", "delete"] as const;
  const bodied = ["post", "put", "patch", "query"] as const;

  for (const verb of bodyless) {
    it(`${verb}() sends ${verb.toUpperCase()} and no body`, async () => {
      const sent = await (await clientOf()[verb](URL_A)).json<Echoed>();
      assertEquals([sent.method, sent.body], [verb.toUpperCase(), ""]);
      assert(!sent.lines.includes("Content-Length"));
    });

    for (const name of ["content", "data", "files", "json"]) {
      it(`${verb}() refuses ${name}, and says what takes it`, async () => {
        const options = { [name]: "x" } as BodylessOptions;
        await assertRejects(
          () => clientOf()[verb](URL_A, options),
          TypeError,
          `Cannot send ${name} with ${verb}(): it takes no body; ` +
            `use request("${verb.toUpperCase()}", url, { ${name} })`,
        );
      });
    }
  }

  for (const verb of bodied) {
    it(`${verb}() sends ${verb.toUpperCase()} with a body`, async () => {
      const sent = await (await clientOf()[verb](URL_A, { json: { a: 1 } })).json<Echoed>();
      assertEquals([sent.method, sent.body], [verb.toUpperCase(), '{"a":1}']);
    });

    it(`${verb}() says that there is no body`, async () => {
      const sent = await (await clientOf()[verb](URL_A)).json<Echoed>();
      assertEquals(sent.lines.slice(0, 4), ["Host", "a.test", "Content-Length", "0"]);
    });
  }

  it("request() sends any method, with a body", async () => {
    const response = await clientOf().request("delete", URL_A, { content: "x" });
    const sent = await response.json<Echoed>();
    assertEquals([sent.method, sent.body], ["DELETE", "x"]);
  });

  it("take null for no options, as JavaScript gives it, and refuse what are none", async () => {
    const client = clientOf();
    for (const verb of ["get", "post"] as const) {
      assertEquals((await client[verb](URL_A, null as unknown as BodylessOptions)).status, 200);
      const wrong = () => client[verb](URL_A, "x" as unknown as BodylessOptions);
      await assertRejects(wrong, TypeError, `Cannot use option "0" of ${verb}()`);
    }
  });

  it("reject, and never throw, where arguments are wrong", async () => {
    const client = clientOf();
    await assertRejects(() => client.get("nowhere"), UnsupportedProtocol, "no scheme");
    await assertRejects(() => client.request("GE T", URL_A), LocalProtocolError, "no method");
    await assertRejects(
      () => client.get(URL_A, { follow_redirects: true } as BodylessOptions),
      TypeError,
      'Cannot use option "follow_redirects" of get(): there is none of that name; use "followRedirects"',
    );
    await assertRejects(
      () => client.post(URL_A, { logger: null } as BodylessOptions),
      TypeError,
      'Cannot use option "logger" of post(): it belongs to the client; give it to new Client()',
    );
    const flag = { followRedirects: "no" } as unknown as BodylessOptions;
    await assertRejects(() => client.get(URL_A, flag), TypeError, "give true or false");
    const auth = { auth: ["u"] } as unknown as BodylessOptions;
    await assertRejects(() => client.get(URL_A, auth), TypeError, 'option "auth"');
  });

  it("exclude bodies by type where they take none", () => {
    const client = clientOf();
    const calls = [
      // @ts-expect-error -- GET takes no body
      client.get(URL_A, { json: 1 }),
      // @ts-expect-error -- HEAD takes no body
      client.head(URL_A, { content: "a" }),
      // @ts-expect-error -- DELETE takes no body
      client.delete(URL_A, { data: {} }),
      // @ts-expect-error -- one body at most
      client.post(URL_A, { content: "a", json: 1 }),
    ];
    return Promise.allSettled(calls).then((settled) =>
      assertEquals(settled.map(({ status }) => status), Array(4).fill("rejected"))
    );
  });
});

describe("BaseClient default headers", () => {
  it("stand in httpx's order, Host first", async () => {
    const { lines } = await (await clientOf().get(URL_A)).json<Echoed>();
    const names = lines.filter((_, i) => i % 2 === 0);
    assertEquals(names, ["Host", "Accept", "Accept-Encoding", "Connection", "User-Agent"]);
    assertEquals(lines[3], "*/*");
    assert(lines[5]?.startsWith("gzip, deflate"));
    assertEquals(lines[7], "keep-alive");
    assert(lines[9]?.startsWith("httpx-ts/"));
  });

  it("can be deleted and replaced", async () => {
    const client = clientOf({ headers: { "user-agent": "mine" } });
    client.headers.delete("accept");
    const { lines } = await (await client.get(URL_A)).json<Echoed>();
    assert(!lines.includes("Accept"));
    assertEquals(lines.slice(-2), ["user-agent", "mine"]);
  });
});

describe("BaseClient properties", () => {
  it("headers coerces, and brings the defaults back", () => {
    const client = clientOf();
    client.headers.delete("accept");
    client.headers = { "x-a": "1" };
    assertInstanceOf(client.headers, Headers);
    assertEquals([client.headers.get("accept"), client.headers.get("x-a")], ["*/*", "1"]);
    client.headers = null;
    assertEquals(client.headers.has("x-a"), false);
  });

  it("cookies coerces, and goes out", async () => {
    const client = clientOf();
    client.cookies = { a: "1" };
    assertInstanceOf(client.cookies, Cookies);
    const sent = await (await client.get(URL_A)).json<Echoed>();
    assertEquals(sent.lines.slice(-2), ["Cookie", "a=1"]);
    client.cookies = null;
    assertEquals(client.cookies.size, 0);
  });

  it("params coerces, and is merged", async () => {
    const client = clientOf({ params: { a: 1 } });
    assertEquals((await (await client.get(URL_A)).json<Echoed>()).url, `${URL_A}?a=1`);
    client.params = "b=2";
    assertInstanceOf(client.params, QueryParams);
    assertEquals((await (await client.get(URL_A)).json<Echoed>()).url, `${URL_A}?b=2`);
  });

  it("auth coerces", () => {
    const client = clientOf({ auth: ["u", "p"] });
    assertInstanceOf(client.auth, BasicAuth);
    client.auth = (request) => request;
    assertInstanceOf(client.auth, FunctionAuth);
    client.auth = null;
    assertEquals(client.auth, null);
    assertThrows(() => client.auth = "u:p" as unknown as null, TypeError, 'option "auth"');
  });

  it("timeout coerces; 5000 at first", () => {
    const client = clientOf();
    assertEquals(client.timeout, new Timeout(5000));
    client.timeout = 7;
    assertEquals(client.timeout, new Timeout(7));
    client.timeout = null;
    assertEquals(client.timeout, new Timeout(null));
    assertThrows(() => client.timeout = "5s" as unknown as null, TypeError, '"timeout"');
  });

  it("eventHooks is checked, and copied", () => {
    const client = clientOf();
    assertEquals(client.eventHooks, { request: [], response: [] });
    const hooks = { response: [() => {}] };
    client.eventHooks = hooks;
    assertEquals(client.eventHooks.response.length, 1);
    client.eventHooks.response.push(() => {});
    assertEquals(hooks.response.length, 1);
    const wrong = [{ requests: [] }, { request: () => {} }, { response: [1] }];
    for (const hooks of wrong) {
      assertThrows(() => client.eventHooks = hooks as object, TypeError, '"eventHooks"');
    }
  });

  it("baseURL ends in a slash", () => {
    const client = clientOf({ baseURL: new URL("https://a.test/v1") });
    assertEquals(client.baseURL, "https://a.test/v1/");
    client.baseURL = "https://b.test";
    assertEquals(client.baseURL, "https://b.test/");
    client.baseURL = "";
    assertEquals(client.baseURL, "");
    for (const wrong of ["a.test", "/v1"]) {
      assertThrows(() => client.baseURL = wrong, TypeError, "not an absolute URL");
    }
    assertThrows(() => client.baseURL = "https://a.test/?q", TypeError, "as params");
  });

  it("followRedirects and maxRedirects are checked", () => {
    const client = clientOf();
    assertEquals([client.followRedirects, client.maxRedirects], [false, 20]);
    assertThrows(() => client.followRedirects = 1 as unknown as boolean, TypeError);
    for (const wrong of [-1, 1.5, NaN, "3"]) {
      assertThrows(() => client.maxRedirects = wrong as number, TypeError, "whole number");
    }
  });
});

describe("BaseClient options", () => {
  const wrong: [options: object, message: string][] = [
    [{ base_url: "https://a.test" }, 'use "baseURL"'],
    [{ http2: true }, "Cannot use http2 and transport at once: give http2 to the transport"],
    [{ logger: () => {} }, '"logger"'],
    [{ timeout: "5s" }, '"timeout"'],
    [{ auth: "u:p" }, '"auth"'],
    [{ auth: ["u", 1] }, '"auth"'],
    [{ headers: "a: 1" }, "headers"],
    [{ params: 7 }, "query parameters"],
    [{ cookies: "a=1" }, "cookies"],
    [{ cookies: true }, "cookies"],
    [{ followRedirects: "yes" }, '"followRedirects"'],
    [{ maxRedirects: -1 }, '"maxRedirects"'],
    [{ maxResponseBytes: -1 }, '"maxResponseBytes"'],
    [{ maxDecodedRatio: 0.5 }, '"maxDecodedRatio"'],
    [{ maxDecodedRatio: NaN }, '"maxDecodedRatio"'],
    [{ maxDecodedRatio: "200" }, '"maxDecodedRatio"'],
    [{ defaultEncoding: "klingon" }, '"defaultEncoding"'],
    [{ eventHooks: { error: [] } }, 'unknown event "error"'],
    [{ eventHooks: () => {} }, 'option "eventHooks"'],
    [{ baseURL: "a.test" }, '"baseURL"'],
    [{ mounts: { "http": null } }, 'write "http://"'],
    [{ mounts: { "http://": {} } }, 'option "mounts["http://"]"'],
    [{ transport: {} }, 'option "transport"'],
    [{ transport: null }, 'option "transport"'],
    [{ verify: false }, "Cannot use verify and transport at once"],
    [{ cert: "x.pem" }, "Cannot use cert and transport at once"],
    [{ limits: {} }, "Cannot use limits and transport at once"],
  ];
  for (const [options, message] of wrong) {
    it(`refuse ${JSON.stringify(options)}`, () => {
      assertThrows(() => clientOf(options), TypeError, message);
    });
  }

  it("refuse settings of the sockets beside a transport by type", () => {
    // @ts-expect-error -- the transport has its own
    const options: ClientOptions = { transport: echo, verify: false };
    // @ts-expect-error -- there is no such option
    const unknown: ClientOptions = { follow_redirects: true };
    assertEquals(Object.keys({ ...options, ...unknown }).length, 3);
  });
});

describe("BaseClient.send()", () => {
  it("sends a request as it stands, and fills in the timeout alone", async () => {
    const timeouts: unknown[] = [];
    const client = new Client({
      transport: new MockTransport((request) => {
        timeouts.push(request.extensions.timeout);
        return new Response(200, { json: request.headers.lines });
      }),
      headers: { "x-client": "1" },
      timeout: 7,
    });
    const request = new Request("GET", URL_A, { headers: { "x-own": "2" } });
    assertEquals(await (await client.send(request)).json(), ["Host", "a.test", "x-own", "2"]);
    const extensions = { timeout: new Timeout(8) };
    await client.send(new Request("GET", URL_A, { extensions }));
    assertEquals(timeouts, [new Timeout(7), new Timeout(8)]);
  });

  it("takes a web Request", async () => {
    const request = new globalThis.Request(URL_A, { method: "POST", body: "hi" });
    const sent = await (await clientOf().send(request)).json<Echoed>();
    assertEquals([sent.method, sent.url, sent.body], ["POST", URL_A, "hi"]);
  });

  it("streams, authenticates and redirects as it is told", async () => {
    const client = new Client({
      transport: new MockTransport((request) =>
        request.url === URL_A
          ? new Response(302, { headers: { location: "/y" } })
          : new Response(200, { stream: [new Uint8Array(1)] })
      ),
    });
    const request = client.buildRequest("GET", URL_A);
    const options = { stream: true, followRedirects: true, auth: ["u", "p"] } as const;
    await using response = await client.send(request, options);
    assertEquals([response.status, response.isClosed], [200, false]);
    assertEquals(
      [request, response.history[0]?.request].map((sent) => sent?.headers.has("authorization")),
      [false, true],
    );
  });

  it("changes nothing of the caller's request, which can be sent twice at the same time", async () => {
    let count = 0;
    const seen: (string | null)[] = [];
    const client = clientOf({
      transport: new MockTransport((request) => {
        seen.push(request.headers.get("x-number"));
        return new Response(200);
      }),
      eventHooks: { request: [(request) => request.headers.set("x-number", String(++count))] },
    });
    const request = new Request("POST", URL_A, { content: "once", extensions: { mark: 1 } });
    const lines = [...request.headers.lines];
    await Promise.all([client.send(request), client.send(request)]);
    assertEquals([request.headers.lines, request.extensions], [lines, { mark: 1 }]);
    assertEquals(seen, ["1", "2"]);
  });

  it("rejects what is no request, and options that it has not", async () => {
    const client = clientOf();
    const url = URL_A as unknown as Request;
    await assertRejects(() => client.send(url), TypeError, "give a Request");
    const options = { timeout: 1 } as object;
    const request = client.buildRequest("GET", URL_A);
    await assertRejects(() => client.send(request, options), TypeError, '"timeout" of send()');
  });
});

describe("BaseClient.close()", () => {
  /** A transport that counts its closings. */
  class Counting implements Transport {
    closed = 0;
    handleRequest(request: Request): Promise<Response> {
      return echo.handleRequest(request);
    }
    close(): Promise<void> {
      this.closed++;
      return Promise.resolve();
    }
  }

  it("closes each transport once, mounted ones too", async () => {
    const own = new Counting();
    const mounted = new Counting();
    const mounts = { "http://": mounted, "https://b.test": mounted, "all://c.test": null };
    const client = new Client({ transport: own, mounts });
    assertEquals(client.isClosed, false);
    await client.close();
    assertEquals([client.isClosed, own.closed, mounted.closed], [true, 1, 1]);
  });

  it("refuses requests afterwards, by whatever way", async () => {
    const client = clientOf();
    await client[Symbol.asyncDispose]();
    await client.close();
    const message = "Cannot send GET https://a.test/: the client is closed";
    await assertRejects(() => client.get(URL_A), Error, message);
    await assertRejects(() => client.stream("GET", URL_A), Error, message);
    await assertRejects(() => client.send(client.buildRequest("GET", URL_A)), Error, message);
    await assertRejects(() => client.fetch(URL_A), Error, message);
  });

  it("is what await using does", async () => {
    let outer: Client;
    {
      await using client = clientOf();
      outer = client;
    }
    assert(outer.isClosed);
  });
});

describe("BaseClient mounts", () => {
  it("send through the most specific one; null is the client's own", async () => {
    const named = (name: string) => new MockTransport(() => new Response(200, { text: name }));
    const client = new Client({
      transport: named("own"),
      mounts: {
        "all://": named("all"),
        "https://": named("https"),
        "all://*.a.test": named("sub"),
        "all://a.test:8443": named("port"),
        "https://direct.test": null,
      },
    });
    const table = {
      "http://b.test": "all",
      "https://b.test": "https",
      "http://x.a.test": "sub",
      "https://a.test:8443": "port",
      "https://direct.test": "own",
    };
    for (const [url, expected] of Object.entries(table)) {
      assertEquals(await (await client.get(url)).text(), expected, url);
    }
  });
});

describe("BaseClient", () => {
  it("can be derived from, over any transport", async () => {
    class Mine extends BaseClient {
      constructor() {
        super({ baseURL: URL_A }, { transport: echo, makeJar: null });
      }
    }
    await using client = new Mine();
    assertEquals((await (await client.get("x")).json<Echoed>()).url, `${URL_A}x`);
  });

  it("shares its headers with requests that change none, and keeps them from requests that do", () => {
    const client = clientOf();
    const [first, second] = [client.buildRequest("GET", URL_A), client.buildRequest("GET", URL_A)];
    first.headers.delete("accept");
    assert(!first.headers.has("accept"));
    assert(second.headers.has("accept"));
    assert(client.headers.has("accept"));
    assert(client.buildRequest("GET", URL_A).headers.has("accept"));
  });
});
