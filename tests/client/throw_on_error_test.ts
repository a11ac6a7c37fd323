import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  type BaseClientOptions,
  Client,
  type ClientOptions,
  HTTPStatusError,
  MockTransport,
  Response,
} from "@httpx/httpx";
import { Client as FetchClient } from "@httpx/httpx/fetch";
import { HTTPStatusError as SyncHTTPStatusError, SyncClient } from "@httpx/httpx/sync";

const url = "https://example.org/";

function clientFor(make: () => Response, options: BaseClientOptions = {}): Client {
  return new Client({ transport: new MockTransport(make), throwOnError: true, ...options });
}

describe("throwOnError", () => {
  it("throws for every status but 2xx, with the whole body", async () => {
    for (const status of [302, 404, 500]) {
      await using client = clientFor(() => new Response(status, { text: "why" }));
      const error = await assertRejects(() => client.get(url), HTTPStatusError);
      assertEquals([error.response.status, await error.response.text()], [status, "why"]);
      assertEquals(error.request?.url, url);
    }
    await using client = clientFor(() => new Response(204));
    assertEquals((await client.get(url)).status, 204);
  });

  it("is an option of the client and of each call", async () => {
    await using strict = clientFor(() => new Response(404));
    assertEquals((await strict.get(url, { throwOnError: false })).status, 404);
    assertEquals(
      (await strict.send(strict.buildRequest("GET", url), { throwOnError: false })).status,
      404,
    );
    await using lax = clientFor(() => new Response(404), { throwOnError: false });
    assertEquals((await lax.get(url)).status, 404);
    await assertRejects(() => lax.get(url, { throwOnError: true }), HTTPStatusError);
    await assertRejects(
      () => lax.get(url, { throwOnError: 1 as unknown as true }),
      TypeError,
      "throwOnError",
    );
    assertThrows(
      () => new Client({ throwOnError: "yes" } as unknown as ClientOptions),
      TypeError,
      "throwOnError",
    );
  });

  it("keeps the beginning of a streamed body, 64 KB at most, and closes the rest", async () => {
    for (const [size, kept] of [[5, 5], [65_536, 65_536], [200_000, 65_536]] as const) {
      let closed = 0;
      const stream = async function* () {
        try {
          for (let i = 0; i < size; i += 1000) {
            yield new Uint8Array(Math.min(1000, size - i)).fill(120);
          }
        } finally {
          closed++;
        }
      };
      await using client = clientFor(() => new Response(500, { stream: stream() }));
      const error = await assertRejects(() => client.stream("GET", url), HTTPStatusError);
      assertEquals([(await error.response.text()).length, closed], [kept, 1]);
      assert(error.response.isClosed);
    }
  });

  it("keeps what came of a streamed body that stalls or breaks off", async () => {
    const stalling = async function* () {
      yield new TextEncoder().encode("half");
      await new Promise(() => {});
    };
    const breaking = async function* () {
      yield new TextEncoder().encode("half");
      throw new Error("broken");
    };
    for (const make of [stalling, breaking]) {
      await using client = clientFor(() => new Response(500, { stream: make() }));
      const error = await assertRejects(() => client.stream("GET", url), HTTPStatusError);
      assertEquals(await error.response.text(), "half");
    }
  });

  it("throws what came after redirects, and never from client.fetch", async () => {
    await using client = clientFor(
      () => new Response(302, { headers: { location: "/b" } }),
      { followRedirects: true, maxRedirects: 1 },
    );
    await assertRejects(() => client.get(url), Error, "Cannot follow more than 1 redirects");
    await using other = clientFor(() => new Response(503, { text: "busy" }));
    assertEquals(await (await other.fetch(url)).text(), "busy");
  });

  it("works over fetch and in a SyncClient", async () => {
    const transport = new MockTransport(() =>
      new Response(404, { stream: [new TextEncoder().encode("gone")] })
    );
    await using over = new FetchClient({ transport, throwOnError: true });
    const error = await assertRejects(() => over.stream("GET", url), HTTPStatusError);
    assertEquals(await error.response.text(), "gone");
    using sync = new SyncClient({ transport, throwOnError: true });
    const raised = assertThrows(() => sync.stream("GET", url), SyncHTTPStatusError);
    assertEquals(raised.response.text(), "gone");
    assertEquals(sync.get(url, { throwOnError: false }).status, 404);
  });
});
