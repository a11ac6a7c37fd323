import { assertEquals, assertInstanceOf, assertRejects, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  Client,
  ConnectError,
  FetchClient,
  MockTransport,
  ReadTimeout,
  Response,
} from "@httpx/httpx";
import { SyncClient } from "@httpx/httpx/sync";
import { MockRouter, type RouteMatch, UnmatchedRequest } from "@httpx/httpx/testing";

const BASE = "https://api.test/v1";

function clientOf(router: MockRouter): Client {
  return new Client({ transport: router, baseURL: BASE });
}

describe("MockRouter", () => {
  it("answers by method and path, with the segments that it names", async () => {
    const api = new MockRouter({ baseURL: BASE });
    api.get("/users/:id").reply((_, { params }) => new Response(200, { json: params }));
    api.delete("/users/:id").reply(204);
    api.get("/files/*").reply((_, { params }) => new Response(200, { text: params["*"] ?? "" }));
    await using client = clientOf(api);
    assertEquals(await (await client.get("/users/a%20b")).json(), { id: "a b" });
    assertEquals((await client.delete("/users/7")).status, 204);
    assertEquals(await (await client.get("/files/a/b.txt")).text(), "a/b.txt");
  });

  const matches: [name: string, match: RouteMatch, call: (client: Client) => Promise<unknown>][] = [
    ["a parameter", { params: { page: 2 } }, (c) => c.post("/x", { params: { page: "2", a: 1 } })],
    ["a list", { params: { a: ["1", "2"] } }, (c) => c.post("/x", { params: { a: [1, 2] } })],
    ["no parameter", { params: { a: null } }, (c) => c.post("/x")],
    [
      "a field by pattern",
      { headers: { "X-A": /^b/ } },
      (c) => c.post("/x", { headers: { "x-a": "bc" } }),
    ],
    ["no field", { headers: { "x-a": null } }, (c) => c.post("/x")],
    [
      "a JSON value",
      { json: { a: [1, { b: null }] } },
      (c) => c.post("/x", { json: { a: [1, { b: null }] } }),
    ],
    [
      "JSON by function",
      { json: (v: { a: number }) => v.a > 1 },
      (c) => c.post("/x", { json: { a: 2 } }),
    ],
    ["text", { content: "hello" }, (c) => c.post("/x", { content: "hello" })],
    ["text by pattern", { content: /l+/g }, (c) => c.post("/x", { content: "hello" })],
  ];
  for (const [name, match, call] of matches) {
    it(`matches ${name}`, async () => {
      const api = new MockRouter({ baseURL: BASE });
      const route = api.post("/x", match).reply(200);
      await using client = clientOf(api);
      await call(client);
      await call(client);
      assertEquals(route.calls.length, 2);
      api.assertDone();
    });
  }

  const differences: [match: RouteMatch, text: string][] = [
    [{ params: { page: 2 } }, 'params.page is "1", not "2"'],
    [{ params: { q: "x" } }, 'params.q is missing, not "x"'],
    [{ params: { page: null } }, 'params.page is "1", not missing'],
    [{ params: { access_token: "x" } }, "params.access_token differs"],
    [{ headers: { accept: "text/csv" } }, 'header accept is "*/*", not "text/csv"'],
    [{ headers: { authorization: "Bearer y" } }, "header authorization is [secure], not [secure]"],
    [{ json: { name: "Ada", tags: ["a"] } }, 'json.tags[0] is "b", not "a"'],
    [{ json: { name: "Ada" } }, 'json.tags is ["b"], not missing'],
    [{ content: /^x/ }, 'content is "{\\"name\\":\\"Ada\\",\\"tags\\":[\\"b\\"]}", not /^x/'],
  ];
  for (const [match, text] of differences) {
    it(`says what differs: ${text}`, async () => {
      const api = new MockRouter({ baseURL: BASE });
      api.post("/users", match).reply(200);
      await using client = clientOf(api);
      const options = {
        params: { page: 1, access_token: "secret-1" },
        headers: { authorization: "Bearer secret-2" },
        json: { name: "Ada", tags: ["b"] },
      };
      const error = await assertRejects(() => client.post("/users", options), UnmatchedRequest);
      assertEquals(error.message.split("\n").slice(1), [`  POST ${BASE}/users: ${text}`]);
      assertEquals(error.message.includes("secret-"), false);
    });
  }

  it("lists the three nearest routes, the nearest first", async () => {
    const api = new MockRouter({ baseURL: BASE });
    api.get("https://other.test/users").reply(200);
    api.get("/teams/:id").reply(200);
    api.get("/users/:id/keys").reply(200);
    api.post("/users/:id").reply(200);
    await using client = clientOf(api);
    const error = await assertRejects(() => client.get("/users/7"), UnmatchedRequest);
    assertEquals(error.message.split("\n"), [
      `No route takes GET ${BASE}/users/7; the nearest are`,
      `  POST ${BASE}/users/:id: method is GET, not POST`,
      `  GET ${BASE}/users/:id/keys: path is /v1/users/7, not that of ${BASE}/users/:id/keys`,
      `  GET ${BASE}/teams/:id: path is /v1/users/7, not that of ${BASE}/teams/:id`,
    ]);
  });

  it("gives answers in order, each as often as it says", async () => {
    const api = new MockRouter();
    const route = api.get("/").replyOnce(500).reply(503).times(2).reply(200);
    await using client = new Client({ transport: api });
    const statuses: number[] = [];
    for (let i = 0; i < 5; i++) statuses.push((await client.get("https://a.test/")).status);
    assertEquals(statuses, [500, 503, 503, 200, 200]);
    assertEquals(route.calls.map(({ route: taken }) => taken === route), Array(5).fill(true));
  });

  it("leaves a route whose answers are used up, for the next that fits", async () => {
    const api = new MockRouter();
    api.get("/").replyOnce(201);
    api.route(null, "/").replyOnce(202);
    await using client = new Client({ transport: api });
    assertEquals((await client.get("https://a.test/")).status, 201);
    assertEquals((await client.get("https://a.test/")).status, 202);
    const error = await assertRejects(() => client.get("https://a.test/"), UnmatchedRequest);
    assertEquals(
      error.message.split("\n")[1],
      "  GET /: all its answers are used up, after 1 calls",
    );
  });

  it("fails as it is told to, with the request", async () => {
    const api = new MockRouter();
    api.get("/").error(() => new ConnectError("refused"));
    await using client = new Client({ transport: api });
    const error = await assertRejects(() => client.get("https://a.test/"), ConnectError);
    assertEquals(error.request?.url, "https://a.test/");
  });

  it("ends a delay with the call's own timeout", async () => {
    const api = new MockRouter();
    api.get("/").reply(200).delay(60_000);
    await using client = new Client({ transport: api, timeout: 20 });
    await assertRejects(() => client.get("https://a.test/"), ReadTimeout);
    using blocking = new SyncClient({ transport: api, timeout: 20 });
    assertThrows(() => blocking.get("https://a.test/"), ReadTimeout);
  });

  it("has scopes whose routes come first, until they are disposed of", async () => {
    const api = new MockRouter();
    api.get("/").reply(200);
    await using client = new Client({ transport: api });
    const ask = async () => (await client.get("https://a.test/")).status;
    {
      using outer = api.scope();
      outer.get("/").reply(201);
      using inner = api.scope();
      inner.get("/").replyOnce(202);
      assertEquals([await ask(), await ask()], [202, 201]);
      assertEquals([outer.calls.length, inner.calls.length], [2, 2]);
    }
    assertEquals([await ask(), api.calls.length], [200, 3]);
  });

  it("passes through to its transport", async () => {
    const transport = new MockTransport(() => new Response(200, { text: "real" }));
    const api = new MockRouter({ transport });
    const route = api.get("https://real.test/*").passThrough();
    await using client = new Client({ transport: api });
    assertEquals(await (await client.get("https://real.test/x")).text(), "real");
    assertEquals(route.calls.length, 1);
    const without = new MockRouter();
    without.get("/").passThrough();
    await using other = new Client({ transport: without });
    const error = await assertRejects(() => other.get("https://a.test/"), TypeError);
    assertEquals(
      error.message,
      "Cannot pass GET https://a.test/ through: give the router a transport",
    );
  });

  it("names what was not asked for, and what fitted no route", async () => {
    const api = new MockRouter({ baseURL: BASE });
    api.get("/a").reply(200);
    api.get("/b").replyOnce(200).replyOnce(200);
    await using client = clientOf(api);
    await client.get("/b");
    await assertRejects(() => client.get("/c", { params: { api_key: "secret" } }));
    assertEquals(assertThrows(() => api.assertDone(), Error).message.split("\n"), [
      "The router is not done: these routes wait for more calls:",
      `  GET ${BASE}/a: 0 calls`,
      `  GET ${BASE}/b: 1 calls`,
      "these requests fitted no route:",
      `  GET ${BASE}/c?api_key=[secure]`,
    ]);
  });

  it("serves FetchClient, SyncClient and fetch alike", async () => {
    const api = new MockRouter({ baseURL: BASE });
    api.post("/echo").reply((request) =>
      globalThis.Response.json({ bytes: request.content.length })
    );
    await using fetching = new FetchClient({ transport: api });
    using blocking = new SyncClient({ transport: api });
    const url = `${BASE}/echo`;
    assertEquals(await (await fetching.post(url, { content: "abc" })).json(), { bytes: 3 });
    assertEquals(blocking.post(url, { content: "abcd" }).json(), { bytes: 4 });
    const response = await api.fetch(url, { method: "POST", body: "ab" });
    assertInstanceOf(response, globalThis.Response);
    assertEquals(await response.json(), { bytes: 2 });
  });

  const refused: [what: string, make: () => unknown, message: string][] = [
    ["a query in a pattern", () => new MockRouter().get("/a?b=1"), "Cannot make a route for"],
    ["a pattern without a slash", () => new MockRouter().get("users"), "Cannot make a route for"],
    [
      "times() before an answer",
      () => new MockRouter().get("/").times(1),
      "Cannot use times() before",
    ],
    ["0 times", () => new MockRouter().get("/").reply(200).times(0), "Cannot answer 0 times"],
    [
      "a delay of NaN",
      () => new MockRouter().get("/").reply(200).delay(NaN),
      "Cannot wait for NaN ms",
    ],
    ["status 42", () => new MockRouter().get("/").reply(42), "Cannot make a response"],
  ];
  for (const [what, make, message] of refused) {
    it(`refuses ${what}`, () => {
      const error = assertThrows(make, Error);
      assertEquals(error.message.startsWith(message), true, error.message);
    });
  }
});
