/** What the compiler says: tests/house/types_test.ts checks this file, and a mistake that compiles is an error there. */
import {
  type AuthLike,
  BasicAuth,
  Client,
  Headers,
  MockTransport,
  Request,
  Response,
  type StandardSchema,
  Timeout,
} from "@httpx/httpx";
import { assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";

/** True where two types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true
  : false;

/** Compiles where it is given `true`. */
function is<_Fact extends true>(): void {}

interface User {
  readonly name: string;
}

const URL_ = "https://a.test/";

function echo(): Client {
  return new Client({
    transport: new MockTransport(({ content }) => {
      return new Response(200, { content, headers: { "content-type": "application/json" } });
    }),
  });
}

describe("Types of calls", () => {
  it("json() infers from its argument, its schema, or what it is given to", async () => {
    await using client = echo();
    const answer = async () => await client.post(URL_, { json: { name: "Ada" } });
    const named = await (await answer()).json<User>();
    is<Same<typeof named, User>>();
    const nothing = await (await answer()).json();
    is<Same<typeof nothing, unknown>>();
    const given: User = await (await answer()).json();
    const schema: StandardSchema<User> = {
      "~standard": {
        version: 1,
        vendor: "test",
        validate: (value) => ({ value: value as User }), // it is what was sent
      },
    };
    const validated = await (await answer()).json(schema);
    is<Same<typeof validated, User>>();
    assertEquals([named, nothing, given, validated], Array(4).fill({ name: "Ada" }));
  });

  it("two bodies, a body where none is sent, and unknown options do not compile, and are TypeErrors", async () => {
    await using client = echo();
    const calls = [
      // @ts-expect-error -- two bodies
      () => client.post(URL_, { json: 1, content: "1" }),
      // @ts-expect-error -- two bodies
      () => client.put(URL_, { json: 1, data: { a: 1 } }),
      // @ts-expect-error -- two bodies
      () => client.patch(URL_, { content: "a", files: { f: "x" } }),
      // @ts-expect-error -- GET takes none
      () => client.get(URL_, { json: 1 }),
      // @ts-expect-error -- DELETE takes none
      () => client.delete(URL_, { content: "1" }),
      // @ts-expect-error -- it is followRedirects
      () => client.get(URL_, { followRedirect: true }),
    ];
    for (const call of calls) await assertRejects(async () => await call(), TypeError);
  });

  it("params may be an object of an interface, headers numbers and what is left out", async () => {
    interface Paging {
      readonly page: number;
      readonly size?: number | undefined;
    }
    const params: Paging = { page: 2 };
    await using client = echo();
    const headers = { "x-count": 7, "x-none": undefined, "x-list": ["a", 1, undefined] };
    const request = client.buildRequest("GET", URL_, { params, headers });
    assertEquals(request.url, `${URL_}?page=2`);
    const given = request.headers.multiItems().filter(([name]) => name.startsWith("x-"));
    assertEquals(given, [["x-count", "7"], ["x-list", "a"], ["x-list", "1"]]);
    assertEquals([...new Headers([["a", 1], ["b", undefined]])], [["a", "1"]]);
  });

  it("a transport of one's own and options of sockets do not compile", () => {
    const transport = new MockTransport(() => new Response(200));
    const make = [
      // @ts-expect-error -- the transport has its own
      () => new Client({ transport, verify: false }),
      // @ts-expect-error -- the transport has its own
      () => new Client({ transport, limits: { maxConnections: 1 } }),
    ];
    for (const one of make) {
      let name = "";
      try {
        one();
      } catch (error) {
        name = error instanceof Error ? error.name : "";
      }
      assertEquals(name, "TypeError");
    }
  });

  it("what may be missing may be undefined, whatever the compiler is told of that", async () => {
    await using client = new Client({
      ...{ timeout: undefined, baseURL: undefined, headers: undefined, auth: undefined },
      ...{ verify: undefined, proxy: undefined, limits: undefined, http2: undefined },
      ...{ mounts: undefined, eventHooks: undefined, logger: undefined },
      transport: undefined,
    });
    await using other = echo();
    const signal: AbortSignal | undefined = undefined;
    const none = { params: undefined, headers: undefined, cookies: undefined, auth: undefined };
    const rest = { timeout: undefined, followRedirects: undefined, extensions: undefined, signal };
    const response = await other.post(URL_, { ...none, ...rest, json: undefined, content: "1" });
    assertEquals([await response.text(), client.baseURL], ["1", ""]);
  });

  it("bytes are what the web's own functions take", async () => {
    await using client = echo();
    const response = await client.post(URL_, { content: "abc" });
    is<Same<typeof response.content, Uint8Array<ArrayBuffer>>>();
    const digest = await crypto.subtle.digest("SHA-256", await response.read());
    const parts: Blob[] = [];
    for await (const chunk of response.iterBytes()) parts.push(new Blob([chunk]));
    const request = new Request("POST", URL_, { content: "abc" });
    const web = new globalThis.Response(await request.read());
    assertEquals([digest.byteLength, parts.length, await web.text()], [32, 1, "abc"]);
  });

  it("a response is one of the web's, client.fetch is a fetch, lists may hold nothing", async () => {
    await using client = echo();
    const response = await client.get(URL_);
    const web: globalThis.Response = response;
    const fetch: (
      input: string | globalThis.URL | globalThis.Request,
      init?: globalThis.RequestInit,
    ) => Promise<globalThis.Response> = client.fetch;
    const [first] = response.history;
    is<Same<typeof first, Response | undefined>>();
    const auths: AuthLike[] = [["ada", "x"], new BasicAuth("ada", "x"), (request) => request];
    const timeout = new Timeout(5000, { connect: null });
    const headers = new Headers([["a", "1"]]);
    assertEquals([web.status, typeof fetch, first, auths.length], [200, "function", undefined, 3]);
    assertEquals([timeout.connect, headers.get("a")], [null, "1"]);
  });
});
