import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { rawDeflate } from "../../src/runtime/raw_deflate.ts";

const raw = rawDeflate()!; // Deno, Bun and Node have node:zlib
const text = new TextEncoder().encode("hello, hello, hello, world; ".repeat(100));

describe("rawDeflate()", () => {
  it("deflate() ends with an empty block, which a final block may follow", () => {
    const compressed = raw.deflate(text, { windowBits: 15, dictionary: new Uint8Array(0) });
    assertEquals([...compressed.subarray(-4)], [0, 0, 255, 255]);
    assert(compressed.length < text.length / 10);
    const whole = new Uint8Array([...compressed, 3, 0]);
    assertEquals(new Uint8Array(inflateRawSync(whole)), text);
  });

  it("inflate() takes one stream, finished or not, and says how many bytes it had", () => {
    const final = new Uint8Array(deflateRawSync(text));
    const open = raw.deflate(text, { windowBits: 15, dictionary: new Uint8Array(0) });
    for (const stream of [final, open]) {
      const { bytes, consumed } = raw.inflate(stream, text.length);
      assertEquals([bytes, consumed], [text, stream.length]);
    }
    const followed = new Uint8Array([...final, 1, 2, 3]);
    assertEquals(raw.inflate(followed, text.length).consumed, final.length);
  });

  it("inflate() gives bytes that lie in no one else's memory", () => {
    const { bytes } = raw.inflate(
      raw.deflate(text, { windowBits: 9, dictionary: new Uint8Array(0) }),
      1e6,
    );
    assertEquals(bytes.constructor, Uint8Array);
  });

  it("inflate() stops at the limit, and refuses what is not DEFLATE", () => {
    const bomb = new Uint8Array(deflateRawSync(new Uint8Array(10_000)));
    assertEquals(raw.inflate(bomb, 10_000).bytes.length, 10_000);
    assertThrows(() => raw.inflate(bomb, 9999), RangeError);
    assertThrows(() => raw.inflate(bomb, 0), RangeError);
    const error = assertThrows(() => raw.inflate(Uint8Array.of(255, 255), 100));
    assert(!(error instanceof RangeError));
  });
});
