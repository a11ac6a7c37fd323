import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { HpackDecoder } from "../../../../src/wire/http2/hpack/decoder.ts";
import { ViolationError } from "../../../../src/wire/http2/reasons.ts";

function makeDecoder(maxTableBytes = 4096, maxListBytes = 100_000): HpackDecoder {
  return new HpackDecoder({ maxTableBytes, maxListBytes });
}

function decode(decoder: HpackDecoder, ...bytes: readonly number[]): readonly string[] {
  return decoder.decode(Uint8Array.from(bytes), 0, bytes.length).lines;
}

/** A literal that is added to the table: a name of one letter, and a value. */
function added(name: string, value: string): number[] {
  return [0x40, 1, name.charCodeAt(0), value.length, ...Array.from(value, (c) => c.charCodeAt(0))];
}

/** Blocks that no encoder may send, and why. */
const BROKEN: Readonly<Record<string, readonly number[]>> = {
  "index 0": [0x80],
  "an index beyond both tables": [0x80 | 62],
  "a name beyond both tables": [0x40 | 62, 1, 65],
  "the end inside an index": [0xff],
  "the end inside a longer index": [0xff, 0x80],
  "the end before a name": [0x40],
  "the end inside a name": [0x40, 3, 65, 66],
  "the end before a value": [0x40, 1, 65],
  "the end inside a value": [0x40, 1, 65, 2, 66],
  "an integer without end": [0xff, ...Array(20).fill(0x80), 1],
  "an integer beyond 2^28": [0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
  "a length beyond the block": [0x40, 1, 65, 0x7f, 0xff, 0x7f],
  "bad Huffman padding": [0x40, 1, 65, 0x81, 0x18],
  "EOS": [0x40, 1, 65, 0x84, 0xff, 0xff, 0xff, 0xff],
  "a size update above the limit": [0x3f, 0xe2, 0x1f],
  "a size update after a field": [0x82, 0x20],
};

describe("HpackDecoder", () => {
  for (const [name, bytes] of Object.entries(BROKEN)) {
    it(`refuses ${name}`, () => {
      const error = assertThrows(() => decode(makeDecoder(), ...bytes), ViolationError);
      assertEquals([error.reason, error.scope], ["COMPRESSION_ERROR", "connection"]);
    });
  }

  it("takes size updates up to the limit, several before the first field", () => {
    const decoder = makeDecoder();
    assertEquals(decode(decoder, 0x20, 0x3f, 0xe1, 0x1f, 0x88), [":status", "200"]);
    assertEquals(decode(decoder, 0x20), []);
  });

  it("evicts by a size update", () => {
    const decoder = makeDecoder();
    decode(decoder, ...added("a", "1"), ...added("b", "2"));
    assertEquals(decoder.tableBytes, 68);
    assertEquals(decode(decoder, 0x3f, 3, 0x80 | 62), ["b", "2"]);
    assertEquals(decoder.tableBytes, 34);
    assertThrows(() => decode(decoder, 0x80 | 63), ViolationError);
  });

  it("keeps a name that the new entry pushes out (RFC 7541 §4.4)", () => {
    const decoder = makeDecoder(70);
    decode(decoder, ...added("a", "1"));
    assertEquals(decode(decoder, 0x40 | 62, 36, ...Array(36).fill(120)), ["a", "x".repeat(36)]);
    assertEquals(decoder.tableBytes, 69);
  });

  it("an entry larger than the table empties it, and is no error (§4.4)", () => {
    const decoder = makeDecoder(64);
    decode(decoder, ...added("a", "1"));
    assertEquals(decode(decoder, ...added("b", "x".repeat(40))), ["b", "x".repeat(40)]);
    assertEquals(decoder.tableBytes, 0);
  });

  it("does not take a block for the one before it once the table has changed", () => {
    const decoder = makeDecoder();
    decode(decoder, ...added("a", "1"));
    const block = [0x80 | 62];
    assertEquals(decode(decoder, ...block), ["a", "1"]);
    assertEquals(decode(decoder, ...block), ["a", "1"]);
    decode(decoder, ...added("b", "2"));
    assertEquals(decode(decoder, ...block), ["b", "2"]);
  });

  it("does not take a block that added nothing for one that adds, once the table has room", () => {
    const decoder = makeDecoder();
    decode(decoder, 0x20);
    const block = added("a", "1");
    assertEquals(decode(decoder, ...block), ["a", "1"]);
    assertEquals(decode(decoder, ...block), ["a", "1"]);
    assertEquals(decoder.tableBytes, 0);
    decode(decoder, 0x3f, 0xe1, 0x1f);
    assertEquals(decode(decoder, ...block), ["a", "1"]);
    assertEquals(decoder.tableBytes, 34);
    assertEquals(decode(decoder, 0x80 | 62), ["a", "1"]);
  });

  it("does not take a block for a longer or shorter one", () => {
    const decoder = makeDecoder();
    assertEquals(decode(decoder, 0x88), [":status", "200"]);
    assertEquals(decode(decoder, 0x88, 0x88).length, 4);
    assertEquals(decode(decoder, 0x88).length, 2);
  });

  it("keeps the limit of a bomb: 128 KB that stand for 500 MB", () => {
    const decoder = makeDecoder();
    decode(decoder, 0x40, 1, 98, 0x7f, 0xa1, 0x1e, ...Array(4000).fill(121));
    const bomb = new Uint8Array(128 * 1024).fill(0x80 | 62);
    const { lines, listBytes } = decoder.decode(bomb, 0, bomb.length);
    assert(listBytes > 500_000_000, "all is counted");
    const kept = lines.reduce((sum, text) => sum + text.length, 0);
    assert(kept <= 100_000, `${kept} characters are kept`);
  });
});
