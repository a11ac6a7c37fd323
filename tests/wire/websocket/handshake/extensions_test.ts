import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  formatExtension,
  isToken,
  parseExtensions,
} from "../../../../src/wire/websocket/handshake/extensions.ts";

describe("parseExtensions()", () => {
  for (
    const [text, expected] of [
      ["", []],
      [" , ,", []],
      ["a", [{ name: "a", parameters: [] }]],
      ['a; b; c=1, d;e="2"', [
        { name: "a", parameters: [["b", null], ["c", "1"]] },
        { name: "d", parameters: [["e", "2"]] },
      ]],
      ["a\t;\tb = 1 ", [{ name: "a", parameters: [["b", "1"]] }]],
      ["a;", null],
      ["a b", null],
      ["a; b=", null],
      ['a; b="1', null],
      ['a; b="1 2"', null],
      ["; b", null],
      ["a; b c", null],
      ["a; =1", null],
    ] as const
  ) {
    it(
      JSON.stringify(text),
      () => assertEquals(parseExtensions(text), expected as ReturnType<typeof parseExtensions>),
    );
  }

  it("reads what formatExtension() writes", () => {
    const extension = { name: "x", parameters: [["a", null], ["b", "9"]] as const };
    assertEquals(parseExtensions(formatExtension(extension)), [extension] as never);
  });
});

describe("isToken()", () => {
  it("is for RFC 9110 §5.6.2", () => {
    const texts = [
      "chat",
      "graphql-transport-ws",
      "v1.x~`|^_*'&%$#!+",
      "",
      "a b",
      "a,b",
      "a/b",
      "ä",
      '"a"',
    ];
    assertEquals(texts.map(isToken), [true, true, true, false, false, false, false, false, false]);
  });
});
