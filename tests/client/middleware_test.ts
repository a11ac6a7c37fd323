import { Client, FetchClient, type Middleware, MockTransport, Response } from "@httpx/httpx";
import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { withEnvironment } from "../support/environment.ts";
import { startLocalServer } from "../support/local_server.ts";

const URL_A = "https://a.test/";

function noting(log: string[], name = ""): Middleware {
  return (request, next) => {
    log.push(`${name}${request.url}`);
    return next(request);
  };
}

describe("Client middleware", () => {
  it("is passed by every hop: those of redirects in their order", async () => {
    const log: string[] = [];
    const transport = new MockTransport(({ url }) =>
      url === URL_A ? new Response(302, { headers: { location: "/b" } }) : new Response(200)
    );
    await using client = new Client({
      transport,
      followRedirects: true,
      middleware: [noting(log, "1 "), noting(log, "2 ")],
    });
    await client.get(URL_A);
    assertEquals(
      log,
      ["1 https://a.test/", "2 https://a.test/"].concat([
        "1 https://a.test/b",
        "2 https://a.test/b",
      ]),
    );
  });

  it("stands inside hooks, and around mounts too", async () => {
    const log: string[] = [];
    const mount = new MockTransport(() => new Response(200, { text: "mounted" }));
    await using client = new Client({
      transport: new MockTransport(() => new Response(200)),
      mounts: { "all://b.test": mount },
      middleware: [noting(log)],
      eventHooks: { request: [(request) => void log.push(`hook ${request.url}`)] },
    });
    assertEquals(await (await client.get("https://b.test/")).text(), "mounted");
    assertEquals(log, ["hook https://b.test/", "https://b.test/"]);
  });

  it("stands around the client's own transport, proxies of the environment included", async () => {
    await using proxy = await startLocalServer((_, response) => response.end("by proxy"));
    const log: string[] = [];
    const variables = {
      HTTP_PROXY: proxy.url,
      http_proxy: undefined,
      NO_PROXY: "",
      no_proxy: undefined,
    };
    await withEnvironment(variables, async () => {
      await using client = new Client({ middleware: [noting(log)] });
      assertEquals(await (await client.get("http://a.test/x")).text(), "by proxy");
    });
    assertEquals(log, ["http://a.test/x"]);
  });

  it("is closed with the client, once", async () => {
    let closed = 0;
    const object = { handle: () => new Response(200), close: () => void closed++ };
    const transport = new MockTransport(() => new Response(200));
    const client = new Client({
      transport,
      mounts: { "all://b.test": transport },
      middleware: [object],
    });
    await client.close();
    await client.close();
    assertEquals(closed, 1);
  });

  it("is an option of a client over fetch too, and refused if it is not a list of middleware", async () => {
    const log: string[] = [];
    const transport = new MockTransport(() => new Response(200));
    await using client = new FetchClient({ transport, middleware: [noting(log)] });
    await client.get(URL_A);
    assertEquals(log, [URL_A]);
    const wrong = [{ handel() {} }] as unknown as Middleware[];
    assertThrows(
      () => new Client({ middleware: wrong }),
      TypeError,
      'Cannot use option "middleware"',
    );
  });
});
