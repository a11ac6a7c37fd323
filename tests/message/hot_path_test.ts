/** What each call passes through does nothing for values that need nothing (bench: get_1k). */
import { assertEquals, assertStrictEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Cookies } from "../../src/message/cookies/jar.ts";
import { Timeout } from "../../src/message/timeout.ts";

describe("The way of a plain call", () => {
  it("Timeout.from() returns a Timeout as it is, and makes no default beside it", () => {
    const timeout = new Timeout(1000);
    const { keys } = Object;
    let made = 0;
    Object.keys = (value: object) => {
      made++; // the constructor looks at the names of its record
      return keys(value);
    };
    try {
      assertStrictEquals(Timeout.from(timeout), timeout);
      assertEquals(made, 0);
      Timeout.from(2000);
      assertEquals(made, 1);
    } finally {
      Object.keys = keys;
    }
  });

  it("an empty jar does not ask for the time", () => {
    let asked = 0;
    const jar = new Cookies(null, { now: () => ++asked });
    assertEquals([jar.size, asked], [0, 0]);
    jar.set("a", "1");
    assertEquals([jar.size, asked], [1, 1]);
  });
});
