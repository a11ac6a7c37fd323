import { describe, it } from "@std/testing/bdd";
import { assertEquals, assertRejects } from "@std/assert";
import { Input } from "../../../../src/message/content/decoding/byte_reader.ts";
import {
  owned,
  type Zlib,
  ZlibReader,
} from "../../../../src/message/content/decoding/zlib_stream.ts";
import { assertSameBytes, concat, everySplit, readAll, readerOf, textOf, utf8 } from "../chunks.ts";
import { ENCODERS } from "../encoders.ts";

const { process } = globalThis as unknown as {
  process: { getBuiltinModule(name: string): Zlib };
};
const zlib = process.getBuiltinModule("node:zlib");
const [, deflateRaw = ENCODERS.gzip[0]] = ENCODERS.deflate;

describe("ZlibReader", () => {
  it("gives back what follows the compressed stream, at every cut of the input", async () => {
    for (const content of [utf8(""), utf8("hello, hello, hello")]) {
      for (const chunks of everySplit(concat(deflateRaw(content), utf8("rest")))) {
        const input = new Input(readerOf(chunks));
        const reader = new ZlibReader(zlib.createInflateRaw, input);
        assertSameBytes(await readAll(reader), content);
        assertEquals(textOf(await readAll(input)), "rest");
      }
    }
  });

  it("asks for input only when all output of the last was taken", async () => {
    const bomb = deflateRaw(new Uint8Array(10_000_000));
    const source = readerOf([bomb.subarray(0, 1000), bomb.subarray(1000)]);
    const reader = new ZlibReader(zlib.createInflateRaw, new Input(source));
    for (let i = 0; i < 5; i++) await reader.read();
    assertEquals(source.bytesRead, 1000);
    reader.close();
  });

  it("distinguishes a whole brotli stream from a cut one by its probe", async () => {
    const bytes = ENCODERS.br[0](utf8("hello, hello, hello"));
    const readerFor = (end: number) =>
      new ZlibReader(
        zlib.createBrotliDecompress,
        new Input(readerOf([bytes.subarray(0, end)])),
        new Uint8Array(1),
      );
    assertEquals(textOf(await readAll(readerFor(bytes.length))), "hello, hello, hello");
    await assertRejects(
      () => readAll(readerFor(bytes.length - 1)),
      Error,
      "unexpected end of file",
    );
  });
});

describe("owned", () => {
  const { from } =
    (globalThis as unknown as { Buffer: { from(init: ArrayBufferLike): Uint8Array } }).Buffer;

  it("is the same memory without Buffer's methods", () => {
    const buffer = from(utf8("abc").buffer as ArrayBuffer);
    assertEquals(owned(buffer).constructor, Uint8Array);
    owned(buffer)[0] = 120;
    assertEquals(textOf(buffer), "xbc");
  });

  it("is a copy if that memory holds more than the bytes", () => {
    const buffer = from(utf8("abcd").buffer as ArrayBuffer).subarray(1, 3);
    const bytes = owned(buffer);
    assertEquals([bytes.constructor, bytes.buffer.byteLength], [Uint8Array, 2]);
    assertEquals(textOf(bytes), "bc");
  });
});
