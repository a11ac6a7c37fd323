/**
 * Decoders of text: the web's, without the faults of Deno's and Node's, UTF-32, which JSON may come in, and all of them
 * under Python's codec names too, which users of httpx have in their settings.
 */
import { joinBytes } from "./join_bytes.ts";

/** Python's names that are no labels of the web even with `_` as `-`. */
const ALIASES: Readonly<Record<string, string>> = {
  "646": "us-ascii",
  "8859": "iso-8859-1",
  "big5-hkscs": "big5",
  big5hkscs: "big5",
  cp874: "windows-874",
  cp932: "shift_jis",
  cp936: "gbk",
  cp949: "euc-kr",
  cp950: "big5",
  eucjp: "euc-jp",
  euckr: "euc-kr",
  "gb18030-2000": "gb18030",
  iso2022jp: "iso-2022-jp",
  "iso2022-jp": "iso-2022-jp",
  iso8859: "iso-8859-1",
  latin: "iso-8859-1",
  "latin-1": "iso-8859-1",
  "mac-cyrillic": "x-mac-cyrillic",
  "mac-roman": "macintosh",
  ms932: "shift_jis",
  ms949: "euc-kr",
  u16: "utf-16",
  u32: "utf-32le",
  u8: "utf-8",
  uhc: "euc-kr",
  utf: "utf-8",
  "utf-16-be": "utf-16be",
  "utf-16-le": "utf-16le",
  "utf-32": "utf-32le",
  "utf-32-be": "utf-32be",
  "utf-32-le": "utf-32le",
  "utf-8-sig": "utf-8",
};
const UTF32 = /^utf-32[bl]e$/;
const NOTHING = new Uint8Array(0);

/** Turns bytes into text, a chunk at a time. */
export interface IncrementalDecoder {
  decode(bytes?: Uint8Array, options?: { readonly stream?: boolean }): string;
}

/** A decoder for a label, or `null` if it is not known. */
export function decoderFor(label: string): IncrementalDecoder | null {
  const name = label.trim().toLowerCase();
  const dashed = name.replaceAll("_", "-");
  const alias = Object.hasOwn(ALIASES, dashed) ? ALIASES[dashed] : undefined;
  if ((alias ?? dashed) === "utf-16") return new UTF16Decoder();
  if (UTF32.test(alias ?? name)) return new UTF32Decoder((alias ?? name) === "utf-32le");
  return platformDecoder(name) ?? platformDecoder(alias ?? dashed);
}

function platformDecoder(label: string): IncrementalDecoder | null {
  try {
    return new PlatformDecoder(label);
  } catch {
    return null; // TextDecoder throws for what it does not know
  }
}

/** The encoding of a JSON text, by its mark or its first zeros (RFC 4627 §3), for `makeTextDecoder()`. */
export function detectJSONEncoding(bytes: Uint8Array): string {
  const [a, b, c, d] = bytes;
  if (a === 0xff && b === 0xfe) return c === 0 && d === 0 ? "utf-32le" : "utf-16le";
  if (a === 0xfe && b === 0xff) return "utf-16be";
  if (a === 0 && b === 0 && c === 0xfe && d === 0xff) return "utf-32be";
  if (bytes.length >= 4) {
    if (a === 0) return b === 0 ? "utf-32be" : "utf-16be";
    if (b === 0) return c === 0 && d === 0 ? "utf-32le" : "utf-16le";
  } else if (bytes.length === 2 && (a === 0 || b === 0)) {
    return a === 0 ? "utf-16be" : "utf-16le";
  }
  return "utf-8";
}

/**
 * The platform's decoder, but for errors and the mark: in a stream Deno's also leaves out a U+FEFF that happens to stand
 * at the beginning of a later chunk.
 */
class PlatformDecoder implements IncrementalDecoder {
  readonly #decoder: TextDecoder;
  #isAtStart = true;

  constructor(label: string) {
    this.#decoder = new TextDecoder(label, { ignoreBOM: true });
  }

  decode(bytes?: Uint8Array, { stream = false } = {}): string {
    const text = this.#replaced(bytes, { stream });
    const isMarked = this.#isAtStart && text.startsWith("\ufeff");
    this.#isAtStart = !stream || this.#isAtStart && text === "";
    return isMarked ? text.slice(1) : text;
  }

  /** Node's throws where bytes that it kept back turn out malformed, and forgets them. */
  #replaced(bytes: Uint8Array | undefined, options: { readonly stream: boolean }): string {
    try {
      return this.#decoder.decode(bytes, options);
    } catch {
      return "\ufffd" + this.#decoder.decode(bytes, options);
    }
  }
}

/** UTF-16 of either byte order, as its mark says: little-endian without one. To the web it is always little-endian. */
class UTF16Decoder implements IncrementalDecoder {
  #decoder: IncrementalDecoder | null = null;
  #start: Uint8Array = NOTHING;

  decode(bytes: Uint8Array = NOTHING, { stream = false } = {}): string {
    let rest = bytes;
    if (this.#decoder === null) {
      rest = this.#start = joinBytes([this.#start, bytes]);
      if (stream && rest.length < 2) return "";
      const isBigEndian = rest[0] === 0xfe && rest[1] === 0xff;
      this.#decoder = new PlatformDecoder(isBigEndian ? "utf-16be" : "utf-16le");
      this.#start = NOTHING;
    }
    const text = this.#decoder.decode(rest, { stream });
    if (!stream) this.#decoder = null;
    return text;
  }
}

/** UTF-32, which the web has no decoder for. A mark decides the byte order and is left out. */
class UTF32Decoder implements IncrementalDecoder {
  #isLittleEndian: boolean;
  #isAtStart = true;
  /** The beginning of a character that is cut. */
  #pending: Uint8Array = NOTHING;

  constructor(isLittleEndian: boolean) {
    this.#isLittleEndian = isLittleEndian;
  }

  decode(bytes: Uint8Array = NOTHING, { stream = false } = {}): string {
    const all = this.#pending.length === 0 ? bytes : joinBytes([this.#pending, bytes]);
    const end = all.length - all.length % 4;
    this.#pending = all.slice(end);
    let text = this.#characters(new DataView(all.buffer, all.byteOffset, end));
    if (stream) return text;
    if (this.#pending.length > 0) text += "\ufffd";
    this.#pending = NOTHING;
    this.#isAtStart = true;
    return text;
  }

  #characters(view: DataView): string {
    const units = new Uint16Array(view.byteLength / 2);
    let count = 0;
    for (let at = 0; at < view.byteLength; at += 4) {
      const code = view.getUint32(at, this.#isLittleEndian);
      const isMark = this.#isAtStart && (code === 0xfeff || code === 0xfffe0000);
      this.#isAtStart = false;
      if (isMark) {
        if (code !== 0xfeff) this.#isLittleEndian = !this.#isLittleEndian;
      } else if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
        units[count++] = 0xfffd;
      } else if (code > 0xffff) {
        units[count++] = 0xd800 + (code - 0x10000 >> 10);
        units[count++] = 0xdc00 + (code & 0x3ff);
      } else units[count++] = code;
    }
    return textOfUnits(units.subarray(0, count));
  }
}

/** In parts: a call takes no more arguments than fit on the stack. */
function textOfUnits(units: Uint16Array): string {
  let text = "";
  for (let at = 0; at < units.length; at += 4096) {
    text += String.fromCharCode(...units.subarray(at, at + 4096));
  }
  return text;
}
