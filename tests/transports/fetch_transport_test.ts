/** The runtime's own fetch as a transport, against a real server of this machine. */
import {
  CloseError,
  ConnectError,
  DecodingError,
  FetchClient,
  FetchTransport,
  LocalProtocolError,
  ReadError,
  ReadTimeout,
  Request,
  Timeout,
  UnsupportedProtocol,
} from "@httpx/httpx";
import {
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { type LocalServer, startLocalServer } from "../support/local_server.ts";

function startServer(): Promise<LocalServer> {
  return startLocalServer((request, response) => {
    switch (request.target) {
      case "/echo":
        return void response.end(`${request.method} ${request.body}`);
      case "/gzip":
        response.setHeader("content-encoding", "gzip");
        return void response.end(gzipSync("hello"));
      case "/x-gzip":
        response.setHeader("content-encoding", "x-gzip");
        return void response.end(gzipSync("hello"));
      case "/br":
        response.setHeader("content-encoding", "br");
        return void response.end(brotliCompressSync("hello"));
      case "/deflate":
        response.setHeader("content-encoding", "deflate");
        return void response.end(deflateSync("hello"));
      case "/zstd":
        response.setHeader("content-encoding", "zstd");
        return void response.end(zstdCompressSync("hello"));
      case "/twice":
        response.setHeader("content-encoding", "deflate, gzip");
        return void response.end(gzipSync(deflateSync("hello")));
      case "/identity":
        response.setHeader("content-encoding", "identity");
        return void response.end("hello");
      case "/moved":
        return void response.writeHead(302, { location: "/echo" }).end();
      case "/slow":
        return;
      case "/stalls":
        return void response.write("first");
      default:
        return void response.writeHead(404).end("no");
    }
  });
}

describe("FetchTransport", () => {
  it("sends methods and bodies, in memory and streamed", async () => {
    await using server = await startServer();
    await using client = new FetchClient({ baseURL: server.url });
    assertEquals(await (await client.get("/echo")).text(), "GET ");
    assertEquals(await (await client.put("/echo", { json: [1] })).text(), "PUT [1]");
    const content = new Blob(["streamed"]).stream();
    assertEquals(await (await client.post("/echo", { content })).text(), "POST streamed");
    assertEquals((await client.get("/none")).status, 404);
    const [, , headers] = server.received.map((received) => received.headers);
    assertEquals([headers?.["user-agent"]?.startsWith("httpx-ts/")], [true]);
  });

  it("decodes once, and says no more that the content is encoded", async () => {
    await using server = await startServer();
    await using client = new FetchClient();
    const response = await client.get(`${server.url}/gzip`);
    assertEquals(await response.text(), "hello");
    assertEquals(response.headers.has("content-encoding"), false);
  });

  it("decodes what fetch leaves coded, which is not the same everywhere", async () => {
    await using server = await startServer();
    await using client = new FetchClient();
    // Deno's fetch leaves zstd coded, and its DecompressionStream does not know it.
    const hasZstd = !("Deno" in globalThis);
    if (!hasZstd) {
      await assertRejects(() => client.get(`${server.url}/zstd`), DecodingError, "zstd");
    }
    const paths = ["/br", "/deflate", "/x-gzip", "/twice", "/identity"];
    for (const path of hasZstd ? [...paths, "/zstd"] : paths) {
      assertEquals(await (await client.get(server.url + path)).text(), "hello", path);
      const streamed = await client.stream("GET", server.url + path);
      assertEquals(await Array.fromAsync(streamed.iterText()), ["hello"], path);
      assertEquals(await (await client.head(server.url + path)).text(), "", path);
    }
  });

  it("leaves redirects to the client", async () => {
    await using server = await startServer();
    await using client = new FetchClient();
    const stopped = await client.get(`${server.url}/moved`);
    assertEquals([stopped.status, stopped.nextRequest?.url], [302, `${server.url}/echo`]);
    const followed = await client.get(`${server.url}/moved`, { followRedirects: true });
    assertEquals([followed.status, followed.history.length], [200, 1]);
  });

  it("times out before the head and in the body", async () => {
    await using server = await startServer();
    await using client = new FetchClient({ timeout: new Timeout(5000, { read: 60 }) });
    await assertRejects(
      () => client.get(`${server.url}/slow`),
      ReadTimeout,
      "60 ms (timeout.read)",
    );
    await assertRejects(() => client.get(`${server.url}/stalls`), ReadTimeout);
    const long = new Timeout(2 ** 40, { total: 2 ** 40 });
    assertEquals((await client.get(`${server.url}/echo`, { timeout: long })).status, 200);
    const total = new Timeout(5000, { total: 60 });
    await assertRejects(() => client.get(`${server.url}/slow`, { timeout: total }), ReadTimeout);
  });

  it("rejects with the reason of the signal", async () => {
    await using server = await startServer();
    await using client = new FetchClient();
    const controller = new AbortController();
    const call = client.get(`${server.url}/slow`, { signal: controller.signal });
    controller.abort(new Error("enough"));
    await assertRejects(() => call, Error, "enough");
  });

  it("breaking out of a stream ends it", async () => {
    await using server = await startServer();
    await using client = new FetchClient();
    const response = await client.stream("GET", `${server.url}/stalls`);
    for await (const _ of response.iterBytes()) break;
    assertEquals(response.isClosed, true);
    await server.allClosed();
  });

  it("closing a response that nobody has read ends it, and frees what carried it", async () => {
    await using server = await startServer();
    await using client = new FetchClient({ timeout: new Timeout(5000, { total: 60_000 }) });
    const { signal } = new AbortController();
    await (await client.stream("GET", `${server.url}/stalls`, { signal })).close();
    await server.allClosed();
  });

  it("rejects with the reason of the signal in the middle of the body", async () => {
    await using server = await startServer();
    await using client = new FetchClient();
    const controller = new AbortController();
    const { signal } = controller;
    const response = await client.stream("GET", `${server.url}/stalls`, { signal });
    const chunks = response.iterBytes();
    await chunks.next();
    const next = chunks.next();
    controller.abort(new Error("enough"));
    await assertRejects(() => next, Error, "enough");
    await server.allClosed();
  });

  it("a body that breaks off is a ReadError that knows its request", async () => {
    await using server = await startLocalServer((_request, response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write("first", () => setTimeout(() => response.destroy(), 5));
    });
    await using client = new FetchClient();
    const error = await assertRejects(() => client.get(server.url), ReadError);
    assertEquals([error.request?.method, error.phase], ["GET", "receive"]);
  });

  it("sends no field of the connection, and every other as often as it is given", async () => {
    const sent: Headers[] = [];
    const fetch = (_url: unknown, init?: RequestInit) => {
      sent.push(new Headers(init?.headers));
      return Promise.resolve(new globalThis.Response(null, { status: 204 }));
    };
    const transport = new FetchTransport({ fetch: fetch as typeof globalThis.fetch });
    const headers = [["X-A", "1"], ["x-a", "2"], ["Connection", "close"], [
      "TE",
      "trailers",
    ]] as const;
    const request = new Request("POST", "http://me:secret@a.test/", { headers, content: "hi" });
    const response = await transport.handleRequest(request);
    assertEquals([...sent[0] ?? []], [["x-a", "1, 2"]]);
    assertEquals([response.status, await response.text()], [204, ""]);
    await transport.close();
  });

  it("refuses what fetch refuses, before it is called", async () => {
    const fetch = () => Promise.reject(new Error("was called"));
    const transport = new FetchTransport({ fetch });
    for (
      const [method, content, reason] of [
        ["GET", "x", "a body with GET"],
        ["HEAD", "x", "a body with HEAD"],
        ["TRACE", null, "method TRACE here"],
        ["CONNECT", null, "method CONNECT here"],
      ] as const
    ) {
      const request = new Request(method, "http://me:secret@a.test/", { content });
      const error = await assertRejects(
        () => transport.handleRequest(request),
        LocalProtocolError,
        `Cannot fetch ${method} http://me:[secure]@a.test/: fetch can't send ${reason}`,
      );
      assertStrictEquals(error.request, request);
      assertThrows(() => request.toWeb(), TypeError, "Cannot make a web Request: fetch can't");
    }
  });

  it("sends a method of one's own as it is, or says that this runtime can't", async () => {
    const url = "http://a.test/";
    const fetch = (_url: unknown, init?: RequestInit) =>
      Promise.resolve(new globalThis.Response(init?.method));
    await using client = new FetchClient({ transport: new FetchTransport({ fetch }) });
    if (new globalThis.Request(url, { method: "CUSTOM" }).method === "CUSTOM") {
      assertEquals(await (await client.request("CUSTOM", url)).text(), "CUSTOM");
      assertEquals(new Request("CUSTOM", url).toWeb().method, "CUSTOM");
    } else {
      // Bun makes GET of it.
      const message = "fetch can't send method CUSTOM here";
      await assertRejects(() => client.request("CUSTOM", url), LocalProtocolError, message);
      assertThrows(() => new Request("CUSTOM", url).toWeb(), TypeError, message);
    }
  });

  it("passes on what a fetch throws that is no failure of the network", async () => {
    const mine = new RangeError("mine");
    const transport = new FetchTransport({ fetch: () => Promise.reject(mine) });
    const request = new Request("GET", "http://a.test/");
    const error = await assertRejects(() => transport.handleRequest(request), RangeError);
    assertStrictEquals(error, mine);
  });

  it("a refused connection is a ConnectError, a foreign scheme an UnsupportedProtocol", async () => {
    await using client = new FetchClient();
    const error = await assertRejects(() => client.get("http://127.0.0.1:1/"), ConnectError);
    assertInstanceOf(error.cause, Error);
    assertEquals(error.request?.url, "http://127.0.0.1:1/");
    await assertRejects(() => client.get("ftp://a/"), UnsupportedProtocol, '"ftp"');
    await assertRejects(
      () => client.get("localhost:8000"),
      UnsupportedProtocol,
      'did you mean "http://localhost:8000"?',
    );
  });

  it("close() ends what is under way, and refuses what comes after", async () => {
    await using server = await startServer();
    const transport = new FetchTransport();
    const client = new FetchClient({ transport });
    const call = client.get(`${server.url}/slow`).catch((error) => error);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await client.close();
    assertInstanceOf(await call, CloseError);
    await assertRejects(() => client.get(server.url), Error, "closed");
  });

  it("says that a fetch which hides redirects can't be used", async () => {
    const opaque = { type: "opaqueredirect", status: 0, headers: new Headers(), body: null };
    const transport = new FetchTransport({ fetch: () => Promise.resolve(opaque as never) });
    await using client = new FetchClient({ transport });
    await assertRejects(() => client.get("http://a/"), UnsupportedProtocol, "fetch hides it");
  });

  it("refuses a request that trusts somebody else, or goes through a proxy", async () => {
    const transport = new FetchTransport({ fetch: () => Promise.reject(new Error("called")) });
    for (const extensions of [{ verify: false }, { proxy: "http://p" }, { proxy: null }]) {
      await assertRejects(
        () => transport.handleRequest(new Request("GET", "https://a.test/", { extensions })),
        TypeError,
        `Cannot use option "${Object.keys(extensions)}": fetch has no way to honour it`,
      );
    }
  });

  it("refuses options that fetch can't honour, by name", () => {
    for (const name of ["verify", "cert", "limits", "uds", "localAddress", "http2"]) {
      assertThrows(() => new FetchTransport({ [name]: true } as object), TypeError, `"${name}"`);
    }
  });
});
