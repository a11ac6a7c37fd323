import { describe, it } from "@std/testing/bdd";
import { assertEquals } from "@std/assert";
import { parseMediaType } from "../../src/semantics/media_type.ts";

describe("parseMediaType()", () => {
  const rows: [string, [essence: string, parameters: Record<string, string>] | null][] = [
    ["text/html", ["text/html", {}]],
    ["Text/HTML;Charset=UTF-8", ["text/html", { charset: "UTF-8" }]],
    ['text/html; charset="utf-8"', ["text/html", { charset: "utf-8" }]],
    ["text/html ; charset = utf-8 ; x=y ", ["text/html", { x: "y", charset: "utf-8" }]],
    ["application/vnd.api+json;v=2", ["application/vnd.api+json", { v: "2" }]],
    ['a/b; q="x;y=\\"z\\\\"; r=s', ["a/b", { q: 'x;y="z\\', r: "s" }]],
    ['a/b; q="x"junk; r=s', ["a/b", { q: "x", r: "s" }]],
    ['a/b; q="open; r=s', ["a/b", { q: "open; r=s" }]],
    ['a/b; q="open\\', ["a/b", { q: "open" }]],
    ['a/b; q=""', ["a/b", { q: "" }]],
    ["a/b; q=; r=s", ["a/b", { q: "", r: "s" }]],
    ["a/b; q; r=s", ["a/b", { q: "", r: "s" }]],
    ["a/b;;; r=s;", ["a/b", { r: "s" }]],
    ["a/b; q=1; Q=2", ["a/b", { q: "1" }]],
    ['a/b; bad name=1; b"c=2; r=s', ["a/b", { r: "s" }]],
    ["multipart/form-data; boundary=a=b", ["multipart/form-data", { boundary: "a=b" }]],
    ["*/*; q=0.5", ["*/*", { q: "0.5" }]],
    ["", null],
    ["text", null],
    ["text/", null],
    ["/html", null],
    ["text/ht ml", null],
    ["text/html/x", null],
    [";charset=utf-8", null],
  ];
  for (const [value, expected] of rows) {
    it(`reads ${JSON.stringify(value)}`, () => {
      const type = parseMediaType(value);
      assertEquals(type && [type.essence, Object.fromEntries(type.parameters)], expected);
    });
  }

  it("takes time in proportion to hostile input", () => {
    // Each of these is quadratic or worse for a careless pattern; 200 KB of it must just return.
    for (const part of [';a="', ";a=\\", "; ", '"', ';a="\\"', ";=", " \t"]) {
      parseMediaType(`a/b;${part.repeat(200_000 / part.length)}`);
    }
  });
});
