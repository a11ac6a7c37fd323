import {
  assert,
  assertEquals,
  assertExists,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
} from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  Client,
  type ClientOptions,
  ConnectError,
  MockTransport,
  ReadTimeout,
  RemoteProtocolError,
  Request,
  Response,
  StreamConsumed,
  Timeout,
  TooManyRedirects,
  type Transport,
} from "@httpx/httpx";
import { clientOf, countdown, redirect, watched } from "./mock_client.ts";

describe("send() follows redirects", () => {
  it("not unless it is asked to: the response knows where it leads", async () => {
    const { client, asked } = clientOf(countdown);
    const response = await client.get("https://a.test/2");
    assertEquals([response.status, response.history], [302, []]);
    assertEquals(response.nextRequest?.url, "https://a.test/1");
    assertExists(response.nextRequest);
    const next = await client.send(response.nextRequest);
    assertEquals(next.nextRequest?.url, "https://a.test/0");
    assertEquals(asked, ["GET https://a.test/2", "GET https://a.test/1"]);
  });

  it("by the client's option, the call's before it", async () => {
    const { client } = clientOf(countdown, { followRedirects: true });
    assertEquals((await client.get("https://a.test/1")).status, 200);
    assertEquals((await client.get("https://a.test/1", { followRedirects: false })).status, 302);
    client.followRedirects = false;
    assertEquals((await client.get("https://a.test/1")).status, 302);
    assertEquals((await client.get("https://a.test/1", { followRedirects: true })).status, 200);
  });

  it("and keeps the history, oldest first, each with what came before it", async () => {
    const { client } = clientOf(countdown, { followRedirects: true });
    const response = await client.get("https://a.test/3");
    assertEquals(response.url, "https://a.test/0");
    assertEquals(response.history.map(({ url }) => url), [
      "https://a.test/3",
      "https://a.test/2",
      "https://a.test/1",
    ]);
    assertEquals(response.history.map(({ history }) => history.length), [0, 1, 2]);
    assert(response.history.every(({ isClosed, nextRequest }) => isClosed && nextRequest === null));
    assert(response.elapsed >= 0 && response.redirected);
  });

  it("as often as maxRedirects says, and not once more", async () => {
    const { client, asked } = clientOf(countdown, { followRedirects: true, maxRedirects: 3 });
    assertEquals((await client.get("https://a.test/3")).status, 200);
    asked.length = 0;
    const error = await assertRejects(() => client.get("https://a.test/4"), TooManyRedirects);
    assertEquals(
      error.message,
      "Cannot follow more than 3 redirects of GET https://a.test/4: " +
        "the next leads to https://a.test/0; maxRedirects allows more",
    );
    assertEquals([asked.length, error.request?.url], [4, "https://a.test/1"]);
    client.maxRedirects = 4;
    assertEquals((await client.get("https://a.test/4")).status, 200);
    client.maxRedirects = 0;
    await assertRejects(() => client.get("https://a.test/1"), TooManyRedirects);
  });

  it("and names a loop", async () => {
    const { client, asked } = clientOf(() => redirect("/"), { followRedirects: true });
    const error = await assertRejects(() => client.get("https://a.test/"), TooManyRedirects);
    assert(error.message.endsWith("; it is a loop"), error.message);
    assertEquals(asked.length, 21);
  });

  it("to itself, once a cookie was set", async () => {
    const { client } = clientOf(
      (request) =>
        request.headers.has("cookie")
          ? new Response(200)
          : redirect("/", 302, { "set-cookie": "seen=1" }),
      { followRedirects: true },
    );
    assertEquals((await client.get("https://a.test/")).status, 200);
  });

  it("with a body in memory sent again on 307 and 308", async () => {
    const bodies: string[] = [];
    const { client } = clientOf((request) => {
      bodies.push(`${request.method} ${new TextDecoder().decode(request.content)}`);
      return request.parsedURL.pathname === "/" ? redirect("/y", 307) : new Response(200);
    }, { followRedirects: true });
    await client.post("https://a.test/", { json: { a: 1 } });
    assertEquals(bodies, ['POST {"a":1}', 'POST {"a":1}']);
  });

  it("but not with a body that is read once", async () => {
    // A transport that does not read the body: MockTransport would keep it.
    const transport: Transport = { handleRequest: () => Promise.resolve(redirect("/y", 308)) };
    const client = new Client({ transport, followRedirects: true });
    const content = new Blob(["x"]).stream();
    await assertRejects(() => client.put("https://a.test/", { content }), StreamConsumed);
    const offered = await client.put("https://a.test/", {
      content: new Blob(["x"]).stream(),
      followRedirects: false,
    });
    assertEquals(offered.nextRequest?.method, "PUT");
  });

  it("and says what is wrong with a Location only to those who follow it", async () => {
    const { client } = clientOf(() => redirect("https://a.test:port/"));
    assertEquals((await client.get("https://a.test/")).nextRequest, null);
    await assertRejects(
      () => client.get("https://a.test/", { followRedirects: true }),
      RemoteProtocolError,
    );
  });

  it("asking the jar again for each URL", async () => {
    const sent: (string | null)[] = [];
    const { client } = clientOf((request) => {
      sent.push(`${request.parsedURL.host} ${request.headers.get("cookie")}`);
      if (request.url === "https://a.test/") {
        return redirect("https://b.test/", 302, { "set-cookie": "a=1" });
      }
      if (request.url === "https://b.test/") return redirect("https://a.test/end");
      return new Response(200);
    }, { followRedirects: true });
    await client.get("https://a.test/", { cookies: { own: "2" } });
    assertEquals(sent, ["a.test own=2", "b.test null", "a.test a=1"]);
  });

  it("without credentials for another origin, even the client's", async () => {
    const sent: string[] = [];
    const { client } = clientOf((request) => {
      sent.push(`${request.parsedURL.host} ${request.headers.has("authorization")}`);
      return request.parsedURL.host === "a.test" ? redirect("https://b.test/") : new Response(200);
    }, { followRedirects: true, auth: ["u", "p"] });
    await client.get("https://a.test/");
    assertEquals(sent, ["a.test true", "b.test false"]);
  });

  it("through the mounts, looked up for each hop", async () => {
    const other = new MockTransport(() => new Response(200, { text: "other" }));
    const { client } = clientOf(() => redirect("https://b.test/"), {
      followRedirects: true,
      mounts: { "all://b.test": other },
    });
    assertEquals(await (await client.get("https://a.test/")).text(), "other");
  });
});

describe("send() calls hooks", () => {
  it("for every hop, after authentication, before the body is read, each awaited", async () => {
    const log: string[] = [];
    const bodies = [watched(["a"]), watched(["b"])];
    const { client } = clientOf((request) => {
      log.push("sent");
      const stream = bodies[request.parsedURL.pathname === "/" ? 0 : 1]?.stream ?? null;
      const headers = request.parsedURL.pathname === "/" ? { location: "/y" } : {};
      return new Response("location" in headers ? 302 : 200, { headers, stream });
    }, {
      followRedirects: true,
      auth: ["u", "p"],
      eventHooks: {
        request: [
          async (request) => {
            await Promise.resolve();
            log.push(`first ${request.parsedURL.pathname} ${request.headers.has("authorization")}`);
          },
          () => void log.push("second"),
        ],
        response: [(response) => void log.push(`${response.status} ${response.isClosed}`)],
      },
    });
    await client.get("https://a.test/");
    assertEquals(log, [
      ...["first / true", "second", "sent", "302 false"],
      ...["first /y true", "second", "sent", "200 false"],
    ]);
  });

  it("that may change the request and read the response", async () => {
    const { client } = clientOf(
      (request) => new Response(200, { text: request.headers.get("x-hook") ?? "" }),
    );
    let seen = "";
    client.eventHooks.request.push((request) => request.headers.set("x-hook", "1"));
    client.eventHooks.response.push(async (response) => {
      seen = await response.text();
    });
    const response = await client.get("https://a.test/");
    assertEquals([seen, await response.text()], ["1", "1"]);
  });

  it("and closes the response when one fails", async () => {
    const body = watched(["a"]);
    const { client } = clientOf(() => new Response(200, { stream: body.stream }), {
      eventHooks: {
        response: [(response) => {
          response.raiseForStatus();
          throw new Error("hook");
        }],
      },
    });
    await assertRejects(() => client.stream("GET", "https://a.test/"), Error, "hook");
    assertEquals(body.log, ["cancelled"]);
  });

  it("and sends nothing when a request hook fails", async () => {
    const { client, asked } = clientOf(() => new Response(200), {
      eventHooks: { request: [() => Promise.reject(new Error("hook"))] },
    });
    await assertRejects(() => client.get("https://a.test/"), Error, "hook");
    assertEquals(asked, []);
  });
});

describe("send() reads bodies", () => {
  it("before it resolves, unless they are streamed", async () => {
    const { client } = clientOf(() => new Response(200, { stream: watched(["a", "b"]).stream }));
    const whole = await client.get("https://a.test/");
    assertEquals([whole.isClosed, whole.content.length], [true, 2]);
    const streamed = await client.stream("GET", "https://a.test/");
    assertEquals(streamed.isClosed, false);
    assertEquals(await streamed.text(), "ab");
  });

  it("of redirects too, also where the last one is streamed", async () => {
    const first = watched(["a"]);
    const { client } = clientOf(
      (request) =>
        request.url.endsWith("/y")
          ? new Response(200, { stream: watched(["b"]).stream })
          : new Response(302, { headers: { location: "/y" }, stream: first.stream }),
      { followRedirects: true },
    );
    const response = await client.stream("GET", "https://a.test/");
    assertEquals([first.log, response.isClosed], [["a", "end"], false]);
    await response.close();
  });

  it("up to maxResponseBytes, at the limit and one beyond", async () => {
    const { client } = clientOf(() => new Response(200, { stream: watched(["1234"]).stream }), {
      maxResponseBytes: 4,
    });
    assertEquals(await (await client.get("https://a.test/")).text(), "1234");
    const tight = clientOf(() => new Response(200, { stream: watched(["1234"]).stream }), {
      maxResponseBytes: 3,
    });
    const error = await assertRejects(() => tight.client.get("https://a.test/"));
    assert(String(error).includes("maxResponseBytes"));
  });

  it("in the client's default encoding", async () => {
    const bytes = new Uint8Array([0xe9]);
    const { client } = clientOf(() => new Response(200, { content: bytes }), {
      defaultEncoding: "latin1",
    });
    assertEquals(await (await client.get("https://a.test/")).text(), "é");
  });
});

describe("send() keeps cookies", () => {
  it("in the client's jar, for its next requests", async () => {
    const { client } = clientOf((request) =>
      new Response(200, {
        text: request.headers.get("cookie") ?? "",
        headers: { "set-cookie": ["s=1", "t=2; Path=/in"] },
      })
    );
    assertEquals(await (await client.get("https://a.test/")).text(), "");
    assertEquals(await (await client.get("https://a.test/")).text(), "s=1");
    assertEquals(await (await client.get("https://a.test/in")).text(), "t=2; s=1");
    assertEquals(await (await client.get("https://b.test/in")).text(), "");
    assertEquals(client.cookies.get("s", { domain: "a.test" }), "1");
  });

  it("by the Public Suffix List", async () => {
    const { client } = clientOf(() =>
      new Response(200, { headers: { "set-cookie": "s=1; Domain=github.io" } })
    );
    await client.get("https://a.github.io/");
    assertEquals(client.cookies.size, 0);
  });

  it("by the Public Suffix List with hooks too, before a hook sees the jar", async () => {
    const seen: number[] = [];
    const { client } = clientOf(
      () =>
        new Response(200, {
          headers: { "set-cookie": ["s=1; Domain=github.io", "t=2; Domain=a.github.io"] },
        }),
      { eventHooks: { response: [() => void seen.push(client.cookies.size)] } },
    );
    await client.get("https://a.github.io/");
    assertEquals(seen, [1]);
    assertEquals(client.cookies.get("t"), "2");
  });

  it("not with cookies: false, which sends what is set by hand all the same", async () => {
    const { client } = clientOf(
      (request) =>
        new Response(200, {
          text: request.headers.get("cookie") ?? "",
          headers: { "set-cookie": "s=1" },
        }),
      { cookies: false },
    );
    await client.get("https://a.test/");
    assertEquals(await (await client.get("https://a.test/")).text(), "");
    const own = await client.get("https://a.test/", { cookies: { o: "2" } });
    assertEquals(await own.text(), "o=2");
    client.cookies.set("hand", "3");
    assertEquals(await (await client.get("https://a.test/")).text(), "hand=3");
  });
});

describe("send() bounds the whole call", () => {
  it("by one deadline for all hops, and leaves the caller's request as it was", async () => {
    const deadlines = new Set<unknown>();
    const { client } = clientOf((request) => {
      const { timeout, call } = request.extensions;
      assertInstanceOf(timeout, Timeout);
      assertEquals([timeout.read, call?.deadline.totalMs], [5000, 60_000]);
      deadlines.add(call?.deadline);
      return countdown(request);
    }, { followRedirects: true });
    const timeout = new Timeout(5000, { total: 60_000 });
    const request = client.buildRequest("GET", "https://a.test/2", { timeout });
    const response = await client.send(request);
    assertEquals([response.history.length, deadlines.size], [2, 1]);
    assertEquals(request.extensions, { timeout });
  });

  it("and says how much it was in all, however little is left for the last hop", async () => {
    const transport = new MockTransport(async ({ url }) => {
      if (url.endsWith("/end")) return await new Promise<Response>(() => {});
      await new Promise((resolve) => setTimeout(resolve, 20));
      return redirect("/end");
    });
    await using client = new Client({ transport, followRedirects: true });
    const timeout = new Timeout(5000, { total: 80 });
    const error = await assertRejects(
      () => client.get("https://a.test/", { timeout }),
      ReadTimeout,
      "https://a.test/end: the whole call took 80 ms (timeout.total)",
    );
    assertEquals(error.request?.url, "https://a.test/end");
  });

  const forever = () => new Promise<never>(() => {});
  const HELD_UP: Record<string, ClientOptions> = {
    "a request hook": { eventHooks: { request: [forever] } },
    "a response hook": { eventHooks: { response: [forever] } },
    "an auth function": { auth: forever },
  };
  for (const [who, options] of Object.entries(HELD_UP)) {
    it(`also where ${who} never ends, and so does the signal`, async () => {
      const { client } = clientOf(() => new Response(200), options);
      const timeout = new Timeout(5000, { total: 40 });
      const late = () => client.get("https://a.test/", { timeout });
      const error = await assertRejects(late, ReadTimeout, "the whole call took 40 ms");
      assertEquals(error.request?.url, "https://a.test/");
      const controller = new AbortController();
      const call = client.get("https://a.test/", { signal: controller.signal });
      controller.abort(new Error("enough"));
      await assertRejects(() => call, Error, "enough");
    });
  }

  it("and closes a response that comes too late for that", async () => {
    let isClosed = false;
    let resume = () => {};
    const held = new Promise<void>((resolve) => resume = resolve);
    const { stream, log } = watched(["never read"]);
    const { client } = clientOf(() => new Response(200, { stream }), {
      eventHooks: { response: [() => held] },
    });
    const timeout = new Timeout(5000, { total: 30 });
    await assertRejects(() => client.stream("GET", "https://a.test/", { timeout }), ReadTimeout);
    resume();
    for (let turn = 0; turn < 10 && !isClosed; turn++) {
      await Promise.resolve();
      isClosed = log.includes("cancelled");
    }
    assertEquals(log, ["cancelled"]);
  });

  it("by the signal, between hops", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    const { client, asked } = clientOf(countdown, {
      followRedirects: true,
      eventHooks: { response: [() => controller.abort(reason)] },
    });
    const { signal } = controller;
    const error = await assertRejects(() => client.get("https://a.test/2", { signal }));
    assertStrictEquals(error, reason);
    assertEquals(asked.length, 1);
  });

  it("with the client's timeout for requests that an auth flow makes", async () => {
    const timeouts: unknown[] = [];
    const { client } = clientOf((request) => {
      timeouts.push(request.extensions.timeout);
      return new Response(200);
    }, { auth: () => new Request("GET", "https://b.test/"), timeout: 7 });
    await client.get("https://a.test/");
    assertEquals(timeouts, [new Timeout(7)]);
  });
});

describe("send() names the request", () => {
  it("in errors of transports that forgot to", async () => {
    const { client } = clientOf(() => {
      throw new ConnectError("no");
    });
    const error = await assertRejects(() => client.get("https://a.test/x"), ConnectError);
    assertEquals(error.request?.url, "https://a.test/x");
  });

  it("and refuses what is no response", async () => {
    const transport = { handleRequest: () => Promise.resolve(new globalThis.Response()) };
    const client = new Client({ transport: transport as unknown as Transport });
    await assertRejects(() => client.get("https://a.test/"), TypeError, "not a Response of httpx");
  });
});
