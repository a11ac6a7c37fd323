import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { checkCount, checkFunction, checkMs, checkNames } from "../../src/options/check_value.ts";

describe("checkCount()", () => {
  it("takes whole numbers from `least` on, and Infinity", () => {
    assertEquals([0, 3, Infinity].map((value) => checkCount("a", value)), [0, 3, Infinity]);
    assertEquals(checkCount("a", 1, 1), 1);
    for (const value of [0.5, -1, NaN, "1", null, true, [2]]) {
      assertThrows(
        () => checkCount("a.b", value),
        TypeError,
        'Cannot use option "a.b": give a whole number, 0',
      );
    }
    assertThrows(() => checkCount("a", 0, 1), TypeError, "1 or more");
  });
});

describe("checkMs()", () => {
  it("takes numbers from 0 on", () => {
    assertEquals([0, 0.5, Infinity].map((value) => checkMs("a", value)), [0, 0.5, Infinity]);
    for (const value of [-1, NaN, "1", null]) assertThrows(() => checkMs("a", value), TypeError);
  });
});

describe("checkFunction()", () => {
  it("takes functions, and nothing", () => {
    assertEquals([checkFunction("a", Math.max), checkFunction("a", undefined)], [Math.max, null]);
    assertThrows(() => checkFunction("a", {}), TypeError, 'Cannot use option "a": give a function');
  });
});

describe("checkNames()", () => {
  it("refuses names that are unknown, and what is not a record", () => {
    checkNames("a", { b: 1 }, ["b", "c"]);
    assertThrows(() => checkNames("a", { d: 1 }, ["b", "c"]), TypeError, "there are b, c");
    assertThrows(() => checkNames("a", [] as object, ["b"]), TypeError, "give an object with b");
  });
});
