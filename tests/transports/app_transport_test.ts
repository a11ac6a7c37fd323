import {
  AppTransport,
  type AppTransportOptions,
  Client,
  ReadTimeout,
  Response as OurResponse,
} from "@httpx/httpx";
import { assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { createRequire } from "node:module";
import { join } from "node:path";
import { npmPackageIfAvailable } from "../support/npm.ts";
import { runtime } from "../support/runtimes.ts";

const hono = await npmPackageIfAvailable("hono@4.10.4");

/** As much of Hono as is used here. */
interface HonoApp {
  get(path: string, handler: (c: HonoContext) => unknown): void;
  post(path: string, handler: (c: HonoContext) => unknown): void;
  fetch(request: Request): globalThis.Response | Promise<globalThis.Response>;
}

interface HonoContext {
  readonly req: { param(name: string): string; json(): Promise<unknown>; query(n: string): string };
  json(value: unknown, status?: number): globalThis.Response;
  text(text: string): globalThis.Response;
  redirect(to: string): globalThis.Response;
}

/** Behind a login: a cookie, a redirect, server-sent events. */
async function storyApp(folder: string): Promise<HonoApp> {
  const require = createRequire(join(folder, "package.json"));
  const { Hono } = require("hono");
  const { basicAuth } = require("hono/basic-auth");
  const { getCookie, setCookie } = require("hono/cookie");
  const { streamSSE } = require("hono/streaming");
  const app = new Hono();
  app.use("*", basicAuth({ username: "ada", password: "lovelace" }));
  app.get("/login", (c: HonoContext) => {
    setCookie(c, "sid", "ada");
    return c.redirect("/home");
  });
  app.get("/home", (c: HonoContext) => c.text(`hello ${getCookie(c, "sid")}`));
  app.get(
    "/events",
    (c: HonoContext) =>
      streamSSE(c, async (stream: { writeSSE(event: object): Promise<void> }) => {
        for (const data of ["1", "2", "3"]) await stream.writeSSE({ event: "tick", data });
      }),
  );
  return await Promise.resolve(app);
}

/** The handler behind a socket, as its runtime serves it. */
async function serveWeb(
  handler: Deno.ServeHandler<Deno.NetAddr>,
): Promise<AsyncDisposable & { readonly url: string }> {
  if (runtime === "deno") {
    const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, handler);
    return {
      url: `http://127.0.0.1:${server.addr.port}`,
      [Symbol.asyncDispose]: () => server.shutdown(),
    };
  }
  const { Bun } = globalThis as unknown as { Bun: BunServe };
  const remoteAddr = { transport: "tcp", hostname: "127.0.0.1", port: 1 } as const;
  const completed = Promise.resolve();
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: (request) => handler(request, { remoteAddr, completed }),
  });
  return await Promise.resolve({
    url: `http://127.0.0.1:${server.port}`,
    [Symbol.asyncDispose]: () => server.stop(true),
  });
}

/** As much of Bun as is used here. */
interface BunServe {
  serve(options: {
    port: number;
    hostname: string;
    fetch(request: Request): globalThis.Response | Promise<globalThis.Response>;
  }): { readonly port: number; stop(now: boolean): Promise<void> };
}

function clientOf(app: ConstructorParameters<typeof AppTransport>[0], options = {}): Client {
  return new Client({ transport: new AppTransport(app, options), baseURL: "http://app/root" });
}

describe("AppTransport", () => {
  for (
    const [options, message] of [
      [{ root: "/v1" }, 'Cannot use option "root" of new AppTransport()'],
      [{ raiseAppExceptions: 0 }, 'Cannot use option "raiseAppExceptions"'],
      [{ client: "127.0.0.1" }, 'Cannot use option "client": give [host, port]'],
      [{ rootPath: 1 }, 'Cannot use option "rootPath": give a path'],
    ] as const
  ) {
    it(`refuses ${JSON.stringify(options)}`, () => {
      const make = () =>
        new AppTransport(
          () => new globalThis.Response(),
          options as unknown as AppTransportOptions,
        );
      assertThrows(make, TypeError, message);
    });
  }

  const test = hono === null ? it.skip : it;
  test("carries requests to a Hono app and its answers back", async () => {
    const { Hono } = createRequire(join(hono ?? "", "package.json"))("hono");
    const app: HonoApp = new Hono();
    app.get("/users/:id", (c) => c.json({ id: c.req.param("id"), q: c.req.query("q") }));
    app.post("/users", async (c) => c.json(await c.req.json(), 201));
    await using client = clientOf(app, { rootPath: "/root" });
    const got = await client.get("/users/7", { params: { q: "a b" } });
    assertEquals(await got.json(), { id: "7", q: "a b" });
    const posted = await client.post("/users", { json: { name: "Ada" } });
    assertEquals([posted.status, await posted.json()], [201, { name: "Ada" }]);
    assertEquals((await client.get("/none")).status, 404);
  });

  test("lets a Hono app be used with all that a client has", async () => {
    const app = await storyApp(hono ?? "");
    await using client = new Client({
      transport: new AppTransport(app),
      baseURL: "http://app",
      auth: ["ada", "lovelace"],
      followRedirects: true,
    });
    const home = await client.get("/login");
    assertEquals([home.url, await home.text()], ["http://app/home", "hello ada"]);
    assertEquals(home.history.map(({ status }) => status), [302]);
    assertEquals((await client.get("/home", { auth: null })).status, 401);
    await using events = await client.stream("GET", "/events");
    const seen: string[] = [];
    for await (const { type, data } of events.iterEvents()) seen.push(`${type}: ${data}`);
    assertEquals(seen, ["tick: 1", "tick: 2", "tick: 3"]);
  });

  it("answers as Deno.serve does with the same handler", async () => {
    const handler: Deno.ServeHandler<Deno.NetAddr> = async (request, info) => {
      const { pathname, search } = new URL(request.url);
      const body = await request.text();
      const { transport } = info.remoteAddr;
      return globalThis.Response.json(
        { method: request.method, pathname, search, body, transport },
        { status: 201, headers: { "x-a": "1", "set-cookie": "a=1" } },
      );
    };
    await using server = await serveWeb(handler);
    const transport = new AppTransport(handler);
    const outcomes: unknown[] = [];
    for (const options of [{}, { transport }]) {
      await using client = new Client({ ...options, baseURL: server.url });
      const response = await client.post("/a%20b", { params: { q: "c d" }, content: "ping" });
      const { status, statusText, headers } = response;
      const fields = ["x-a", "set-cookie", "content-type"].map((name) => headers.get(name));
      outcomes.push([status, statusText, fields, await response.json(), client.cookies.get("a")]);
    }
    assertEquals(outcomes[1], outcomes[0]);
  });

  it("tells a Deno.serve handler who asks, and where it is mounted", async () => {
    const seen: unknown[] = [];
    await using client = clientOf((request, info) => {
      seen.push(new URL(request.url).pathname, info.remoteAddr);
      return new globalThis.Response();
    }, { client: ["10.0.0.1", 99], rootPath: "/root/" });
    await client.get("/a");
    await client.get("");
    const remoteAddr = { transport: "tcp", hostname: "10.0.0.1", port: 99 };
    assertEquals(seen, ["/a", remoteAddr, "/", remoteAddr]);
  });

  it("streams both ways, and stops the app's stream when the caller leaves", async () => {
    let cancelled = false;
    await using client = clientOf(async (request) => {
      const text = await request.text();
      const body = new ReadableStream<Uint8Array>({
        pull: (controller) => controller.enqueue(new TextEncoder().encode(`${text}\n`)),
        cancel: () => void (cancelled = true),
      });
      return new globalThis.Response(body);
    });
    const content = new Blob(["ping"]).stream();
    const response = await client.stream("POST", "/", { content });
    const lines: string[] = [];
    for await (const line of response.iterLines()) if (lines.push(line) === 3) break;
    assertEquals([lines, cancelled], [["ping", "ping", "ping"], true]);
  });

  it("gives no body for HEAD, whatever the app gave, and stops that", async () => {
    let cancelled = 0;
    const stream = () => new ReadableStream({ cancel: () => void cancelled++ });
    const bodies = [() => new Response("body"), () => new Response(stream())];
    for (const app of [...bodies, () => new OurResponse(200, { text: "body" })]) {
      await using client = new Client({ transport: new AppTransport(app) });
      const response = await client.head("https://app.test/");
      assertEquals([response.status, await response.text()], [200, ""]);
    }
    assertEquals(cancelled, 1);
  });

  it("an app that never answers is too late", async () => {
    const transport = new AppTransport(() => new Promise<Response>(() => {}));
    await using client = new Client({ transport, timeout: 40 });
    await assertRejects(() => client.get("https://app.test/"), ReadTimeout, "40 ms (timeout.read)");
  });

  it("what the app throws is thrown, or a 500", async () => {
    const app = () => {
      throw new Error("of the app");
    };
    await using raising = clientOf(app);
    await assertRejects(() => raising.get("/"), Error, "of the app");
    await using answering = clientOf(app, { raiseAppExceptions: false });
    assertEquals((await answering.get("/")).status, 500);
  });

  it("an abort ends an app that takes its time, and the app is told", async () => {
    const controller = new AbortController();
    let told: unknown = null;
    await using client = clientOf((request) => {
      request.signal.addEventListener("abort", () => told = request.signal.reason);
      controller.abort(new Error("enough"));
      return new Promise<globalThis.Response>(() => {});
    }, { raiseAppExceptions: false });
    const { signal } = controller;
    const error = await assertRejects(() => client.get("/", { signal }), Error, "enough");
    assertStrictEquals(told, error);
  });

  it("an abort ends a body that takes its time, and its source", async () => {
    let cancelled: unknown = null;
    await using client = clientOf(() => {
      const body = new ReadableStream<Uint8Array>({
        start: (controller) => controller.enqueue(new Uint8Array(1)),
        cancel: (reason) => void (cancelled = reason),
      });
      return new globalThis.Response(body);
    });
    const controller = new AbortController();
    const response = await client.stream("GET", "/", { signal: controller.signal });
    const chunks = response.iterBytes();
    await chunks.next();
    const next = chunks.next();
    controller.abort(new Error("enough"));
    const error = await assertRejects(() => next, Error, "enough");
    assertStrictEquals(cancelled, error);
    assertEquals(response.isClosed, true);
  });

  it("an error of the app's stream is thrown while reading", async () => {
    await using client = clientOf(() => {
      const body = new ReadableStream<Uint8Array>({
        pull: (controller) => controller.error(new Error("of the stream")),
      });
      return new globalThis.Response(body);
    });
    await assertRejects(() => client.get("/"), Error, "of the stream");
  });

  it("says so where the app gives no Response, or a 500", async () => {
    const app = () => undefined as unknown as globalThis.Response;
    const message = "Cannot answer GET http://app/root/: the handler gave no Response";
    await using raising = clientOf(app);
    await assertRejects(() => raising.get("/"), TypeError, message);
    await using answering = clientOf(app, { raiseAppExceptions: false });
    assertEquals((await answering.get("/")).status, 500);
  });

  it("what the web refuses is no exception of the app", async () => {
    const app = () => new globalThis.Response();
    await using client = clientOf(app, { raiseAppExceptions: false });
    const call = () => client.request("GET", "/", { content: "x" });
    await assertRejects(call, TypeError, "fetch can't send a body with GET");
  });

  it("leaves a path alone that is not below the mount", async () => {
    const paths: string[] = [];
    await using client = clientOf((request) => {
      paths.push(new URL(request.url).pathname);
      return new globalThis.Response();
    }, { rootPath: "/ro" });
    await client.get("/a");
    assertEquals(paths, ["/root/a"]);
  });

  it("refuses what is no app", () => {
    assertThrows(() => new AppTransport({} as never), TypeError, "has no fetch method");
  });
});
