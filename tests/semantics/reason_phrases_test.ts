import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { codes, reasonPhrase } from "../../src/semantics/reason_phrases.ts";

describe("codes", () => {
  it("has each code once, by the name httpx gives it", () => {
    const values = Object.values(codes);
    assertEquals(new Set(values).size, values.length);
    assertEquals([values.length, codes.OK, codes.IM_A_TEAPOT, codes.TOO_EARLY], [
      62,
      200,
      418,
      425,
    ]);
  });
});

describe("reasonPhrase()", () => {
  for (
    const [status, phrase] of [
      [100, "Continue"],
      [200, "OK"],
      [203, "Non-Authoritative Information"],
      [207, "Multi-Status"],
      [226, "IM Used"],
      [304, "Not Modified"],
      [413, "Request Entity Too Large"],
      [414, "Request-URI Too Long"],
      [418, "I'm a teapot"],
      [451, "Unavailable For Legal Reasons"],
      [505, "HTTP Version Not Supported"],
      [299, ""],
      [0, ""],
    ] as const
  ) {
    it(`of ${status} is ${JSON.stringify(phrase)}`, () =>
      assertEquals(reasonPhrase(status), phrase));
  }

  it("is known for each code", () => {
    assertEquals(Object.values(codes).filter((status) => reasonPhrase(status) === ""), []);
  });
});
