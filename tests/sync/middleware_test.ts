import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  MockTransport,
  Request,
  Response,
  SyncClient,
  type SyncMiddleware,
  SyncResponse,
} from "@httpx/httpx/sync";
import { exchange, paused } from "../../src/message/dual_flow.ts";
import { dualMiddleware } from "../../src/middleware/middleware.ts";

const URL_A = "https://a.test/";

function clientOf(
  middleware: readonly SyncMiddleware[],
  handler: (request: Request) => Response = () => new Response(200, { text: "answer" }),
): SyncClient {
  return new SyncClient({ transport: new MockTransport(handler), middleware });
}

describe("SyncClient middleware", () => {
  it("is called in order, with responses whose bodies are values", () => {
    const log: string[] = [];
    const noting = (name: string): SyncMiddleware => (request, next) => {
      log.push(`${name} >`);
      const response = next(request);
      log.push(`< ${name} ${response.text()}`);
      return response;
    };
    using client = clientOf([noting("a"), noting("b")]);
    assertEquals(client.get(URL_A).text(), "answer");
    assertEquals(log, ["a >", "b >", "< b answer", "< a answer"]);
  });

  it("may answer, repeat and replace", () => {
    const urls: string[] = [];
    using client = clientOf([(request, next) => {
      if (request.url.endsWith("/here")) return new SyncResponse(200, { text: "here" });
      return next(request).status === 503
        ? next(new Request("GET", `${URL_A}again`))
        : next(request);
    }], (request) => {
      urls.push(request.url);
      return new Response(urls.length === 1 ? 503 : 200);
    });
    assertEquals(client.get(`${URL_A}here`).text(), "here");
    assertEquals(client.get(URL_A).status, 200);
    assertEquals(urls, [URL_A, `${URL_A}again`]);
  });

  it("runs the steps of a dual one blocking, for each hop of a call", () => {
    let waits = 0;
    const counting = dualMiddleware(function* (request) {
      yield* paused(() => Promise.resolve(0), () => ++waits);
      return yield* exchange(request);
    });
    using client = new SyncClient({
      followRedirects: true,
      middleware: [counting],
      transport: new MockTransport(({ url }) =>
        url === URL_A ? new Response(302, { headers: { location: "/b" } }) : new Response(200)
      ),
    });
    assertEquals([client.get(URL_A).url, waits], ["https://a.test/b", 2]);
  });

  it("is closed with the client, once", () => {
    let closed = 0;
    const object = { handle: () => new SyncResponse(200), close: () => closed++ };
    const client = clientOf([object]);
    client.close();
    client.close();
    assertEquals(closed, 1);
  });

  it("refuses a promise by name, and what is not a middleware", () => {
    const asynchronous = (() => Promise.resolve(new Response(200))) as unknown as SyncMiddleware;
    using client = clientOf([asynchronous]);
    assertThrows(
      () => client.get(URL_A),
      TypeError,
      'Cannot use option "middleware": one is async',
    );
    using other = clientOf([(() => 7) as unknown as SyncMiddleware]);
    assertThrows(() => other.get(URL_A), TypeError, "one returned number instead of the response");
    assertThrows(() => clientOf([{} as SyncMiddleware]), TypeError, 'option "middleware"');
  });
});
