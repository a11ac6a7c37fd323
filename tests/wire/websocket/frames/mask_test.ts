import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { applyMask, MaskKeys } from "../../../../src/wire/websocket/frames/mask.ts";

describe("applyMask()", () => {
  it("masks as RFC 6455 §5.3 says, at every offset and length", () => {
    const key = 0xd4c3b2a1 | 0; // a1 b2 c3 d4 in the frame
    const octets = [0xa1, 0xb2, 0xc3, 0xd4];
    for (let start = 0; start < 9; start++) {
      for (let length = 0; length < 70; length++) {
        const buffer = new ArrayBuffer(96);
        const bytes = new Uint8Array(buffer).map((_, i) => i * 7);
        const plain = bytes.slice();
        const end = start + length;
        applyMask({ bytes, words: new Int32Array(bytes.buffer) }, { start, end, key });
        const expected = plain.map((byte, i) =>
          i < start || i >= end ? byte : byte ^ (octets[(i - start) % 4] ?? 0)
        );
        assertEquals(bytes, expected, `${length} bytes from ${start}`);
      }
    }
  });
});

describe("MaskKeys", () => {
  it("draws random words once for many keys, and uses each once", () => {
    let draws = 0;
    const keys = new MaskKeys((words) => {
      draws++;
      words.forEach((_, i) => words[i] = draws * 1000 + i);
    });
    const taken = Array.from({ length: 600 }, () => keys.next());
    assertEquals([draws, new Set(taken).size], [3, 600]);
  });
});
