import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Client, ConnectError, MockTransport, Response } from "@httpx/httpx";
import { cache, MemoryStorage, type StoredHead } from "@httpx/httpx/cache";
import { numbered, ORIGIN, originOf, START_MS } from "./origin.ts";

const date = (seconds: number) => new Date(START_MS + seconds * 1000).toUTCString();

describe("cache() reuses", () => {
  it("a fresh response, with its age, and asks again when it is stale", async () => {
    await using origin = originOf((_, count) => numbered(count, "max-age=60"));
    assertEquals(await origin.get(), "miss (uri-miss) 200 #1");
    origin.pass(59);
    assertEquals(await origin.get(), "hit (fresh) 200 #1");
    const response = await origin.client.get(ORIGIN);
    assertEquals(response.headers.get("age"), "59");
    assertEquals(response.extensions.cache, {
      ...{ status: "hit", reason: "fresh", setsCookies: false },
      ...{ ageMs: 59_000, ttlMs: 1000 },
    });
    origin.pass(1);
    assertEquals(await origin.get(), "miss (stale) 200 #2");
    assertEquals(origin.requests.length, 2);
  });

  it("nothing that was not to be stored, and says why", async () => {
    await using origin = originOf((_, count) => numbered(count, "no-store"));
    await origin.get();
    const response = await origin.client.get(ORIGIN);
    assertEquals(response.extensions.cache?.notStored, "no-store");
    assertEquals(origin.requests.length, 2);
  });

  it("a body that its caller can't change for others", async () => {
    await using origin = originOf((_, count) => numbered(count, "max-age=60"));
    for (let i = 0; i < 3; i++) {
      const response = await origin.client.get(ORIGIN);
      assertEquals(await response.text(), "#1");
      response.content.fill(0);
      response.headers.set("cache-control", "no-store");
    }
  });

  it("a response that has no body, which nobody reads", async () => {
    await using origin = originOf(() =>
      new Response(204, { headers: { "Cache-Control": "max-age=60" }, stream: [] })
    );
    for (const status of ["miss", "hit"]) {
      const response = await origin.client.stream("GET", ORIGIN);
      assertEquals([response.status, response.extensions.cache?.status], [204, status]);
    }
  });

  it("a coded body, which is decoded each time", async () => {
    const text = "hello ".repeat(100);
    const coded = new Uint8Array(
      await new globalThis.Response(
        new Blob([text]).stream().pipeThrough(new CompressionStream("gzip")),
      ).arrayBuffer(),
    );
    await using origin = originOf(() =>
      new Response(200, {
        headers: { "Cache-Control": "max-age=60", "Content-Encoding": "gzip" },
        content: coded,
      })
    );
    for (const status of ["miss", "hit", "hit"]) {
      const response = await origin.client.get(ORIGIN);
      assertEquals([response.extensions.cache?.status, await response.text()], [status, text]);
    }
  });

  it("by Vary, with variants beside each other", async () => {
    await using origin = originOf((request, count) =>
      numbered(count, "max-age=60", { Vary: "Foo", "X-Foo": request.headers.get("foo") ?? "" })
    );
    const found: string[] = [];
    for (const foo of ["1", "2", "1", "2"]) found.push(await origin.get("/", { Foo: foo }));
    assertEquals(found, [
      "miss (uri-miss) 200 #1",
      "miss (vary-miss) 200 #2",
      "hit (fresh) 200 #1",
      "hit (fresh) 200 #2",
    ]);
  });

  it("by URL without its fragment", async () => {
    await using origin = originOf((_, count) => numbered(count, "max-age=60"));
    await origin.get("/?a=1#x");
    assertEquals(await origin.get("/?a=1#y"), "hit (fresh) 200 #1");
    assertEquals(await origin.get("/?a=2"), "miss (uri-miss) 200 #2");
  });

  it("for HEAD what GET brought, without a body", async () => {
    await using origin = originOf((_, count) => numbered(count, "max-age=60"));
    await origin.get();
    const response = await origin.client.head(ORIGIN);
    assertEquals([response.extensions.cache?.status, response.content.length], ["hit", 0]);
    assertEquals(response.headers.get("content-length"), "2");
  });

  it("for QUERY by its content and type (RFC 10008)", async () => {
    await using origin = originOf((_, count) => numbered(count, "max-age=60"));
    const ask = async (content: string, type = "text/plain") => {
      const headers = { "Content-Type": type };
      const response = await origin.client.query(ORIGIN, { content, headers });
      return `${response.extensions.cache?.status} ${await response.text()}`;
    };
    assertEquals(await ask("a"), "miss #1");
    assertEquals(await ask("a"), "hit #1");
    assertEquals(await ask("b"), "miss #2");
    assertEquals(await ask("a", "text/html"), "miss #3");
    assertEquals(await origin.get(), "miss (uri-miss) 200 #4");
  });
});

describe("cache() passes", () => {
  it("a request for another protocol, although a response is stored", async () => {
    await using origin = originOf((_, count) => numbered(count, "max-age=60"));
    await origin.get();
    const headers = { Connection: "Upgrade", Upgrade: "websocket" };
    assertEquals(await origin.get("/", headers), "bypass (upgrade) 200 #2");
  });
});

describe("cache() keeps apart", () => {
  it("responses to different credentials, and those without", async () => {
    await using origin = originOf((request, count) =>
      numbered(count, "max-age=60", { "X-For": request.headers.get("authorization") ?? "nobody" })
    );
    const found: string[] = [];
    const users = [{ Authorization: "Bearer a" }, { Authorization: "Bearer b" }, {}];
    for (const headers of [...users, { Cookie: "id=1" }, { Cookie: "id=2" }, ...users]) {
      found.push(await origin.get("/", headers as Record<string, string>));
    }
    assertEquals(found.slice(0, 5).map((line) => line.slice(0, 4)), Array(5).fill("miss"));
    assertEquals(found.slice(5), [
      "hit (fresh) 200 #1",
      "hit (fresh) 200 #2",
      "hit (fresh) 200 #3",
    ]);
  });

  it("what it stores from what it was requested with", async () => {
    const heads: StoredHead[] = [];
    class Seeing extends MemoryStorage {
      override put(head: StoredHead): void {
        heads.push(head);
      }
    }
    const storage = new Seeing();
    await using origin = originOf((_, count) => numbered(count, "max-age=60"), { storage });
    await origin.get("/", { Authorization: "Bearer s3cret", Cookie: "id=s3cret" });
    assertEquals(heads.map(({ partition }) => /^[0-9a-f]{64}$/.test(partition)), [true]);
    assertEquals(JSON.stringify(heads).includes("s3cret"), false);
  });

  it("nothing if its user says so", async () => {
    await using origin = originOf((_, count) => numbered(count, "max-age=60"), {
      partition: () => "all",
    });
    await origin.get("/", { Authorization: "Bearer a" });
    assertEquals(await origin.get("/", { Authorization: "Bearer b" }), "hit (fresh) 200 #1");
  });

  it("nothing by a partition that is not a string, which it refuses", async () => {
    const partition = (async () => await Promise.resolve("me")) as unknown as () => string; // as JavaScript may
    await using origin = originOf((_, count) => numbered(count, "max-age=60"), { partition });
    await assertRejects(() => origin.get(), TypeError, 'option "partition": it returned a promise');
    assertEquals(origin.requests, []);
  });

  it("what came over a connection that was verified by a rule of its own", async () => {
    await using origin = originOf((_, count) => numbered(count, "max-age=60"));
    const unverified = await origin.client.get(ORIGIN, { verify: false });
    assertEquals(unverified.extensions.cache?.reason, "verify");
    assertEquals(await origin.get(), "miss (uri-miss) 200 #2");
    assertEquals(await (await origin.client.get(ORIGIN, { verify: true })).text(), "#3");
  });

  it("another Host at the same URL", async () => {
    await using origin = originOf((_, count) => numbered(count, "max-age=60"));
    await origin.get();
    assertEquals(await origin.get("/", { Host: "other.example" }), "miss (uri-miss) 200 #2");
  });
});

describe("cache() revalidates", () => {
  it("by entity tag and date, and keeps the body of what was not modified", async () => {
    const modified = date(-1000);
    await using origin = originOf((request, count) => {
      const headers = { "Cache-Control": "max-age=60", ETag: '"a"', "Last-Modified": modified };
      if (!request.headers.has("if-none-match")) return numbered(count, "max-age=60", headers);
      assertEquals(request.headers.get("if-none-match"), '"a"');
      assertEquals(request.headers.get("if-modified-since"), modified);
      return new Response(304, { headers: { ...headers, "X-New": "1", "Content-Length": "99" } });
    });
    await origin.get();
    origin.pass(61);
    const response = await origin.client.get(ORIGIN);
    assertEquals(await response.text(), "#1");
    assertEquals(response.status, 200);
    assertEquals(response.extensions.cache?.status, "revalidated");
    assertEquals(response.headers.get("x-new"), "1");
    assertEquals(response.headers.get("content-length"), "2");
    assertEquals(await origin.get(), "hit (fresh) 200 #1");
  });

  it("and takes a new response in its place", async () => {
    await using origin = originOf((_, count) =>
      numbered(count, "max-age=60", { ETag: `"${count}"` })
    );
    await origin.get();
    origin.pass(61);
    assertEquals(await origin.get(), "miss (stale) 200 #2");
    assertEquals(await origin.get(), "hit (fresh) 200 #2");
  });

  it("and asks again, whole, if a 304 is about another response", async () => {
    await using origin = originOf((request, count) =>
      request.headers.has("if-none-match")
        ? new Response(304, { headers: { ETag: '"b"' } })
        : numbered(count, "max-age=60", { ETag: '"a"' })
    );
    await origin.get();
    origin.pass(61);
    assertEquals(await origin.get(), "miss (stale) 200 #3");
  });

  it("with the caller's own precondition alone, whose 304 is the caller's", async () => {
    await using origin = originOf((request, count) =>
      request.headers.has("if-none-match")
        ? new Response(304, { headers: { ETag: '"a"', "Cache-Control": "max-age=60" } })
        : numbered(count, "max-age=60", { ETag: '"a"' })
    );
    await origin.get();
    origin.pass(50);
    assertEquals(await origin.get("/", { "If-None-Match": '"x"' }), "miss (request) 304");
    assertEquals(origin.requests[1]?.headers.get("if-none-match"), '"x"');
    origin.pass(50); // the caller's 304 has made it fresh again
    assertEquals(await origin.get(), "hit (fresh) 200 #1");
  });

  it("and covers a failure for as long as stale-if-error allows", async () => {
    await using origin = originOf((_, count) => {
      if (count === 1) return numbered(1, "max-age=60, stale-if-error=60");
      if (count === 2) return new Response(503);
      throw new ConnectError("refused");
    });
    await origin.get();
    origin.pass(61);
    assertEquals(await origin.get(), "stale (stale-if-error) 200 #1");
    assertEquals(await origin.get(), "stale (stale-if-error) 200 #1");
    origin.pass(60);
    await assertRejects(() => origin.get(), ConnectError);
  });

  it("and answers 504 if what must be revalidated can't be (RFC 9111 §5.2.2.2)", async () => {
    await using origin = originOf((_, count) => {
      if (count === 1) return numbered(1, "max-age=60, must-revalidate");
      throw new ConnectError("refused");
    });
    await origin.get();
    origin.pass(61);
    const response = await origin.client.get(ORIGIN);
    const { status, error } = response.extensions.cache ?? {};
    assertEquals([response.status, status], [504, "miss"]);
    assert(error instanceof ConnectError);
  });

  it("in the background, while the stale response is given out", async () => {
    const second = Promise.withResolvers<void>();
    await using origin = originOf(async (_, count) => {
      if (count === 2) await second.promise;
      return numbered(count, "max-age=60, stale-while-revalidate=60");
    });
    await origin.get();
    origin.pass(61);
    for (let i = 0; i < 3; i++) {
      assertEquals(await origin.get(), "stale (stale-while-revalidate) 200 #1");
    }
    assertEquals(origin.requests.length, 2);
    second.resolve();
    while ((await origin.get()) !== "hit (fresh) 200 #2") await Promise.resolve();
    assertEquals(origin.requests.length, 2);
  });
});

describe("cache() is updated", () => {
  it("by HEAD, or emptied if that is about something else", async () => {
    await using origin = originOf((request, count) => {
      if (request.method !== "HEAD") return numbered(count, "max-age=60", { ETag: '"a"' });
      const ETag = count === 2 ? '"a"' : '"b"';
      return new Response(200, { headers: { ETag, "Cache-Control": "max-age=600", A: "1" } });
    });
    await origin.get();
    origin.pass(61);
    await origin.client.head(ORIGIN);
    origin.pass(100);
    assertEquals(await origin.get(), "hit (fresh) 200 #1");
    origin.pass(600);
    await origin.client.head(ORIGIN);
    assertEquals(await origin.get(), "miss (uri-miss) 200 #4");
  });

  it("by unsafe methods, which invalidate the URL and those they name on its origin", async () => {
    await using origin = originOf((request, count) =>
      request.method === "GET" ? numbered(count, "max-age=60") : new Response(201, {
        headers: { Location: "/b", "Content-Location": "https://other.example/" },
      })
    );
    for (const path of ["/a", "/b", "/c"]) await origin.get(path);
    await origin.client.get("https://other.example/");
    await origin.client.post(`${ORIGIN}/a`, { content: "x" });
    const statuses: string[] = [];
    for (const path of ["/a", "/b", "/c"]) statuses.push((await origin.get(path)).slice(0, 4));
    assertEquals(statuses, ["miss", "miss", "hit "]);
    const other = await origin.client.get("https://other.example/");
    assertEquals(other.extensions.cache?.status, "hit");
  });

  it("not by an unsafe request that failed, nor by a safe one", async () => {
    await using origin = originOf((request, count) =>
      request.method === "GET" ? numbered(count, "max-age=60") : new Response(500)
    );
    await origin.get();
    await origin.client.delete(ORIGIN);
    await origin.client.options(ORIGIN);
    assertEquals(await origin.get(), "hit (fresh) 200 #1");
  });

  it("not by a response that was sent before it was invalidated", async () => {
    const first = Promise.withResolvers<void>();
    await using origin = originOf(async (request, count) => {
      if (count === 1) await first.promise;
      return request.method === "GET" ? numbered(count, "max-age=60") : new Response(204);
    });
    const early = origin.get();
    await origin.client.put(ORIGIN, { content: "x" });
    first.resolve();
    assertEquals(await early, "miss (uri-miss) 200 #1");
    assertEquals(await origin.get(), "miss (uri-miss) 200 #3");
  });

  it("by POST whose response is that of a GET", async () => {
    await using origin = originOf((_, count) =>
      numbered(count, "max-age=60", { "Content-Location": "/" })
    );
    await origin.client.post(ORIGIN, { content: "x" });
    assertEquals(await origin.get(), "hit (fresh) 200 #1");
  });
});

describe("cache() and cookies", () => {
  it("sets those of a stored response once", async () => {
    await using origin = originOf(
      (_, count) => numbered(count, "max-age=60", { "Set-Cookie": `n=${count}` }),
      { partition: () => "" },
    );
    await origin.get();
    origin.client.cookies.delete("n");
    const response = await origin.client.get(ORIGIN);
    assertEquals(response.extensions.cache?.status, "hit");
    assertEquals(response.headers.getSetCookie(), ["n=1"]);
    assertEquals(origin.client.cookies.get("n"), null);
  });

  it("sets those of a 304, and no others", async () => {
    await using origin = originOf(
      (request, count) =>
        request.headers.has("if-none-match")
          ? new Response(304, { headers: count === 2 ? {} : { "Set-Cookie": "n=304" } })
          : numbered(count, "max-age=60", { "Set-Cookie": "n=1", ETag: '"a"' }),
      {
        partition: () => "",
      },
    );
    await origin.get();
    origin.client.cookies.delete("n");
    const seen: (string | null)[] = [];
    for (let i = 0; i < 2; i++) {
      origin.pass(61);
      await origin.get();
      seen.push(origin.client.cookies.get("n"));
    }
    assertEquals(seen, [null, "304"]);
  });
});

describe("cache() reports", () => {
  it("by Cache-Status if asked (RFC 9211)", async () => {
    await using origin = originOf(
      (_, count) => numbered(count, count < 3 ? "max-age=60" : "no-store"),
      {
        cacheStatus: "mine",
      },
    );
    const seen: (string | null)[] = [];
    const ask = async (method = "GET") => {
      const response = await origin.client.request(method, ORIGIN);
      seen.push(response.headers.get("cache-status"));
    };
    await ask();
    await ask();
    origin.pass(61);
    await ask();
    await ask("DELETE");
    await ask();
    assertEquals(seen, [
      "mine; fwd=uri-miss; fwd-status=200; stored",
      "mine; hit; ttl=60",
      "mine; fwd=stale; fwd-status=200; stored",
      "mine; fwd=method; fwd-status=200",
      'mine; fwd=uri-miss; fwd-status=200; detail="no-store"',
    ]);
  });

  it("504 for only-if-cached with nothing stored", async () => {
    await using origin = originOf((_, count) => numbered(count, "max-age=60"));
    const only = { "Cache-Control": "only-if-cached" };
    assertEquals(await origin.get("/", only), "miss (only-if-cached) 504");
    await origin.get();
    assertEquals(await origin.get("/", only), "hit (fresh) 200 #1");
    assertEquals(origin.requests.length, 1);
  });

  it("a failing storage to who asked for it, or with the request", async () => {
    class Broken extends MemoryStorage {
      override find(): never {
        throw new Error("disk on fire");
      }
    }
    const failures: unknown[] = [];
    await using origin = originOf((_, count) => numbered(count, "max-age=60"), {
      storage: new Broken(),
      onStorageError: (error) => void failures.push(error),
    });
    assertEquals(await origin.get(), "miss (uri-miss) 200 #1");
    assertEquals([...new Set(failures.map(String))], ["Error: disk on fire"]);
    await using strict = originOf((_, count) => numbered(count, "max-age=60"), {
      storage: new Broken(),
    });
    await assertRejects(() => strict.get(), Error, "disk on fire");
  });

  it("options that are unknown or wrong", () => {
    const cases: readonly (readonly [options: object, message: string])[] = [
      [{ maxbytes: 1 }, "maxbytes"],
      [{ maxBytes: 0 }, "maxBytes"],
      [{ maxBytes: 1, storage: new MemoryStorage() }, "maxBytes"],
      [{ storage: {} }, "storage"],
      [{ heuristicFraction: 2 }, "heuristicFraction"],
      [{ partition: "me" }, "partition"],
      [{ coalesce: 1 }, "coalesce"],
      [{ cacheStatus: "two words" }, "cacheStatus"],
    ];
    for (const [options, name] of cases) {
      assertThrows(() => cache(options), TypeError, `"${name}"`);
    }
  });

  it("an unknown mode", async () => {
    await using client = new Client({
      transport: new MockTransport(() => new Response(200)),
      middleware: [cache()],
    });
    const extensions = { cache: "sometimes" as "default" };
    await assertRejects(() => client.get(ORIGIN, { extensions }), TypeError, "no-store");
  });
});
