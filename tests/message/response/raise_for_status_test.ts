import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { HTTPStatusError, Request, Response } from "@httpx/httpx";

const request = new Request("GET", "https://example.org/a");

describe("Response.raiseForStatus()", () => {
  const raised = [
    [101, {}, 'Informational response "101 Switching Protocols" for GET https://example.org/a'],
    [
      301,
      { location: "/b" },
      'Redirect response "301 Moved Permanently" for GET https://example.org/a: it leads to /b; ' +
      "followRedirects: true follows it",
    ],
    [404, {}, 'Client error "404 Not Found" for GET https://example.org/a'],
    [500, {}, 'Server error "500 Internal Server Error" for GET https://example.org/a'],
  ] as const;
  for (const [status, headers, message] of raised) {
    it(`throws on ${status}`, () => {
      const response = new Response(status, { headers, request });
      const error = assertThrows(() => response.raiseForStatus(), HTTPStatusError);
      assertEquals(error.message, message);
      assertEquals([error.response === response, error.request === request], [true, true]);
    });
  }

  it("quotes the beginning of a body that is text or JSON, on one line", () => {
    const quotes = [
      { json: { error: "no such item" } },
      { text: "no such\r\nitem\u001b[31m" },
      { text: "é".repeat(201) },
      { content: '{"title":"gone"}', headers: { "content-type": "application/problem+json" } },
      { content: "secret", headers: { "content-type": "application/octet-stream" } },
      { stream: [Uint8Array.of(97)], headers: { "content-type": "text/plain" } },
      { text: "" },
    ].map((init) => {
      const response = new Response(404, { ...init, request });
      const { message } = assertThrows(() => response.raiseForStatus(), HTTPStatusError);
      return message.slice('Client error "404 Not Found" for GET https://example.org/a'.length);
    });
    assertEquals(quotes, [
      ': {"error":"no such item"}',
      ": no such item [31m",
      `: ${"é".repeat(200)}…`,
      ': {"title":"gone"}',
      ...["", "", ""],
    ]);
  });

  it("returns the response itself on 2xx", () => {
    const response = new Response(204, { request });
    assertStrictEquals(response.raiseForStatus(), response);
  });
});
