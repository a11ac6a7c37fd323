/** The samples of section 6 of the Autobahn list, after Markus Kuhn's UTF-8 stress test: section, name, bytes. */
import { hex, join, utf8 } from "./frames.ts";

type Sample = readonly [section: string, name: string, bytes: Uint8Array];

const KOSME = hex("ceba e1bdb9 cf83 cebc ceb5");

function samples(section: string, names: Readonly<Record<string, string>>): Sample[] {
  return Object.entries(names).map((
    [name, digits],
    i,
  ) => [`${section}.${i + 1}`, name, hex(digits)]);
}

/** The last two characters of each plane are not characters, and valid all the same. */
const NON_CHARACTERS: readonly Sample[] = Array.from({ length: 17 }, (_, plane) => plane)
  .flatMap((plane) => [0xfffe, 0xffff].map((low) => plane * 0x1_0000 + low))
  .map((
    point,
    i,
  ) => [`6.22.${i + 1}`, `U+${point.toString(16)}`, utf8(String.fromCodePoint(point))]);

const SPECIALS: readonly Sample[] = [0xfff9, 0xfffa, 0xfffb, 0xfffc, 0xfffd, 0xfffe, 0xffff]
  .map((
    point,
    i,
  ) => [`6.23.${i + 1}`, `U+${point.toString(16)}`, utf8(String.fromCharCode(point))]);

export const VALID_UTF8: readonly Sample[] = [
  ["6.2", "Hello-µ@ßöäüàá-UTF-8!!", utf8("Hello-µ@ßöäüàá-UTF-8!!")],
  ["6.5", "κόσμε", KOSME],
  ["6.5", "a byte order mark", hex("efbbbf 61")],
  ...samples("6.7", {
    "U+0000": "00",
    "U+0080": "c280",
    "U+0800": "e0a080",
    "U+10000": "f0908080",
  }),
  ...samples("6.9", {
    "U+007F": "7f",
    "U+07FF": "dfbf",
    "U+FFFF": "efbfbf",
    "U+10FFFF": "f48fbfbf",
  }),
  ...samples("6.11", {
    "U+D7FF": "ed9fbf",
    "U+E000": "ee8080",
    "U+FFFD": "efbfbd",
    "U+10FFFF": "f48fbfbf",
  }),
  ...NON_CHARACTERS,
  ...SPECIALS,
];

/** Sequences whose last byte is missing, section 6.14. */
const BROKEN_OFF = {
  "2 bytes": "c0",
  "3 bytes": "e080",
  "4 bytes": "f08080",
  "5 bytes": "f8808080",
  "6 bytes": "fc80808080",
  "2 bytes, U+07FF": "df",
  "3 bytes, U+FFFF": "efbf",
  "4 bytes, U+1FFFFF": "f7bfbf",
  "5 bytes, U+3FFFFFF": "fbbfbfbf",
  "6 bytes, U+7FFFFFFF": "fdbfbfbfbf",
};

/** Every byte of a range with a blank behind it. */
function withBlanks(first: number, last: number): string {
  let digits = "";
  for (let byte = first; byte <= last; byte++) digits += byte.toString(16) + "20";
  return digits;
}

export const INVALID_UTF8: readonly Sample[] = [
  ["6.3.1", "κόσμε and a surrogate", join(KOSME, hex("eda080"), utf8("edited"))],
  ["6.4.1", "κόσμε and U+110000", join(KOSME, hex("f4908080"), utf8("edited"))],
  ["6.6", "κόσμε broken off", KOSME.subarray(0, -1)],
  ...samples("6.8", { "5 bytes": "f888808080", "6 bytes": "fc8480808080" }),
  ...samples("6.10", {
    "U+1FFFFF": "f7bfbfbf",
    "U+3FFFFFF": "fbbfbfbfbf",
    "U+7FFFFFFF": "fdbfbfbfbfbf",
  }),
  ...samples("6.11", { "U+110000": "f4908080" }),
  ...samples("6.12", {
    "first continuation byte": "80",
    "last continuation byte": "bf",
    "two": "80bf",
    "three": "80bf80",
    "four": "80bf80bf",
    "five": "80bf80bf80",
    "six": "80bf80bf80bf",
    "all of them": Array.from({ length: 64 }, (_, i) => (0x80 + i).toString(16)).join(""),
  }),
  ...samples("6.13", {
    "lonely starts of 2": withBlanks(0xc0, 0xdf),
    "lonely starts of 3": withBlanks(0xe0, 0xef),
    "lonely starts of 4": withBlanks(0xf0, 0xf7),
    "lonely starts of 5": withBlanks(0xf8, 0xfb),
    "lonely starts of 6": withBlanks(0xfc, 0xfd),
  }),
  ...samples("6.14", BROKEN_OFF),
  ["6.15.1", "all of those", hex(Object.values(BROKEN_OFF).join(""))],
  ...samples("6.16", { "FE": "fe", "FF": "ff", "both": "fefeffff" }),
  ...samples("6.17", {
    "2 bytes": "c0af",
    "3 bytes": "e080af",
    "4 bytes": "f08080af",
    "5 bytes": "f8808080af",
    "6 bytes": "fc80808080af",
  }),
  ...samples("6.18", {
    "2 bytes": "c1bf",
    "3 bytes": "e09fbf",
    "4 bytes": "f08fbfbf",
    "5 bytes": "f887bfbfbf",
    "6 bytes": "fc83bfbfbfbf",
  }),
  ...samples("6.19", {
    "2 bytes": "c080",
    "3 bytes": "e08080",
    "4 bytes": "f0808080",
    "5 bytes": "f880808080",
    "6 bytes": "fc8080808080",
  }),
  ...samples("6.20", {
    "U+D800": "eda080",
    "U+DB7F": "edadbf",
    "U+DB80": "edae80",
    "U+DBFF": "edafbf",
    "U+DC00": "edb080",
    "U+DF80": "edbe80",
    "U+DFFF": "edbfbf",
  }),
  ...samples("6.21", {
    "U+D800 U+DC00": "eda080edb080",
    "U+D800 U+DFFF": "eda080edbfbf",
    "U+DB7F U+DC00": "edadbfedb080",
    "U+DB7F U+DFFF": "edadbfedbfbf",
    "U+DB80 U+DC00": "edae80edb080",
    "U+DB80 U+DFFF": "edae80edbfbf",
    "U+DBFF U+DC00": "edafbfedb080",
    "U+DBFF U+DFFF": "edafbfedbfbf",
  }),
];
