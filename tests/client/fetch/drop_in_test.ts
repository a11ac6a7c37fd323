/** What programs rely on in `fetch`, over sockets: each fact is the standard's, or what the runtimes' own fetch does. */
import { assert, assertEquals, assertInstanceOf, assertRejects, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { gzipSync } from "node:zlib";
import {
  Client,
  HTTPError,
  MockTransport,
  Response,
  type Timeout,
  type TimeoutLike,
} from "@httpx/httpx";
import { type LocalServer, startLocalServer } from "../../support/local_server.ts";

type Answer = Parameters<typeof startLocalServer>[0];

async function withServer(
  answer: Answer,
  use: (tools: { url: string; client: Client; server: LocalServer }) => Promise<void>,
  options: ConstructorParameters<typeof Client>[0] = {},
): Promise<void> {
  await using server = await startLocalServer(answer);
  await using client = new Client({ trustEnv: false, ...options });
  await use({ url: server.url, client, server });
}

const ok: Answer = (_, response) => void response.end("ok");

/** What a library finds in an error to tell a failure of the network. */
function looksLikeNetwork(error: unknown): boolean {
  assertInstanceOf(error, TypeError);
  const isNetworkError = error.message.startsWith("error sending request for url");
  return isNetworkError && /Load failed|fetch/i.test(error.message); // is-network-error, axios
}

describe("client.fetch(new Request())", () => {
  const form = new FormData();
  form.set("a", "b");
  const typed: [name: string, body: BodyInit, type: RegExp][] = [
    ["FormData", form, /^multipart\/form-data; ?boundary=/],
    ["URLSearchParams", new URLSearchParams("a=b"), /^application\/x-www-form-urlencoded/],
    ["a typed Blob", new Blob(["x"], { type: "text/css" }), /^text\/css/],
  ];
  for (const [name, body, type] of typed) {
    it(`sends the type of ${name}`, async () => {
      await withServer(ok, async ({ url, client, server }) => {
        await client.fetch(new globalThis.Request(url, { method: "POST", body }));
        const given = server.received[0]?.headers["content-type"] ?? "";
        assert(type.test(given), given);
      });
    });
  }

  for (const name of ["bytes", "a Blob"]) {
    it(`sends 3 MB of ${name} with its length, and again after 307`, async () => {
      const bytes = new Uint8Array(3_000_000).fill(97);
      const body = name === "bytes" ? bytes : new Blob([bytes]);
      await withServer((request, response) => {
        if (request.target === "/old") return void response.writeHead(307, { location: "/" }).end();
        response.end();
      }, async ({ url, client, server }) => {
        await client.fetch(new globalThis.Request(`${url}/old`, { method: "PUT", body }));
        const came = server.received.map((
          { headers, body },
        ) => [headers["content-length"], body.length]);
        assertEquals(came, [["3000000", 3_000_000], ["3000000", 3_000_000]]);
      });
    });
  }

  it("takes a Request of a package's own class", async () => {
    await withServer(ok, async ({ url, client, server }) => {
      const foreign = { url, method: "POST", headers: new Headers({ "x-a": "1" }), body: null };
      await client.fetch(foreign as unknown as Request);
      assertEquals([server.received[0]?.method, server.received[0]?.headers["x-a"]], ["POST", "1"]);
    });
  });
});

describe("client.fetch() without limits of its own", () => {
  function limitsOf(options: { timeout?: TimeoutLike }): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const transport = new MockTransport((request) => {
        resolve((request.extensions.timeout as Timeout).toJSON());
        return new Response(200);
      });
      new Client({ ...options, transport }).fetch("https://a.test/").catch(reject);
    });
  }

  it("has a connect timeout and no other", async () => {
    const expected = { connect: 5000, read: null, write: null, pool: null, total: null };
    assertEquals(await limitsOf({}), expected);
  });

  it("has those that the client was given", async () => {
    const phases = { connect: 100, read: 100, write: 100, pool: 100, total: null };
    assertEquals(await limitsOf({ timeout: 100 }), phases);
    const total = { connect: 5000, read: 5000, write: 5000, pool: 5000, total: 900 };
    assertEquals(await limitsOf({ timeout: { total: 900 } }), total);
  });

  it("answers 250 calls at once", async () => {
    await withServer(
      (_, response) => void setTimeout(() => response.end("ok"), 20),
      async (tools) => {
        const calls = Array.from({ length: 250 }, () => tools.client.fetch(tools.url));
        const texts = await Promise.all(calls.map(async (call) => (await call).text()));
        assertEquals(texts.filter((text) => text === "ok").length, 250);
      },
    );
  });
});

describe("client.fetch() beside streams that stay open", () => {
  const stream: Answer = (request, response) => {
    if (request.target === "/events") response.write("data: 1\n\n");
    else response.end("ok");
  };
  const open = (client: Client, url: string) => {
    const calls = Array.from({ length: 150 }, () => client.fetch(`${url}/events`));
    return Promise.all(calls);
  };

  it("answers with 150 of them, read or not, when no limit was given", async () => {
    await withServer(stream, async ({ url, client }) => {
      const streams = await open(client, url);
      const readers = streams.slice(75).map(({ body }) => body?.getReader());
      await Promise.all(readers.map((reader) => reader?.read()));
      assertEquals(await (await client.fetch(url)).text(), "ok");
      await Promise.all(streams.slice(0, 75).map(({ body }) => body?.cancel()));
      await Promise.all(readers.map((reader) => reader?.cancel()));
    });
  });

  it("waits when a limit was given", async () => {
    await withServer(stream, async ({ url, client, server }) => {
      const streams = [await client.fetch(`${url}/events`), await client.fetch(`${url}/events`)];
      const call = client.fetch(url);
      await assertRejects(() => client.fetch(url), TypeError, "connections held (of 2)");
      assertEquals(server.accepted, 2);
      await assertRejects(() => call, TypeError, "connections held (of 2)");
      await Promise.all(streams.map(({ body }) => body?.cancel()));
    }, { limits: { maxConnections: 2 }, timeout: { pool: 300 } });
  });
});

describe("client.fetch.preconnect()", () => {
  it("opens the connection that the next call uses", async () => {
    await withServer(ok, async ({ url, client, server }) => {
      const { fetch } = client;
      assertEquals([fetch.length, fetch.preconnect(new URL(url))], [1, undefined]);
      await server.accepts(1);
      assertEquals(await (await fetch(`${url}/a?b`)).text(), "ok");
      assertEquals(server.accepted, 1);
    });
  });

  it("reports what is not a URL, and nothing else", async () => {
    await using client = new Client({ trustEnv: false });
    client.fetch.preconnect("http://127.0.0.1:1/");
    for (const url of ["nowhere", "ftp://a.test/"]) {
      assertThrows(() => client.fetch.preconnect(url), TypeError, "Cannot preconnect");
    }
    const over = new MockTransport(() => new Response(200));
    await using mocked = new Client({ transport: over });
    mocked.fetch.preconnect("http://a.test/");
    await client.close();
    client.fetch.preconnect("http://127.0.0.1:1/");
  });
});

describe("a body of client.fetch() that is not read", () => {
  it("gives its connection back when it is small", async () => {
    await withServer(ok, async ({ url, client, server }) => {
      for (let i = 0; i < 6; i++) assertEquals((await client.fetch(url)).status, 200);
      assertEquals(server.accepted <= 2, true);
    }, { limits: { maxConnections: 2 }, timeout: 2000 });
  });

  it("is closed by cancel(), and by clone() and cancel() of both", async () => {
    const large = new Uint8Array(3_000_000);
    await withServer((_, response) => void response.end(large), async ({ url, client, server }) => {
      await (await client.fetch(url)).body?.cancel();
      await server.allClosed();
      const response = await client.fetch(url);
      const copy = response.clone();
      await Promise.all([response.body?.cancel(), copy.body?.cancel()]);
      await server.allClosed();
    });
  });
});

describe("an error of client.fetch()", () => {
  it("is recognised as the network's, with ours as its cause", async () => {
    await using client = new Client({ trustEnv: false });
    const error = await assertRejects(() => client.fetch("http://127.0.0.1:1/"), TypeError);
    assert(looksLikeNetwork(error), error.message);
    assertInstanceOf(error.cause, HTTPError);
    assert(error.message.endsWith(error.cause.message));
  });

  it("is so too when the body breaks off", async () => {
    await withServer((_, response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write("x", () => response.destroy());
    }, async ({ url, client }) => {
      for (
        const read of [(r: globalThis.Response) => r.text(), (r: globalThis.Response) => r.json()]
      ) {
        const response = await client.fetch(url);
        const error = await assertRejects(() => read(response), TypeError);
        assert(looksLikeNetwork(error), error.message);
        assertInstanceOf(error.cause, HTTPError);
      }
    });
  });

  it("is the signal's reason, before, while waiting and while reading", async () => {
    await withServer((_, response) => void response.write("x"), async ({ url, client }) => {
      const reason = new RangeError("enough");
      const before = client.fetch(url, { signal: AbortSignal.abort(reason) });
      assertEquals(await assertRejects(() => before), reason);
      const controller = new AbortController();
      const response = await client.fetch(url, { signal: controller.signal });
      const text = response.text();
      controller.abort(reason);
      assertEquals(await assertRejects(() => text), reason);
    });
  });

  it("is the signal's reason for a body that is here and was not read", async () => {
    await withServer(ok, async ({ url, client }) => {
      const reason = new RangeError("enough");
      const controller = new AbortController();
      const { signal } = controller;
      const responses = [await client.fetch(url, { signal }), await client.fetch(url, { signal })];
      assertEquals(await responses[0]?.text(), "ok");
      controller.abort(reason);
      await assertRejects(() => responses[0]?.text() ?? Promise.resolve(), TypeError); // read
      for (const name of ["text", "json", "arrayBuffer", "blob", "bytes", "formData"] as const) {
        const read = async () => await responses[1]?.[name]();
        assertEquals(await assertRejects(read), reason, name);
      }
    });
  });

  it("is a TypeError for what is no URL, whatever the signal", async () => {
    await using client = new Client({ trustEnv: false });
    const signal = AbortSignal.abort(new RangeError("aborted"));
    await assertRejects(() => client.fetch("http://:::", { signal }), TypeError);
  });

  it("does not depend on what a program adds to the prototype of objects", async () => {
    await withServer(ok, async ({ url, client }) => {
      const added = { value: 1, enumerable: true, configurable: true };
      Object.defineProperty(Object.prototype, "addedByTest", added);
      try {
        assertEquals(await (await client.fetch(url, { method: "POST", body: "x" })).text(), "ok");
      } finally {
        Reflect.deleteProperty(Object.prototype, "addedByTest");
      }
    });
  });

  it("cancels the request's stream when the signal was aborted before", async () => {
    await using client = new Client();
    let cancelledWith: unknown = null;
    const body = new ReadableStream({ cancel: (reason) => void (cancelledWith = reason) });
    const reason = new Error("too late");
    const init = { method: "POST", body, duplex: "half", signal: AbortSignal.abort(reason) };
    await assertRejects(() => client.fetch("http://a.test/", init as RequestInit));
    assertEquals(cancelledWith, reason);
  });
});

describe("a response of client.fetch()", () => {
  it("is basic, immutable, and the same when it is cloned", async () => {
    await withServer((request, response) => {
      if (request.target === "/old") return void response.writeHead(302, { location: "/" }).end();
      response.end("ok");
    }, async ({ url, client }) => {
      const response = await client.fetch(`${url}/old`);
      const copy = response.clone();
      for (const { type, url: at, redirected, status } of [response, copy]) {
        assertEquals([type, at, redirected, status], ["basic", `${url}/`, true, 200]);
      }
      assertEquals([await response.text(), await copy.text()], ["ok", "ok"]);
      for (const change of [() => response.headers.set("a", "b"), () => copy.headers.delete("a")]) {
        await assertRejects(() => Promise.resolve().then(change), TypeError, "immutable");
      }
    });
  });

  it("may be handed on: decoded content has neither coding nor length", async () => {
    const zipped = gzipSync("hello hello");
    await withServer((_, response) => {
      response.writeHead(200, {
        "content-encoding": "gzip",
        "content-length": zipped.length,
        "x-a": "1",
      });
      response.end(zipped);
    }, async ({ url, client }) => {
      const response = await client.fetch(url);
      assertEquals(
        ["content-encoding", "content-length", "x-a"].map((name) => response.headers.get(name)),
        [null, null, "1"],
      );
      assertEquals(await response.text(), "hello hello");
    });
  });

  it("has a body of null after HEAD and for statuses without one", async () => {
    await withServer((request, response) => {
      response.statusCode = Number(request.target.slice(1));
      response.end();
    }, async ({ url, client }) => {
      for (const status of [204, 205, 304]) {
        assertEquals((await client.fetch(`${url}/${status}`)).body, null);
      }
      assertEquals((await client.fetch(`${url}/200`, { method: "HEAD" })).body, null);
      assertEquals((await client.fetch(`${url}/999`)).status, 999);
    });
  });

  it("has a body that ends at once for content of no bytes", async () => {
    await withServer((_, response) => void response.end(), async ({ url, client }) => {
      const response = await client.fetch(url);
      const copy = response.clone();
      assertEquals((await response.body?.getReader().read())?.done, true);
      assertEquals(await copy.text(), "");
    });
  });

  it("has the type of its content on its Blob", async () => {
    await withServer((_, response) => {
      response.writeHead(200, { "content-type": "image/png" });
      response.end("x");
    }, async ({ url, client }) => {
      const blob = await (await client.fetch(url)).blob();
      assertEquals([blob.type, blob.size], ["image/png", 1]);
    });
  });

  it("fills a reader's own buffer", async () => {
    const content = new Uint8Array(200_000).map((_, i) => i % 251);
    await withServer((_, response) => void response.end(content), async ({ url, client }) => {
      const reader = (await client.fetch(url)).body?.getReader({ mode: "byob" });
      assert(reader !== undefined);
      const read: number[] = [];
      for (let buffer = new Uint8Array(50_000);;) {
        const { done, value } = await reader.read(buffer);
        if (done) break;
        read.push(...value);
        buffer = new Uint8Array(value.buffer);
      }
      assertEquals([read.length, read.every((byte, i) => byte === i % 251)], [200_000, true]);
    });
  });
});

describe("client.fetch(url, init)", () => {
  const refused: [what: string, init: Record<string, unknown>][] = [
    ["a mode", { mode: "navigate" }],
    ["a mode that is not one", { mode: "x" }],
    ["a redirect", { redirect: "maybe" }],
    ["a cache mode", { cache: "always" }],
    ["only-if-cached across origins", { cache: "only-if-cached", mode: "cors" }],
    ["a priority", { priority: "highest" }],
    ["a referrer policy", { referrerPolicy: "never" }],
    ["a referrer", { referrer: "http://[" }],
    ["credentials", { credentials: "some" }],
    ["a window", { window: {} }],
    ["a method", { method: "A B" }],
    ["three-element pairs", { headers: [["a", "b", "c"]] }],
    ["one-element pairs", { headers: [["a"]] }],
    ["a signal", { signal: {} }],
    ["a body with GET", { body: "x" }],
  ];
  for (const [what, init] of refused) {
    it(`refuses ${what} with a TypeError, before a signal that is aborted`, async () => {
      await using client = new Client();
      const signal = "signal" in init ? init.signal : AbortSignal.abort(new Error("aborted"));
      const call = () => client.fetch("http://a.test/", { ...init, signal } as RequestInit);
      await assertRejects(call, TypeError);
    });
  }

  it("trims values, and leaves framing fields to the client", async () => {
    await withServer(ok, async ({ url, client, server }) => {
      const headers = {
        authorization: "Bearer abc\n",
        "content-length": "7",
        "transfer-encoding": "chunked",
      };
      await client.fetch(url, { method: "POST", body: "abc", headers });
      const came = server.received[0]?.headers ?? {};
      assertEquals(
        [came.authorization, came["content-length"], came["transfer-encoding"]],
        ["Bearer abc", "3", undefined],
      );
    });
  });

  it("sends a name that is repeated once, with all values", async () => {
    await withServer(ok, async ({ url, client, server }) => {
      const headers: [string, string][] = [["X-A", "1"], ["b", "2"], ["x-a", "3"]];
      await client.fetch(url, { headers });
      const given = server.received[0]?.rawHeaders ?? [];
      assertEquals([given[given.indexOf("X-A") + 1], given.includes("x-a")], ["1, 3", false]);
    });
  });

  it("asks for a range of bytes as they are", async () => {
    await withServer(ok, async ({ url, client, server }) => {
      await client.fetch(url, { headers: { range: "bytes=0-1" } });
      assertEquals(server.received[0]?.headers["accept-encoding"], "identity");
    });
  });

  it("checks integrity: the strongest kind, any of its hashes", async () => {
    const good = "sha256-LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="; // of "hello"
    await withServer((_, response) => void response.end("hello"), async ({ url, client }) => {
      for (const integrity of [good, `sha256-AAAA ${good}`, "md5-x", ""]) {
        assertEquals(await (await client.fetch(url, { integrity })).text(), "hello", integrity);
      }
      for (const integrity of ["sha256-AAAA", `${good} sha512-AAAA`]) {
        await assertRejects(() => client.fetch(url, { integrity }), TypeError, "integrity");
      }
    });
  });

  it("sends what is not a body as text", async () => {
    await withServer(ok, async ({ url, client, server }) => {
      const bodies = [new URL("http://a.test/"), new String("s"), 7, { a: 1 }];
      for (const body of bodies) {
        await client.fetch(url, { method: "POST", body: body as unknown as BodyInit });
      }
      const sent = server.received.map(({ body }) => body);
      assertEquals(sent, ["http://a.test/", "s", "7", "[object Object]"]);
    });
  });

  it("is a TypeError for a stream that was read before", async () => {
    await using client = new Client();
    const body = new Blob(["x"]).stream();
    body.getReader();
    const init = { method: "POST", body, duplex: "half" } as RequestInit;
    await assertRejects(() => client.fetch("http://a.test/", init), TypeError, "locked");
  });

  it("heeds a signal that is not this realm's AbortSignal", async () => {
    await withServer(() => {}, async ({ url, client }) => {
      const target = new EventTarget();
      const signal = Object.assign(target, { aborted: false, reason: new Error("foreign") });
      const call = client.fetch(url, { signal: signal as unknown as AbortSignal });
      setTimeout(() => target.dispatchEvent(new Event("abort")), 20);
      assertEquals(await assertRejects(() => call), signal.reason);
    });
  });

  it("hands data: and blob: to the runtime's own fetch", async () => {
    await using client = new Client();
    assertEquals(await (await client.fetch("data:text/plain,hi")).text(), "hi");
    const url = URL.createObjectURL(new Blob(["blob"]));
    assertEquals(await (await client.fetch(url)).text(), "blob");
    URL.revokeObjectURL(url);
  });

  it("has the length of fetch, and keeps the cookies of the jar unless credentials say otherwise", async () => {
    await withServer((_, response) => {
      response.setHeader("set-cookie", "a=1");
      response.end();
    }, async ({ url, client, server }) => {
      assertEquals(client.fetch.length, 1);
      await client.fetch(url);
      await client.fetch(url);
      await client.fetch(url, { credentials: "omit" });
      assertEquals(server.received.map(({ headers }) => headers.cookie), [
        undefined,
        "a=1",
        undefined,
      ]);
    });
  });
});
