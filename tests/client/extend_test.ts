import { assertEquals, assertInstanceOf, assertRejects, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  BaseClient,
  Client,
  type ExtendOptions,
  FetchClient,
  MockTransport,
  type Request,
  Response,
} from "@httpx/httpx";
import { startLocalServer } from "../support/local_server.ts";

const echo = new MockTransport(({ url, headers }) =>
  new Response(200, { json: { url, headers: Object.fromEntries(headers) } })
);

interface Echoed {
  readonly url: string;
  readonly headers: Record<string, string>;
}

async function echoed(client: BaseClient, url: string): Promise<Echoed> {
  return await (await client.get(url)).json<Echoed>();
}

describe("Client.extend()", () => {
  it("merges as the options of a call are, and null removes", async () => {
    await using client = new Client({
      transport: echo,
      baseURL: "https://api.example/v1",
      headers: { "x-a": "1", "x-b": "1" },
      params: { a: "1", b: "1" },
      auth: ["ada", "pw"],
      timeout: { total: 9000 },
      followRedirects: true,
      maxRedirects: 3,
    });
    const child = client.extend({
      baseURL: "users/",
      headers: { "x-a": "2", "x-b": null, "x-c": "3" },
      params: { b: "2" },
      auth: null,
      timeout: { read: 7 },
    });
    assertInstanceOf(child, Client);
    const { url, headers } = await echoed(child, "7");
    assertEquals(url, "https://api.example/v1/users/7?a=1&b=2");
    assertEquals([headers["x-a"], headers["x-b"], headers["x-c"]], ["2", undefined, "3"]);
    assertEquals(headers["authorization"], undefined);
    assertEquals([child.timeout.total, child.timeout.read], [9000, 7]);
    assertEquals([child.followRedirects, child.maxRedirects, child.trustEnv], [true, 3, true]);
    const parents = await echoed(client, "7");
    assertEquals([parents.url, parents.headers["x-a"]], [
      "https://api.example/v1/7?a=1&b=1",
      "1",
    ]);
    const bare = client.extend({ baseURL: null, headers: null, params: null });
    assertEquals((await echoed(bare, "https://b.example/")).headers["x-a"], undefined);
    assertEquals(bare.params.size, 0);
  });

  it("appends hooks and middleware to its parent's", async () => {
    const order: string[] = [];
    const note =
      (name: string) => (request: Request, next: (sent: Request) => Promise<Response>) => {
        order.push(name);
        return next(request);
      };
    const hook = (name: string) => ({ request: [() => void order.push(name)] });
    await using client = new Client({
      transport: echo,
      middleware: [note("parent")],
      eventHooks: hook("parent's hook"),
    });
    const child = client.extend({ middleware: [note("child")], eventHooks: hook("child's hook") });
    await child.get("https://a.example/");
    assertEquals(order, ["parent's hook", "child's hook", "parent", "child"]);
    await client.get("https://a.example/");
    assertEquals(order.length, 6);
  });

  it("shares connections and the cookie jar", async () => {
    await using server = await startLocalServer(({ headers }, response) => {
      response.setHeader("set-cookie", "id=7");
      response.end(headers.cookie ?? "");
    });
    await using client = new Client();
    const child = client.extend({ baseURL: server.url });
    await child.get("/");
    assertEquals(await (await client.get(server.url)).text(), "id=7");
    assertEquals([server.accepted, child.cookies === client.cookies], [1, true]);
    assertEquals(child.stats().idle, 1);
  });

  it("shares the budget of retries, with rules of its own", async () => {
    let requests = 0;
    const transport = new MockTransport(() => (requests++, new Response(503)));
    const retry = { limit: 1, backoff: { baseMs: 0 }, budget: { ratio: 0, minPerSecond: 0.3 } };
    await using client = new Client({ transport, retry });
    const child = client.extend({ retry: { limit: 5 } });
    await child.get("https://a.example/");
    assertEquals(requests, 4, "the budget allows three");
    await client.get("https://a.example/");
    assertEquals(requests, 5, "and nothing is left of it");
    const without = client.extend({ retry: null });
    await without.get("https://a.example/");
    assertEquals(requests, 6);
  });

  it("ends alone when it is closed, and with its parent", async () => {
    const closed: string[] = [];
    const closing = (name: string) => ({
      handle: (request: Request, next: (sent: Request) => Promise<Response>) => next(request),
      close: () => void closed.push(name),
    });
    const client = new Client({ transport: echo, middleware: [closing("parent's")] });
    const first = client.extend({ middleware: [closing("first's")] });
    const second = client.extend({ middleware: [closing("second's")] });
    await first.close();
    assertEquals([closed, first.isClosed, client.isClosed], [["first's"], true, false]);
    await assertRejects(() => first.get("https://a.example/"), Error, "closed");
    assertEquals((await second.get("https://a.example/")).status, 200);
    await client.close();
    assertEquals([second.isClosed, closed.toSorted()], [
      true,
      ["first's", "parent's", "second's"],
    ]);
  });

  it("extends what extends another, and a client over fetch", async () => {
    await using client = new FetchClient({ transport: echo, headers: { "x-a": "1" } });
    const grandchild = client.extend({ headers: { "x-b": "2" } }).extend({
      headers: { "x-c": "3" },
    });
    assertInstanceOf(grandchild, BaseClient);
    const { headers } = await echoed(grandchild, "https://a.example/");
    assertEquals([headers["x-a"], headers["x-b"], headers["x-c"]], ["1", "2", "3"]);
  });

  it("refuses options that belong to the connections", async () => {
    await using client = new Client({ transport: echo });
    for (
      const option of [{ verify: false }, { transport: echo }, { cookies: {} }, { mounts: {} }]
    ) {
      assertThrows(() => client.extend(option as ExtendOptions), TypeError);
    }
    assertThrows(() => client.extend({ retry: { limt: 1 } } as ExtendOptions), TypeError, "limt");
  });
});
