import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { compactJSON, jsonTokens, prettyJSON } from "../../src/cli/json_text.ts";

const pretty = (text: string) => prettyJSON(text, (token) => token.text);

describe("jsonTokens()", () => {
  it("tells keys from strings, and numbers from words", () => {
    const text = '{"a" : ["b:", -1.5e+9, null, true], "\\"\\\\": {}}';
    assertEquals([...jsonTokens(text)].map(({ kind, text }) => `${kind} ${text}`), [
      ...["mark {", 'key "a"', "mark :", "mark [", 'string "b:"', "mark ,", "number -1.5e+9"],
      ...["mark ,", "literal null", "mark ,", "literal true", "mark ]", "mark ,"],
      ...['key "\\"\\\\"', "mark :", "mark {", "mark }", "mark }"],
    ]);
  });
});

describe("prettyJSON()", () => {
  it("lays out as JSON.stringify() does", () => {
    const values = [
      ...[null, 1, "a", [], {}, [[]], [{}], { a: [] }, [1, [2, { b: "c:,[" }]], [[], {}, [{}]]],
      { a: { b: [1, 2, { c: null }], d: {} }, e: '\u2028\n"' },
    ];
    for (const value of values) {
      assertEquals(pretty(JSON.stringify(value)), JSON.stringify(value, null, 2));
      assertEquals(pretty(JSON.stringify(value, null, "\r\n\t ")), JSON.stringify(value, null, 2));
    }
  });

  it("keeps numbers, escapes and repeated names as they were written", () => {
    assertEquals(
      pretty('{"a":12345678901234567890,"a":1.0,"b":"\\u00e9\\/"}'),
      '{\n  "a": 12345678901234567890,\n  "a": 1.0,\n  "b": "\\u00e9\\/"\n}',
    );
  });

  it("does not indent without end", () => {
    const depth = 20_000;
    const text = "[".repeat(depth) + "]".repeat(depth);
    const shown = pretty(text);
    assertEquals(shown.length < 300 * depth, true);
    assertEquals(compactJSON(shown), text);
  });
});

describe("jsonTokens() of long texts", () => {
  it("takes time in proportion to their length", () => {
    const texts = [
      JSON.stringify(Array.from({ length: 100_000 }, (_, i) => ({ id: i, name: "n" }))),
      JSON.stringify("\n".repeat(2_500_000)),
      JSON.stringify("x".repeat(1_000_000)),
      `[${" ".repeat(1_000_000)}]`,
      `{"a"${" ".repeat(1_000_000)}:1}`,
    ];
    for (const text of texts) assertEquals([...jsonTokens(text)].length > 0, true);
  });
});

describe("compactJSON()", () => {
  it("takes out blanks between values and leaves those in strings", () => {
    assertEquals(compactJSON(' { "a b" :\t[ 1 ,\r\n"\\" x " ] } '), '{"a b":[1,"\\" x "]}');
  });
});
