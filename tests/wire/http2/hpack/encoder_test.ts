import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { ByteWriter } from "../../../../src/lists/byte_writer.ts";
import { HpackDecoder } from "../../../../src/wire/http2/hpack/decoder.ts";
import { HpackEncoder } from "../../../../src/wire/http2/hpack/encoder.ts";
import { seeded } from "../../../support/random.ts";

function encode(encoder: HpackEncoder, lines: readonly string[]): Uint8Array {
  const out = new ByteWriter();
  encoder.begin(out);
  for (let i = 0; i < lines.length; i += 2) encoder.field(lines[i] ?? "", lines[i + 1] ?? "", out);
  return out.bytes().slice();
}

function makeDecoder(): HpackDecoder {
  return new HpackDecoder({ maxTableBytes: 4096, maxListBytes: 1e6 });
}

describe("HpackEncoder", () => {
  it("sends what comes again as one byte", () => {
    const encoder = new HpackEncoder();
    encode(encoder, ["user-agent", "httpx"]);
    assertEquals(encode(encoder, ["user-agent", "httpx"]), Uint8Array.of(0x80 | 62));
  });

  it("never has credentials added to any table (RFC 7541 §7.1.3)", () => {
    for (const name of ["authorization", "proxy-authorization", "cookie"]) {
      const encoder = new HpackEncoder();
      const [first = 0] = encode(encoder, [name, "secret"]);
      assertEquals(first & 0xf0, 0x10, `${name} is a literal never indexed`);
      assertEquals(encoder.tableBytes, 0);
    }
  });

  it("leaves the table to what comes again: a path is not added", () => {
    const encoder = new HpackEncoder();
    const [first = 0] = encode(encoder, [":path", "/a?b=c"]);
    assertEquals([first & 0xf0, encoder.tableBytes], [0, 0]);
  });

  it("begins the next block with the size that the peer allows, the smallest of several first", () => {
    const encoder = new HpackEncoder();
    encode(encoder, ["a", "b"]);
    encoder.allow(0);
    encoder.allow(100);
    assert(encoder.mustUpdateSize);
    assertEquals(encode(encoder, []), Uint8Array.of(0x20, 0x3f, 100 - 31));
    assert(!encoder.mustUpdateSize);
    assertEquals([encode(encoder, []).length, encoder.tableBytes], [0, 0]);
  });

  it("uses 4 KB at most, whatever the peer allows", () => {
    const encoder = new HpackEncoder();
    encoder.allow(1e9);
    for (let i = 0; i < 500; i++) encode(encoder, [`name-${i}`, "x".repeat(50)]);
    assert(encoder.tableBytes <= 4096);
  });

  it("is understood by our decoder: 200 random conversations", () => {
    const random = seeded(75);
    const names = ["accept", "cookie", ":path", "x-a", "x-b", "authorization", "content-length"];
    for (let round = 0; round < 200; round++) {
      const encoder = new HpackEncoder();
      const decoder = makeDecoder();
      for (let block = 0; block < 30; block++) {
        if (random(6) === 0) encoder.allow(random(2) * random(5000));
        const lines: string[] = [];
        for (let i = random(12); i > 0; i--) {
          const length = random(30) === 0 ? 3000 : random(12);
          const value = String.fromCharCode(
            ...Array.from({ length }, () => random(4) === 0 ? 1 + random(255) : 97 + random(3)),
          );
          lines.push(names[random(names.length)] ?? "", value);
        }
        const bytes = encode(encoder, lines);
        assertEquals(decoder.decode(bytes, 0, bytes.length).lines, lines);
        assertEquals(decoder.tableBytes, encoder.tableBytes, "the two tables are in step");
      }
    }
  });
});
