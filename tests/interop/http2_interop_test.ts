/** The client over HTTP/2 against servers that nobody here wrote: the same tests for each. */
import { Client, TransportError } from "@httpx/httpx";
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { certificatePath } from "../support/certificates.ts";
import { HTTP2_SERVER_KINDS, SIZES } from "./http2_servers.ts";

const verify = certificatePath("ca");

for (const kind of HTTP2_SERVER_KINDS) {
  const test = kind.isInstalled ? it : it.skip;

  describe(`${kind.name} over HTTP/2`, () => {
    test("GET, HEAD, ranges, 404, one after the other", async () => {
      await using server = await kind.start();
      await using client = new Client({ baseURL: server.url, verify, http2: true });
      const response = await client.get("/1k.bin");
      assertEquals([response.status, response.httpVersion], [200, "HTTP/2"]);
      assertEquals([response.statusText, (await response.bytes()).length], ["OK", 1024]);
      for (let i = 0; i < 20; i++) {
        assertEquals((await (await client.get("/1k.bin")).bytes()).length, 1024);
      }
      if (kind.name === "HAProxy") return; // passes everything on to the test's own server
      const head = await client.head("/1k.bin");
      assertEquals([head.status, head.headers.get("content-length")], [200, "1024"]);
      assertEquals((await head.bytes()).length, 0);
      assertEquals((await client.get("/missing")).status, 404);
    });

    test("1,000 requests at once over the connections it allows", async () => {
      await using server = await kind.start();
      await using client = new Client({
        baseURL: server.url,
        verify,
        http2: true,
        timeout: 30_000,
      });
      const all = await Promise.all(
        Array.from({ length: 1000 }, async () => {
          const response = await client.get("/1k.bin");
          return [response.status, response.httpVersion, (await response.bytes()).length].join();
        }),
      );
      assertEquals([...new Set(all)], ["200,HTTP/2,1024"]);
    });

    test("a download of 100 MB, and others beside it", async () => {
      await using server = await kind.start();
      await using client = new Client({ baseURL: server.url, verify, http2: true });
      await using response = await client.stream("GET", "/100m.bin");
      let size = 0;
      let others = 0;
      for await (const chunk of response.iterRaw()) {
        size += chunk.length;
        if (size > others * SIZES["/100m.bin"] / 10) {
          others++;
          assertEquals((await client.get("/1k.bin")).status, 200);
        }
      }
      assertEquals([size, others], [SIZES["/100m.bin"], 10]);
    });

    test("an upload of 10 MB, as bytes and as a stream", async () => {
      await using server = await kind.start();
      await using client = new Client({ baseURL: server.url, verify, http2: true });
      const content = new Uint8Array(10_000_000).fill(97);
      async function* pieces() {
        for (let at = 0; at < content.length; at += 100_000) {
          yield content.subarray(at, at + 100_000);
        }
      }
      // lighttpd takes no upload of unknown length: 411.
      for (const body of kind.name === "lighttpd" ? [content] : [content, pieces()]) {
        const response = await client.post("/upload", { content: body });
        assertEquals([response.status, response.httpVersion], [200, "HTTP/2"]);
        const answer = await response.bytes();
        if (kind.name === "nghttpd") assertEquals(answer.length, content.length);
        else assertEquals(new TextDecoder().decode(answer), '{"bytes":10000000}');
      }
    });

    test("streams given up half way cost themselves alone", async () => {
      await using server = await kind.start();
      const limits = { maxConnections: 1 };
      await using client = new Client({ baseURL: server.url, verify, http2: true, limits });
      await using kept = await client.stream("GET", "/100m.bin");
      for (let i = 0; i < 10; i++) {
        await using response = await client.stream("GET", "/100m.bin");
        for await (const _ of response.iterRaw()) break;
      }
      let size = 0;
      for await (const chunk of kept.iterRaw()) size += chunk.length;
      assertEquals(size, SIZES["/100m.bin"]);
      const aborted = new AbortController();
      const pending = client.get("/100m.bin", { signal: aborted.signal });
      setTimeout(() => aborted.abort(new Error("enough")), 20);
      assertEquals(await pending.then(() => "done", (error) => error.message), "enough");
      assertEquals((await client.get("/1k.bin")).status, 200);
    });

    test("a restart under load fails no more than what was under way", async () => {
      const first = await kind.start();
      const port = Number(new URL(first.url).port);
      await using client = new Client({ baseURL: first.url, verify, http2: true, timeout: 10_000 });
      const outcomes = new Map<string, number>();
      let isOver = false;
      const load = Array.from({ length: 20 }, async () => {
        while (!isOver) {
          const outcome = await client.get("/1k.bin").then(
            ({ status }) => String(status),
            (error) => error instanceof TransportError ? "failed" : `bug: ${error}`,
          );
          outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
          if (outcome !== "200") await new Promise((resolve) => setTimeout(resolve, 5));
        }
      });
      const answered = () => outcomes.get("200") ?? 0;
      const until = async (count: number) => {
        while (answered() < count) await new Promise((resolve) => setTimeout(resolve, 10));
      };
      try {
        await until(100);
        await first[Symbol.asyncDispose]();
        await using _second = await kind.start(port);
        await until(answered() + 100);
      } finally {
        isOver = true;
        await Promise.all(load);
      }
      assertEquals([...outcomes.keys()].filter((name) => name.startsWith("bug")), []);
    });
  });
}

describe("trailers over HTTP/2", () => {
  for (const kind of HTTP2_SERVER_KINDS) {
    if (kind.name !== "nghttpd" && kind.name !== "node:http2") continue;
    const test = kind.isInstalled ? it : it.skip;

    test(`of ${kind.name} arrive after the content`, async () => {
      await using server = await kind.start();
      await using client = new Client({ baseURL: server.url, verify, http2: true });
      const response = await client.get("/1k.bin", { headers: { "x-trailers": "please" } });
      assertEquals(response.trailers?.get("x-check"), "1");
    });
  }
});
