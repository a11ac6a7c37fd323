import { assertEquals, assertStrictEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { ByteWriter } from "../../src/lists/byte_writer.ts";
import { bytesOf, textOf } from "../support/record.ts";

describe("ByteWriter", () => {
  it("holds what was appended, however often it grows", () => {
    const out = new ByteWriter();
    let expected = "";
    for (let size = 1; size < 5000; size *= 3) {
      out.append(bytesOf("a".repeat(size)));
      out.appendLatin1("\xe9".repeat(size));
      expected += "a".repeat(size) + "\xe9".repeat(size);
      assertEquals([textOf(out.bytes()), out.length], [expected, expected.length]);
    }
  });

  it("truncate() goes back, clear() to the beginning", () => {
    const out = new ByteWriter();
    out.appendLatin1("abc");
    const { length } = out;
    out.appendLatin1("def");
    out.truncate(length);
    assertEquals(textOf(out.bytes()), "abc");
    out.clear();
    out.appendLatin1("x");
    assertEquals(textOf(out.bytes()), "x");
  });

  it("bytes() is a view: the same memory while it does not grow", () => {
    const out = new ByteWriter();
    out.appendLatin1("abc");
    const { buffer } = out.bytes();
    out.clear();
    out.appendLatin1("de");
    assertStrictEquals(out.bytes().buffer, buffer);
  });
});
