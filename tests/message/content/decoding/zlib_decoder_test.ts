import { describe, it } from "@std/testing/bdd";
import { assertEquals, assertThrows } from "@std/assert";
import { Input } from "../../../../src/message/content/decoding/byte_reader.ts";
import {
  zlibDecode,
  zlibDecoders,
  zlibReader,
  zlibSupports,
} from "../../../../src/message/content/decoding/zlib_decoder.ts";
import type { Zlib } from "../../../../src/message/content/decoding/zlib_stream.ts";
import { assertSameBytes, concat, readAll, readerOf, utf8 } from "../chunks.ts";
import { CODINGS, ENCODERS } from "../encoders.ts";

const { process } = globalThis as unknown as {
  process: { getBuiltinModule(name: string): Zlib };
};
const zlib = process.getBuiltinModule("node:zlib");

/** What Node 20 has: no zstd, and before 20.15 no CRC-32. */
const {
  createInflate,
  createInflateRaw,
  createBrotliDecompress,
  inflateSync,
  inflateRawSync,
  brotliDecompressSync,
} = zlib;
const old: Zlib = {
  createInflate,
  createInflateRaw,
  createBrotliDecompress,
  inflateSync,
  inflateRawSync,
  brotliDecompressSync,
};

describe("zlibSupports", () => {
  it("is false for zstd on an old Node", () => {
    assertEquals(CODINGS.filter((coding) => zlibSupports(zlib, coding)), CODINGS);
    assertEquals(CODINGS.filter((coding) => zlibSupports(old, coding)), ["gzip", "deflate", "br"]);
    const message = "this runtime's zlib has no zstd";
    assertThrows(() => zlibReader(old, "zstd", new Input(readerOf([]))), Error, message);
    assertThrows(() => zlibDecode(old, "zstd", { bytes: utf8("x"), maxBytes: 9 }), Error, message);
  });
});

describe("zlibDecoders", () => {
  it("are the runtime's own; what is too much is said, what is broken is thrown", () => {
    const decoders = zlibDecoders();
    const bytes = ENCODERS.gzip[0](utf8("hello!"));
    assertEquals(decoders?.supports("gzip"), true);
    assertEquals(decoders?.atOnce("gzip", { bytes, maxBytes: 6 })?.length, 6);
    assertEquals(decoders?.atOnce("gzip", { bytes, maxBytes: 5 }), "too large");
    assertThrows(() => decoders?.atOnce("gzip", { bytes: bytes.subarray(1), maxBytes: 6 }), Error);
  });
});

describe("zlibDecode and zlibReader", () => {
  it("check gzip with their own CRC-32 where zlib has none", async () => {
    const content = utf8("hello ".repeat(10_000));
    const bytes = concat(ENCODERS.gzip[0](content), ENCODERS.gzip[0](content));
    const expected = concat(content, content);
    const decoded = zlibDecode(old, "gzip", { bytes, maxBytes: expected.length });
    assertSameBytes(decoded ?? utf8(""), expected);
    assertSameBytes(await readAll(zlibReader(old, "gzip", new Input(readerOf([bytes])))), expected);
  });

  it("throw ERR_BUFFER_TOO_LARGE above the limit, all members together", () => {
    for (const coding of CODINGS) {
      const [encode] = ENCODERS[coding];
      const isRow = coding === "gzip" || coding === "zstd";
      const bytes = isRow
        ? concat(encode(utf8("abc")), encode(utf8("def")))
        : encode(utf8("abcdef"));
      assertEquals(zlibDecode(zlib, coding, { bytes, maxBytes: 6 })?.length, 6);
      const error = assertThrows(() => zlibDecode(zlib, coding, { bytes, maxBytes: 5 }), Error);
      assertEquals((error as { code?: string }).code, "ERR_BUFFER_TOO_LARGE", coding);
    }
  });

  it("give bytes that lie alone in their memory, so that it can be handed on", async () => {
    for (const coding of CODINGS) {
      const bytes = ENCODERS[coding][0](utf8("hello"));
      const whole = zlibDecode(zlib, coding, { bytes, maxBytes: 100 });
      const reader = zlibReader(zlib, coding, new Input(readerOf([bytes])));
      for (const piece of [whole, await reader.read()]) {
        assertEquals([piece?.length, piece?.buffer.byteLength], [5, 5], coding);
      }
      reader.close();
    }
  });

  it("leave brotli with bytes after it to the reader", () => {
    const bytes = concat(ENCODERS.br[0](utf8("abc")), utf8("rest"));
    assertEquals(zlibDecode(zlib, "br", { bytes, maxBytes: 100 }), null);
  });
});
