import {
  Client,
  type HeadersInit,
  InvalidURL,
  LocalProtocolError,
  MockTransport,
  Request,
  type RequestInit,
  RequestNotRead,
  Response,
  UnsupportedProtocol,
} from "@httpx/httpx";
import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { inspect } from "node:util";
import { BytesSource } from "../../src/message/content/source/byte_source.ts";
import { fromWebRequest } from "../../src/message/request.ts";

const URL_A = "https://example.org/a";
const host = ["Host", "example.org"];

describe("Request", () => {
  /** What is built is what is sent, in httpx's order. */
  const built: readonly (readonly [string, Request, readonly string[]])[] = [
    ["GET", new Request("get", URL_A), host],
    ["a port that is not the default", new Request("GET", "http://a:81/"), ["Host", "a:81"]],
    ["a default port", new Request("GET", "http://a:80/"), ["Host", "a"]],
    ["an IPv6 host", new Request("GET", "http://[::1]:8/"), ["Host", "[::1]:8"]],
    ["headers in their order", new Request("GET", URL_A, { headers: { B: "1", a: "2" } }), [
      ...host,
      ...["B", "1", "a", "2"],
    ]],
    ["a Host of one's own", new Request("GET", URL_A, { headers: { X: "1", host: "b" } }), [
      ...["X", "1", "host", "b"],
    ]],
    ["POST without a body", new Request("POST", URL_A), [...host, "Content-Length", "0"]],
    ["DELETE without a body", new Request("DELETE", URL_A), host],
    ["text", new Request("POST", URL_A, { content: "hé" }), [...host, "Content-Length", "3"]],
    ["JSON", new Request("PUT", URL_A, { json: [1] }), [
      ...host,
      ...["Content-Length", "3", "Content-Type", "application/json"],
    ]],
    [
      "JSON under a type of one's own",
      new Request("PUT", URL_A, {
        json: [1],
        headers: { "content-type": "application/vnd.api+json" },
      }),
      [...host, ...["content-type", "application/vnd.api+json", "Content-Length", "3"]],
    ],
    ["a form", new Request("POST", URL_A, { data: { a: ["1", "x y"], b: true } }), [
      ...host,
      ...["Content-Length", "16", "Content-Type", "application/x-www-form-urlencoded"],
    ]],
    ["a stream", new Request("POST", URL_A, { content: new Blob(["x"]).stream() }), [
      ...host,
      ...["Transfer-Encoding", "chunked"],
    ]],
    [
      "a stream of a length one knows",
      new Request("POST", URL_A, {
        content: new Blob(["x"]).stream(),
        headers: { "Content-Length": "1" },
      }),
      [...host, ...["Content-Length", "1"]],
    ],
    ["cookies", new Request("GET", URL_A, { cookies: { a: "1", b: "2" } }), [
      ...host,
      ...["Cookie", "a=1; b=2"],
    ]],
  ];
  for (const [fact, request, lines] of built) {
    it(`sends ${fact}`, () => assertEquals(request.headers.lines, [...lines]));
  }

  it("requests that share headers share nothing that changes", () => {
    const first = new Request("GET", URL_A);
    const second = new Request("GET", URL_A);
    first.headers.set("X", "1");
    assertEquals(second.headers.lines, host);
  });

  it("params are merged into the URL's own query", () => {
    const request = new Request("GET", `${URL_A}?a=1&b=2#f`, { params: { b: [3, 4], c: "x y" } });
    assertEquals(request.url, `${URL_A}?a=1&b=3&b=4&c=x%20y#f`);
  });

  const schemeless = [
    ["example.org/a", 'it has no scheme; did you mean "https://example.org/a"?'],
    ["//example.org/a", 'did you mean "https://example.org/a"?'],
    ["/a", "it is only a path"],
    ["", "it is empty"],
    ["://example.org", 'did you mean "https://example.org"?'],
  ] as const;
  for (const [url, message] of schemeless) {
    it(`refuses the URL "${url}" with words`, () => {
      assertThrows(() => new Request("GET", url), UnsupportedProtocol, message);
    });
  }

  const bad = [
    ["http://", "it has no host"],
    ["http://a:port/", "its port is no number"],
    ["http://a b/", "host"],
    [`http://a/${"x".repeat(70_000)}`, "at most 65536"],
  ] as const;
  for (const [url, message] of bad) {
    it(`refuses the URL "${url.slice(0, 30)}" with words`, () => {
      assertThrows(() => new Request("GET", url), InvalidURL, message);
    });
  }

  it("refuses a URL object, and params, that are longer than a URL may be", () => {
    const long = new URL(`http://a/${"x".repeat(70_000)}`);
    assertThrows(() => new Request("GET", long), InvalidURL, "at most 65536");
    const params = { a: "x".repeat(70_000) };
    assertThrows(() => new Request("GET", "http://a/", { params }), InvalidURL, "at most 65536");
  });

  it("never shows a password", () => {
    const request = new Request("GET", "https://user:secret@example.org/");
    const error = assertThrows(() => new Request("GET", "https://user:secret@a b/"), InvalidURL);
    for (const text of [String(request), error.message]) {
      assertEquals(text.includes("secret"), false, text);
    }
  });

  for (const method of ["", "GE T", "GET\r\nX: 1", "GÉT"]) {
    it(`refuses the method ${JSON.stringify(method)}`, () => {
      assertThrows(() => new Request(method, URL_A), LocalProtocolError, "is no method");
    });
  }

  const unsendable = [
    ["a\r\nX-B: 1", "1", "the name has a character"],
    ["a b", "1", "the name has a character"],
    ["", "1", "the name is empty"],
    ["X-A", "1\r\nX-B: 2", "the value contains a line break or a NUL"],
    ["X-A", "s3cret\nX", "the value contains a line break or a NUL"],
    ["X-A", "s3cret\0", "the value contains a line break or a NUL"],
    ["X-A", "\u0100", "the value contains a character beyond U+00FF"],
  ] as const;
  for (const [name, value, message] of unsendable) {
    it(`refuses the header ${JSON.stringify([name, value])}, and does not show the value`, () => {
      const headers = [[name, value]] as const;
      const error = assertThrows(
        () => new Request("GET", URL_A, { headers }),
        LocalProtocolError,
        `Cannot send header ${JSON.stringify(name)}: ${message}`,
      );
      assertEquals(error.message.includes("s3cret"), false);
      const client = new Client({ transport: new MockTransport(() => new Response(200)) });
      assertThrows(() => client.buildRequest("GET", URL_A, { headers }), LocalProtocolError);
    });
  }

  it("a header or method of the wrong kind is a TypeError", () => {
    const headers = { a: null } as unknown as HeadersInit;
    assertThrows(() => new Request("GET", URL_A, { headers }), TypeError, "value is null");
    assertThrows(() => new Request(7 as unknown as string, URL_A), TypeError, "is a number");
  });

  it("two bodies at once are an error that names both", () => {
    assertThrows(
      () => new Request("POST", URL_A, { content: "x", json: 1 }),
      TypeError,
      "content and json",
    );
  });

  const stream = new BytesSource(new Uint8Array(1));
  const refused = [
    [{ stream, json: 1 }, "stream and json at once"],
    [{ stream, content: "x" }, "stream and content at once"],
    [{ headers: { cookie: "a=1" }, cookies: { b: "2" } }, "cookies and a Cookie header"],
    [{ body: "x" }, "give content, data, files or json"],
    [{ content: { a: 1 } }, "for other values there are json and data"],
  ] as const;
  for (const [init, message] of refused) {
    it(`refuses ${Object.keys(init)} in words`, () => {
      assertThrows(() => new Request("POST", URL_A, init as RequestInit), TypeError, message);
    });
  }

  it("a stream is sent as it is, without a header for it", async () => {
    const request = new Request("POST", URL_A, { stream, headers: { "Content-Length": "1" } });
    assertEquals(request.headers.lines, [...host, "Content-Length", "1"]);
    let length = 0;
    for await (const chunk of request.stream) length += chunk.length;
    assertEquals(length, 1);
  });

  it("what is no URL at all is named", () => {
    for (const url of [undefined, null, 7, {}]) {
      assertThrows(() => new Request("GET", url as never), TypeError, "the URL is of type");
    }
  });

  it("keeps its URL, whatever happens to the one it was made of", () => {
    const url = new URL(URL_A);
    const request = new Request("GET", url);
    url.pathname = request.parsedURL.pathname = "/b";
    assertEquals(request.url, URL_A);
  });

  it("is shown alike by String() and console.log, without credentials", () => {
    const shown = '<Request("GET", "https://me:[secure]@a.test/?token=[secure]")>';
    const request = new Request("GET", "https://me:pass@a.test/?token=x");
    assertEquals([String(request), inspect(request)], [shown, shown]);
  });

  it("is that in JSON too: a log is no place for a body", () => {
    const request = new Request("POST", "https://a.test/", { json: { password: "x" } });
    const response = new Response(200, { json: { token: "y" }, request });
    const expected = {
      request: '<Request("POST", "https://a.test/")>',
      response: "<Response [200 OK]>",
    };
    assertEquals(JSON.parse(JSON.stringify({ request, response })), expected);
  });

  it("content is there at once, or after read()", async () => {
    assertEquals(new Request("GET", URL_A).content, new Uint8Array(0));
    assertEquals(new TextDecoder().decode(new Request("PUT", URL_A, { json: 1 }).content), "1");
    const request = new Request("PUT", URL_A, { content: new Blob(["abc"]).stream() });
    assertThrows(() => request.content, RequestNotRead);
    assertEquals([await request.text(), request.content.length], ["abc", 3]);
    assertEquals(await new Request("PUT", URL_A, { json: { a: 1 } }).json(), { a: 1 });
  });

  it("toWeb() and fromWebRequest() carry everything across", async () => {
    const ours = new Request("POST", URL_A, { content: "hi", headers: { "x-a": "1" } });
    const web = ours.toWeb();
    assertEquals([web.method, web.url, web.headers.get("x-a")], ["POST", URL_A, "1"]);
    const back = fromWebRequest(new globalThis.Request(URL_A, { method: "PUT", body: "ho" }));
    assertEquals([back.method, back.url, await back.text()], ["PUT", URL_A, "ho"]);
    assertEquals(await web.text(), "hi");
  });

  it("toWeb() takes content in shared memory", async () => {
    const shared = new Uint8Array(new SharedArrayBuffer(3)).fill(97);
    for (const content of [shared, [shared]]) {
      assertEquals(await new Request("PUT", URL_A, { content }).toWeb().text(), "aaa");
    }
  });

  it("keeps no memory that a stream's producer uses again, Buffers included", async () => {
    const { from } =
      (globalThis as unknown as { Buffer: { from(text: string): Uint8Array } }).Buffer;
    async function* reused() {
      const chunk = from("ab");
      for (const byte of [120, 121]) {
        yield await Promise.resolve(chunk);
        chunk[0] = byte;
      }
    }
    const make = () => new Request("PUT", URL_A, { content: reused() });
    assertEquals(await make().text(), "abxb");
    assertEquals(await make().toWeb().text(), "abxb");
  });
});
