import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { compactJSON, jsonTokens, prettyJSON } from "../../src/cli/json_text.ts";
import { assertLinear } from "../cost/growth.ts";

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
  const shapes: Readonly<Record<string, (size: number) => string>> = {
    objects: (size) =>
      JSON.stringify(Array.from({ length: size / 20 }, (_, id) => ({ id, name: "n" }))),
    escapes: (size) => JSON.stringify("\n".repeat(size / 2)),
    "one string": (size) => JSON.stringify("x".repeat(size)),
    "blanks in a list": (size) => `[${" ".repeat(size)}]`,
    "blanks before a colon": (size) => `{"a"${" ".repeat(size)}:1}`,
    brackets: (size) => "[".repeat(size),
    quotes: (size) => '"'.repeat(size),
  };
  for (const [about, make] of Object.entries(shapes)) {
    it(`cost linear time: ${about}`, async () => {
      assertEquals([...jsonTokens(make(1000))].length > 0, true);
      const run = (text: string) => {
        let count = 0;
        for (const _ of jsonTokens(text)) count++;
        return count;
      };
      await assertLinear({ make, run, limit: 200_000, maxTurnMs: 250 }); // a terminal has no other work
    });
  }
});

describe("compactJSON()", () => {
  it("takes out blanks between values and leaves those in strings", () => {
    assertEquals(compactJSON(' { "a b" :\t[ 1 ,\r\n"\\" x " ] } '), '{"a b":[1,"\\" x "]}');
  });
});
