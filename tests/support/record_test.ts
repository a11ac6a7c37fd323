import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { bytesOf, quote, record, textOf } from "./record.ts";

describe("record()", () => {
  it("writes a line for each thing told, joins data, and ends with a verdict", () => {
    const bytes = bytesOf(
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
    );
    const lines = [
      'informational HTTP/1.1 100 "Continue" []',
      'head HTTP/1.1 200 "OK" ["Content-Length","2"] length 2',
      'data "hi"',
      "end",
      "idle",
    ];
    assertEquals(record([bytes]), lines);
    assertEquals(record([bytes.subarray(0, -1), bytes.subarray(-1)]), lines);
    assertEquals(record([bytes.subarray(0, -1)]).at(-1), "waiting");
    assertEquals(
      record([bytes.subarray(0, -1)], { ends: true }).at(-1),
      "error: body ended after 1 of 2 bytes",
    );
  });

  it("overwrites what it lent, so that an engine that keeps it is found out", () => {
    const chunks = [bytesOf("HTTP/1.1 204 "), bytesOf("No Content\r\n\r\n")];
    assertEquals(record(chunks)[0], 'head HTTP/1.1 204 "No Content" [] length 0');
    assertEquals(chunks.map(textOf).join(""), "HTTP/1.1 204 No Content\r\n\r\n");
  });

  it("passes on every error but the peer's", () => {
    assertThrows(() => record([], { method: "not a token" }), Error, "not a token");
  });
});

describe("quote()", () => {
  it("shows every control character", () => {
    assertEquals(quote('a"\x00\x7f\x81\xe9'), '"a\\"\\u0000\\u007f\\u0081\xe9"');
  });
});
