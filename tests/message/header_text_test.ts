import { it } from "@std/testing/bdd";
import { assertEquals, assertThrows } from "@std/assert";
import {
  absentHeader,
  bytesOf,
  checkedValue,
  decodeValue,
  isASCII,
} from "../../src/message/header_text.ts";

it("decodeValue() takes for UTF-8 only what is UTF-8 throughout", () => {
  const rows: [bytes: string, text: string][] = [
    ["plain", "plain"],
    ["", ""],
    ["\xe2\x82\xac", "€"],
    ["\xf0\x9f\x98\x80", "\u{1f600}"],
    ["\xe2\x82", "\xe2\x82"], // cut off
    ["\xc0\xaf", "\xc0\xaf"], // overlong
    ["\xed\xa0\x80", "\xed\xa0\x80"], // a surrogate
    ["\xc3\xa9 and \xe9", "\xc3\xa9 and \xe9"],
    ["\xef\xbb\xbfx", "\ufeffx"],
  ];
  for (const [bytes, text] of rows) assertEquals(decodeValue(bytes), text);
});

it("bytesOf() and isASCII() go by character codes", () => {
  assertEquals(bytesOf("\0a\x7f\x80\xff"), new Uint8Array([0, 97, 127, 128, 255]));
  assertEquals(["", "\0\x7f", "\x80", "a\u0100"].map(isASCII), [true, true, false, false]);
});

it("checkedValue() trims blanks, and long runs of them at once", () => {
  assertEquals(checkedValue("a", "\t x \t"), "x");
  const gap = " ".repeat(200_000);
  assertEquals(checkedValue("a", `x${gap}y`).length, 200_002);
});

it("checkedValue() says what is wrong, and what to do", () => {
  const rows: [name: string, value: unknown, message: string][] = [
    ["a", "x\ny", 'Cannot set header "a": the value contains a line break or a NUL'],
    [
      "a",
      "€",
      'Cannot set header "a": the value contains a character beyond U+00FF; encode it first',
    ],
    ["a b", "x", 'Cannot set header "a b": the name has a character that no field name may have'],
    [
      "a",
      undefined,
      'Cannot set header "a": value is undefined; give a string, or leave the header out',
    ],
    ["a", ["x"], 'Cannot set header "a": value is object; give a string, or leave the header out'],
  ];
  for (const [name, value, message] of rows) {
    const error = assertThrows(() => checkedValue(name, value), TypeError) as Error;
    assertEquals(error.message, message);
  }
});

it("absentHeader() is null for a name that could have been there", () => {
  assertEquals(absentHeader("x-a"), null);
  assertThrows(() => absentHeader("x a"), TypeError);
});
