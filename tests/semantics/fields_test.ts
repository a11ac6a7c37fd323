import { assertEquals, assertStrictEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  FieldSection,
  findField,
  invalidFieldReason,
  isToken,
  splitList,
  TOKEN_BYTES,
  trimBlanks,
} from "../../src/semantics/fields.ts";

describe("TOKEN_BYTES", () => {
  it("is RFC 9110 §5.6.2, byte by byte", () => {
    const tchar = /[!#$%&'*+\-.^_`|~0-9A-Za-z]/;
    for (let byte = 0; byte < 256; byte++) {
      const isAllowed = tchar.test(String.fromCharCode(byte));
      assertEquals(TOKEN_BYTES[byte], isAllowed ? 1 : 0, `byte ${byte}`);
    }
  });
});

describe("isToken()", () => {
  for (const text of ["GET", "x", "M-SEARCH", "!#$%&'*+-.^_`|~", "X-1"]) {
    it(`takes ${text}`, () => assertEquals(isToken(text), true));
  }
  for (const text of ["", " ", "a b", "a:", "a\n", "é", "a\0", "{a}", "a,b", "\u0141"]) {
    it(`refuses ${JSON.stringify(text)}`, () => assertEquals(isToken(text), false));
  }
});

describe("invalidFieldReason()", () => {
  const cases: readonly (readonly [name: string, value: string, reason: string | null])[] = [
    ["X-A", "1", null],
    ["X-A", "", null],
    ["X-A", "a \t b", null],
    ["X-A", "\xff", null],
    ["", "1", "the name is empty"],
    ["X A", "1", "the name has a character that no field name may have"],
    ["X\r\nB", "1", "the name has a character that no field name may have"],
    ["X", "a\nb", "the value contains a line break or a NUL"],
    ["X", "a\rb", "the value contains a line break or a NUL"],
    ["X", "a\0b", "the value contains a line break or a NUL"],
    ["X", "\u0100", "the value contains a character beyond U+00FF; encode it first"],
    ["X", " a", "the value begins or ends with a space"],
    ["X", "a\t", "the value begins or ends with a space"],
  ];
  for (const [name, value, reason] of cases) {
    it(`says of ${JSON.stringify(`${name}: ${value}`)}: ${reason ?? "nothing"}`, () => {
      assertEquals(invalidFieldReason(name, value), reason);
    });
  }
});

describe("findField()", () => {
  const lines = ["Accept", "a", "Set-Cookie", "1", "ACCEPT", "b", "Empty", ""];

  it("combines the lines of a name in any case, in their order", () => {
    assertEquals(findField(lines, "accept"), "a, b");
    assertEquals(findField(lines, "set-cookie"), "1");
  });

  it("tells empty from absent, and never finds a value or a part of a name", () => {
    assertEquals(findField(lines, "empty"), "");
    for (const name of ["a", "1", "accep", "accepts", ""]) {
      assertEquals(findField(lines, name), null, name);
    }
  });
});

describe("splitList()", () => {
  const cases: readonly (readonly [value: string, items: readonly string[]])[] = [
    ["", []],
    ["a", ["a"]],
    ["a,b , c\t,d", ["a", "b", "c", "d"]],
    [",, a,, ,b,", ["a", "b"]],
    ['a="x,y", b', ['a="x,y"', "b"]],
    ['"a\\",b",c', ['"a\\",b"', "c"]],
    ['"a\\\\",b', ['"a\\\\"', "b"]],
    ['"never closed, a', ['"never closed, a']],
    ['"ends with \\', ['"ends with \\']],
  ];
  for (const [value, items] of cases) {
    it(`splits ${JSON.stringify(value)}`, () => assertEquals(splitList(value), [...items]));
  }
});

describe("trimBlanks()", () => {
  it("takes spaces and tabs away, and no other white space", () => {
    assertEquals(trimBlanks(" \t a b\t "), "a b");
    assertEquals(trimBlanks(" \t "), "");
    assertEquals(trimBlanks("\xa0a\x0b"), "\xa0a\x0b");
  });
});

describe("FieldSection", () => {
  const text = "Server:nginx\r\nX-Empty:\r\nSet-Cookie: a=1:2 \r\nset-cookie:\t b\r\nLast: z";

  it("splits into lines: case kept, blanks around values gone, with or without a last CRLF", () => {
    const lines = [
      ...["Server", "nginx", "X-Empty", "", "Set-Cookie", "a=1:2"],
      ...["set-cookie", "b", "Last", "z"],
    ];
    assertEquals(new FieldSection(text).lines, lines);
    assertEquals(new FieldSection(`${text}\r\n`).lines, lines);
  });

  for (
    const [name, value] of [
      ["server", "nginx"],
      ["x-empty", ""],
      ["set-cookie", "a=1:2, b"],
      ["last", "z"],
      ["serve", null],
      ["erver", null],
      ["nginx", null],
      ["lastly", null],
      ["a=1", null],
      ["", null],
    ] as const
  ) {
    it(`get(${JSON.stringify(name)}) is the same before and after the split`, () => {
      const section = new FieldSection(text);
      assertEquals(section.get(name), value);
      assertEquals(section.lines.length, 10);
      assertEquals(section.get(name), value);
    });
  }

  it("splits once", () => {
    const section = new FieldSection(text);
    assertStrictEquals(section.lines, section.lines);
  });

  it("empty has no lines", () => {
    assertEquals(FieldSection.empty.lines, []);
    assertEquals(FieldSection.empty.get("a"), null);
  });
});
