import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Response } from "@httpx/httpx";
import { ORIGIN, originOf } from "./origin.ts";

describe("cache() serves ranges", () => {
  const whole = "0123456789";
  const serve = (request: { headers: { get(name: string): string | null } }) => {
    const headers = { "Cache-Control": "max-age=60", ETag: '"a"', "Content-Type": "text/plain" };
    const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.get("range") ?? "") ?? [];
    if (first === undefined) return new Response(200, { headers, content: whole });
    const end = last ? Number(last) + 1 : whole.length;
    const part = whole.slice(Number(first), end);
    return new Response(206, {
      headers: { ...headers, "Content-Range": `bytes ${first}-${end - 1}/${whole.length}` },
      content: part,
    });
  };

  it("from a whole response", async () => {
    await using origin = originOf(serve);
    await origin.get();
    const response = await origin.client.get(ORIGIN, { headers: { Range: "bytes=-3" } });
    assertEquals([response.status, await response.text()], [206, "789"]);
    assertEquals(response.headers.get("content-range"), "bytes 7-9/10");
    assertEquals(response.headers.get("content-length"), "3");
    assertEquals(origin.requests.length, 1);
  });

  it("from parts put together, at last to the whole", async () => {
    await using origin = originOf(serve);
    const ask = async (range: string) => {
      const response = await origin.client.get(ORIGIN, { headers: { Range: range } });
      return `${response.extensions.cache?.status} ${response.status} ${await response.text()}`;
    };
    assertEquals(await ask("bytes=0-3"), "miss 206 0123");
    assertEquals(await ask("bytes=1-2"), "hit 206 12");
    assertEquals(await ask("bytes=2-6"), "miss 206 23456");
    assertEquals(await ask("bytes=0-6"), "hit 206 0123456");
    assertEquals(await origin.get(), "miss (partial) 200 0123456789");
    assertEquals(await ask("bytes=7-"), "hit 206 789");
  });

  it("and completes a whole response of parts", async () => {
    await using origin = originOf(serve);
    for (const Range of ["bytes=0-4", "bytes=5-9"]) {
      await origin.client.get(ORIGIN, { headers: { Range } });
    }
    assertEquals(await origin.get(), "hit (fresh) 200 0123456789");
    assertEquals(origin.requests.length, 2);
  });

  it("never from a part that is shorter than it says", async () => {
    await using origin = originOf(() =>
      new Response(206, {
        headers: { "Cache-Control": "max-age=60", "Content-Range": "bytes 4-9/10" },
        content: "01234",
      })
    );
    for (let i = 0; i < 2; i++) {
      await origin.client.get(ORIGIN, { headers: { Range: "bytes=4-9" } });
    }
    assertEquals(origin.requests.length, 2);
  });

  it("and forwards what it can't serve as it is: several ranges, other units", async () => {
    await using origin = originOf(serve);
    await origin.get();
    for (const Range of ["bytes=0-1,3-4", "lines=0-1"]) {
      assertEquals((await origin.get("/", { Range })).slice(0, 14), "bypass (range)");
      assertEquals(origin.requests.at(-1)?.headers.get("range"), Range);
    }
  });
});
