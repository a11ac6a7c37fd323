import { describe, it } from "@std/testing/bdd";
import { assertEquals } from "@std/assert";
import {
  crc32,
  headerLength,
  isGzip,
  trailerFault,
} from "../../../../src/message/content/decoding/gzip_member.ts";
import { utf8 } from "../chunks.ts";

function header(flags: number, ...rest: readonly number[]): number[] {
  return [0x1f, 0x8b, 8, flags, 0, 0, 0, 0, 0, 255, ...rest];
}

describe("headerLength", () => {
  const HEADERS: readonly (readonly number[])[] = [
    header(0),
    header(1), // FTEXT says nothing about the length
    header(2, 9, 9),
    header(4, 0, 0),
    header(4, 3, 0, 9, 9, 9),
    header(8, 97, 98, 0),
    header(16, 0),
    header(31, 2, 0, 9, 9, 97, 0, 98, 99, 0, 9, 9),
  ];
  it("is known with the header's last byte, not before", () => {
    for (const bytes of HEADERS) {
      for (let end = 0; end < bytes.length; end++) {
        assertEquals(
          headerLength(Uint8Array.from(bytes.slice(0, end))),
          null,
          `${bytes} at ${end}`,
        );
      }
      assertEquals(headerLength(Uint8Array.from([...bytes, 0, 0])), bytes.length);
    }
  });

  it("is -1 as soon as it is no header", () => {
    for (const bytes of [[0], [0x1f, 0], [0x1f, 0x8b, 7], [0x1f, 0x8b, 8, 0x20], header(0x80)]) {
      const length = headerLength(
        Uint8Array.from([...bytes, ...Array(bytes.length < 4 ? 0 : 8).fill(0)]),
      );
      assertEquals(length, -1, String(bytes));
    }
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
