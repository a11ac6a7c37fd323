import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  findByte,
  findHeadEnd,
  findHeadEndAfter,
  ReceiveBuffer,
} from "../../../src/wire/http1/receive_buffer.ts";
import { bytesOf, textOf } from "../../support/record.ts";

describe("ReceiveBuffer", () => {
  it("keeps copies, in order, however often it grows", () => {
    const buffer = new ReceiveBuffer();
    let expected = "";
    for (let i = 0; i < 300; i++) {
      const piece = bytesOf(`${i},`);
      expected += `${i},`;
      assertEquals(textOf(buffer.add(piece)), expected);
      piece.fill(0);
    }
    assertEquals([textOf(buffer.bytes), buffer.length, buffer.isEmpty], [
      expected,
      expected.length,
      false,
    ]);
  });

  it("clear() leaves nothing", () => {
    const buffer = new ReceiveBuffer();
    buffer.add(bytesOf("abc"));
    buffer.clear();
    assertEquals([buffer.length, buffer.isEmpty, buffer.bytes.length], [0, true, 0]);
    assertEquals(textOf(buffer.add(bytesOf("d"))), "d");
  });
});

const HEADS: readonly (readonly [head: string, rest: string])[] = [
  ["a\r\nb\r\n\r\n", "c\r\n\r\n"],
  ["a\nb\n\n", "\n\n"],
  ["a\r\n\n", "b"],
  ["a\n\r\n", "\r\n"],
  ["\n\n", ""],
  ["a\r\n\r\r\n\rb\n\r\n", "x"],
];

const ENDLESS = ["", "a", "\n", "\r\n", "a\r\n\r", "a\n\r", "a\r\r\n\rb", "\r\r\r\n"];

describe("findHeadEnd()", () => {
  for (const [head, rest] of HEADS) {
    it(`finds the end of ${JSON.stringify(head)}`, () => {
      assertEquals(findHeadEnd(bytesOf(head + rest), 0), head.length);
      assertEquals(findHeadEnd(bytesOf(`\n\n${head}${rest}`), 2), head.length + 2);
    });
  }

  for (const text of ENDLESS) {
    it(`finds none in ${JSON.stringify(text)}`, () => {
      assertEquals(findHeadEnd(bytesOf(text), 0), -1);
    });
  }
});

describe("findHeadEndAfter()", () => {
  for (const [head, rest] of HEADS) {
    it(`finds the end of ${JSON.stringify(head)} wherever that is cut`, () => {
      const bytes = bytesOf(head + rest);
      for (let at = 1; at < head.length; at++) {
        assertEquals(
          findHeadEndAfter(bytes.subarray(0, at), bytes.subarray(at)),
          head.length - at,
          `cut at ${at}`,
        );
      }
    });
  }

  for (const text of ENDLESS) {
    it(`finds none in ${JSON.stringify(text)}, wherever that is cut`, () => {
      const bytes = bytesOf(text);
      for (let at = 1; at <= bytes.length; at++) {
        assertEquals(findHeadEndAfter(bytes.subarray(0, at), bytes.subarray(at)), -1);
      }
    });
  }
});

describe("findByte()", () => {
  it("finds the first at or after the start", () => {
    const bytes = bytesOf("abcabc");
    assertEquals([0, 1, 3, 4, 6].map((start) => findByte(bytes, 97, start)), [0, 3, 3, -1, -1]);
  });
});
