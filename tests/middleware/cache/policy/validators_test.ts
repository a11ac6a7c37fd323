import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  conditionalFields,
  confirms,
  describesSame,
  holdsIfRange,
  isConditional,
} from "../../../../src/middleware/cache/policy/validators.ts";
import { dateAt, fieldLines, headWith } from "./stored_heads.ts";

const [old, later] = [dateAt(-100), dateAt(-50)];

describe("conditionalFields()", () => {
  it("has the entity tag first, then the date", () => {
    const head = headWith(`Last-Modified: ${old}\nETag: W/"a"`);
    assertEquals(conditionalFields(head), ["If-None-Match", 'W/"a"', "If-Modified-Since", old]);
    assertEquals(conditionalFields(headWith("")), []);
  });
});

describe("confirms()", () => {
  const cases: readonly (readonly [received: string, stored: string, ok: boolean])[] = [
    ["", 'ETag: "a"', true],
    ['ETag: "a"', 'ETag: "a"', true],
    ['ETag: W/"a"', 'ETag: "a"', true],
    ['ETag: "b"', 'ETag: "a"', false],
    ['ETag: "a"', "", false],
    [`Last-Modified: ${old}`, `Last-Modified: ${old}`, true],
    [`Last-Modified: ${later}`, `Last-Modified: ${old}`, false],
    [`Last-Modified: ${later}`, 'ETag: "a"', true],
    ["", `Last-Modified: ${old}`, true],
  ];
  for (const [received, stored, ok] of cases) {
    it(`304 with ${received || "nothing"} for ${stored || "nothing"} → ${ok}`, () =>
      assertEquals(confirms(fieldLines(received), headWith(stored)), ok));
  }
});

describe("describesSame()", () => {
  const cases: readonly (readonly [received: string, ok: boolean])[] = [
    ["", true],
    ['ETag: "a"\nContent-Length: 10', true],
    ['ETag: "b"', false],
    ["Content-Length: 11", false],
    [`Last-Modified: ${later}`, false],
  ];
  for (const [received, ok] of cases) {
    it(`HEAD with ${received || "nothing"} → ${ok}`, () =>
      assertEquals(describesSame(fieldLines(received), headWith('ETag: "a"')), ok));
  }
});

describe("holdsIfRange()", () => {
  const head = headWith(`ETag: "a"\nLast-Modified: ${old}`);
  const cases: readonly (readonly [value: string | null, ok: boolean])[] = [
    [null, true],
    ['"a"', true],
    ['W/"a"', false],
    ['"b"', false],
    [old, true],
    [later, false],
    ["nonsense", false],
  ];
  for (const [value, ok] of cases) {
    it(`${value} → ${ok}`, () => assertEquals(holdsIfRange(value, head), ok));
  }

  it("never holds for a weak tag", () => {
    assertEquals(holdsIfRange('W/"a"', headWith('ETag: W/"a"')), false);
  });
});

describe("isConditional()", () => {
  it("knows the preconditions, but If-Range, which is about the range", () => {
    const fields = ["If-None-Match", "if-modified-since", "If-Match", "If-Unmodified-Since"];
    assertEquals(fields.map((name) => isConditional([name, "x"])), [true, true, true, true]);
    assertEquals(["If-Range", "If", "X-If-Match"].map((name) => isConditional([name, "x"])), [
      false,
      false,
      false,
    ]);
  });
});
