import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type { ServerResponse } from "node:http";
import {
  Auth,
  Client,
  type ClientOptions,
  ConnectError,
  FetchTransport,
  HTTPTransport,
  MockTransport,
  ReadTimeout,
  type Request,
  Response,
  Timeout,
  TooManyRedirects,
} from "@httpx/httpx";
import { makeTransport } from "../../src/client/client.ts";
import { type Received, startLocalServer } from "../support/local_server.ts";

/** `/to/PATH` leads there, `/count/N` N times, `/slow` never ends; all else tells what came. */
function answer(request: Received, response: ServerResponse): void {
  const { target } = request;
  const [, left] = /^\/count\/(\d+)$/.exec(target) ?? [];
  if (target.startsWith("/to/")) return redirect(response, target.slice(3));
  if (left !== undefined && left !== "0") return redirect(response, `/count/${Number(left) - 1}`);
  if (target === "/slow") return void response.write("slow");
  if (target === "/login") response.setHeader("set-cookie", ["s=1; HttpOnly", "t=2; Path=/in"]);
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify(request));
}

function redirect(response: ServerResponse, location: string): void {
  response.writeHead(307, { location, "content-type": "text/plain" }).end("go on");
}

describe("Client.trustEnv", () => {
  it("is what the option said", async () => {
    await using client = new Client();
    await using other = new Client({ trustEnv: false });
    assertEquals([client.trustEnv, other.trustEnv], [true, false]);
    assertThrows(() => new Client({ trustEnv: "no" as unknown as boolean }), TypeError, "trustEnv");
  });
});

describe("makeTransport()", () => {
  const transport = new MockTransport(() => new Response(200));

  it("is what was given, sockets, or fetch where there are none", () => {
    assertStrictEquals(makeTransport({ transport }, true).transport, transport);
    assertStrictEquals(makeTransport({ transport }, false).transport, transport);
    assertInstanceOf(makeTransport({ verify: true }, true).transport, HTTPTransport);
    assertInstanceOf(makeTransport({}, false).transport, FetchTransport);
  });

  it("refuses what a transport of one's own, or fetch, can't honour", () => {
    const options = { transport, verify: false } as unknown as ClientOptions;
    assertThrows(() => makeTransport(options, true), TypeError, "give verify to the transport");
    assertThrows(
      () => makeTransport({ verify: false }, false),
      TypeError,
      'Cannot use option "verify": this runtime has no sockets, and fetch has no way to honour it',
    );
  });
});

describe("Client over sockets", () => {
  it("sends every header in httpx's order, in one connection for many requests", async () => {
    await using server = await startLocalServer(answer);
    await using client = new Client({ baseURL: server.url });
    for (let i = 0; i < 3; i++) assertEquals((await client.get(`/x/${i}`)).status, 200);
    const [first] = server.received;
    const names = first?.rawHeaders.filter((_, i) => i % 2 === 0);
    assertEquals(names, ["Host", "Accept", "Accept-Encoding", "Connection", "User-Agent"]);
    assertEquals([server.received.length, server.accepted], [3, 1]);
  });

  it("follows redirects on the same connection, bodies included", async () => {
    await using server = await startLocalServer(answer);
    await using client = new Client({ baseURL: server.url, followRedirects: true });
    const response = await client.post("/count/3", { json: { a: 1 } });
    const { method, body } = await response.json<Received>();
    assertEquals([method, body, response.history.length], ["POST", '{"a":1}', 3]);
    assertEquals(await response.history[0]?.text(), "go on");
    assertEquals(server.accepted, 1);
    client.maxRedirects = 2;
    await assertRejects(() => client.get("/count/3"), TooManyRedirects);
  });

  it("keeps a session of cookies", async () => {
    await using server = await startLocalServer(answer);
    await using client = new Client({ baseURL: server.url });
    await client.get("/login");
    await client.get("/in/x", { cookies: { own: "3" } });
    await client.get("/out");
    const sent = server.received.map(({ headers }) => headers.cookie);
    assertEquals(sent, [undefined, "own=3; t=2; s=1", "s=1"]);
  });

  it("authenticates in several steps on one connection", async () => {
    class Challenged extends Auth {
      override readonly requiresResponseBody = true;
      override *authFlow(request: Request): Generator<Request, void, Response> {
        const response = yield request;
        const { target } = JSON.parse(new TextDecoder().decode(response.content));
        request.headers.set("x-answer", target);
        yield request;
      }
    }
    await using server = await startLocalServer(answer);
    await using client = new Client({ baseURL: server.url, auth: new Challenged() });
    const response = await client.get("/secret");
    assertEquals((await response.json<Received>()).headers["x-answer"], "/secret");
    assertEquals([response.history.length, server.accepted], [1, 1]);
  });

  it("bounds the whole call by timeout.total, redirects and body included", async () => {
    await using server = await startLocalServer(answer);
    await using client = new Client({ baseURL: server.url, followRedirects: true });
    const timeout = new Timeout(30_000, { total: 150 });
    const error = await assertRejects(() => client.get("/to/slow", { timeout }), ReadTimeout);
    assert(error.message.includes("timeout.total"), error.message);
    assertEquals(error.request?.url, `${server.url}/slow`);
  });

  it("frees the connection of a call that is aborted, or whose stream is left", async () => {
    await using server = await startLocalServer(answer);
    await using client = new Client({ baseURL: server.url });
    const controller = new AbortController();
    const response = await client.stream("GET", "/slow", { signal: controller.signal });
    const reading = response.read();
    controller.abort(new Error("enough"));
    await assertRejects(() => reading, Error, "enough");
    await server.allClosed();
    {
      await using left = await client.stream("GET", "/slow");
      for await (const _ of left.iterRaw()) break;
    }
    await server.allClosed();
    assertEquals(server.accepted, 2);
  });

  it("has nothing open once it is closed", async () => {
    await using server = await startLocalServer(answer);
    const client = new Client({ baseURL: server.url });
    await Promise.all([client.get("/a"), client.get("/b")]);
    await client.close();
    await server.allClosed();
    assertEquals(server.accepted, 2);
  });

  it("fetches for code that knows only fetch", async () => {
    await using server = await startLocalServer(answer);
    await using client = new Client({ baseURL: server.url });
    const { fetch } = client;
    const response = await fetch(`${server.url}/to/x`, { method: "POST", body: "hi" });
    assertInstanceOf(response, globalThis.Response);
    assertEquals([response.url, response.redirected], [`${server.url}/x`, true]);
    assertEquals((await response.json()).body, "hi");
    const failure = await assertRejects(() => fetch("http://127.0.0.1:1/"), TypeError);
    assertInstanceOf(failure.cause, ConnectError);
  });

  it("sends some URLs through transports of their own", async () => {
    await using server = await startLocalServer(answer);
    const transport = new HTTPTransport({ limits: { maxKeepaliveConnections: 0 } });
    await using client = new Client({ mounts: { "http://127.0.0.1": transport } });
    await client.get(server.url);
    await client.get(server.url);
    await server.allClosed();
    assertEquals(server.accepted, 2);
  });
});
