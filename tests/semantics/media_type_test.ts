import { describe, it } from "@std/testing/bdd";
import { assertEquals } from "@std/assert";
import { parseMediaType } from "../../src/semantics/media_type.ts";
import { assertLinear } from "../cost/growth.ts";

describe("parseMediaType()", () => {
  const rows: [string, [essence: string | null, parameters: Record<string, string>]][] = [
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
    ["", [null, {}]],
    ["text", [null, {}]],
    ["text/", [null, {}]],
    ["/html", [null, {}]],
    ["text/ht ml", [null, {}]],
    ["text/html/x", [null, {}]],
    [";charset=utf-8", [null, { charset: "utf-8" }]],
    ["text-plain; charset=latin-1", [null, { charset: "latin-1" }]],
    ['text plain; a="b;c"; d=e', [null, { a: "b;c", d: "e" }]],
  ];
  for (const [value, expected] of rows) {
    it(`reads ${JSON.stringify(value)}`, () => {
      const { essence, parameters } = parseMediaType(value);
      assertEquals([essence, Object.fromEntries(parameters)], expected);
    });
  }

  for (const part of [';a="', ";a=\\", "; ", '"', ';a="\\"', ";=", " \t", "; a=b", "/", "a"]) {
    it(`costs linear time for ${JSON.stringify(part)} repeated`, () =>
      assertLinear({
        make: (size) => `a/b;${part.repeat(size / part.length)}`,
        run: parseMediaType,
        limit: 102_400,
      }));
  }
});
