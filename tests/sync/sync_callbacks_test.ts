import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { gzipSync } from "node:zlib";
import * as httpx from "@httpx/httpx/sync";
import { startThreadServer } from "../support/thread/server.ts";

/** A client over a function. */
function mocked(
  handler: httpx.MockHandler,
  options: httpx.SyncClientOptions = {},
): httpx.SyncClient {
  return new httpx.SyncClient({ ...options, transport: new httpx.MockTransport(handler) });
}

const URL_ = "https://example.org/";

describe("SyncClient and auth", () => {
  it("signs: pairs, functions, URLs, one call's and none", async () => {
    await using server = await startThreadServer();
    using client = new httpx.SyncClient({ auth: ["u", "p"], baseURL: server.url });
    assertEquals(client.get("basic").status, 200);
    assertEquals(client.get("auth-header", { auth: null }).text(), "none");
    const sign: httpx.AuthFunction = (request) => {
      request.headers.set("authorization", "Own 1");
      return request;
    };
    assertEquals(client.get("auth-header", { auth: sign }).text(), "Own 1");
    assertEquals(client.get("auth-header", { auth: new httpx.FunctionAuth(sign) }).text(), "Own 1");
    using other = new httpx.SyncClient();
    assertEquals(other.get(`${server.url.replace("//", "//u:p@")}/basic`).status, 200);
  });

  it("runs flows of several steps, with the bodies that they need", async () => {
    await using server = await startThreadServer();
    const seen: string[] = [];
    class Challenged extends httpx.Auth {
      override readonly requiresRequestBody = true;
      override readonly requiresResponseBody = true;
      override *authFlow(request: httpx.Request): Generator<httpx.Request, void, httpx.Response> {
        seen.push(new TextDecoder().decode(request.content));
        const response = yield request;
        seen.push(new TextDecoder().decode(response.content));
        request.headers.set("x-token", response.headers.get("x-challenge") ?? "");
        yield request;
      }
    }
    using client = new httpx.SyncClient({ auth: new Challenged() });
    function* content(): Generator<Uint8Array> {
      yield new TextEncoder().encode("generated");
    }
    const response = client.post(`${server.url}/challenge`, { content: content() });
    assertEquals([response.status, response.text()], [200, "token 7"]);
    assertEquals(response.history.map(({ status }) => status), [401]);
    assertEquals(seen, ["generated", "who are you"]);
  });

  it("answers digest challenges, over the body too", async () => {
    await using server = await startThreadServer();
    using client = new httpx.SyncClient({ auth: new httpx.DigestAuth("ada", "lovelace") });
    const response = client.post(`${server.url}/digest`, { content: "body" });
    assertMatch(response.text(), /^Digest username="ada", realm="r", uri="\/digest", .*qop=auth/);
    assertEquals(response.history.length, 1);
    const challenge = 'Digest realm="r", nonce="n", qop="auth-int"';
    const headers = { "www-authenticate": challenge };
    using mock = mocked((request) => {
      const given = request.headers.get("authorization");
      return given === null
        ? new httpx.Response(401, { headers })
        : new httpx.Response(200, { text: given });
    }, { auth: new httpx.DigestAuth("ada", "lovelace") });
    const content = [new TextEncoder().encode("body")];
    const whole = mock.post(URL_, { content: "body" }).text();
    const pieces = mock.post(URL_, { content }).text();
    assertMatch(whole, /qop=auth-int/);
    assertMatch(pieces, /nc=00000002/);
  });

  it("asks for OAuth2 tokens, once, and again after a 401", async () => {
    await using server = await startThreadServer();
    const auth = new httpx.OAuth2ClientCredentials({
      tokenURL: `${server.url}/token`,
      clientId: "robot",
      clientSecret: "s3cret",
    });
    using client = new httpx.SyncClient({ auth });
    for (let i = 0; i < 2; i++) {
      assertEquals(client.get(`${server.url}/auth-header`).text(), "Bearer t0ken");
    }
    const refused = client.get(`${server.url}/status?code=401`);
    assertEquals(refused.history.map(({ url }) => new URL(url).pathname), ["/status", "/token"]);
  });

  it("takes bearer tokens, and functions that give one", async () => {
    await using server = await startThreadServer();
    using client = new httpx.SyncClient({ baseURL: server.url });
    const get = (token: httpx.BearerToken) =>
      client.get("auth-header", { auth: new httpx.BearerAuth(token) });
    assertEquals(get("one").text(), "Bearer one");
    assertEquals(get(() => "two").text(), "Bearer two");
    assertThrows(() => get(() => Promise.resolve("three")), TypeError, "give the token");
  });

  it("refuses flows that have to be waited for, and runs their finally blocks", () => {
    class Waiting extends httpx.Auth {
      override async *asyncAuthFlow(
        request: httpx.Request,
      ): AsyncGenerator<httpx.Request, void, httpx.Response> {
        yield await Promise.resolve(request);
      }
    }
    using client = mocked(() => new httpx.Response(200));
    assertThrows(
      () => client.get(URL_, { auth: new Waiting() }),
      TypeError,
      "Waiting in a synchronous",
    );
    const sign = (request: httpx.Request) => Promise.resolve(request);
    assertThrows(() => client.get(URL_, { auth: sign }), TypeError, "can't wait");
    const log: unknown[] = [];
    class Tidy extends httpx.Auth {
      override *authFlow(request: httpx.Request): Generator<httpx.Request, void, httpx.Response> {
        try {
          yield request;
        } catch (error) {
          log.push(error);
        } finally {
          log.push("tidy");
        }
      }
    }
    const failure = new httpx.ConnectError("in a test");
    using failing = mocked(() => {
      throw failure;
    });
    assertThrows(() => failing.get(URL_, { auth: new Tidy() }), httpx.ConnectError);
    assertEquals(log, [failure, "tidy"]);
    class Empty extends httpx.Auth {
      override *authFlow(): Generator<httpx.Request, void, httpx.Response> {}
    }
    assertThrows(() => client.get(URL_, { auth: new Empty() }), TypeError, "yielded none");
  });
});

describe("SyncClient and hooks", () => {
  it("calls them in order, before the body is read", async () => {
    await using server = await startThreadServer();
    const log: unknown[] = [];
    const eventHooks: httpx.SyncEventHooks = {
      request: [
        (request) => request.headers.set("x-hook", "1"),
        ({ method }) => void log.push(method),
      ],
      response: [
        (response) => void log.push(response.isClosed),
        (response) => void log.push(response.text()),
      ],
    };
    using client = new httpx.SyncClient({ eventHooks, followRedirects: true });
    assertEquals(client.get(server.url).text(), "hello");
    assertEquals(log, ["GET", false, "hello"]);
    client.eventHooks.response.length = 0;
    client.eventHooks = { response: [(response) => void response.raiseForStatus()] };
    const error = assertThrows(
      () => client.get(`${server.url}/status?code=500`),
      httpx.HTTPStatusError,
    );
    assert(error.response.isClosed);
    assertEquals(client.get(server.url).text(), "hello");
  });

  it("refuses asynchronous ones", () => {
    using client = mocked(() => new httpx.Response(200));
    client.eventHooks.request.push((() => Promise.reject(new Error("late"))) as () => void);
    assertThrows(() => client.get(URL_), TypeError, "a request hook is asynchronous");
  });
});

describe("SyncClient and transports of its own thread", () => {
  it("takes what a mock gives: bytes, pieces, encoded ones, web responses", () => {
    const gzip = new Uint8Array(gzipSync("hello"));
    const headers = { "content-encoding": "gzip" };
    function* pieces(): Generator<Uint8Array> {
      yield gzip.subarray(0, 9);
      yield gzip.subarray(9);
    }
    const handlers: httpx.MockHandler[] = [
      () => new httpx.Response(200, { text: "hello" }),
      () => new httpx.Response(200, { stream: [new TextEncoder().encode("hello")] }),
      () => new httpx.Response(200, { headers, content: gzip }),
      () => new httpx.Response(200, { headers, stream: pieces() }),
      () => new Response("hello"),
      () => new Response(new TextEncoder().encode("hello")),
    ];
    for (const handler of handlers) {
      using client = mocked(handler);
      assertEquals(client.get(URL_).text(), "hello");
      assertEquals([...client.stream("GET", URL_).iterText()].join(""), "hello");
    }
    using json = mocked(() => Response.json({ a: 1 }, { status: 201 }));
    const response = json.get(URL_);
    assertEquals([response.status, response.json()], [201, { a: 1 }]);
    using reused = mocked(() => {
      const bytes = new TextEncoder().encode("hello");
      const answer = new Response(bytes);
      bytes.fill(0);
      return answer;
    });
    assertEquals(reused.get(URL_).text(), "hello");
    using empty = mocked(() => new Response(null, { status: 204, statusText: "Nothing" }));
    assertEquals([empty.get(URL_).statusText, empty.get(URL_).content.length], ["Nothing", 0]);
    assertEquals(globalThis.Response.name, "Response");
  });

  it("refuses what a mock would have to be waited for", () => {
    const handlers: [httpx.MockHandler, string][] = [
      [() => Promise.resolve(new Response("late")), "the handler is asynchronous"],
      [() => new Response(new Blob(["a"]).stream()), "is a stream"],
      [() => new Response(new Blob(["a"])), "is a stream"],
      [() => new httpx.Response(200, { stream: new Blob(["a"]).stream() }), "without waiting"],
    ];
    for (const [handler, message] of handlers) {
      using client = mocked(handler);
      assertThrows(() => client.get(URL_), TypeError, message);
    }
  });

  it("has read the request's body before it calls the handler", () => {
    using client = mocked((request) => new httpx.Response(200, { content: request.content }));
    assertEquals(client.post(URL_, { content: [new Uint8Array([104, 105])] }).text(), "hi");
    assertEquals(client.post(URL_, { content: new Blob(["blob"]) }).text(), "blob");
  });

  it("asks an app", () => {
    const app = (request: Request) => {
      const { pathname } = new URL(request.url);
      if (pathname === "/fail") throw new RangeError("in the app");
      return new Response(`${request.method} ${pathname}`, { headers: { "x-app": "1" } });
    };
    const transport = new httpx.AppTransport(app, { rootPath: "/api" });
    using client = new httpx.SyncClient({ transport, baseURL: "http://app/api" });
    assertEquals(client.get("users").text(), "GET /users");
    assertThrows(() => client.get("fail"), RangeError, "in the app");
    const quiet = new httpx.AppTransport(app, { raiseAppExceptions: false });
    using other = new httpx.SyncClient({ transport: quiet, baseURL: "http://app" });
    assertEquals(other.get("fail").status, 500);
    const waiting = new httpx.AppTransport(
      async () => await Promise.resolve(new Response("late")),
      {
        raiseAppExceptions: false,
      },
    );
    using late = new httpx.SyncClient({ transport: waiting });
    assertThrows(() => late.get("http://app/"), TypeError, "asynchronous");
  });

  it("mounts transports by pattern, redirects included", async () => {
    await using server = await startThreadServer();
    const mock = new httpx.MockTransport(({ url }) =>
      new httpx.Response(200, { text: `mock ${url}` })
    );
    using client = new httpx.SyncClient({
      mounts: { "all://mock.test": mock },
      followRedirects: true,
    });
    const response = client.get(`${server.url}/redirect?to=http://mock.test/x`);
    assertEquals(response.text(), "mock http://mock.test/x");
  });
});

describe("SyncClient and callbacks of the network", () => {
  it("tells of each step, and ends the request where the callback throws", async () => {
    await using server = await startThreadServer();
    using client = new httpx.SyncClient();
    const events: string[] = [];
    const requests = new Set<unknown>();
    const trace: httpx.TraceCallback = (event, info) => {
      events.push(event);
      if ("request" in info) requests.add(info.request);
    };
    const response = client.get(server.url, { extensions: { trace } });
    assertEquals([events[0], events.at(-1)], [
      "connection.connect_tcp.started",
      "http11.response_closed.complete",
    ]);
    assertEquals([...requests], [response.request]);
    const failing: httpx.TraceCallback = () => {
      throw new RangeError("enough");
    };
    assertThrows(
      () => client.get(server.url, { extensions: { trace: failing } }),
      RangeError,
      "enough",
    );
    assertEquals(client.get(server.url).text(), "hello");
  });

  it("logs responses and steps", async () => {
    await using server = await startThreadServer();
    const lines: string[] = [];
    const logger: httpx.Logger = {
      info: (line) => void lines.push(line),
      debug: (line) => void lines.push(line.split(" ")[0] ?? ""),
    };
    using client = new httpx.SyncClient({ logger });
    client.get(server.url);
    assert(lines.includes(`HTTP Request: GET ${server.url}/ "HTTP/1.1 200 OK"`), lines.join("\n"));
    assert(lines.includes("connection.connect_tcp.started"), lines.join("\n"));
  });

  it("resolves names by a function, or a record", async () => {
    await using server = await startThreadServer();
    const asked: string[] = [];
    const resolve: httpx.Resolve = (host) => {
      asked.push(host);
      return "127.0.0.1";
    };
    using client = new httpx.SyncClient({ resolve });
    assertEquals(client.get(`http://api.test:${server.port}/`).text(), "hello");
    assertEquals(asked, ["api.test"]);
    using fixed = new httpx.SyncClient({ resolve: { "api.test": "127.0.0.1" } });
    assertEquals(fixed.get(`http://api.test:${server.port}/`).text(), "hello");
    using waiting = new httpx.SyncClient({ resolve: () => Promise.resolve("127.0.0.1") });
    const error = assertThrows(
      () => waiting.get(`http://api.test:${server.port}/`),
      httpx.ConnectError,
    );
    assertMatch(String(error.cause), /asynchronous/);
  });

  it("takes proxies: by option, by pattern, by call, and knows them again", async () => {
    await using server = await startThreadServer();
    const proxy = new httpx.Proxy(server.url, {
      auth: ["ada", "secret"],
      headers: { "x-tenant": "7" },
    });
    const url = "http://origin.test/seen?a=1";
    const isForwarded = (response: httpx.SyncResponse) => {
      const { headers, url } = response.json<{ headers: string[]; url: string }>();
      assertEquals(url, "http://origin.test/seen?a=1");
      assertEquals(headers[headers.indexOf("x-tenant") + 1], "7");
      assertMatch(headers[headers.indexOf("Proxy-Authorization") + 1] ?? "", /^Basic /);
    };
    const clients: [httpx.SyncClientOptions, httpx.RequestOptions][] = [
      [{ proxy }, {}],
      [{ proxy: { "all://origin.test": proxy } }, {}],
      [{}, { proxy }],
    ];
    for (const [options, own] of clients) {
      using client = new httpx.SyncClient(options);
      const before = (await server.counts()).connections;
      for (let i = 0; i < 2; i++) isForwarded(client.get(url, own as httpx.BodylessOptions));
      assertEquals((await server.counts()).connections, before + 1);
    }
  });
});
