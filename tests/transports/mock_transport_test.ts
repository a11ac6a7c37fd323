import { MockTransport, ReadError, ReadTimeout, Request, Response, Timeout } from "@httpx/httpx";
import { assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";

const request = new Request("POST", "https://example.org/a", { content: "hi" });

describe("MockTransport", () => {
  const handlers = [
    ["a response of ours", () => new Response(201, { text: "made", headers: { "x-a": "1" } })],
    ["one of the web's", () =>
      new globalThis.Response("made", {
        status: 201,
        headers: { "x-a": "1" },
      })],
    [
      "a promise of ours",
      () => Promise.resolve(new Response(201, { text: "made", headers: { "x-a": "1" } })),
    ],
    ["a promise of the web's", async () => {
      await Promise.resolve();
      return new globalThis.Response("made", { status: 201, headers: { "x-a": "1" } });
    }],
  ] as const;
  for (const [what, handler] of handlers) {
    it(`answers with ${what}`, async () => {
      const response = await new MockTransport(handler).handleRequest(request);
      assertEquals(response instanceof Response, true);
      assertEquals([response.status, response.headers.get("x-a")], [201, "1"]);
      assertStrictEquals(response.request, request);
      assertEquals([await response.text(), response.url], ["made", request.url]);
    });
  }

  it("takes over what a web response says: its reason, its cookies, and that it has no body", async () => {
    const headers = new Headers([["set-cookie", "a=1"], ["set-cookie", "b=2"]]);
    const web = new globalThis.Response(null, { status: 299, statusText: "Fine", headers });
    const response = await new MockTransport(() => web).handleRequest(request);
    assertEquals([response.statusText, await response.text()], ["Fine", ""]);
    assertEquals(response.headers.getSetCookie(), ["a=1", "b=2"]);
  });

  it("streams a web response, and gives it up when the response is closed", async () => {
    const log: string[] = [];
    const stream = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(4)),
      cancel: () => void log.push("cancelled"),
    }, { highWaterMark: 0 });
    const transport = new MockTransport(() => new globalThis.Response(stream));
    const response = await transport.handleRequest(request);
    for await (const chunk of response.iterBytes()) {
      assertEquals(chunk.length, 4);
      break;
    }
    assertEquals([log, response.isClosed], [["cancelled"], true]);
  });

  it("has read the request's body before it calls the handler", async () => {
    const content = new Blob(["streamed"]).stream();
    const streamed = new Request("POST", "https://example.org/", { content });
    const transport = new MockTransport(({ content }) => new Response(200, { content }));
    assertEquals(await (await transport.handleRequest(streamed)).text(), "streamed");
  });

  it("throws what the handler throws", async () => {
    const mine = new ReadError("in a test");
    const throwing = new MockTransport(() => {
      throw mine;
    });
    assertStrictEquals(await assertRejects(() => throwing.handleRequest(request)), mine);
    const rejecting = new MockTransport(() => Promise.reject(mine));
    assertStrictEquals(await assertRejects(() => rejecting.handleRequest(request)), mine);
  });

  it("does not call the handler for a request that is aborted", async () => {
    const reason = new Error("no more");
    const aborted = new Request("GET", "https://example.org/", {
      signal: AbortSignal.abort(reason),
    });
    let calls = 0;
    const transport = new MockTransport(() => new Response(200 + calls++));
    assertStrictEquals(await assertRejects(() => transport.handleRequest(aborted)), reason);
    assertEquals(calls, 0);
  });

  it("an abort ends a handler that takes its time", async () => {
    const controller = new AbortController();
    const waiting = new Request("GET", "https://example.org/", { signal: controller.signal });
    const transport = new MockTransport(() => {
      controller.abort(new Error("no more"));
      return new Promise<Response>(() => {});
    });
    await assertRejects(() => transport.handleRequest(waiting), Error, "no more");
  });

  it("a handler that never answers is too late: for timeout.read and for timeout.total", async () => {
    const transport = new MockTransport(() => new Promise<Response>(() => {}));
    for (const limit of ["read", "total"] as const) {
      const timeout = new Timeout(null, { [limit]: 40 });
      const late = new Request("GET", "https://example.org/", { extensions: { timeout } });
      const error = await assertRejects(() => transport.handleRequest(late), ReadTimeout);
      assertEquals(error.message.includes(`40 ms (timeout.${limit})`), true, error.message);
    }
  });

  for (const wrong of [undefined, null, "text", 204, {}]) {
    it(`says so where the handler gives ${JSON.stringify(wrong)}`, async () => {
      const transport = new MockTransport(() => wrong as unknown as Response);
      await assertRejects(
        () => transport.handleRequest(request),
        TypeError,
        "Cannot answer POST https://example.org/a: the handler gave no Response",
      );
    });
  }

  it("says so where the handler gives the same web response again", async () => {
    const web = new globalThis.Response("once");
    const transport = new MockTransport(() => web);
    assertEquals(await (await transport.handleRequest(request)).text(), "once");
    await assertRejects(() => transport.handleRequest(request), TypeError, "was read before");
  });

  it("gives the same response of ours as often as one likes", async () => {
    const ours = new Response(200, { text: "again" });
    const transport = new MockTransport(() => ours);
    for (let i = 0; i < 2; i++) {
      assertEquals(await (await transport.handleRequest(request)).text(), "again");
    }
  });

  it("names no password where the handler gives none", async () => {
    const secret = new Request("GET", "https://me:secret@example.org/");
    const transport = new MockTransport(() => undefined as unknown as Response);
    const error = await assertRejects(() => transport.handleRequest(secret), TypeError);
    assertEquals(error.message.includes("secret"), false);
  });

  it("takes nothing but a function", () => {
    const wrong = new Response(200) as unknown as () => Response;
    assertThrows(() => new MockTransport(wrong), TypeError, "the handler is no function");
  });
});
