/** RFC 7541 Appendix C, byte for byte: blocks, what they say, and the size of the table after each. */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { ByteWriter } from "../../src/lists/byte_writer.ts";
import { HpackDecoder } from "../../src/wire/http2/hpack/decoder.ts";
import { HpackEncoder } from "../../src/wire/http2/hpack/encoder.ts";
import { writeInteger } from "../../src/wire/http2/hpack/integer.ts";

/** One block of a section: the bytes, the lines, the table. */
type Block = readonly [hex: string, fields: string, tableBytes: number];

const FIRST = ":method GET|:scheme http|:path /|:authority www.example.com";
const SECOND = `${FIRST}|cache-control no-cache`;
const THIRD =
  ":method GET|:scheme https|:path /index.html|:authority www.example.com|custom-key custom-value";
const DATE = "date Mon, 21 Oct 2013 20:13:21 GMT";
const FOUND = `:status 302|cache-control private|${DATE}|location https://www.example.com`;
const KEPT = `:status 307|cache-control private|${DATE}|location https://www.example.com`;
const COOKIE = "foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1";
const GIVEN = ":status 200|cache-control private|date Mon, 21 Oct 2013 20:13:22 GMT|" +
  `location https://www.example.com|content-encoding gzip|set-cookie ${COOKIE}`;

const SECTIONS: Readonly<Record<string, { tableBytes: number; blocks: readonly Block[] }>> = {
  "C.2.1, literal with indexing": {
    tableBytes: 4096,
    blocks: [[
      "400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572",
      "custom-key custom-header",
      55,
    ]],
  },
  "C.2.2, literal without indexing": {
    tableBytes: 4096,
    blocks: [["040c 2f73 616d 706c 652f 7061 7468", ":path /sample/path", 0]],
  },
  "C.2.3, literal never indexed": {
    tableBytes: 4096,
    blocks: [["1008 7061 7373 776f 7264 0673 6563 7265 74", "password secret", 0]],
  },
  "C.2.4, indexed": { tableBytes: 4096, blocks: [["82", ":method GET", 0]] },
  "C.3, requests without Huffman": {
    tableBytes: 4096,
    blocks: [
      ["8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d", FIRST, 57],
      ["8286 84be 5808 6e6f 2d63 6163 6865", SECOND, 110],
      [
        "8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65",
        THIRD,
        164,
      ],
    ],
  },
  "C.4, requests with Huffman": {
    tableBytes: 4096,
    blocks: [
      ["8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff", FIRST, 57],
      ["8286 84be 5886 a8eb 1064 9cbf", SECOND, 110],
      ["8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf", THIRD, 164],
    ],
  },
  "C.5, responses without Huffman, evicting": {
    tableBytes: 256,
    blocks: [
      [
        "4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 " +
        "2032 303a 3133 3a32 3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
        FOUND,
        222,
      ],
      ["4803 3330 37c1 c0bf", KEPT, 222],
      [
        "88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d " +
        "54c0 5a04 677a 6970 7738 666f 6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 " +
        "5745 4f49 553b 206d 6178 2d61 6765 3d33 3630 303b 2076 6572 7369 6f6e 3d31",
        GIVEN,
        215,
      ],
    ],
  },
  "C.6, responses with Huffman, evicting": {
    tableBytes: 256,
    blocks: [
      [
        "4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 " +
        "2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3",
        FOUND,
        222,
      ],
      ["4883 640e ffc1 c0bf", KEPT, 222],
      [
        "88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab " +
        "77ad 94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 " +
        "03ed 4ee5 b106 3d50 07",
        GIVEN,
        215,
      ],
    ],
  },
};

function bytesOf(hex: string): Uint8Array {
  const digits = hex.replaceAll(" ", "");
  return Uint8Array.from(
    { length: digits.length / 2 },
    (_, i) => parseInt(digits.slice(2 * i, 2 * i + 2), 16),
  );
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** "name value|…" as flat lines. */
function linesOf(fields: string): string[] {
  return fields.split("|").flatMap((field) => {
    const space = field.indexOf(" ");
    return [field.slice(0, space), field.slice(space + 1)];
  });
}

describe("RFC 7541 Appendix C", () => {
  for (
    const [name, value, prefixBits, hex] of [
      ["C.1.1", 10, 5, "0a"],
      ["C.1.2", 1337, 5, "1f9a0a"],
      ["C.1.3", 42, 8, "2a"],
    ] as const
  ) {
    it(`${name}: ${value} with a prefix of ${prefixBits} bits`, () => {
      const out = new ByteWriter();
      writeInteger(out, value, { prefixBits, flags: 0 });
      assertEquals(hexOf(out.bytes()), hex);
    });
  }

  for (const [name, { tableBytes, blocks }] of Object.entries(SECTIONS)) {
    it(`${name}: HpackDecoder reads it`, () => {
      const decoder = new HpackDecoder({ maxTableBytes: tableBytes, maxListBytes: 10_000 });
      for (const [hex, fields, bytes] of blocks) {
        const block = bytesOf(hex);
        const { lines } = decoder.decode(block, 0, block.length);
        assertEquals([lines, decoder.tableBytes], [linesOf(fields), bytes]);
      }
    });
  }

  it("C.4: HpackEncoder writes it", () => {
    const encoder = new HpackEncoder();
    for (const [hex, fields, bytes] of SECTIONS["C.4, requests with Huffman"]?.blocks ?? []) {
      const out = new ByteWriter();
      const lines = linesOf(fields);
      for (let i = 0; i < lines.length; i += 2) {
        encoder.field(lines[i] ?? "", lines[i + 1] ?? "", out);
      }
      assertEquals([hexOf(out.bytes()), encoder.tableBytes], [hex.replaceAll(" ", ""), bytes]);
    }
  });
});
