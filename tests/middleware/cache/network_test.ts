import { assert, assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type { ServerResponse } from "node:http";
import { Client, ReadTimeout } from "@httpx/httpx";
import { cache } from "@httpx/httpx/cache";
import { Client as FetchClient } from "@httpx/httpx/fetch";
import { rateLimit } from "@httpx/httpx/limit";
import { startLocalServer } from "../../support/local_server.ts";

const CLIENTS = { "over sockets": Client, "over fetch": FetchClient } as const;

for (const [name, AnyClient] of Object.entries(CLIENTS)) {
  describe(`cache() ${name}`, () => {
    it("answers again what the server sent", async () => {
      await using server = await startLocalServer((_, response) => {
        response.setHeader("Cache-Control", "max-age=60");
        response.end("hello");
      });
      await using client = new AnyClient({ middleware: [cache()] });
      const seen: unknown[] = [];
      for (let i = 0; i < 3; i++) {
        const response = await client.get(server.url);
        seen.push([response.extensions.cache?.status, response.status, await response.text()]);
      }
      assertEquals(seen, [["miss", 200, "hello"], ["hit", 200, "hello"], ["hit", 200, "hello"]]);
      assertEquals(server.received.length, 1);
    });

    it("sends one request for 1,000 at once, among which some leave", async () => {
      const asked = Promise.withResolvers<ServerResponse>();
      await using server = await startLocalServer((_, response) => asked.resolve(response));
      await using client = new AnyClient({ middleware: [cache()] });
      const controller = new AbortController();
      const leaving = Array.from(
        { length: 100 },
        () => client.get(server.url, { signal: controller.signal }),
      );
      const staying = Array.from({ length: 900 }, () => client.get(server.url));
      const left = Promise.allSettled(leaving);
      const response = await asked.promise;
      controller.abort(new Error("enough"));
      assertEquals((await left).filter(({ status }) => status === "rejected").length, 100);
      response.setHeader("Cache-Control", "max-age=60");
      response.end("hello");
      const texts = await Promise.all(staying.map(async (call) => await (await call).text()));
      assertEquals([texts.length, new Set(texts)], [900, new Set(["hello"])]);
      assertEquals(server.received.length, 1);
    });

    for (const control of ["max-age=60", "no-store"]) {
      it(`ends a body that stalls with its caller's call (${control})`, async () => {
        await using server = await startLocalServer((_, response) => {
          response.writeHead(200, { "Cache-Control": control });
          response.write("hello");
        });
        await using client = new AnyClient({ middleware: [cache()], timeout: null });
        await assertRejects(
          () => client.get(server.url, { timeout: { total: 100 } }),
          ReadTimeout,
          "timeout.total",
        );
        const controller = new AbortController();
        const reason = new Error("enough");
        const response = await client.stream("GET", server.url, { signal: controller.signal });
        const reading = response.read();
        controller.abort(reason);
        assertEquals(await reading.catch((error) => error), reason);
        assertEquals(server.received.length, 2); // nothing of the first was stored
      });
    }

    it("lets a middleware behind it see the end of each body", async () => {
      await using server = await startLocalServer((request, response) => {
        response.setHeader("Cache-Control", request.target === "/3" ? "no-store" : "max-age=60");
        response.write("hel", () => response.end("lo"));
      });
      const middleware = [cache(), rateLimit({ concurrency: 1 })];
      await using client = new AnyClient({ middleware, timeout: { total: 5000 } });
      const texts: string[] = [];
      for (const path of ["1", "2", "3", "4"]) {
        texts.push(await (await client.get(`${server.url}/${path}`)).text());
      }
      await (await client.stream("GET", `${server.url}/5`)).close();
      texts.push(await (await client.get(`${server.url}/6`)).text());
      assertEquals(texts, Array(5).fill("hello"));
    });

    it("stores nothing of a body that breaks off", async () => {
      await using server = await startLocalServer((_, response) => {
        response.writeHead(200, { "Cache-Control": "max-age=60", "Content-Length": "10" });
        response.write("hello", () => response.socket?.destroy());
      });
      await using client = new AnyClient({ middleware: [cache()] });
      await assertRejects(() => client.get(server.url));
      await assertRejects(() => client.get(server.url));
      assert(server.received.length >= 2);
    });

    it("ends the exchange when the last reader leaves", async () => {
      const closed = Promise.withResolvers<void>();
      await using server = await startLocalServer((_, response) => {
        response.writeHead(200, { "Cache-Control": "max-age=60" });
        response.write("hello");
        response.once("close", closed.resolve);
      });
      await using client = new AnyClient({ middleware: [cache()] });
      const [one, other] = await Promise.all([
        client.stream("GET", server.url),
        client.stream("GET", server.url),
      ]);
      for await (const text of one.iterText()) {
        assertEquals(text, "hello");
        break;
      }
      await other.close();
      await closed.promise;
      assertEquals(server.received.length, 1);
    });
  });
}
