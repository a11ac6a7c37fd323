import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  codes,
  forbidsBody,
  isClientError,
  isError,
  isInformational,
  isRedirect,
  isServerError,
  isSuccess,
  reasonPhrase,
} from "../../src/semantics/status.ts";

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

describe("classes of status codes", () => {
  const asked = { isInformational, isSuccess, isRedirect, isClientError, isServerError, isError };
  for (
    const [status, ...expected] of [
      [99],
      [100, "isInformational"],
      [199, "isInformational"],
      [200, "isSuccess"],
      [299, "isSuccess"],
      [300, "isRedirect"],
      [399, "isRedirect"],
      [400, "isClientError", "isError"],
      [499, "isClientError", "isError"],
      [500, "isServerError", "isError"],
      [599, "isServerError", "isError"],
      [600],
    ] as const
  ) {
    it(`${status} is ${expected.join(" and ") || "none"}`, () => {
      const classes = Object.entries(asked).filter(([, is]) => is(status)).map(([name]) => name);
      assertEquals(classes, expected as readonly string[] as string[]);
    });
  }
});

describe("forbidsBody()", () => {
  it("holds for 1xx, 204 and 304 alone", () => {
    const statuses = Array.from({ length: 500 }, (_, i) => 100 + i).filter(forbidsBody);
    assertEquals(statuses, [...Array.from({ length: 100 }, (_, i) => 100 + i), 204, 304]);
  });
});
