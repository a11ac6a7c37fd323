import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { selectingFields, selects } from "../../../../src/middleware/cache/policy/selecting.ts";
import { fieldLines, headWith } from "./stored_heads.ts";

function isSelected(vary: string, stored: string, asked: string, fields = ""): boolean {
  const selecting = selectingFields(vary, fieldLines(stored));
  return selecting !== null && selects(headWith(fields, { selecting }), fieldLines(asked));
}

describe("selects()", () => {
  const cases: readonly (readonly [vary: string, stored: string, asked: string, ok: boolean])[] = [
    ["", "Foo: 1", "Foo: 2", true],
    ["Foo", "Foo: 1", "Foo: 1", true],
    ["Foo", "Foo: 1", "foo: 1\nOther: 2", true],
    ["Foo", "Foo: 1", "Foo: 2", false],
    ["Foo", "", "Foo: 1", false],
    ["Foo", "Foo: 1", "", false],
    ["Foo", "Foo:", "", false],
    ["Foo", "", "", true],
    ["Foo, Bar", "Foo: 1\nBar: a", "Bar: a\nFoo: 1", true],
    ["Foo, Bar", "Foo: 1\nBar: a", "Foo: 1\nBar: b", false],
    ["Foo", "Foo: 1, 2", "Foo: 1\nFoo: 2", true],
    ["Foo", "Foo: 1,2", "Foo: 1 ,  2", true],
    ["Foo", "Foo: 1,2", "Foo: 2,1", false],
    ["Foo", "Foo: a", "Foo: A", false],
    ["Accept-Language", "Accept-Language: en, de", "Accept-Language: De , eN", true],
    ["Accept-Language", "Accept-Language: en;q=1.0", "Accept-Language: en", true],
    ["Accept-Language", "Accept-Language: en;q=0.5", "Accept-Language: en", false],
    ["Accept-Encoding", "Accept-Encoding: gzip, br", "Accept-Encoding: br,gzip;q=1", true],
    ["*", "", "", false],
    ["*, Foo", "", "", false],
    ["Foo, *", "", "", false],
    [", *", "", "", false],
  ];
  for (const [vary, stored, asked, ok] of cases) {
    it(`Vary: ${vary} · ${JSON.stringify(stored)} · ${JSON.stringify(asked)} → ${ok}`, () =>
      assertEquals(isSelected(vary, stored, asked), ok));
  }

  it("takes a response in the language that the request likes best", () => {
    const german = "Content-Language: de";
    const check = (asked: string) =>
      isSelected("Accept-Language", "Accept-Language: en, de", `Accept-Language: ${asked}`, german);
    assertEquals(check("fr;q=0.5, de;q=1.0"), true);
    assertEquals(check("fr, de"), false);
    assertEquals(check("fr, de;q=0.5"), false);
    assertEquals(check("de-CH"), false);
  });
});
