/** Decoders that are loaded for the first encoded response. */
import { assertEquals, assertInstanceOf, assertRejects, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { DecodingError } from "../../../../src/errors.ts";
import { ContentDecoding } from "../../../../src/message/content/decoding/content_coding.ts";
import { WEB_DECODERS } from "../../../../src/message/content/decoding/web_decoder.ts";
import { zlibDecoders } from "../../../../src/message/content/decoding/zlib_decoder.ts";
import { readAll, textOf, utf8 } from "../chunks.ts";
import { ENCODERS } from "../encoders.ts";

describe("decoders that are loaded first", () => {
  const later = () =>
    new ContentDecoding(async () => {
      await Promise.resolve();
      return zlibDecoders() ?? WEB_DECODERS;
    }, { hasZstd: () => true });
  const bytes = ENCODERS.gzip[0]?.(utf8("hello")) ?? new Uint8Array();

  it("decode whole bodies: the first as a promise, the next at once", async () => {
    const decoding = later();
    const first = decoding.whole(bytes, "gzip");
    assertInstanceOf(first, Promise);
    assertEquals(textOf(await first), "hello");
    assertInstanceOf(decoding.whole(bytes, "gzip"), Uint8Array);
  });

  it("read nothing of a stream before its first read, and can be closed before they are here", async () => {
    let reads = 0;
    const source = { read: () => Promise.resolve(reads++ === 0 ? bytes : null) };
    const reader = later().stream(source, "gzip");
    const unused = later().stream(source, "gzip");
    unused.close();
    await Promise.resolve();
    assertEquals(reads, 0);
    assertEquals(textOf(await readAll(reader)), "hello");
  });

  it("can't decode at once before that, and say so", () => {
    const error = assertThrows(() => later().sync(bytes, "gzip"), DecodingError);
    assertEquals(error.message, "Cannot decode content at once: the decoders are not loaded yet");
  });

  it("are loaded again after a failure", async () => {
    let attempts = 0;
    const decoding = new ContentDecoding(async () => {
      await Promise.resolve();
      if (attempts++ === 0) throw new Error("no file descriptor");
      return zlibDecoders() ?? WEB_DECODERS;
    });
    await assertRejects(
      async () => await decoding.whole(bytes, "gzip"),
      Error,
      "no file descriptor",
    );
    assertEquals(textOf(await decoding.whole(bytes, "gzip")), "hello");
  });
});
