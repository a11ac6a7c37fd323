import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { ByteWriter } from "../../../../src/lists/byte_writer.ts";
import {
  huffmanDecode,
  huffmanEncode,
  huffmanLength,
} from "../../../../src/wire/http2/hpack/huffman.ts";
import { seeded } from "../../../support/random.ts";

function encoded(text: string): Uint8Array {
  const out = new ByteWriter();
  huffmanEncode(text, out);
  return out.bytes().slice();
}

function decoded(...bytes: readonly number[]): string | null {
  return huffmanDecode(Uint8Array.from(bytes), 0, bytes.length);
}

describe("Huffman code", () => {
  it("brings back every byte, alone and beside every other", () => {
    for (let a = 0; a < 256; a++) {
      for (let b = 0; b < 256; b++) {
        const text = String.fromCharCode(a, b);
        const bytes = encoded(text);
        assertEquals(bytes.length, huffmanLength(text));
        if (huffmanDecode(bytes, 0, bytes.length) !== text) throw new Error(`${a}, ${b}`);
      }
    }
  });

  it("brings back 2,000 random texts, wherever they stand", () => {
    const random = seeded(7541);
    for (let round = 0; round < 2000; round++) {
      const beyond = random(3) === 0 ? 256 : 127;
      const text = String.fromCharCode(...Array.from({ length: random(80) }, () => random(beyond)));
      const bytes = encoded(text);
      const placed = new Uint8Array(bytes.length + 7).fill(random(256));
      placed.set(bytes, 3);
      assertEquals(huffmanDecode(placed, 3, 3 + bytes.length), text);
    }
  });

  it("takes up to 7 bits of padding, all ones (RFC 7541 §5.2)", () => {
    assertEquals(decoded(), "");
    assertEquals(decoded(0b00011_111), "a");
    assertEquals(decoded(0b00011_000), null, "a and zeros");
    assertEquals(decoded(0b00011_110), null, "a zero in the padding");
    assertEquals(decoded(0b00011_111, 0xff), null, "11 bits of padding");
    assertEquals(decoded(0xff), null, "8 bits of padding");
  });

  it("refuses EOS, and a code that breaks off", () => {
    assertEquals(decoded(0xff, 0xff, 0xff, 0xff), null, "EOS and two ones");
    assertEquals(decoded(0xff, 0xff, 0xff, 0b11111100), null, "EOS");
    assertEquals(decoded(0xff, 0xff, 0xfe), null, "the beginning of a code of 28 bits");
    const long = encoded("\x01");
    for (let end = 1; end < long.length; end++) {
      assertEquals(huffmanDecode(long, 0, end), null, `${end} of ${long.length} bytes`);
    }
  });
});
