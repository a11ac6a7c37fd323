import { describe, it } from "@std/testing/bdd";
import { assertEquals } from "@std/assert";
import {
  crc32,
  GzipHeader,
  isGzip,
  trailerFault,
} from "../../../../../src/message/content/decoding/members/gzip_member.ts";
import { everySplit, utf8 } from "../../chunks.ts";

function header(flags: number, ...rest: readonly number[]): number[] {
  return [0x1f, 0x8b, 8, flags, 0, 0, 0, 0, 0, 255, ...rest];
}

describe("GzipHeader", () => {
  const HEADERS: readonly (readonly number[])[] = [
    header(0),
    header(1), // FTEXT says nothing about the length
    header(2, 9, 9),
    header(4, 0, 0),
    header(4, 3, 0, 9, 9, 9),
    header(4, 0, 1, ...Array(256).fill(9)),
    header(8, 97, 98, 0),
    header(16, 0),
    header(31, 2, 0, 9, 9, 97, 0, 98, 99, 0, 9, 9),
  ];
  it("takes the header and nothing after it, wherever the bytes are cut", () => {
    for (const bytes of HEADERS) {
      for (const chunks of everySplit(Uint8Array.from([...bytes, 0, 0]))) {
        const follower = new GzipHeader();
        const taken = chunks.reduce((sum, chunk) => sum + follower.take(chunk), 0);
        assertEquals([taken, follower.isComplete], [bytes.length, true], String(bytes));
      }
    }
  });

  it("is incomplete before the last byte", () => {
    for (const bytes of HEADERS) {
      const follower = new GzipHeader();
      for (const byte of bytes) {
        assertEquals(follower.isComplete, false, String(bytes));
        assertEquals(follower.take(Uint8Array.of(byte)), 1);
      }
      assertEquals(follower.isComplete, true, String(bytes));
    }
  });

  it("answers -1 as soon as it is not a header", () => {
    for (const bytes of [[0], [0x1f, 0], [0x1f, 0x8b, 7], [0x1f, 0x8b, 8, 0x20], header(0x80)]) {
      assertEquals(new GzipHeader().take(Uint8Array.from(bytes)), -1, String(bytes));
    }
  });

  it("takes names of 64 KB and no longer ones", () => {
    const bytes = (length: number) => Uint8Array.from(header(8, ...Array(length).fill(97), 0));
    assertEquals(new GzipHeader().take(bytes(65_525)), 65_536);
    assertEquals(new GzipHeader().take(bytes(65_526)), -1);
  });
});

describe("isGzip", () => {
  it("needs two bytes to say yes, one to say no", () => {
    assertEquals(
      [[], [0x1f], [0x1f, 0x8b], [0x1f, 0x8c], [0x8b]].map((bytes) =>
        isGzip(Uint8Array.from(bytes))
      ),
      [
        null,
        null,
        true,
        false,
        false,
      ],
    );
  });
});

describe("crc32", () => {
  it("is the check value of the standard, whole and in parts", () => {
    assertEquals(crc32(utf8("123456789")), 0xcbf43926);
    assertEquals(crc32(utf8("6789"), crc32(utf8("12345"))), 0xcbf43926);
    assertEquals(crc32(new Uint8Array(0), 7), 7);
  });
});

describe("trailerFault", () => {
  it("compares checksum and length modulo 2^32", () => {
    const trailer = Uint8Array.of(0x26, 0x39, 0xf4, 0xcb, 9, 0, 0, 0);
    assertEquals(trailerFault(trailer, 0xcbf43926, 9), null);
    assertEquals(trailerFault(trailer, 0xcbf43926 | 0, 2 ** 32 + 9), null);
    assertEquals(trailerFault(trailer, 0xcbf43927, 9), "its checksum does not match");
    assertEquals(trailerFault(trailer, 0xcbf43926, 10), "its length does not match");
  });
});
