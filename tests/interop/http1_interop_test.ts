/** The client over HTTP/1.1 against servers that nobody here wrote. */
import { Client } from "@httpx/httpx";
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { FILES, HTTPBIN, SERVER_KINDS } from "./real_servers.ts";

for (const kind of SERVER_KINDS) {
  const test = kind.isInstalled ? it : it.skip;

  describe(`${kind.name} over HTTP/1.1`, () => {
    test("GET, HEAD, ranges, 304, 404, redirects and compression", async () => {
      await using server = await kind.start();
      await using client = new Client({ baseURL: server.url });

      const hello = await client.get("/hello.txt");
      assertEquals([hello.status, await hello.text()], [200, FILES["hello.txt"]]);
      assertEquals(hello.httpVersion, "HTTP/1.1");

      const head = await client.head("/large.txt", { headers: { "accept-encoding": "identity" } });
      assertEquals([head.status, (await head.bytes()).length], [200, 0]);

      const large = await client.get("/large.txt");
      assertEquals(large.headers.get("content-encoding"), "gzip");
      assertEquals(await large.text(), FILES["large.txt"]);

      const part = await client.get("/large.txt", {
        headers: { range: "bytes=16-31", "accept-encoding": "identity" },
      });
      assertEquals([part.status, await part.text()], [206, "0123456789abcde\n"]);

      const etag = hello.headers.get("etag") ?? "";
      const same = await client.get("/hello.txt", { headers: { "if-none-match": etag } });
      assertEquals([same.status, await same.text()], [304, ""]);

      assertEquals((await client.get("/missing.txt")).status, 404);
      const moved = await client.get("/moved", { followRedirects: true });
      assertEquals([moved.history.length, await moved.text()], [1, FILES["hello.txt"]]);
      assertEquals(await (await client.get("/empty.txt")).text(), "");
    });

    test("300 requests over 10 connections, and a streamed download", async () => {
      await using server = await kind.start();
      await using client = new Client({ baseURL: server.url, limits: { maxConnections: 10 } });
      const all = await Promise.all(
        Array.from({ length: 300 }, async () => await (await client.get("/hello.txt")).text()),
      );
      assertEquals(all.every((text) => text === FILES["hello.txt"]), true);

      await using response = await client.stream("GET", "/large.txt", {
        headers: { "accept-encoding": "identity" },
      });
      let size = 0;
      for await (const chunk of response.iterRaw()) size += chunk.length;
      assertEquals(size, FILES["large.txt"]?.length);
    });

    test("a stream left half way costs that connection alone", async () => {
      await using server = await kind.start();
      await using client = new Client({ baseURL: server.url, limits: { maxConnections: 1 } });
      const headers = { "accept-encoding": "identity" };
      for (let i = 0; i < 5; i++) {
        await using response = await client.stream("GET", "/large.txt", { headers });
        for await (const _ of response.iterRaw()) break;
      }
      assertEquals((await client.get("/hello.txt")).status, 200);
    });

    test("a body the server has no use for is answered, not hung on", async () => {
      await using server = await kind.start();
      await using client = new Client({ baseURL: server.url });
      const content = new Uint8Array(3_000_000);
      const response = await client.post("/hello.txt", { content });
      // Some serve the file all the same, some say 405, some 413 before the body has arrived.
      assertEquals([200, 405, 413].includes(response.status), true, String(response.status));
      assertEquals((await client.get("/hello.txt")).status, 200);
    });
  });
}

describe("httpbin itself", () => {
  const test = HTTPBIN.isInstalled ? it : it.skip;

  test("answers forms, files, cookies, credentials, codings and redirects", async () => {
    await using server = await HTTPBIN.start();
    await using client = new Client({ baseURL: server.url, followRedirects: true });
    type Echo = { args: unknown; form: unknown; files: unknown; json: unknown; data: string };
    const echo = async (response: { json(): Promise<unknown> }) => await response.json() as Echo;

    const params = { q: "a b", page: [1, 2] };
    assertEquals((await echo(await client.get("/get", { params }))).args, {
      q: "a b",
      page: ["1", "2"],
    });
    const data = { name: "Ada", lang: ["ts", "py"] };
    assertEquals((await echo(await client.post("/post", { data }))).form, data);
    assertEquals((await echo(await client.post("/post", { json: { a: [1] } }))).json, { a: [1] });

    const file = new Blob(["content"], { type: "text/plain" });
    const sent = await echo(await client.post("/post", { data, files: { f: ["n.txt", file] } }));
    assertEquals([sent.form, sent.files], [data, { f: "content" }]);

    await client.get("/cookies/set/a/1");
    assertEquals(await (await client.get("/cookies")).json(), { cookies: { a: "1" } });
    assertEquals((await client.get("/basic-auth/u/p", { auth: ["u", "p"] })).status, 200);
    assertEquals((await client.get("/basic-auth/u/p")).status, 401);
    for (const coding of ["gzip", "deflate", "brotli"]) {
      const { headers } = await (await client.get(`/${coding}`)).json<{ headers: object }>();
      assertEquals(typeof headers, "object");
    }
    const last = await client.get("/redirect/3");
    assertEquals([last.status, last.history.length], [200, 3]);
    const lines: number[] = [];
    await using stream = await client.stream("GET", "/stream/3");
    for await (const line of stream.iterLines()) lines.push(JSON.parse(line).id);
    assertEquals(lines, [0, 1, 2]);
  });
});
