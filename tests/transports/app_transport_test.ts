import { AppTransport, Client } from "@httpx/httpx";
import { assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { createRequire } from "node:module";
import { join } from "node:path";
import { npmPackageIfAvailable } from "../support/npm.ts";

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
}

function clientOf(app: ConstructorParameters<typeof AppTransport>[0], options = {}): Client {
  return new Client({ transport: new AppTransport(app, options), baseURL: "http://app/root" });
}

describe("AppTransport", () => {
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
    await assertRejects(call, TypeError, "the web refuses a body with GET");
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
