import { describe, it } from "@std/testing/bdd";
import { assertEquals, assertRejects } from "@std/assert";
import { Input } from "../../../../src/message/content/decoding/byte_reader.ts";
import {
  plain,
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
  it("gives back what follows the compressed stream, wherever the input is cut", async () => {
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

  it("tells a whole brotli stream from a cut one by its probe", async () => {
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

describe("plain", () => {
  it("is the same memory without Buffer's methods", () => {
    const { from } =
      (globalThis as unknown as { Buffer: { from(text: string): Uint8Array } }).Buffer;
    const buffer = from("abc");
    assertEquals(plain(buffer).constructor, Uint8Array);
    plain(buffer)[0] = 120;
    assertEquals(textOf(buffer), "xbc");
  });
});
