import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { brotliCompressSync } from "node:zlib";
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  Client,
  type ClientOptions,
  ConnectError,
  FetchTransport,
  type Middleware,
  MockTransport,
  ReadError,
  Response,
  type RetryOptions,
} from "@httpx/httpx";
import { Client as FetchClient } from "@httpx/httpx/fetch";
import { SyncClient } from "@httpx/httpx/sync";
import { retry } from "@httpx/httpx/retry";

const url = "https://example.org/";

/** Waits of no time. */
const backoff = { baseMs: 0 };

/** A transport that answers with these statuses, the last one again and again, and counts. */
class Counting extends MockTransport {
  count = 0;

  constructor(...statuses: readonly number[]) {
    super(() => new Response(statuses[Math.min(this.count++, statuses.length - 1)] ?? 200));
  }
}

describe("Client({ retry })", () => {
  it("sends failed requests again", async () => {
    const transport = new Counting(503, 429, 200);
    await using client = new Client({ transport, retry: { backoff } });
    const response = await client.get(url);
    assertEquals([response.status, transport.count, response.extensions.retries?.length], [
      200,
      3,
      3,
    ]);
  });

  it("takes a number of further tries", async () => {
    for (const [option, requests] of [[0, 1], [1, 2]] as const) {
      const transport = new Counting(503);
      await using client = new Client({ transport, retry: option });
      assertEquals([(await client.get(url)).status, transport.count], [503, requests]);
    }
  });

  it("can be turned off for a call, or be given other options", async () => {
    const transport = new Counting(500);
    await using client = new Client({ transport, retry: { backoff, limit: 1, statuses: [500] } });
    const counts: number[] = [];
    for (const option of [undefined, null, 3, { limit: 2 }, { statuses: [503] }]) {
      transport.count = 0;
      await client.get(url, { retry: option });
      counts.push(transport.count);
    }
    assertEquals(counts, [2, 1, 4, 3, 1]);
  });

  it("can be given to calls of a client that has none", async () => {
    const transport = new Counting(503, 503, 200);
    await using client = new Client({ transport });
    assertEquals([(await client.get(url)).status, transport.count], [503, 1]);
    const response = await client.post(url, { retry: { backoff, methods: ["POST"] }, json: {} });
    assertEquals([response.status, transport.count], [200, 3]);
  });

  it("stands innermost: middleware sees the last try alone", async () => {
    const seen: number[] = [];
    const looking: Middleware = async (request, next) => {
      const response = await next(request);
      seen.push(response.status);
      return response;
    };
    const transport = new Counting(503, 200);
    await using client = new Client({ transport, middleware: [looking], retry: { backoff } });
    await client.get(url);
    assertEquals(seen, [200]);
    transport.count = 0;
    await using other = new Client({ transport, middleware: [retry({ backoff }), looking] });
    await other.get(url);
    assertEquals(seen, [200, 503, 200]);
  });

  it("concerns mounts, redirects and requests of auth flows", async () => {
    const counts: Record<string, number> = {};
    const transport = new MockTransport(({ url, headers }) => {
      const count = counts[url] = (counts[url] ?? 0) + 1;
      if (count === 1) return new Response(503);
      if (url.endsWith("/from")) return new Response(302, { headers: { location: "/to" } });
      return new Response(headers.has("authorization") ? 200 : 401);
    });
    await using client = new Client({
      mounts: { "all://mounted.example": transport },
      transport: new Counting(418),
      retry: { backoff },
      followRedirects: true,
      auth: ["ada", "secret"],
    });
    assertEquals((await client.get("http://mounted.example/from")).status, 200);
    assertEquals(Object.values(counts), [2, 2]);
  });

  it("retries a body that breaks off while it is read whole, under the client's own limit", async () => {
    let count = 0;
    const transport = new MockTransport(() => {
      const isWhole = ++count === 2;
      const stream = (async function* () {
        yield new TextEncoder().encode("half");
        if (!isWhole) throw new ReadError("reset", { phase: "receive", requestSent: "yes" });
      })();
      return new Response(200, { stream });
    });
    await using client = new Client({ transport, retry: { backoff }, maxResponseBytes: 4 });
    assertEquals([await (await client.get(url)).text(), count], ["half", 2]);
    await using narrow = new Client({ transport, retry: { backoff }, maxResponseBytes: 3 });
    count = 1;
    await assertRejects(() => narrow.get(url), Error, "larger than 3 bytes");
    assertEquals(count, 2);
  });

  it("decodes as without it", async () => {
    const coded = new Uint8Array(brotliCompressSync("hello"));
    const headers = { "content-encoding": "br" };
    const transport = new MockTransport(() => new Response(200, { headers, stream: [coded] }));
    await using client = new Client({ transport, retry: { backoff } });
    assertEquals(await (await client.get(url)).text(), "hello");
    using sync = new SyncClient({ transport, retry: { backoff } });
    assertEquals(sync.get(url).text(), "hello");
    const server = createServer((_, response) => void response.writeHead(200, headers).end(coded));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    try {
      await using real = new Client({ retry: { backoff } });
      assertEquals(await (await real.get(`http://127.0.0.1:${port}/`)).text(), "hello");
    } finally {
      await new Promise((closed) => server.close(closed));
    }
  });

  it("tells hooks of the tries, and the log of each", async () => {
    const lines: string[] = [];
    const tries: (string | undefined)[] = [];
    await using client = new Client({
      transport: new Counting(503, 200),
      retry: { backoff: { baseMs: 0 } },
      logger: { info: (line) => void lines.push(line), debug: () => {} },
      eventHooks: {
        response: [
          ({ extensions }) =>
            void tries.push(...(extensions.retries ?? []).map(({ outcome }) => outcome)),
        ],
      },
    });
    await client.get("https://ada:secret@example.org/");
    assertEquals(tries, ["503 Service Unavailable", "200 OK"]);
    assertEquals(lines, [
      'HTTP Retry: GET https://ada:[secure]@example.org/ "503 Service Unavailable" (try 1), next in 0 ms',
      'HTTP Request: GET https://ada:[secure]@example.org/ "HTTP/1.1 200 OK"',
    ]);
  });

  it("is refused by name when it is misspelt or impossible", async () => {
    const refused: [unknown, string][] = [
      [{ limits: 2 }, 'Cannot use option "retry.limits"'],
      ["2", 'Cannot use option "retry": give an object with limit'],
      [{ limit: -1 }, 'Cannot use option "retry.limit"'],
    ];
    await using client = new Client({ transport: new Counting(200) });
    for (const [option, message] of refused) {
      const options = { retry: option } as ClientOptions;
      assertThrows(() => new Client(options), TypeError, message);
      assertThrows(() => new FetchClient(options as object), TypeError, message);
      assertThrows(() => new SyncClient(options as object), TypeError, message);
      await assertRejects(
        () => client.get(url, { retry: option as RetryOptions }),
        TypeError,
        message,
      );
    }
    await assertRejects(
      () => client.get(url, { retry: { budget: null } }),
      TypeError,
      "give it to the client",
    );
    const misspelt = { retri: 2 } as ClientOptions;
    assertThrows(() => new Client(misspelt), TypeError, 'there is none of that name; use "retry"');
  });

  it("shares one budget among all calls: an outage is not multiplied", async () => {
    const transport = new Counting(503);
    await using client = new Client({ transport, retry: { backoff } });
    await Promise.all(Array.from({ length: 1000 }, () => client.get(url)));
    assertEquals(transport.count <= 1150 && transport.count >= 1100, true, `${transport.count}`);
  });
});

describe("FetchClient({ retry })", () => {
  it("sends failed requests again over fetch", async () => {
    let count = 0;
    const transport = new FetchTransport({
      fetch: () => {
        if (++count === 1) return Promise.reject(new TypeError("connection refused"));
        return Promise.resolve(
          new globalThis.Response("hello", { status: count === 2 ? 503 : 200 }),
        );
      },
    });
    await using client = new FetchClient({ transport, retry: { backoff } });
    assertEquals([await (await client.get(url)).text(), count], ["hello", 3]);
    // What fetch does not say is not taken for granted: the server may have had the POST.
    count = 0;
    await assertRejects(() => client.post(url, { content: "a" }), ConnectError);
    assertEquals(count, 1);
  });
});

describe("SyncClient({ retry })", () => {
  it("sends failed requests again, blocking", () => {
    const transport = new Counting(503, 429, 200);
    using client = new SyncClient({ transport, retry: { backoff } });
    const response = client.get(url);
    assertEquals([response.status, transport.count, response.extensions.retries?.length], [
      200,
      3,
      3,
    ]);
    transport.count = 0;
    assertEquals(client.get(url, { retry: null }).status, 503);
  });

  it("takes retry() in its list, and the option for one call", () => {
    const transport = new Counting(503, 200);
    using client = new SyncClient({ transport, middleware: [retry({ backoff })] });
    assertEquals([client.get(url).status, transport.count], [200, 2]);
    transport.count = 0;
    using plain = new SyncClient({ transport });
    assertEquals([plain.get(url).status, plain.get(url, { retry: 1 }).status], [503, 200]);
  });

  it("retries a body of its own transport that breaks off", () => {
    let count = 0;
    const handleRequestSync = () => {
      const isWhole = ++count === 2;
      const stream = (function* () {
        yield new TextEncoder().encode("half");
        if (!isWhole) throw new ReadError("reset", { phase: "receive", requestSent: "yes" });
      })();
      return new Response(200, { stream });
    };
    using client = new SyncClient({ transport: { handleRequestSync }, retry: { backoff } });
    assertEquals([client.get(url).text(), count], ["half", 2]);
  });
});
