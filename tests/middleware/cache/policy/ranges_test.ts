import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  combineBytes,
  combineParts,
  coveredRange,
  parseContentRange,
  parseRange,
  partialFields,
} from "../../../../src/middleware/cache/policy/ranges.ts";
import type { StoredRange } from "../../../../src/middleware/cache/storage/stored_response.ts";
import { fieldLines, headWith } from "./stored_heads.ts";

describe("parseRange()", () => {
  const cases: readonly (readonly [value: string, range: unknown])[] = [
    ["bytes=0-1", { kind: "from", start: 0, end: 2 }],
    ["BYTES=5-", { kind: "from", start: 5, end: Infinity }],
    ["bytes=-5", { kind: "last", length: 5 }],
    ["bytes=5-4", null],
    ["bytes=-", null],
    ["bytes=0-1,3-4", null],
    ["lines=0-1", null],
    ["", null],
  ];
  for (const [value, range] of cases) {
    it(JSON.stringify(value), () => assertEquals<unknown>(parseRange(value), range));
  }
});

describe("parseContentRange()", () => {
  const cases: readonly (readonly [value: string, range: StoredRange | null])[] = [
    ["bytes 0-4/10", { start: 0, end: 5, total: 10 }],
    ["bytes 4-9/*", { start: 4, end: 10, total: null }],
    ["bytes 4-10/10", null],
    ["bytes 4-3/10", null],
    ["bytes */10", null],
  ];
  for (const [value, range] of cases) {
    it(value, () => assertEquals(parseContentRange(value), range));
  }
});

describe("coveredRange()", () => {
  const whole = headWith("", { sizeBytes: 10 });
  const part = headWith("", { range: { start: 4, end: 8, total: 10 }, sizeBytes: 4 });
  const end = headWith("", { range: { start: 4, end: 10, total: 10 }, sizeBytes: 6 });
  const open = headWith("", { range: { start: 4, end: 8, total: null }, sizeBytes: 4 });
  const cases = [
    ["whole", whole, "bytes=0-1", [0, 2]],
    ["whole", whole, "bytes=9-", [9, 10]],
    ["whole", whole, "bytes=5-99", [5, 10]],
    ["whole", whole, "bytes=10-", null],
    ["whole", whole, "bytes=-3", [7, 10]],
    ["whole", whole, "bytes=-99", [0, 10]],
    ["whole", whole, "bytes=-0", null],
    ["part", part, "bytes=4-7", [4, 8]],
    ["part", part, "bytes=5-6", [5, 7]],
    ["part", part, "bytes=3-5", null],
    ["part", part, "bytes=5-8", null],
    ["part", part, "bytes=5-", null],
    ["part", part, "bytes=-2", null],
    ["end", end, "bytes=-2", [8, 10]],
    ["end", end, "bytes=6-", [6, 10]],
    ["end", end, "bytes=6-99", [6, 10]],
    ["open", open, "bytes=4-7", [4, 8]],
    ["open", open, "bytes=4-8", null],
    ["open", open, "bytes=4-", null],
    ["open", open, "bytes=-1", null],
  ] as const;
  for (const [what, head, value, expected] of cases) {
    it(`${what}: ${value} → ${expected}`, () => {
      const range = parseRange(value);
      const covered = range === null ? null : coveredRange(head, range);
      assertEquals(covered && [covered.start, covered.end], expected && [...expected]);
    });
  }
});

describe("combineParts()", () => {
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  const bytes = (text: string) => new TextEncoder().encode(text);
  const partOf = (start: number, end: number, tag = '"a"') =>
    headWith(`ETag: ${tag}\nContent-Range: bytes ${start}-${end - 1}/10`, {
      status: 206,
      range: { start, end, total: 10 },
      sizeBytes: end - start,
    });
  const whole = "0123456789";
  const combined = (newer: [number, number], older: [number, number]) => {
    const parts = combineParts(partOf(...newer), partOf(...older));
    if (parts === null) return null;
    const old = whole.slice(...older).replace(/./g, "x");
    const joined = text(combineBytes(parts, bytes(whole.slice(...newer)), bytes(old)));
    return [parts.status, joined, parts.range && [parts.range.start, parts.range.end]];
  };

  it("joins parts that touch or overlap, newer bytes over older ones", () => {
    assertEquals(combined([5, 8], [0, 5]), [206, "xxxxx567", [0, 8]]);
    assertEquals(combined([0, 5], [5, 8]), [206, "01234xxx", [0, 8]]);
    assertEquals(combined([3, 6], [0, 8]), [206, "xxx345xx", [0, 8]]);
    assertEquals(combined([0, 8], [3, 6]), [206, "01234567", [0, 8]]);
    assertEquals(combined([2, 6], [4, 8]), [206, "2345xx", [2, 8]]);
  });

  it("makes a whole response of parts that are all of it", () => {
    assertEquals(combined([5, 10], [0, 5]), [200, "xxxxx56789", null]);
    const parts = combineParts(partOf(5, 10), partOf(0, 5));
    assertEquals(parts?.fields, fieldLines('ETag: "a"\nContent-Length: 10'));
  });

  it("keeps apart what has a gap, another validator, or none that is strong", () => {
    assertEquals(combined([6, 8], [0, 5]), null);
    assertEquals(combineParts(partOf(5, 8), partOf(0, 5, '"b"')), null);
    assertEquals(combineParts(partOf(5, 8, 'W/"a"'), partOf(0, 5, 'W/"a"')), null);
  });
});

describe("partialFields()", () => {
  it("describes the part in place of the whole", () => {
    assertEquals(
      partialFields(fieldLines("A: 1\nContent-Length: 10"), { start: 2, end: 5, total: 10 }),
      fieldLines("A: 1\nContent-Range: bytes 2-4/10\nContent-Length: 3"),
    );
  });
});
