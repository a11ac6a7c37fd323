import { describe, it } from "@std/testing/bdd";
import { assertEquals } from "@std/assert";
import { Input, isZlib } from "../../../../src/message/content/decoding/byte_reader.ts";
import { readerOf, textOf, utf8 } from "../chunks.ts";
import { ENCODERS } from "../encoders.ts";

describe("Input", () => {
  it("reads what was given back first, and passes empty chunks over", async () => {
    const input = new Input(readerOf([utf8("ab"), utf8(""), utf8("c")]));
    const first = await input.read() ?? utf8("");
    input.unread(first.subarray(1));
    input.unread(first.subarray(0, 1));
    input.unread(utf8(""));
    assertEquals(textOf(await input.read() ?? utf8("")), "ab");
    assertEquals(textOf(await input.read() ?? utf8("")), "c");
    assertEquals(await input.read(), null);
  });

  it("collects at least as much as is asked for, less at the end", async () => {
    const input = new Input(readerOf([utf8("a"), utf8("b"), utf8("cd"), utf8("e")]));
    assertEquals(textOf(await input.readAtLeast(3)), "abcd");
    assertEquals(textOf(await input.readAtLeast(3)), "e");
    assertEquals((await input.readAtLeast(1)).length, 0);
  });
});

describe("isZlib", () => {
  it("tells a zlib header from raw deflate", () => {
    for (const header of [[0x78, 0x01], [0x78, 0x5e], [0x78, 0x9c], [0x78, 0xda], [0x08, 0x1d]]) {
      assertEquals(isZlib(Uint8Array.from(header)), true);
    }
    for (const [, encodeRaw] of [ENCODERS.deflate]) {
      for (const text of ["", "a", "hello", "hello".repeat(1000)]) {
        assertEquals(isZlib((encodeRaw ?? ENCODERS.gzip[0])(utf8(text))), false);
      }
    }
    for (const bytes of [[], [0x78], [0x78, 0x9d]]) {
      assertEquals(isZlib(Uint8Array.from(bytes)), false);
    }
  });
});
