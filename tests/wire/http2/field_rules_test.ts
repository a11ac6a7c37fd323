import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { readHead, readTrailers } from "../../../src/wire/http2/field_rules.ts";
import { MALFORMED } from "../../support/http2/malformed_heads.ts";
import { ViolationError } from "../../../src/wire/http2/reasons.ts";

describe("readHead()", () => {
  for (const [lines, says] of MALFORMED) {
    it(`refuses ${JSON.stringify(lines)}`, () => {
      const error = assertThrows(() => readHead(lines), ViolationError, says);
      assertEquals([error.reason, error.scope], ["PROTOCOL_ERROR", "stream"]);
    });
  }

  it("reads status, fields in order, and the length", () => {
    const lines = [":status", "204", "a", "1", "b", "", "a", "caf\xe9 \t x", "content-length", "7"];
    const { head, contentLength } = readHead(lines);
    assertEquals([head.version, head.status, head.reason], ["HTTP/2", 204, ""]);
    assertEquals(head.fields.lines as unknown, lines.slice(2));
    assertEquals(contentLength, 7);
  });

  it("takes a length that is said twice the same, and one that is not said", () => {
    const twice = [":status", "200", "content-length", "7", "content-length", "7"];
    assertEquals(readHead(twice).contentLength, 7);
    assertEquals(readHead([":status", "200"]).contentLength, null);
  });
});

describe("readTrailers()", () => {
  it("takes fields", () => {
    assertEquals(readTrailers(["grpc-status", "0"]) as unknown, ["grpc-status", "0"]);
    assertEquals(readTrailers([]), []);
  });

  it("refuses pseudo-fields, upper case and what else a head may not have", () => {
    const bad = [[":status", "200"], ["A", "b"], ["upgrade", "x"], ["a", "b\n"]];
    for (const lines of bad) {
      assertEquals(assertThrows(() => readTrailers(lines), ViolationError).scope, "stream");
    }
  });
});
