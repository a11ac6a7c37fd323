import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  CACHE_MOVES,
  type CacheEvent,
  CachePolicy,
  type CacheRequest,
  type CacheState,
} from "../../../../src/middleware/cache/policy/policy.ts";
import { parseRange } from "../../../../src/middleware/cache/policy/ranges.ts";
import type { StoredHead } from "../../../../src/middleware/cache/storage/stored_response.ts";
import { fieldLines, headWith, NOW_MS, requestWith } from "./stored_heads.ts";

/** What is decided, in a line. */
function decided(request: CacheRequest, heads: readonly StoredHead[], seconds = 0): string {
  const rules = {
    nowMs: NOW_MS + seconds * 1000,
    heuristicFraction: 0.1,
    canRevalidateLater: true,
  };
  const decision = new CachePolicy().decide(request, heads, rules);
  if (decision.state === "miss") return `miss: ${decision.reason}`;
  const { state, reason, range } = decision;
  const part = range === null ? "" : ` ${range.start}-${range.end}`;
  if (state === "needsRevalidation") {
    return `revalidate: ${reason}${decision.coversErrors ? ", covers errors" : ""}${part}`;
  }
  const how = decision.revalidates ? " and revalidate" : "";
  return `${decision.isStale ? "stale" : "fresh"}: ${reason}${how}${part}`;
}

describe("CachePolicy.decide() by what the response says", () => {
  const cases: readonly (readonly [control: string, seconds: number, decided: string])[] = [
    ["max-age=60", 0, "fresh: fresh"],
    ["max-age=60", 59, "fresh: fresh"],
    ["max-age=60", 60, "revalidate: stale"],
    ["max-age=0", 0, "revalidate: stale"],
    ["private, max-age=60", 0, "fresh: fresh"],
    ["no-cache, max-age=60", 0, "revalidate: no-cache in the response"],
    ['no-cache="a", max-age=60', 0, "fresh: fresh"],
    ["max-age=60, must-revalidate", 59, "fresh: fresh"],
    ["max-age=60, must-revalidate, stale-while-revalidate=60", 61, "revalidate: stale"],
    ["max-age=60, must-revalidate, stale-if-error=60", 61, "revalidate: stale"],
    [
      "max-age=60, stale-while-revalidate=30",
      89,
      "stale: stale-while-revalidate and revalidate",
    ],
    ["max-age=60, stale-while-revalidate=30", 90, "revalidate: stale"],
    ["max-age=60, stale-if-error=30", 90, "revalidate: stale, covers errors"],
    ["max-age=60, stale-if-error=30", 91, "revalidate: stale"],
    ["no-cache, stale-if-error=30", 0, "revalidate: no-cache in the response"],
    ["proxy-revalidate, max-age=60, stale-if-error=30", 61, "revalidate: stale, covers errors"],
  ];
  for (const [control, seconds, expected] of cases) {
    it(`${control} after ${seconds} s → ${expected}`, () =>
      assertEquals(
        decided(requestWith(), [headWith(`Cache-Control: ${control}`)], seconds),
        expected,
      ));
  }
});

describe("CachePolicy.decide() by what the request says", () => {
  const cases: readonly (readonly [fields: string, seconds: number, decided: string])[] = [
    ["Cache-Control: no-cache", 0, "revalidate: no-cache in the request"],
    ["Pragma: no-cache", 0, "revalidate: no-cache in the request"],
    ["Pragma: no-cache\nCache-Control: x", 0, "fresh: fresh"],
    ["Pragma: x", 0, "fresh: fresh"],
    ["Cache-Control: max-age=10", 10, "fresh: fresh"],
    ["Cache-Control: max-age=10", 11, "revalidate: max-age in the request"],
    ["Cache-Control: max-age=0", 0, "revalidate: max-age in the request"],
    ["Cache-Control: min-fresh=10", 50, "fresh: fresh"],
    ["Cache-Control: min-fresh=10", 51, "revalidate: min-fresh in the request"],
    ["Cache-Control: max-stale=10", 70, "stale: max-stale"],
    ["Cache-Control: max-stale=10", 71, "revalidate: stale"],
    ["Cache-Control: max-stale", 999_999, "stale: max-stale"],
    ["Cache-Control: stale-if-error=10", 70, "revalidate: stale, covers errors"],
    ["Cache-Control: only-if-cached", 0, "fresh: fresh"],
  ];
  for (const [fields, seconds, expected] of cases) {
    it(`${fields} after ${seconds} s → ${expected}`, () =>
      assertEquals(
        decided(requestWith(fields), [headWith("Cache-Control: max-age=60")], seconds),
        expected,
      ));
  }

  it("never takes a stale one that must be revalidated, whatever the request allows", () => {
    const head = headWith("Cache-Control: max-age=60, must-revalidate");
    assertEquals(decided(requestWith("Cache-Control: max-stale"), [head], 61), "revalidate: stale");
  });
});

describe("CachePolicy.decide() by the mode of fetch", () => {
  const cases = [
    ["reload", 0, "miss: request"],
    ["no-cache", 0, "revalidate: no-cache in the request"],
    ["force-cache", 0, "fresh: force-cache"],
    ["force-cache", 100, "stale: force-cache"],
    ["only-if-cached", 100, "stale: only-if-cached"],
    ["default", 100, "revalidate: stale"],
  ] as const;
  for (const [mode, seconds, expected] of cases) {
    it(`${mode} after ${seconds} s → ${expected}`, () =>
      assertEquals(
        decided(requestWith("", { mode }), [headWith("Cache-Control: max-age=60")], seconds),
        expected,
      ));
  }

  it("revalidates what is immutable once it is stale, or on no-cache (RFC 8246 §2)", () => {
    const head = headWith("Cache-Control: max-age=60, immutable");
    assertEquals(decided(requestWith("", { mode: "no-cache" }), [head]), "fresh: fresh");
    assertEquals(decided(requestWith("Cache-Control: max-age=0"), [head]), "fresh: fresh");
    assertEquals(
      decided(requestWith("Cache-Control: no-cache"), [head]),
      "revalidate: no-cache in the request",
    );
    assertEquals(
      decided(requestWith("", { mode: "no-cache" }), [head], 60),
      "revalidate: no-cache in the request",
    );
  });
});

describe("CachePolicy.decide() among several", () => {
  const fresh = "Cache-Control: max-age=60";
  const variant = (value: string, id: string) =>
    headWith(fresh, { id, selecting: [["foo", value]] });

  it("says whether there is nothing, or nothing that fits", () => {
    assertEquals(decided(requestWith(), []), "miss: uri-miss");
    assertEquals(decided(requestWith("Foo: 3"), [variant("1", "1")]), "miss: vary-miss");
    assertEquals(
      decided(requestWith("Foo: 2"), [variant("1", "1"), variant("2", "2")]),
      "fresh: fresh",
    );
  });

  it("serves parts from a whole response, and from parts that have them", () => {
    const part = headWith(fresh, { status: 206, range: { start: 4, end: 8, total: 10 } });
    const asked = (value: string) => requestWith(`Range: ${value}`, { range: parseRange(value) });
    assertEquals(decided(asked("bytes=1-2"), [headWith(fresh)]), "fresh: fresh 1-3");
    assertEquals(decided(asked("bytes=5-6"), [part]), "fresh: fresh 5-7");
    assertEquals(decided(asked("bytes=5-6"), [part, headWith(fresh)]), "fresh: fresh 5-7");
    assertEquals(decided(asked("bytes=0-1"), [part]), "miss: partial");
    assertEquals(decided(requestWith(), [part]), "miss: partial");
    const coded = headWith(`${fresh}\nContent-Encoding: gzip`);
    assertEquals(decided(asked("bytes=0-1"), [coded]), "miss: partial");
  });

  it("serves a part only if the precondition of the range holds", () => {
    const head = headWith(`${fresh}\nETag: "a"`);
    const asked = (tag: string) =>
      requestWith(`Range: bytes=0-1\nIf-Range: ${tag}`, { range: parseRange("bytes=0-1") });
    assertEquals(decided(asked('"a"'), [head]), "fresh: fresh 0-2");
    assertEquals(decided(asked('"b"'), [head]), "miss: partial");
  });
});

describe("CachePolicy.settle()", () => {
  const cases = [
    [304, 'ETag: "a"', "confirmed", "confirmed"],
    [304, 'ETag: "b"', "replaced", "replaced"],
    [200, "", "replaced", "replaced"],
    [404, "", "replaced", "replaced"],
    [500, "", "covered", "replaced"],
    [503, "", "covered", "replaced"],
    [501, "", "replaced", "replaced"],
    [null, "", "covered", "replaced"],
  ] as const;
  for (const [status, fields, withWindow, without] of cases) {
    it(`${status ?? "no answer"} ${fields} → ${withWindow}, without stale-if-error ${without}`, () => {
      const settled = ["max-age=60, stale-if-error=60", "max-age=60"].map((control) => {
        const policy = new CachePolicy();
        const head = headWith(`ETag: "a"\nCache-Control: ${control}`);
        const rules = { nowMs: NOW_MS + 70_000, heuristicFraction: 0.1, canRevalidateLater: true };
        const decision = policy.decide(requestWith(), [head], rules);
        if (decision.state !== "needsRevalidation") return decision.state;
        const answer = status === null ? null : { status, fields: fieldLines(fields) };
        return policy.settle(decision, answer);
      });
      assertEquals(settled, [withWindow, without]);
    });
  }

  it("ends in the state that the table names, and takes no answer in any other", () => {
    const policy = new CachePolicy();
    const rules = { nowMs: NOW_MS, heuristicFraction: 0.1, canRevalidateLater: true };
    const stale = headWith("Cache-Control: max-age=0");
    const decision = policy.decide(requestWith(), [stale], rules);
    if (decision.state !== "needsRevalidation") throw new Error(decision.state);
    assertEquals(policy.state, "needsRevalidation");
    policy.settle(decision, { status: 304, fields: [] });
    assertEquals(policy.state, "fromCache");
    assertThrows(() => policy.settle(decision, null), Error, "Cannot handle");
    assertThrows(() => policy.decide(requestWith(), [], rules), Error, "Cannot handle");
  });

  it("has a table whose ends lead nowhere", () => {
    const states = Object.keys(CACHE_MOVES) as CacheState[];
    const events = (state: CacheState) =>
      Object.entries(CACHE_MOVES[state]) as [CacheEvent, CacheState][];
    assertEquals(states.map((state) => [state, Object.fromEntries(events(state))]), [
      ["idle", { reusable: "fromCache", stale: "needsRevalidation", absent: "miss" }],
      ["needsRevalidation", { confirmed: "fromCache", covered: "fromCache", replaced: "miss" }],
      ["fromCache", {}],
      ["miss", {}],
    ]);
  });
});
