import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import * as httpx from "@httpx/httpx/sync";
import { HTTPStatusError as AsyncHTTPStatusError } from "../../mod.ts";
import { startThreadServer } from "../support/thread/server.ts";

describe("SyncClient", () => {
  it("gives values: status, headers, text, json, content", async () => {
    await using server = await startThreadServer();
    using client = new httpx.SyncClient();
    const response = client.get(`${server.url}/1k`, { params: { a: 1 } });
    assertEquals([response.status, response.ok, response.httpVersion], [200, true, "HTTP/1.1"]);
    assertEquals(response.content.length, 1024);
    assertEquals(response.text(), "x".repeat(1024));
    assertEquals(response.headers.get("content-length"), "1024");
    assertEquals(response.url, `${server.url}/1k?a=1`);
    assertEquals([response.isClosed, response.numBytesDownloaded], [true, 1024]);
    assert(response.elapsed > 0);
  });

  it("sends every verb, with each kind of body", async () => {
    await using server = await startThreadServer();
    using client = new httpx.SyncClient({ baseURL: server.url });
    const seen = (response: httpx.SyncResponse) => {
      const { method, body } = response.json<{ method: string; body: string }>();
      return [method, body];
    };
    assertEquals(seen(client.get("seen")), ["GET", ""]);
    assertEquals(seen(client.delete("seen")), ["DELETE", ""]);
    assertEquals(seen(client.options("seen")), ["OPTIONS", ""]);
    assertEquals(client.head("seen").content.length, 0);
    assertEquals(seen(client.post("seen", { json: { a: 1 } })), ["POST", '{"a":1}']);
    assertEquals(seen(client.put("seen", { content: "text" })), ["PUT", "text"]);
    assertEquals(seen(client.patch("seen", { data: { a: [1, 2] } })), ["PATCH", "a=1&a=2"]);
    assertEquals(seen(client.request("REPORT", "seen", { content: new Uint8Array([104, 105]) })), [
      "REPORT",
      "hi",
    ]);
    const form = client.post("seen", { files: { a: ["a.txt", "file"] } }).json<{ body: string }>();
    assert(form.body.includes('name="a"; filename="a.txt"') && form.body.includes("file"));
  });

  it("sends the very lines that the asynchronous client sends", async () => {
    await using server = await startThreadServer();
    await using other = new (await import("../../mod.ts")).Client();
    using client = new httpx.SyncClient();
    const options = { headers: { "X-Case": "Kept", "x-latin": "é" }, json: [1] };
    const ours = client.post(`${server.url}/seen`, options).json();
    assertEquals(ours, await (await other.post(`${server.url}/seen`, options)).json());
  });

  it("uses one connection for requests in a row, and leaves none when it is closed", async () => {
    await using server = await startThreadServer();
    const client = new httpx.SyncClient();
    for (let i = 0; i < 3; i++) client.get(server.url);
    assertEquals(await server.counts(), { connections: 1, open: 1 });
    client.close();
    client.close();
    assert(client.isClosed);
    while ((await server.counts()).open > 0);
    assertThrows(() => client.get(server.url), Error, "the client is closed");
  });

  it("follows redirects, keeps cookies and history", async () => {
    await using server = await startThreadServer();
    using client = new httpx.SyncClient({ followRedirects: true });
    const response = client.get(`${server.url}/redirect?to=/seen`);
    assertEquals(response.history.map(({ status }) => status), [302]);
    assertEquals(response.history[0], response.history[0]);
    assertEquals(response.history[0]?.text(), "moved");
    const { headers } = response.json<{ headers: string[] }>();
    assertEquals(headers[headers.indexOf("Cookie") + 1], "hop=1");
    assertEquals(client.cookies.get("hop"), "1");
    const plain = client.get(`${server.url}/redirect`, { followRedirects: false });
    assertEquals([plain.status, plain.nextRequest?.url], [302, `${server.url}/`]);
  });

  it("stops a loop of redirects", async () => {
    await using server = await startThreadServer();
    using client = new httpx.SyncClient({ followRedirects: true, maxRedirects: 3 });
    assertThrows(() => client.get(`${server.url}/loop`), httpx.TooManyRedirects, "loop");
  });

  it("decodes content, and not what is streamed raw", async () => {
    await using server = await startThreadServer();
    using client = new httpx.SyncClient();
    for (const size of [10, 100_000, 5_000_000]) {
      assertEquals(client.get(`${server.url}/gzip?size=${size}`).text().length, size);
    }
    using raw = client.stream("GET", `${server.url}/gzip`);
    const [first] = raw.iterRaw();
    assertEquals([first?.[0], first?.[1]], [0x1f, 0x8b]);
    assertThrows(() => client.get(`${server.url}/bad-gzip`), httpx.DecodingError, "gzip");
  });

  it("limits what a body may become", async () => {
    await using server = await startThreadServer();
    using client = new httpx.SyncClient({ maxResponseBytes: 50_000 });
    assertEquals(client.get(`${server.url}/gzip?size=50000`).content.length, 50_000);
    assertThrows(
      () => client.get(`${server.url}/gzip?size=50001`),
      httpx.DecodingError,
      "maxResponseBytes",
    );
    assertThrows(() => client.get(`${server.url}/download?pieces=2`), httpx.DecodingError);
    assertEquals(client.get(server.url).text(), "hello");
  });

  it("limits how much larger than received a body may become", async () => {
    await using server = await startThreadServer();
    using client = new httpx.SyncClient();
    const bomb = `${server.url}/gzip?size=9000000`;
    assertThrows(() => client.get(bomb), httpx.DecodingError, "(maxDecodedRatio)");
    using unbound = new httpx.SyncClient({ maxDecodedRatio: null });
    assertEquals(unbound.get(bomb).content.length, 9_000_000);
  });

  it("throws the errors of the asynchronous client, with its facts, at the caller", async () => {
    await using server = await startThreadServer();
    using client = new httpx.SyncClient({ timeout: 100 });
    const late = assertThrows(() => client.get(`${server.url}/stall`), httpx.ReadTimeout);
    assertEquals([late.phase, late.requestSent, late.request?.url], [
      "receive",
      "yes",
      `${server.url}/stall`,
    ]);
    assert(late.stack?.includes("sync_client_test.ts"), late.stack);
    assertThrows(() => client.get(`${server.url}/stall-in-body`), httpx.ReadTimeout);
    const cut = assertThrows(() => client.get(`${server.url}/cut`), httpx.RemoteProtocolError);
    assertEquals(cut.bytesReceived > 0, true);
    const refused = assertThrows(() => client.get("http://127.0.0.1:1/"), httpx.ConnectError);
    assertEquals([refused.phase, refused.safeToRetry], ["connect", true]);
    assert(refused.cause instanceof Error);
    assertThrows(() => client.get("ftp://127.0.0.1/"), httpx.UnsupportedProtocol);
    assertThrows(() => client.get("nonsense"), httpx.UnsupportedProtocol);
    assertEquals(client.get(server.url).text(), "hello");
  });

  it("has a total timeout, over redirects too", async () => {
    await using server = await startThreadServer();
    const timeout = new httpx.Timeout(5000, { total: 100 });
    using client = new httpx.SyncClient({ timeout, followRedirects: true });
    const error = assertThrows(
      () => client.get(`${server.url}/redirect?to=/stall`),
      httpx.ReadTimeout,
    );
    assert(error.message.includes("the whole call took 100 ms (timeout.total)"), error.message);
  });

  it("raises for a status, with the class that both entries share", async () => {
    await using server = await startThreadServer();
    using client = new httpx.SyncClient();
    const response = client.get(`${server.url}/status?code=404`);
    const error = assertThrows(() => response.raiseForStatus(), httpx.HTTPStatusError);
    assert(error instanceof AsyncHTTPStatusError);
    assertEquals(error.response, response);
    assertEquals(error.response.text(), "as asked");
    const fine = client.get(server.url);
    assertEquals(fine.raiseForStatus(), fine);
  });

  it("refuses what it can't do: unknown options, bodies with GET, foreign transports", () => {
    using client = new httpx.SyncClient();
    assertThrows(
      () => client.get("http://127.0.0.1/", { timout: 1 } as object),
      TypeError,
      '"timeout"',
    );
    assertThrows(
      () => client.get("http://127.0.0.1/", { json: 1 } as object),
      TypeError,
      "no body",
    );
    assertThrows(
      () => new httpx.SyncClient({ timout: 1 } as object),
      TypeError,
      "new SyncClient()",
    );
    const transport = { handleRequest: () => Promise.reject() };
    assertThrows(
      () => new httpx.SyncClient({ transport } as object),
      TypeError,
      "handleRequestSync",
    );
    const mock = new httpx.MockTransport(() => new httpx.Response(200));
    assertThrows(
      () => new httpx.SyncClient({ transport: mock, verify: false }),
      TypeError,
      "verify and transport at once",
    );
  });

  it("checks options when it is made", () => {
    const faults: [httpx.SyncClientOptions, string][] = [
      [{ verify: "/no/such/file.pem" }, "file.pem"],
      [{ cert: "/no/such/cert.pem" }, "cert.pem"],
      [{ uds: "/a.sock", proxy: "http://127.0.0.1:1" }, "proxy and uds at once"],
      [{ proxy: "gopher://a" }, 'option "proxy"'],
      [{ logger: {} } as object, 'option "logger"'],
      [{ resolve: 7 } as object, 'option "resolve"'],
    ];
    for (const [options, message] of faults) {
      assertThrows(() => new httpx.SyncClient(options), TypeError, message);
    }
    assertThrows(() => new httpx.SyncClient({ retries: -1 }), Error, "retries");
  });

  it("tells with the first request what only its worker can see", () => {
    using client = new httpx.SyncClient({ http1: false });
    assertThrows(() => client.get("https://127.0.0.1:1/"), TypeError, "nothing is left to speak");
  });

  it("hands informational responses to the caller, and what the callback throws", async () => {
    await using server = await startThreadServer();
    using client = new httpx.SyncClient();
    const hints: unknown[] = [];
    const onInformational: httpx.OnInformational = (status, headers) =>
      void hints.push(status, headers.get("link"));
    const extensions = { on_informational: onInformational };
    const response = client.get(`${server.url}/informational`, { extensions });
    assertEquals(response.text(), "after hints");
    assertEquals(hints, [103, "</style.css>; rel=preload"]);
    const failing = {
      on_informational: () => {
        throw new RangeError("enough");
      },
    };
    const call = () => client.get(`${server.url}/informational`, { extensions: failing });
    assertThrows(call, RangeError, "enough");
    assertEquals(client.get(server.url).text(), "hello");
  });

  it("sends a head that is longer than one message", async () => {
    await using server = await startThreadServer();
    using client = new httpx.SyncClient();
    const url = `${server.url}/seen?q=${"a".repeat(8000)}`;
    const seen = client.get(url, { headers: { "x-a": "b".repeat(4000) } }).json<{ url: string }>();
    assertEquals(seen.url.length, 8000 + "/seen?q=".length);
  });

  it("gives up a request whose signal is aborted before it is sent", () => {
    using client = new httpx.SyncClient();
    const signal = AbortSignal.abort(new RangeError("enough"));
    assertThrows(() => client.get("http://127.0.0.1:1/", { signal }), RangeError, "enough");
  });
});
