import { describe, it } from "@std/testing/bdd";
import { assertEquals, assertThrows } from "@std/assert";
import { formFields, type FormInit, urlEncode } from "../../../src/message/content/form.ts";

type Data = Exclude<FormInit, FormData>;

function encoded(data: Data): string {
  return urlEncode(formFields(data));
}

describe("formFields", () => {
  it("reads records, pairs, Map and URLSearchParams alike", () => {
    const expected: [string, string][] = [["a", "1"], ["b", "x"], ["b", "y"]];
    const forms: Data[] = [
      { a: 1, b: ["x", "y"] },
      [["a", 1], ["b", "x"], ["b", "y"]],
      [["a", 1], ["b", ["x", "y"]]],
      new Map<string, number | string[]>([["a", 1], ["b", ["x", "y"]]]),
      new URLSearchParams("a=1&b=x&b=y"),
    ];
    for (const form of forms) assertEquals(formFields(form), expected);
  });

  it("writes values as httpx does, and leaves undefined out", () => {
    const form = {
      t: true,
      f: false,
      n: null,
      i: 1.5,
      big: 10n,
      u: undefined,
      list: [1, undefined],
      e: [],
    };
    assertEquals(formFields(form), [
      ["t", "true"],
      ["f", "false"],
      ["n", ""],
      ["i", "1.5"],
      ["big", "10"],
      ["list", "1"],
    ]);
  });

  it("refuses what is no form value and names the field", () => {
    const values = [
      { nested: 1 },
      [[1]],
      new Date(0),
      new Uint8Array(1),
      new Blob([]),
      () => 1,
      Symbol("s"),
    ];
    for (const value of values) {
      assertThrows(
        () => formFields({ user: value } as unknown as Data),
        TypeError,
        'form field "user"',
      );
    }
  });

  it("refuses what is no form", () => {
    for (const data of ["a=1", 1, new Uint8Array(1), new Blob([])]) {
      assertThrows(
        () => formFields(data as unknown as Data),
        TypeError,
        "give a form, or use content",
      );
    }
    assertThrows(
      () => formFields(["a"] as unknown as Data),
      TypeError,
      "pairs [name, value], not string",
    );
    assertThrows(() => formFields([[1, 2]] as unknown as Data), TypeError, "pairs [name, value]");
  });
});

describe("urlEncode", () => {
  const TABLE: readonly (readonly [data: Data, text: string])[] = [
    [{}, ""],
    [{ a: "" }, "a="],
    [{ "": "" }, "="],
    [{ "a b": "c d" }, "a+b=c+d"],
    [{ a: "&=+%;/?#" }, "a=%26%3D%2B%25%3B%2F%3F%23"],
    [{ a: "*~-._" }, "a=%2A~-._"],
    [{ a: "%7E" }, "a=%257E"],
    [{ a: "é\u{1f600}" }, "a=%C3%A9%F0%9F%98%80"],
    [{ a: "\r\n" }, "a=%0D%0A"],
    [{ a: "\ud800" }, "a=%EF%BF%BD"],
  ];
  it("writes what Python's urlencode writes", () => {
    for (const [data, text] of TABLE) assertEquals(encoded(data), text);
  });

  it("is read back by URLSearchParams", () => {
    for (const [data] of TABLE.slice(0, -1)) {
      assertEquals([...new URLSearchParams(encoded(data))], formFields(data));
    }
  });
});
