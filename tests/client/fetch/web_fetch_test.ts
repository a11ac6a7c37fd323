import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
} from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  Client,
  type ClientOptions,
  ConnectError,
  MockTransport,
  type Request,
  Response,
  UnsupportedProtocol,
} from "@httpx/httpx";
import { utf8 } from "../../message/content/chunks.ts";

interface Sent {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: string;
}

/** Answers with what it was sent. */
function echo(request: Request): Response {
  return new Response(200, {
    json: {
      method: request.method,
      url: request.url,
      headers: Object.fromEntries(request.headers),
      body: new TextDecoder().decode(request.content),
    },
  });
}

function fetchOf(
  handler: (request: Request) => Response = echo,
  options: Partial<ClientOptions> = {},
): typeof globalThis.fetch {
  const transport = new MockTransport(handler);
  return new Client({ ...options, transport } as ClientOptions).fetch as typeof fetch;
}

async function sent(input: string | URL | globalThis.Request, init?: RequestInit): Promise<Sent> {
  return await (await fetchOf()(input, init)).json();
}

const URL_A = "https://a.test/";

describe("client.fetch takes what fetch takes", () => {
  it("a string, a URL, a Request", async () => {
    const request = new globalThis.Request(URL_A, { method: "PUT", body: "hi" });
    assertEquals((await sent(URL_A)).url, URL_A);
    assertEquals((await sent(new URL(URL_A))).url, URL_A);
    assertEquals((await sent(URL_A, null as unknown as RequestInit)).url, URL_A);
    const { method, url, body } = await sent(request);
    assertEquals([method, url, body], ["PUT", URL_A, "hi"]);
  });

  it("a Request with an init over it", async () => {
    const request = new globalThis.Request(URL_A, {
      method: "POST",
      headers: { "x-a": "1", "x-b": "1" },
      body: "hi",
    });
    const over = await sent(request, { method: "put", headers: { "x-a": "2" }, body: "ho" });
    assertEquals([over.method, over.body, over.headers["x-a"]], ["PUT", "ho", "2"]);
    assertEquals(over.headers["x-b"], undefined);
  });

  it("methods in any case", async () => {
    for (const method of ["get", "Post", "patch", "DELETE"]) {
      assertEquals((await sent(URL_A, { method })).method, method.toUpperCase());
    }
    for (const method of ["CONNECT", "trace", "TRACK"]) {
      await assertRejects(() => sent(URL_A, { method }), TypeError, "Cannot fetch with method");
    }
    await assertRejects(
      () => sent(URL_A, { method: "G T" }),
      TypeError,
      'Cannot fetch with method "G T"',
    );
  });

  it("headers as a record, pairs or Headers, values that are no text too", async () => {
    const inits: unknown[] = [
      { "X-A": "1" },
      [["X-A", "1"]],
      new globalThis.Headers({ "X-A": "1" }),
      { "X-A": 1 },
    ];
    for (const headers of inits) {
      assertEquals((await sent(URL_A, { headers } as RequestInit)).headers["x-a"], "1");
    }
  });

  const form = new FormData();
  form.set("a", "1");
  const bodies: [name: string, body: BodyInit, type: string | undefined, text: string][] = [
    ["text", "hi", "text/plain;charset=UTF-8", "hi"],
    [
      "URLSearchParams",
      new URLSearchParams({ a: "1 2" }),
      "application/x-www-form-urlencoded;charset=UTF-8",
      "a=1+2",
    ],
    ["FormData", form, "multipart/form-data; boundary=", 'name="a"'],
    ["a Blob", new Blob(["hi"], { type: "text/css" }), "text/css", "hi"],
    ["a Blob of no type", new Blob(["hi"]), undefined, "hi"],
    ["bytes", new Uint8Array([104, 105]), undefined, "hi"],
    ["a buffer", new Uint8Array([104, 105]).buffer, undefined, "hi"],
    ["a stream", new Blob(["hi"]).stream(), undefined, "hi"],
    ["empty text", "", "text/plain;charset=UTF-8", ""],
  ];
  for (const [name, body, type, text] of bodies) {
    it(`${name} as a body, of type ${type}`, async () => {
      const { headers, body: came } = await sent(URL_A, { method: "POST", body });
      const shown = headers["content-type"];
      assert(type === undefined ? shown === undefined : shown?.startsWith(type), shown);
      assert(came.includes(text), came);
    });
  }

  it("a Content-Type given by hand", async () => {
    const headers = { "content-type": "application/json" };
    const { headers: came } = await sent(URL_A, { method: "POST", body: "{}", headers });
    assertEquals(came["content-type"], "application/json");
  });

  it("a Request's body with its length if it comes without pauses, else as the stream it is", async () => {
    const bodies = [["hi", 2], [new URLSearchParams({ a: "b" }), 3], [
      new Uint8Array(100_000),
      100_000,
    ]];
    for (const [body, length] of bodies as [BodyInit, number][]) {
      const came = await sent(new globalThis.Request(URL_A, { method: "POST", body }));
      assertEquals([came.headers["content-length"], came.body.length], [String(length), length]);
    }
    async function* slowly(): AsyncGenerator<Uint8Array> {
      for (const text of ["a", "b", "c"]) {
        yield utf8(text);
        await new Promise((resolve) => setTimeout(resolve, 80));
      }
    }
    const body = ReadableStream.from(slowly()) as ReadableStream<Uint8Array<ArrayBuffer>>;
    const init = { method: "POST", body, duplex: "half" } as RequestInit;
    const came = await sent(new globalThis.Request(URL_A, init));
    assertEquals([came.headers["transfer-encoding"], came.body], ["chunked", "abc"]);
    const broken = new ReadableStream({
      start: (controller) => controller.error(new RangeError("no")),
    });
    const request = new globalThis.Request(URL_A, { ...init, body: broken } as RequestInit);
    await assertRejects(() => sent(request), RangeError, "no");
  });

  it("no body with GET and HEAD, none that was used, no integrity", async () => {
    await assertRejects(() => sent(URL_A, { body: "x" }), TypeError, "with a body and method GET");
    await assertRejects(() => sent(URL_A, { method: "HEAD", body: "x" }), TypeError, "HEAD");
    const used = new globalThis.Request(URL_A, { method: "POST", body: "x" });
    await used.text();
    await assertRejects(() => sent(used), TypeError, "was used before");
    await assertRejects(() => sent(URL_A, { integrity: "sha256-x" }), TypeError, "integrity");
  });
});

describe("client.fetch answers as fetch answers", () => {
  it("with a genuine web Response", async () => {
    const response = await fetchOf(() =>
      new Response(201, {
        text: "hi",
        headers: { "x-a": "1", "set-cookie": ["a=1", "b=2"] },
        extensions: { reason_phrase: "Made" },
      })
    )(`${URL_A}#frag`);
    assertInstanceOf(response, globalThis.Response);
    const { status, statusText, ok, url, redirected } = response;
    assertEquals([status, statusText, ok, url, redirected], [201, "Made", true, URL_A, false]);
    assertEquals(response.headers.getSetCookie(), ["a=1", "b=2"]);
    const copy = response.clone();
    assertEquals([await response.text(), await copy.text()], ["hi", "hi"]);
  });

  for (const status of [204, 205, 304]) {
    it(`without a body for ${status}`, async () => {
      const response = await fetchOf(() => new Response(status))(URL_A);
      assertEquals([response.status, response.body, await response.text()], [status, null, ""]);
    });
  }

  it("with a body that is pulled as it is read, and given up when it is cancelled", async () => {
    const log: string[] = [];
    const stream = new ReadableStream<Uint8Array>({
      pull(controller) {
        log.push("pull");
        controller.enqueue(new Uint8Array(1));
      },
      cancel() {
        log.push("cancel");
      },
    }, { highWaterMark: 0 });
    const response = await fetchOf(() => new Response(200, { stream }))(URL_A);
    const reader = response.body?.getReader();
    await reader?.read();
    assert(log.length <= 2, `${log}`);
    await reader?.cancel();
    assertEquals(log.at(-1), "cancel");
  });
});

function redirecting(request: Request): Response {
  return request.url === URL_A ? new Response(302, { headers: { location: "/y" } }) : echo(request);
}

describe("client.fetch redirects as fetch redirects", () => {
  it("by itself", async () => {
    const response = await fetchOf(redirecting)(URL_A);
    assertEquals([response.status, response.url, response.redirected], [200, `${URL_A}y`, true]);
  });

  it("with the body of a Request again on 307, and TypeError where that is a stream", async () => {
    // A transport that does not read the body: MockTransport would keep it.
    const client = new Client({
      transport: {
        async handleRequest(request) {
          if (request.url !== URL_A) return echo(request);
          for await (const _ of request.stream);
          return new Response(307, { headers: { location: "/y" } });
        },
      },
    });
    const request = new globalThis.Request(URL_A, { method: "POST", body: "hi" });
    assertEquals((await (await client.fetch(request)).json()).body, "hi");
    const body = new Blob(["x"]).stream();
    const error = await assertRejects(
      () => client.fetch(URL_A, { method: "POST", body }),
      TypeError,
      "read once",
    );
    assertEquals((error.cause as Error).name, "StreamConsumed");
  });

  it('not with "manual": the redirect is the response', async () => {
    const response = await fetchOf(redirecting)(URL_A, { redirect: "manual" });
    assertEquals([response.status, response.headers.get("location")], [302, "/y"]);
    const request = new globalThis.Request(URL_A, { redirect: "manual" });
    assertEquals((await fetchOf(redirecting)(request)).status, 302);
  });

  it('not with "error"', async () => {
    await assertRejects(
      () => fetchOf(redirecting)(URL_A, { redirect: "error" }),
      TypeError,
      'it redirects, and redirect is "error"',
    );
    assertEquals((await fetchOf()(URL_A, { redirect: "error" })).status, 200);
  });

  it("20 times", async () => {
    const error = await assertRejects(
      () => fetchOf(() => new Response(301, { headers: { location: "/" } }))(URL_A),
      TypeError,
      "more than 20 redirects",
    );
    assertEquals((error.cause as Error).name, "TooManyRedirects");
  });

  it("keeping the method of DELETE, which httpx would change", async () => {
    const response = await fetchOf(redirecting)(URL_A, { method: "DELETE" });
    assertEquals((await response.json()).method, "DELETE");
    const post = await fetchOf(redirecting)(URL_A, { method: "POST", body: "x" });
    assertEquals((await post.json()).method, "GET");
  });
});

describe("client.fetch fails as fetch fails", () => {
  it("with a TypeError, its cause ours", async () => {
    const cause = new ConnectError("Cannot connect");
    const error = await assertRejects(
      () =>
        fetchOf(() => {
          throw cause;
        })(URL_A),
      TypeError,
      "Cannot connect",
    );
    assertStrictEquals(error.cause, cause);
    const invalid = await assertRejects(() => fetchOf()("nowhere"), TypeError, "no scheme");
    assertInstanceOf(invalid.cause, UnsupportedProtocol);
    assert(
      !invalid.message.includes("fetch failed"),
      "it would be sent again as a network's fault",
    );
  });

  it("sends the bytes that a buffer had when it was given", async () => {
    const seen: Uint8Array[] = [];
    const fetch = fetchOf((request) => {
      seen.push(request.content);
      return new Response(204);
    });
    for (const bodyOf of [(it: Uint8Array<ArrayBuffer>) => it, (it: Uint8Array) => it.buffer]) {
      const bytes = new Uint8Array(3).fill(1);
      const call = fetch(URL_A, { method: "POST", body: bodyOf(bytes) as BodyInit });
      bytes.fill(2);
      await call;
    }
    assertEquals(seen, [new Uint8Array([1, 1, 1]), new Uint8Array([1, 1, 1])]);
  });

  it("reads a URL as the URL standard does: blanks around, tabs and line breaks go", async () => {
    const seen: string[] = [];
    const fetch = fetchOf((request) => {
      seen.push(request.url);
      return new Response(204);
    });
    for (
      const url of [" \x01https://a.test/b\n ", "https://a.t\te\rst/\nb", "https://a.test/b\x02c"]
    ) {
      await fetch(url);
    }
    assertEquals(seen, ["https://a.test/b", "https://a.test/b", "https://a.test/b%02c"]);
  });

  it("with the signal's reason", async () => {
    const reason = new Error("enough");
    const error = await assertRejects(() => sent(URL_A, { signal: AbortSignal.abort(reason) }));
    assertStrictEquals(error, reason);
    const request = new globalThis.Request(URL_A, { signal: AbortSignal.abort() });
    const aborted = await assertRejects(() => sent(request), DOMException);
    assertEquals(aborted.name, "AbortError");
  });
});

describe("client.fetch is the client's", () => {
  it("unbound: headers, params, credentials, base URL and cookies", async () => {
    const transport = new MockTransport((request) => {
      const response = echo(request);
      response.headers.append("set-cookie", "s=1");
      return response;
    });
    const client = new Client({
      transport,
      baseURL: "https://a.test/v1",
      headers: { "x-client": "1" },
      params: { key: "k" },
      auth: ["u", "p"],
    });
    const { fetch } = client;
    await fetch("items");
    const { url, headers } = await (await fetch("items", { headers: { "x-own": "2" } })).json();
    assertEquals(url, "https://a.test/v1/items?key=k");
    const { "x-client": given, "x-own": own, authorization, cookie } = headers;
    assertEquals([given, own, authorization, cookie], ["1", "2", `Basic ${btoa("u:p")}`, "s=1"]);
  });

  it('with credentials "omit": no cookies in or out, no authentication', async () => {
    const transport = new MockTransport((request) => {
      const response = echo(request);
      response.headers.append("set-cookie", "new=1");
      return response;
    });
    const client = new Client({ transport, auth: ["u", "p"], cookies: { s: "1" } });
    const response = await client.fetch(URL_A, { credentials: "omit" });
    const { headers } = await response.json();
    assertEquals([headers.authorization, headers.cookie], [undefined, undefined]);
    assertEquals([...client.cookies], [["s", "1"]]);
  });
});
