import { Client, MockTransport, Request, Response } from "@httpx/httpx";
import { assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";

const request = new Request("GET", "https://example.org/a?b#c");

describe("Response.toWeb()", () => {
  it("has status, reason, headers, URL and body, and the URL without its fragment", async () => {
    const web = new Response(404, {
      text: "none",
      headers: [["X-A", "1"], ["Set-Cookie", "a=1"], ["Set-Cookie", "b=2"]],
      extensions: { reason_phrase: "Nowhere" },
      request,
    }).toWeb();
    assertEquals(web instanceof globalThis.Response, true);
    assertEquals([web.status, web.statusText, web.ok], [404, "Nowhere", false]);
    assertEquals([web.url, web.redirected], ["https://example.org/a?b", false]);
    assertEquals([web.headers.get("x-a"), web.headers.getSetCookie()], ["1", ["a=1", "b=2"]]);
    assertEquals(await web.text(), "none");
  });

  it("says that it was redirected", async () => {
    const transport = new MockTransport(({ url }) =>
      new URL(url).pathname === "/b"
        ? new Response(200, { text: "b" })
        : new Response(302, { headers: { location: "/b" } })
    );
    await using client = new Client({ transport, followRedirects: true });
    const web = (await client.get(request.url)).toWeb();
    assertEquals([web.redirected, web.url], [true, "https://example.org/b"]);
  });

  for (const status of [204, 205, 304]) {
    it(`${status} has no body, whatever came`, () => {
      assertStrictEquals(new Response(status, { content: "x", request }).toWeb().body, null);
    });
  }

  for (const status of [100, 101, 103, 600, 999]) {
    it(`${status} is none that a web response can have`, () => {
      assertThrows(() => new Response(status, { request }).toWeb(), RangeError, `${status}`);
    });
  }

  it("a response of no request has no URL", () => {
    assertEquals(new Response(200).toWeb().url, "");
  });

  it("leaves out a reason that the web's grammar refuses", () => {
    const extensions = { reason_phrase: "no\u0001 reason" };
    assertEquals(new Response(200, { extensions }).toWeb().statusText, "");
  });

  it("streams what is not in memory, and closes the response when it is cancelled", async () => {
    const log: string[] = [];
    const stream = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(3)),
      cancel: () => void log.push("cancelled"),
    }, { highWaterMark: 0 });
    const response = new Response(200, { stream, request });
    const reader = response.toWeb().body?.getReader();
    assertEquals((await reader?.read())?.value?.length, 3);
    await reader?.cancel();
    assertEquals([log, response.isClosed, response.bodyUsed], [["cancelled"], true, true]);
  });

  it("fails as the source fails", async () => {
    const stream = new ReadableStream<Uint8Array>({ pull: (c) => c.error(new Error("mine")) });
    const web = new Response(200, { stream, request }).toWeb();
    await assertRejects(() => web.text(), Error, "mine");
  });

  it("leaves a response that is in memory as it is", async () => {
    const response = new Response(200, { text: "hi", request });
    assertEquals([await response.toWeb().text(), await response.toWeb().text()], ["hi", "hi"]);
    assertEquals(await response.text(), "hi");
  });
});
