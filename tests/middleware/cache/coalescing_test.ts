import { assert, assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  ConnectError,
  ReadError,
  ReadTimeout,
  type Request,
  Response,
  Timeout,
} from "@httpx/httpx";
import { MAX_LAG_BYTES } from "../../../src/middleware/cache/exchange/shared_body.ts";
import { numbered, ORIGIN, originOf } from "./origin.ts";

/** A body that a test sends chunk by chunk. */
function pushed() {
  const waiting: (() => void)[] = [];
  const chunks: (Uint8Array | Error | null)[] = [];
  let isClosed = false;
  const send = (chunk: Uint8Array | string | Error | null) => {
    chunks.push(typeof chunk === "string" ? new TextEncoder().encode(chunk) : chunk);
    waiting.shift()?.();
  };
  async function* stream(): AsyncGenerator<Uint8Array> {
    try {
      while (true) {
        if (chunks.length === 0) await new Promise<void>((resolve) => waiting.push(resolve));
        const chunk = chunks.shift();
        if (chunk instanceof Error) throw chunk;
        if (chunk == null) return;
        yield chunk;
      }
    } finally {
      isClosed = true;
    }
  }
  return { send, stream: stream(), isClosed: () => isClosed };
}

const FRESH = { "Cache-Control": "max-age=60" };

describe("cache() shares one exchange", () => {
  it("among 1,000 concurrent requests", async () => {
    const gate = Promise.withResolvers<void>();
    await using origin = originOf(async (_, count) => {
      await gate.promise;
      return numbered(count, "max-age=60");
    });
    const calls = Array.from({ length: 1000 }, () => origin.get());
    gate.resolve();
    const found = await Promise.all(calls);
    assertEquals(new Set(found), new Set(["miss (uri-miss) 200 #1"]));
    assertEquals(origin.requests.length, 1);
    const shared = await origin.client.get(ORIGIN);
    assertEquals(shared.extensions.cache?.status, "hit");
  });

  it("among requests for a response without a lifetime, which is not reused later", async () => {
    const gate = Promise.withResolvers<void>();
    await using origin = originOf(async (_, count) => {
      await gate.promise;
      return new Response(200, { text: `#${count}` });
    });
    const calls = [origin.get(), origin.get()];
    gate.resolve();
    assertEquals(await Promise.all(calls), Array(2).fill("miss (uri-miss) 200 #1"));
    assertEquals(await origin.get(), "miss (stale) 200 #2");
  });

  it("not for a response that may not be shared: each asks for itself", async () => {
    for (const control of ["no-store", "no-cache", "max-age=0"]) {
      await using origin = originOf(async (_, count) => {
        await Promise.resolve();
        return numbered(count, control);
      });
      const found = await Promise.all([origin.get(), origin.get(), origin.get()]);
      assertEquals(found.map((line) => line.slice(-2)).sort(), ["#1", "#2", "#3"], control);
    }
  });

  it("not across credentials, variants, ranges or methods", async () => {
    await using origin = originOf(async (request, count) => {
      await Promise.resolve();
      return numbered(count, "max-age=60", { Vary: "Foo", "X-Method": request.method });
    });
    await Promise.all([
      origin.get("/", { Authorization: "Bearer a" }),
      origin.get("/", { Authorization: "Bearer b" }),
      origin.get("/", { Foo: "1" }),
      origin.get("/", { Foo: "2" }),
      origin.get("/", { Range: "bytes=0-0" }),
      origin.client.head(ORIGIN),
    ]);
    assertEquals(origin.requests.length, 6);
  });

  it("not if its user says so", async () => {
    await using origin = originOf(async (_, count) => {
      await Promise.resolve();
      return numbered(count, "max-age=60");
    }, { coalesce: false });
    await Promise.all([origin.get(), origin.get()]);
    assertEquals(origin.requests.length, 2);
  });

  it("for a revalidation too", async () => {
    await using origin = originOf(async (request, count) => {
      await Promise.resolve();
      return request.headers.has("if-none-match")
        ? new Response(304)
        : numbered(count, "max-age=60", { ETag: '"a"' });
    });
    await origin.get();
    origin.pass(61);
    const found = await Promise.all([origin.get(), origin.get(), origin.get()]);
    assertEquals(found, Array(3).fill("revalidated (stale) 200 #1"));
    assertEquals(origin.requests.length, 2);
  });

  it("whose failure reaches all", async () => {
    await using origin = originOf(async () => {
      await Promise.resolve();
      throw new ConnectError("refused");
    });
    const outcomes = await Promise.allSettled([origin.get(), origin.get(), origin.get()]);
    const reasons = outcomes.map((outcome) => outcome.status === "rejected" && outcome.reason);
    assert(reasons.every((reason) => reason instanceof ConnectError));
    assertEquals(origin.requests.length, 1);
  });
});

describe("cache() sends a shared exchange", () => {
  it("with the limits and the log of its client", async () => {
    await using origin = originOf((_, count) => numbered(count, "max-age=60"));
    const [alone, detached] = [{}, { signal: new AbortController().signal }];
    await origin.client.get(`${ORIGIN}/1`, alone);
    await origin.client.get(`${ORIGIN}/2`, detached);
    const known = origin.requests.map(({ extensions: { call } }) => Object.keys(call ?? {}));
    assertEquals(known[1], known[0]);
  });
});

describe("cache() lets callers leave a shared exchange", () => {
  it("the first without harm to the rest", async () => {
    const gate = Promise.withResolvers<void>();
    await using origin = originOf(async (_, count) => {
      await gate.promise;
      return numbered(count, "max-age=60");
    });
    const controller = new AbortController();
    const first = origin.client.get(ORIGIN, { signal: controller.signal });
    const second = origin.get();
    controller.abort(new Error("enough"));
    await assertRejects(() => first, Error, "enough");
    gate.resolve();
    assertEquals(await second, "miss (uri-miss) 200 #1");
    assertEquals(origin.requests.length, 1);
  });

  it("by its own total timeout, without harm to the rest", async () => {
    const gate = Promise.withResolvers<void>();
    await using origin = originOf(async (_, count) => {
      await gate.promise;
      return numbered(count, "max-age=60");
    });
    const first = origin.client.get(ORIGIN, { timeout: new Timeout(5000, { total: 1 }) });
    const second = origin.get();
    await assertRejects(() => first, ReadTimeout, "total");
    gate.resolve();
    assertEquals(await second, "miss (uri-miss) 200 #1");
  });

  it("the last, which ends it", async () => {
    const sent: Request[] = [];
    const ended = Promise.withResolvers<unknown>();
    await using origin = originOf((request) => {
      sent.push(request);
      return new Promise((_, reject) => {
        request.signal?.addEventListener("abort", () => {
          ended.resolve(request.signal?.reason);
          reject(request.signal?.reason);
        });
      });
    });
    const controllers = [new AbortController(), new AbortController()];
    const calls = controllers.map(({ signal }) =>
      assertRejects(() => origin.client.get(ORIGIN, { signal }), Error)
    );
    await Promise.resolve();
    controllers[0]?.abort(new Error("first"));
    assertEquals(sent[0]?.signal?.aborted, false);
    controllers[1]?.abort(new Error("last"));
    assertEquals(String(await ended.promise), "Error: last");
    await Promise.all(calls);
    // The next one begins anew.
    assertEquals(sent.length, 1);
    const third = new AbortController();
    const again = origin.client.get(ORIGIN, { signal: third.signal });
    while (sent.length < 2) await Promise.resolve();
    third.abort(new Error("over"));
    await assertRejects(() => again, Error, "over");
  });

  it("while the body comes: it ends when nobody reads it any more", async () => {
    const body = pushed();
    await using origin = originOf(() => new Response(200, { headers: FRESH, stream: body.stream }));
    const [one, other] = await Promise.all([
      origin.client.stream("GET", ORIGIN),
      origin.client.stream("GET", ORIGIN),
    ]);
    body.send("a");
    const [chunks, others] = [one.iterText(), other.iterText()];
    assertEquals((await chunks.next()).value, "a");
    assertEquals((await others.next()).value, "a");
    await one.close();
    body.send("b");
    assertEquals((await others.next()).value, "b");
    assertEquals(body.isClosed(), false);
    await other.close();
    assertEquals(body.isClosed(), true);
    assertEquals(origin.requests.length, 1);
  });
});

describe("cache() streams a shared body", () => {
  it("to each at its own pace, and to who comes later from its beginning", async () => {
    const body = pushed();
    await using origin = originOf(() => new Response(200, { headers: FRESH, stream: body.stream }));
    await using fast = await origin.client.stream("GET", ORIGIN);
    const chunks = fast.iterText();
    for (const text of ["a", "b", "c"]) {
      body.send(text);
      assertEquals((await chunks.next()).value, text);
    }
    const slow = origin.client.get(ORIGIN);
    body.send(null);
    assertEquals((await chunks.next()).done, true);
    assertEquals(await (await slow).text(), "abc");
    assertEquals((await slow).extensions.cache?.isShared, true);
    assertEquals(await origin.get(), "hit (fresh) 200 abc");
    assertEquals(origin.requests.length, 1);
  });

  it("not to who comes later if it has no lifetime", async () => {
    const bodies = [pushed(), pushed()];
    await using origin = originOf((_, count) =>
      new Response(200, { stream: bodies[count - 1]?.stream ?? [] })
    );
    await using first = await origin.client.stream("GET", ORIGIN);
    bodies[1]?.send(null);
    await origin.get();
    assertEquals(origin.requests.length, 2);
    bodies[0]?.send(null);
    assertEquals(await first.text(), "");
  });

  it("and stores nothing of a body that breaks off", async () => {
    const bodies = [pushed(), pushed()];
    await using origin = originOf((_, count) =>
      new Response(200, { headers: FRESH, stream: bodies[count - 1]?.stream ?? [] })
    );
    const failing = Promise.all([
      assertRejects(() => origin.get(), ReadError),
      assertRejects(() => origin.get(), ReadError),
    ]);
    bodies[0]?.send("a");
    bodies[0]?.send(new ReadError("reset"));
    await failing;
    bodies[1]?.send("b");
    bodies[1]?.send(null);
    assertEquals(await origin.get(), "miss (uri-miss) 200 b");
  });

  it("and stores nothing of a body that was not read to its end, or is shorter than announced", async () => {
    const lengths = ["3", "3", "9"];
    await using origin = originOf((_, count) =>
      new Response(200, {
        headers: { ...FRESH, "Content-Length": lengths[count - 1] ?? "3" },
        stream: ["a", "b", "c"].map((text) => new TextEncoder().encode(text)),
      })
    );
    await (await origin.client.stream("GET", ORIGIN)).close();
    assertEquals(await origin.get(), "miss (uri-miss) 200 abc");
    assertEquals(await origin.get(), "hit (fresh) 200 abc");
    await origin.get("/other");
    assertEquals(await origin.get("/other"), "miss (uri-miss) 200 abc");
  });

  describe("that is too large to store", () => {
    const chunk = new Uint8Array(256 * 1024).fill(97);
    const count = 10;
    const sizeBytes = chunk.length * count;
    const options = { maxBytes: 100_000 };
    async function* chunks(from = 0): AsyncGenerator<Uint8Array> {
      for (let at = from; at < sizeBytes; at += chunk.length) {
        yield chunk.slice(0, sizeBytes - at);
        await Promise.resolve();
      }
    }

    async function lengthOf(response: Response): Promise<number> {
      let length = 0;
      for await (const bytes of response.iterBytes()) length += bytes.length;
      return length;
    }

    it("continues for one that fell behind by a range of its own", async () => {
      await using origin = originOf((request) => {
        const headers = { ...FRESH, ETag: '"a"' };
        const from = Number(/\d+/.exec(request.headers.get("range") ?? "0")?.[0]);
        if (from === 0) return new Response(200, { headers, stream: chunks() });
        assertEquals(request.headers.get("if-range"), '"a"');
        const range = `bytes ${from}-${sizeBytes - 1}/${sizeBytes}`;
        return new Response(206, {
          headers: { ...headers, "Content-Range": range },
          stream: chunks(from),
        });
      }, options);
      const [fast, slow] = await Promise.all([
        origin.client.stream("GET", ORIGIN),
        origin.client.stream("GET", ORIGIN),
      ]);
      const slowBytes = slow.iterBytes();
      let slowLength = (await slowBytes.next()).value?.length ?? 0;
      assertEquals(await lengthOf(fast), sizeBytes);
      for await (const bytes of slowBytes) slowLength += bytes.length;
      assertEquals(slowLength, sizeBytes);
      assertEquals(origin.requests.length, 2);
      assertEquals(origin.requests[1]?.headers.get("range"), `bytes=${chunk.length}-`);
    });

    it("fails for one that fell behind if there is nothing to continue by", async () => {
      await using origin = originOf(
        () => new Response(200, { headers: FRESH, stream: chunks() }),
        options,
      );
      const [fast, slow] = await Promise.all([
        origin.client.stream("GET", ORIGIN),
        origin.client.stream("GET", ORIGIN),
      ]);
      assertEquals(await lengthOf(fast), sizeBytes);
      await assertRejects(() => lengthOf(slow), ReadError, `${MAX_LAG_BYTES}`);
    });

    it("is not stored, nor shared if it says so before", async () => {
      await using origin = originOf(() =>
        new Response(200, {
          headers: { ...FRESH, "Content-Length": String(sizeBytes) },
          stream: chunks(),
        }), options);
      const found = await Promise.all([origin.client.get(ORIGIN), origin.client.get(ORIGIN)]);
      assertEquals(found.map(({ content }) => content.length), [sizeBytes, sizeBytes]);
      assertEquals(origin.requests.length, 2);
    });
  });
});

describe("cache().close()", () => {
  it("ends revalidations in the background, of which there are only so many", async () => {
    const reasons: unknown[] = [];
    const origin = originOf((request, count) => {
      if (count <= 3) return numbered(count, "max-age=60, stale-while-revalidate=60");
      return new Promise((_, reject) =>
        request.signal?.addEventListener("abort", () => {
          reasons.push(request.signal?.reason);
          reject(request.signal?.reason);
        })
      );
    }, { maxRevalidations: 2 });
    for (const path of ["/a", "/b", "/c"]) await origin.get(path);
    origin.pass(61);
    for (const path of ["/a", "/b", "/c", "/a"]) await origin.get(path);
    assertEquals(origin.requests.length, 5);
    await origin.client.close();
    assertEquals(
      reasons.map(String),
      Array(2).fill(
        "CloseError: Cannot finish the request: the cache was closed",
      ),
    );
  });
});
