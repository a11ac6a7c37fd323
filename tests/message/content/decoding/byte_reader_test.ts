import { describe, it } from "@std/testing/bdd";
import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
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
    for (const expected of "abc") assertEquals(textOf(await input.read() ?? utf8("")), expected);
    assertEquals(await input.read(), null);
  });

  it("collects at least as much as is asked for, less at the end", async () => {
    const input = new Input(readerOf([utf8("a"), utf8("b"), utf8("cd"), utf8("e")]));
    assertEquals(textOf(await input.readAtLeast(3)), "abc");
    assertEquals(textOf(await input.readAtLeast(3)), "de");
    assertEquals((await input.readAtLeast(1)).length, 0);
  });

  it("gives a large chunk as it is, without a copy", async () => {
    const chunk = utf8("abcdef");
    const input = new Input(readerOf([chunk]));
    assertStrictEquals(await input.readAtLeast(2), chunk);
    input.unread(chunk);
    assertStrictEquals(await input.read(), chunk);
  });

  it("waits for a pause before it reads", async () => {
    let pauses = 0;
    const pause = () => pauses++ === 0 ? Promise.resolve() : null;
    const input = new Input(readerOf([utf8("a")]), pause);
    assertEquals(textOf(await input.read() ?? utf8("")), "a");
    assertEquals([await input.read(), pauses], [null, 2]);
    const ended = new Input(readerOf([utf8("a")]), () => Promise.reject(new Error("over")));
    await assertRejects(() => ended.read(), Error, "over");
  });
});

describe("isZlib", () => {
  it("distinguishes a zlib header from raw deflate", () => {
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
