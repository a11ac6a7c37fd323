import { assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Response } from "@httpx/httpx";
import { numbered, ORIGIN, originOf } from "./origin.ts";

describe("client.fetch() with a cache", () => {
  const modes = [
    "default",
    "no-store",
    "reload",
    "no-cache",
    "force-cache",
    "only-if-cached",
  ] as const;

  /** The second of two fetches: which response it got, and what it sent. */
  async function second(cache: RequestCache, age: number, control = "max-age=60") {
    await using origin = originOf((request, count) =>
      request.headers.get("if-none-match") === '"1"'
        ? new Response(304)
        : numbered(count, control, { ETag: `"${count}"` })
    );
    await (await origin.client.fetch(ORIGIN)).text();
    origin.pass(age);
    const text = await (await origin.client.fetch(ORIGIN, { cache })).text();
    const sent = origin.requests[1]?.headers;
    const third = await (await origin.client.fetch(ORIGIN, { cache: "force-cache" })).text();
    const conditional = sent?.get("if-none-match") ?? "-";
    return `${text}, sent ${origin.requests.length - 1} ${conditional} ${
      sent?.get("cache-control") ?? "-"
    }, stored ${third}`;
  }

  it("handles each mode as the Fetch standard says, fresh", async () => {
    assertEquals(await Promise.all(modes.map((mode) => second(mode, 0))), [
      "#1, sent 0 - -, stored #1",
      "#2, sent 1 - no-cache, stored #1",
      "#2, sent 1 - no-cache, stored #2",
      '#1, sent 1 "1" max-age=0, stored #1',
      "#1, sent 0 - -, stored #1",
      "#1, sent 0 - -, stored #1",
    ]);
  });

  it("handles each mode as the Fetch standard says, stale", async () => {
    assertEquals(await Promise.all(modes.map((mode) => second(mode, 100))), [
      '#1, sent 1 "1" -, stored #1',
      "#2, sent 1 - no-cache, stored #1",
      "#2, sent 1 - no-cache, stored #2",
      '#1, sent 1 "1" max-age=0, stored #1',
      "#1, sent 0 - -, stored #1",
      "#1, sent 0 - -, stored #1",
    ]);
  });

  it("fails with only-if-cached if nothing is stored", async () => {
    await using origin = originOf((_, count) => numbered(count, "max-age=60"));
    await assertRejects(
      () => origin.client.fetch(ORIGIN, { cache: "only-if-cached" }),
      TypeError,
      "only-if-cached",
    );
    assertEquals(origin.requests.length, 0);
  });

  it("gives genuine web responses from the cache", async () => {
    await using origin = originOf((_, count) => numbered(count, "max-age=60"));
    await (await origin.client.fetch(ORIGIN)).text();
    const response = await origin.client.fetch(ORIGIN);
    assertEquals(response instanceof globalThis.Response, true);
    assertEquals([await response.text(), response.headers.get("age")], ["#1", "0"]);
  });
});
