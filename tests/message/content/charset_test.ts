import { describe, it } from "@std/testing/bdd";
import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import {
  charsetOf,
  isKnownCharset,
  makeTextDecoder,
  unknownCharsetOf,
} from "../../../src/message/content/charset.ts";
import { detectJSONEncoding } from "../../../src/message/content/text_decoders.ts";
import { everySplit, utf8 } from "./chunks.ts";

/** A text in the 16- and 32-bit encodings. */
function wide(text: string, bytes: 2 | 4, isLittleEndian: boolean): Uint8Array {
  const units = bytes === 4
    ? Array.from(text, (character) => character.codePointAt(0) ?? 0)
    : text.split("").map((unit) => unit.charCodeAt(0));
  const view = new DataView(new ArrayBuffer(units.length * bytes));
  units.forEach((unit, i) =>
    bytes === 4
      ? view.setUint32(i * 4, unit, isLittleEndian)
      : view.setUint16(i * 2, unit, isLittleEndian)
  );
  return new Uint8Array(view.buffer);
}

describe("charsetOf", () => {
  const TABLE: readonly (readonly [contentType: string | null, charset: string | null])[] = [
    [null, null],
    ["", null],
    ["text/plain", null],
    ["text/plain; charset=utf-8", "utf-8"],
    ["text/plain;charset=UTF-8", "UTF-8"],
    ['text/plain; charset="iso-8859-1"', "iso-8859-1"],
    ["text/plain; format=flowed; CHARSET=shift_jis", "shift_jis"],
    ["text/plain; charset=latin-1", "latin-1"],
    ["text/plain; charset=no-such-thing", null],
    ["text/plain; charset=", null],
    ["nonsense; charset=utf-8", "utf-8"],
    ["text-plain; charset=latin-1", "latin-1"],
    ["; charset=latin-1", "latin-1"],
    ["charset=latin-1", null],
  ];
  it("gives a known charset as it is written, else null", () => {
    for (const [contentType, charset] of TABLE) assertEquals(charsetOf(contentType), charset);
  });
});

describe("unknownCharsetOf", () => {
  it("gives a charset that is named and not known", () => {
    const rows = [[null, null], ["text/plain", null], ["a/b; charset=latin-1", null], [
      "a/b; charset=klingon",
      "klingon",
    ], ["a; charset=klingon", "klingon"]] as const;
    for (const [contentType, charset] of rows) assertEquals(unknownCharsetOf(contentType), charset);
  });
});

describe("isKnownCharset", () => {
  it("knows the web's labels and Python's names", () => {
    const names =
      "utf-8 utf8 UTF_8 u8 utf-8-sig latin-1 latin1 latin_1 L1 iso8859_1 iso-8859-15 iso8859_15 cp1252 " +
      "windows_1252 ascii us-ascii 646 utf-16 utf_16_le utf-16-be utf-32 UTF_32_BE cp932 shift_jis ms932 euc_jp " +
      "euc_kr cp949 gbk gb2312 gb18030 big5hkscs cp950 koi8_r koi8-u mac_roman mac-cyrillic cp1251 cp874 iso2022_jp";
    const unknown = names.split(" ").filter((name) => !isKnownCharset(name));
    assertEquals(unknown, []);
  });

  it("does not know other names", () => {
    for (const name of ["", "none", "utf-9", "constructor", "__proto__", "rot13", "punycode"]) {
      assertEquals(isKnownCharset(name), false, name);
    }
  });
});

describe("makeTextDecoder", () => {
  const decode = (label: string, chunks: Iterable<Uint8Array>) => {
    const decoder = makeTextDecoder(label);
    let text = "";
    for (const chunk of chunks) text += decoder.decode(chunk, { stream: true });
    return text + decoder.decode();
  };

  it("decodes wherever the bytes are cut", () => {
    const text = "aé\u{1f600}z";
    const encoded: readonly (readonly [label: string, bytes: Uint8Array, text?: string])[] = [
      ["utf-8", utf8(text)],
      ["utf_8", utf8("\ufeff" + text)],
      ["utf-16", wide(text, 2, true)],
      ["utf-16", wide("\ufeff" + text, 2, true)],
      ["utf-16", wide("\ufeff" + text, 2, false)],
      ["UTF_16", wide("\ufeff\ufeff", 2, false), "\ufeff"],
      ["u16", wide("\ufeff" + text, 2, false)],
      ["utf-16le", wide("\ufeff" + text, 2, true)],
      ["utf-16-be", wide("\ufeff" + text, 2, false)],
      ["utf-32", wide(text, 4, true)],
      ["utf-32", wide("\ufeff" + text, 4, true)],
      ["utf-32", wide("\ufeff" + text, 4, false)],
      ["utf_32_be", wide(text, 4, false)],
    ];
    for (const [label, bytes, expected = text] of encoded) {
      for (const chunks of everySplit(bytes)) assertEquals(decode(label, chunks), expected, label);
    }
  });

  it("begins anew after the end, UTF-16 with the mark of the next text", () => {
    const decoder = makeTextDecoder("utf-16");
    for (const isLittleEndian of [true, false, true]) {
      assertEquals(decoder.decode(wide("\ufeffab", 2, isLittleEndian)), "ab");
    }
    assertEquals(decoder.decode(), "");
  });

  it("replaces what is malformed", () => {
    assertEquals(decode("utf-8", [Uint8Array.of(97, 0xc3)]), "a\ufffd");
    assertEquals(decode("ascii", [Uint8Array.of(97, 0xe9)]), "aé");
    for (const label of ["gbk", "gb18030"]) {
      const bytes = [0x84, 0x30, 0x41].map((byte) => Uint8Array.of(byte));
      assertMatch(decode(label, bytes), /^\ufffd0?A$/, label); // Node's forgets the second
    }
    assertEquals(decode("utf-16", [Uint8Array.of(0xfe)]), "\ufffd");
    assertEquals(decode("utf-16", [Uint8Array.of(0xfe), Uint8Array.of(0xff, 0)]), "\ufffd");
    assertEquals(
      decode("utf-32be", [Uint8Array.of(0, 0x11, 0, 0, 0, 0, 0xd8, 0, 0, 0, 0, 97, 1)]),
      "\ufffd\ufffda\ufffd",
    );
  });

  it("throws a RangeError for an unknown name", () => {
    assertThrows(() => makeTextDecoder("utf-9"), RangeError, 'Cannot decode text as "utf-9"');
  });
});

describe("detectJSONEncoding", () => {
  it("tells UTF-8, 16 and 32 by mark and by zeros", () => {
    for (const text of ["{}", "[1]", "12", '"\u{1f600}"', '{"a":1}']) {
      for (const mark of ["", "\ufeff"]) {
        const cases = [
          utf8(mark + text),
          wide(mark + text, 2, true),
          wide(mark + text, 2, false),
          wide(mark + text, 4, true),
          wide(mark + text, 4, false),
        ];
        for (const bytes of cases) {
          assertEquals(makeTextDecoder(detectJSONEncoding(bytes)).decode(bytes), text);
        }
      }
    }
  });

  it("takes very short texts for what they can be", () => {
    assertEquals(detectJSONEncoding(new Uint8Array(0)), "utf-8");
    assertEquals(detectJSONEncoding(utf8("1")), "utf-8");
    assertEquals(detectJSONEncoding(Uint8Array.of(49, 0)), "utf-16le");
    assertEquals(detectJSONEncoding(Uint8Array.of(0, 49)), "utf-16be");
  });
});
