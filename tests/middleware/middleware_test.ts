import { assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { type Middleware, MockTransport, Request, Response } from "@httpx/httpx";
import { CallDeadline } from "../../src/clock/call_deadline.ts";
import { exchange, paused } from "../../src/message/dual_flow.ts";
import { compose, dualMiddleware } from "../../src/middleware/middleware.ts";

const url = "https://example.org/";

function callOf(signal: AbortSignal | null = null) {
  const request = { method: "GET", url };
  return { isStreamed: false, deadline: new CallDeadline({ totalMs: null, signal, request }) };
}

/** A middleware that notes when a request passes and when its response does. */
function noting(name: string, log: string[]): Middleware {
  return async (request, next) => {
    log.push(`${name} >`);
    const response = await next(request);
    log.push(`< ${name}`);
    return response;
  };
}

describe("compose()", () => {
  it("puts the first middleware outermost", async () => {
    const log: string[] = [];
    const transport = new MockTransport(() => {
      log.push("transport");
      return new Response(204);
    });
    const composed = compose(transport, noting("a", log), noting("b", log));
    assertEquals((await composed.handleRequest(new Request("GET", url))).status, 204);
    assertEquals(log, ["a >", "b >", "transport", "< b", "< a"]);
  });

  it("without middleware is the transport itself", () => {
    const transport = new MockTransport(() => new Response(200));
    assertStrictEquals(compose(transport), transport);
  });

  it("lets a middleware answer, repeat and replace", async () => {
    const urls: string[] = [];
    const transport = new MockTransport((request) => {
      urls.push(request.url);
      return new Response(urls.length === 1 ? 503 : 200);
    });
    const repeating: Middleware = async (request, next) => {
      const first = await next(request);
      return first.status === 503 ? await next(new Request("GET", `${url}again`)) : first;
    };
    const composed = compose(transport, repeating);
    assertEquals((await composed.handleRequest(new Request("GET", url))).status, 200);
    assertEquals(urls, [url, `${url}again`]);
    const answering = compose(transport, () => new Response(418), noting("never", urls));
    assertEquals((await answering.handleRequest(new Request("GET", url))).status, 418);
    assertEquals(urls.length, 2);
  });

  it("gives a request that a middleware made itself its call, and leaves the object as it was", async () => {
    const call = callOf();
    const seen: unknown[] = [];
    const transport = new MockTransport((request) => {
      seen.push(request.extensions.call, request.extensions.mark, request.headers.get("x-a"));
      return new Response(200);
    });
    const own = new Request("GET", url, { headers: { "x-a": "1" }, extensions: { mark: 7 } });
    const composed = compose(transport, (_, next) => next(own));
    await composed.handleRequest(new Request("GET", url, { extensions: { call } }));
    assertEquals(seen, [call, 7, "1"]);
    assertEquals(own.extensions, { mark: 7 });
  });

  it("closes its objects and its transport", async () => {
    const closed: string[] = [];
    const transport = {
      handleRequest: () => Promise.resolve(new Response(200)),
      close: async () => void await closed.push("transport"),
    };
    const object = {
      handle: () => new Response(200),
      close: () => void closed.push("object"),
    };
    await compose(transport, object, () => new Response(200)).close?.();
    assertEquals(closed.sort(), ["object", "transport"]);
  });

  it("refuses an item that is not a middleware", () => {
    const transport = new MockTransport(() => new Response(200));
    const wrong = { handel: () => new Response(200) } as unknown as Middleware;
    assertThrows(() => compose(transport, wrong), TypeError, 'Cannot use option "middleware"');
  });
});

describe("what a middleware returns", () => {
  const wrong: [what: string, value: unknown][] = [
    ["undefined", undefined],
    ["null", null],
    ["a value of type string", "ok"],
    ["a web Response", new globalThis.Response("ok")],
  ];
  for (const [what, value] of wrong) {
    it(`is refused if it is ${what}, also under another middleware`, async () => {
      const transport = new MockTransport(() => new Response(200));
      const outer: Middleware = async (request, next) => await next(request);
      const composed = compose(transport, outer, (() => value) as unknown as Middleware);
      const call = () => composed.handleRequest(new Request("GET", "https://a.test/"));
      const error = await assertRejects(call, TypeError);
      assertEquals(
        error.message,
        `Cannot use option "middleware": one returned ${what} instead of what next() resolves with`,
      );
    });
  }
});

describe("dualMiddleware()", () => {
  const onceMore = dualMiddleware(function* (request) {
    const response = yield* exchange(request);
    if (response.status !== 503) return response;
    yield* paused(() => Promise.resolve(), () => undefined);
    return yield* exchange(request);
  });

  it("runs the same steps for waiting and for blocking callers", async () => {
    const request = new Request("GET", url);
    const waiting = [503, 200];
    const next = () => Promise.resolve(new Response(waiting.shift() ?? 500));
    assertEquals((await onceMore.handle(request, next)).status, 200);
    const blocking = [503, 200];
    const response = onceMore.handleSync(request, () => new Response(blocking.shift() ?? 500));
    assertEquals(response.status, 200);
  });

  it("ends its pauses with the call, so that its steps can clean up", async () => {
    const controller = new AbortController();
    const log: unknown[] = [];
    const sleeping = dualMiddleware(function* (request) {
      try {
        yield* paused(() => new Promise<void>(() => {}), () => undefined);
      } catch (error) {
        log.push(error);
        throw error;
      } finally {
        log.push("cleaned up");
      }
      return yield* exchange(request);
    });
    const request = new Request("GET", url, { extensions: { call: callOf(controller.signal) } });
    const next = () => Promise.resolve(new Response(200));
    const handled = assertRejects(async () => await sleeping.handle(request, next));
    const reason = new Error("enough");
    controller.abort(reason);
    assertStrictEquals(await handled, reason);
    assertEquals(log, [reason, "cleaned up"]);
  });
});
