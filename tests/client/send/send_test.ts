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
  Auth,
  type BodiedOptions,
  Client,
  type ClientOptions,
  ConnectError,
  MockTransport,
  RemoteProtocolError,
  Request,
  Response,
  StreamConsumed,
  Timeout,
  TooManyRedirects,
  type Transport,
} from "@httpx/httpx";

type Handler = (request: Request) => Response;

/** A client whose requests a function answers, and what it was asked. */
function clientOf(handler: Handler, options: Partial<ClientOptions> = {}) {
  const asked: string[] = [];
  const transport = new MockTransport((request) => {
    asked.push(`${request.method} ${request.url}`);
    return handler(request);
  });
  const client = new Client({ ...options, transport } as ClientOptions);
  return { client, asked };
}

function redirect(to: string, status = 302, headers: Record<string, string> = {}): Response {
  return new Response(status, { headers: { location: to, ...headers } });
}

/** `/n` leads to `/n-1`, and `/0` is the end. */
function countdown(request: Request): Response {
  const left = Number(request.parsedURL.pathname.slice(1));
  return left === 0 ? new Response(200, { text: "end" }) : redirect(`/${left - 1}`);
}

/** A stream that tells whether it was given up or read. */
function watched(chunks: string[]): { stream: ReadableStream<Uint8Array>; log: string[] } {
  const log: string[] = [];
  const left = [...chunks];
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      const chunk = left.shift();
      log.push(chunk ?? "end");
      if (chunk === undefined) controller.close();
      else controller.enqueue(new TextEncoder().encode(chunk));
    },
    cancel() {
      log.push("cancelled");
    },
  }, { highWaterMark: 0 });
  return { stream, log };
}

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
    assert(error.message.endsWith("where it has been before; this is a loop"), error.message);
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

/** Asks for a token when it is refused, as often as it is. */
class TokenAuth extends Auth {
  readonly log: string[] = [];
  override *authFlow(request: Request): Generator<Request, void, Response> {
    try {
      let response = yield request;
      while (response.status === 401) {
        request.headers.set("x-token", response.headers.get("x-challenge") ?? "");
        response = yield request;
      }
      this.log.push("done");
    } finally {
      this.log.push("ended");
    }
  }
}

function challenge(request: Request): Response {
  return request.headers.get("x-token") === "7"
    ? new Response(200)
    : new Response(401, { headers: { "x-challenge": "7" } });
}

describe("send() authenticates", () => {
  it("in as many steps as the flow has, those before the last in the history", async () => {
    const auth = new TokenAuth();
    const { client, asked } = clientOf(challenge, { auth });
    const response = await client.get("https://a.test/");
    assertEquals([response.status, asked.length], [200, 2]);
    assertEquals(response.history.map(({ status }) => status), [401]);
    assert(response.history[0]?.isClosed);
    assert(!response.redirected);
    assertEquals(auth.log, ["done", "ended"]);
  });

  it("with async flows", async () => {
    class Async extends Auth {
      override async *asyncAuthFlow(request: Request): AsyncGenerator<Request, void, Response> {
        await Promise.resolve();
        const response = yield request;
        request.headers.set("x-token", await response.text());
        yield request;
      }
    }
    const { client } = clientOf(
      (request) => new Response(200, { text: request.headers.get("x-token") ?? "7" }),
      { auth: new Async() },
    );
    const response = await client.get("https://a.test/");
    assertEquals([await response.text(), response.history.length], ["7", 1]);
  });

  it("reading bodies first where the flow requires them", async () => {
    const seen: string[] = [];
    class Reading extends Auth {
      override readonly requiresRequestBody = true;
      override readonly requiresResponseBody = true;
      override *authFlow(request: Request): Generator<Request, void, Response> {
        seen.push(new TextDecoder().decode(request.content));
        const response = yield request;
        seen.push(new TextDecoder().decode(response.content));
      }
    }
    const body = watched(["an", "swer"]);
    const transport: Transport = {
      handleRequest: () => Promise.resolve(new Response(200, { stream: body.stream })),
    };
    const client = new Client({ transport, auth: new Reading() });
    const content = new Blob(["question"]).stream();
    await client.stream("POST", "https://a.test/", { content });
    assertEquals(seen, ["question", "answer"]);
  });

  it("at the end of redirects, from the first URL again, all of it in the history", async () => {
    const { client, asked } = clientOf((request) => {
      if (request.parsedURL.pathname === "/") return redirect("/in");
      return request.headers.get("x-token") === "7" ? new Response(200) : challenge(request);
    }, { auth: new TokenAuth(), followRedirects: true });
    const response = await client.get("https://a.test/");
    assertEquals(asked.map((line) => line.slice(18)), ["/", "/in", "/", "/in"]);
    assertEquals(response.history.map(({ status }) => status), [302, 401, 302]);
  });

  it("counting redirects anew for each step", async () => {
    const { client } = clientOf((request) => {
      if (request.parsedURL.pathname !== "/0") return countdown(request);
      return challenge(request);
    }, { auth: new TokenAuth(), followRedirects: true, maxRedirects: 3 });
    assertEquals((await client.get("https://a.test/3")).status, 200);
  });

  const precedence: [name: string, options: BodiedOptions, expected: string | null][] = [
    ["the call's", { auth: ["call", "1"] }, "call:1"],
    ["the client's", {}, "client:2"],
    ["null: none, whatever the URL says", { auth: null }, null],
  ];
  for (const [name, options, expected] of precedence) {
    it(`with ${name}`, async () => {
      const { client } = clientOf(
        (request) => new Response(200, { text: request.headers.get("authorization") ?? "" }),
        { auth: ["client", "2"] },
      );
      const response = await client.request("GET", "https://url:3@a.test/", options);
      const sent = await response.text();
      assertEquals(sent, expected === null ? "" : `Basic ${btoa(expected)}`);
    });
  }

  it("with what stands in the URL, percent-decoded, where there is nothing else", async () => {
    const { client } = clientOf(
      (request) => new Response(200, { text: request.headers.get("authorization") ?? "" }),
    );
    const cases = { "u:p": "u:p", "u%40x:p%3Aw": "u@x:p:w", "u": "u:", "u:%FF": "u:%FF" };
    for (const [userinfo, expected] of Object.entries(cases)) {
      const response = await client.get(`https://${userinfo}@a.test/`);
      assertEquals(await response.text(), `Basic ${btoa(expected)}`);
    }
    assertEquals(await (await client.get("https://a.test/@x")).text(), "");
  });

  it("and ends a flow that is half way when the transport fails", async () => {
    const auth = new TokenAuth();
    const { client } = clientOf(() => {
      throw new ConnectError("no");
    }, { auth });
    await assertRejects(() => client.get("https://a.test/"), ConnectError);
    assertEquals(auth.log, ["ended"]);
  });

  it("and closes the response when the flow fails", async () => {
    class Failing extends Auth {
      override *authFlow(request: Request): Generator<Request, void, Response> {
        yield request;
        throw new Error("flow");
      }
    }
    const body = watched(["a"]);
    const { client } = clientOf(() => new Response(200, { stream: body.stream }), {
      auth: new Failing(),
    });
    await assertRejects(() => client.get("https://a.test/"), Error, "flow");
    assertEquals(body.log, ["cancelled"]);
  });

  it("and says so when a flow yields nothing", async () => {
    class Empty extends Auth {
      override *authFlow(): Generator<Request, void, Response> {}
    }
    const { client } = clientOf(challenge, { auth: new Empty() });
    await assertRejects(() => client.get("https://a.test/"), TypeError, "Empty yielded none");
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
  it("by what is left of timeout.total, hop by hop, and leaves the first request as it was", async () => {
    const totals: (number | null)[] = [];
    const { client } = clientOf((request) => {
      const { timeout } = request.extensions;
      assertInstanceOf(timeout, Timeout);
      assertEquals(timeout.read, 5000);
      totals.push(timeout.total);
      return countdown(request);
    }, { followRedirects: true });
    const timeout = new Timeout(5000, { total: 60_000 });
    const request = client.buildRequest("GET", "https://a.test/2", { timeout });
    await client.send(request);
    assertEquals(totals[0], 60_000);
    assert(totals.every((total) => total !== null && total <= 60_000 && total > 0));
    assertEquals(totals.toSorted((a, b) => Number(b) - Number(a)), totals);
    assert(totals.length === 3 && totals[2] !== 60_000);
    assertStrictEquals(request.extensions.timeout, timeout);
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
    await assertRejects(() => client.get("https://a.test/"), TypeError, "no Response of this");
  });
});
