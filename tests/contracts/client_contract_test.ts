/** What a client does, whatever the route to its server: the same tests over each. */
import {
  type Client,
  ConnectError,
  HTTPStatusError,
  ProxyError,
  ReadTimeout,
  StreamClosed,
  Timeout,
  TooManyRedirects,
  TransportError,
} from "@httpx/httpx";
import { assert, assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { type Route, ROUTES, startContractServer } from "./routes.ts";

const MB = 1024 * 1024;

for (const route of ROUTES) {
  const { name, version } = route;

  /** A test with a client of its own, whose server and proxies are cut when it is done. */
  const test = (what: string, run: (client: Client, route: Route) => Promise<void>) =>
    it(what, async () => {
      await using town = await route.build();
      await using client = town.client(10_000);
      await run(client, route);
    });

  describe(`A client over ${name}`, () => {
    test("gets, and knows the version", async (client) => {
      const response = await client.get("/echo", { params: { q: "a b" } });
      assertEquals(response.status, 200);
      if (version !== "fetch") assertEquals(response.httpVersion, version);
      const { method, url } = await response.json<{ method: string; url: string }>();
      assertEquals([method, url], ["GET", "/echo?q=a%20b"]);
    });

    test("posts JSON, forms, files and streams", async (client) => {
      const echoed = async (options: Parameters<Client["post"]>[1]) => {
        const { type, body, bytes } = await (await client.post("/echo", options)).json<
          { type: string; body: string; bytes: number }
        >();
        return [type?.replace(/;.*/, "") ?? null, body ?? bytes];
      };
      assertEquals(await echoed({ json: { a: 1 } }), ["application/json", '{"a":1}']);
      assertEquals(await echoed({ data: { a: "1", b: ["2", "3"] } }), [
        ...["application/x-www-form-urlencoded", "a=1&b=2&b=3"],
      ]);
      const [type, body] = await echoed({ files: { f: ["n.txt", "content", "text/plain"] } });
      assertEquals(type, "multipart/form-data");
      assert(String(body).includes('filename="n.txt"') && String(body).includes("content"));
      async function* pieces() {
        for (let i = 0; i < 3; i++) yield new TextEncoder().encode(`piece ${i};`);
      }
      assertEquals((await echoed({ content: pieces() }))[1], "piece 0;piece 1;piece 2;");
    });

    test("uploads 8 MB, as bytes and as a stream", async (client) => {
      const content = new Uint8Array(8 * MB).fill(120);
      async function* pieces() {
        for (let at = 0; at < content.length; at += 100_000) {
          yield content.subarray(at, at + 100_000);
        }
      }
      for (const body of [content, pieces()]) {
        const { bytes } = await (await client.post("/echo", { content: body })).json<
          { bytes: number }
        >();
        assertEquals(bytes, content.length);
      }
    });

    test("gives plain bytes, no Buffer, however they are read", async (client) => {
      for (const n of [10, 3000, 200_000]) { // copied, one part of many, many parts
        const given = [await (await client.get("/bytes", { params: { n } })).bytes()];
        for (const read of ["iterBytes", "iterRaw"] as const) {
          await using response = await client.stream("GET", "/bytes", { params: { n } });
          for await (const chunk of response[read]()) given.push(chunk);
        }
        assertEquals(given.filter((bytes) => bytes.constructor !== Uint8Array), []);
      }
    });

    test("downloads 20 MB, whole and in a stream, of known and unknown length", async (client) => {
      const whole = await client.get("/bytes", { params: { n: 20 * MB, length: 1 } });
      assertEquals((await whole.bytes()).length, 20 * MB);
      await using response = await client.stream("GET", "/bytes", { params: { n: 20 * MB } });
      let size = 0;
      for await (const chunk of response.iterBytes()) size += chunk.length;
      assertEquals([size, response.numBytesDownloaded], [20 * MB, 20 * MB]);
    });

    test("HEAD, 204 and 304 have no body", async (client) => {
      const head = await client.head("/bytes", { params: { n: 100, length: 1 } });
      assertEquals([head.status, (await head.bytes()).length], [200, 0]);
      if (version !== "fetch") assertEquals(head.headers.get("content-length"), "100");
      for (const code of [204, 304]) {
        const response = await client.get("/status", { params: { code } });
        assertEquals([response.status, (await response.bytes()).length], [code, 0]);
      }
      assertEquals((await client.get("/echo")).status, 200);
    });

    test("decodes gzip", async (client) => {
      assertEquals(await (await client.get("/gzip")).text(), "zipped ".repeat(1000));
    });

    test("follows redirects, with the body where it must", async (client) => {
      const follow = { followRedirects: true, content: "body" };
      const to = (code: number) => ({ params: { code, to: "/echo?done" } });
      const seeOther = await client.post("/redirect", { ...follow, ...to(303) });
      const { method, body } = await seeOther.json<{ method: string; body: string }>();
      assertEquals([method, body, seeOther.history.length], ["GET", "", 1]);
      const kept = await client.post("/redirect", { ...follow, ...to(307) });
      const same = await kept.json<{ method: string; body: string }>();
      assertEquals([same.method, same.body], ["POST", "body"]);
      const first = await client.get("/redirect", to(302));
      assertEquals([first.status, new URL(first.nextRequest?.url ?? "").pathname], [302, "/echo"]);
      const circle = "/circle";
      await assertRejects(
        () => client.get(circle, { followRedirects: true }),
        TooManyRedirects,
      );
    });

    test("keeps a session, and sends credentials", async (client) => {
      await client.get("/login");
      const { cookie, auth } = await (await client.get("/echo", { auth: ["ada", "x"] })).json<
        { cookie: string; auth: string }
      >();
      assertEquals([cookie, auth], ["sid=1", `Basic ${btoa("ada:x")}`]);
    });

    test("a status is an error where it is made one", async (client) => {
      const response = await client.get("/status", { params: { code: 404 } });
      const error = await assertRejects(
        () => Promise.resolve().then(() => response.raiseForStatus()),
        HTTPStatusError,
      );
      assertEquals(error.response.status, 404);
    });

    test("50 calls at once each get their own answer", async (client) => {
      const calls = Array.from({ length: 50 }, async (_, i) => {
        const { url } = await (await client.get("/echo", { params: { i } })).json<
          { url: string }
        >();
        return url === `/echo?i=${i}`;
      });
      assert((await Promise.all(calls)).every(Boolean));
    });

    test("a silent server, and one that stops in the body, are ReadTimeouts", async (client) => {
      const timeout = new Timeout(10_000, { read: 150 });
      const error = await client.get("/silence", { timeout }).catch((e) => e);
      assertInstanceOf(error, ReadTimeout);
      assert(error.message.includes("150 ms (timeout.read)"), error.message);
      await assertRejects(() => client.get("/stall", { timeout }), ReadTimeout);
      const total = new Timeout(10_000, { total: 150 });
      await assertRejects(() => client.get("/stall", { timeout: total }), ReadTimeout, "total");
      assertEquals((await client.get("/echo")).status, 200);
    });

    test("an abort rejects with its reason, before the head and in the body", async (client) => {
      for (const path of ["/silence", "/stall"]) {
        const controller = new AbortController();
        const call = client.get(path, { signal: controller.signal });
        setTimeout(() => controller.abort(new Error("enough")), 50);
        await assertRejects(() => call, Error, "enough");
      }
      assertEquals((await client.get("/echo")).status, 200);
    });

    test("a stream that is left half way costs nothing", async (client) => {
      for (let i = 0; i < 5; i++) {
        await using response = await client.stream("GET", "/bytes", { params: { n: 20 * MB } });
        for await (const chunk of response.iterRaw()) {
          assert(chunk.length > 0);
          break;
        }
      }
      assertEquals((await client.get("/echo")).status, 200);
    });

    test("a stream that is left unread, or while it waits, costs nothing", async (client) => {
      for (const path of ["/bytes?n=20000000", "/stall"]) {
        await (await client.stream("GET", path)).body?.cancel();
        await (await client.stream("GET", path)).iterLines().return();
      }
      const reader = (await client.stream("GET", "/stall")).body?.getReader();
      await reader?.read();
      const waiting = reader?.read();
      await reader?.cancel();
      assertEquals((await waiting)?.done, true);
      const chunks = (await client.stream("GET", "/stall")).iterBytes();
      await chunks.next();
      const next = assertRejects(() => chunks.next(), StreamClosed);
      await chunks.return();
      await next;
      assertEquals((await client.get("/echo")).status, 200);
    });

    test("a body that breaks off is an error, never a short one", async (client) => {
      const error = await client.get("/break").catch((e) => e);
      assertInstanceOf(error, TransportError);
      await using response = await client.stream("GET", "/break");
      await assertRejects(async () => {
        for await (const _ of response.iterRaw());
      }, TransportError);
      assertEquals((await client.get("/echo")).status, 200);
    });

    if (version !== "fetch") {
      test("tells of early hints and trailers", async (client) => {
        const hints: number[] = [];
        const onHint = (status: number) => void hints.push(status);
        const response = await client.get("/hints", { extensions: { on_informational: onHint } });
        assertEquals([hints, await response.text()], [[103], "late"]);
        const trailers = await client.get("/trailers");
        assertEquals([await trailers.text(), trailers.trailers?.get("x-check")], ["body", "1"]);
      });

      test("an answer to an upload that nobody reads is an answer", async (client) => {
        const content = new Uint8Array(8 * MB);
        for (let i = 0; i < 3; i++) {
          const response = await client.post("/refuse", { content });
          assertEquals([response.status, await response.text()], [413, "too large"]);
        }
      });

      test("sends content with Expect: 100-continue only after the server's 100", async (client) => {
        const headers = { expect: "100-continue" };
        const response = await client.post("/echo", { content: "body", headers });
        assertEquals(await response.json(), { isEarly: false, body: "body" });
      });
    }

    test("a client that is closed fails what is under way", async (client) => {
      const call = client.get("/silence");
      call.catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, 100));
      await client.close();
      await assertRejects(() => call, TransportError);
    });

    it("a server that is gone is a ConnectError, or a ProxyError behind a proxy", async () => {
      const server = await startContractServer();
      await using town = await route.build(server);
      await using client = town.client(5000);
      assertEquals((await client.get("/echo")).status, 200);
      await server[Symbol.asyncDispose]();
      const error = await client.get("/echo").catch((e) => e);
      assert(error instanceof ConnectError || error instanceof ProxyError, String(error));
    });
  });
}
