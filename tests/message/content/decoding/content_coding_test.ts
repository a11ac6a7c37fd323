import { describe, it } from "@std/testing/bdd";
import {
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { DecodingError } from "../../../../src/errors.ts";
import {
  type Coding,
  ContentDecoding,
  type DecodingLimit,
  parseContentEncoding,
  WEB_DECODING,
} from "../../../../src/message/content/decoding/content_coding.ts";
import type { ByteReader } from "../../../../src/message/content/decoding/byte_reader.ts";
import { BLOCKING_DECODING } from "../../../../src/message/content/decoding/blocking_decoding.ts";
import { PLATFORM_DECODING } from "../../../../src/message/content/decoding/platform_decoding.ts";
import { assertSameBytes, concat, everySplit, readAll, readerOf, textOf, utf8 } from "../chunks.ts";
import { seededFraction } from "../../../support/random.ts";
import { CODINGS, ENCODERS } from "../encoders.ts";

/** The two ways of a decoding, with codings as a list. */
function waysOf(decoding: ContentDecoding) {
  return {
    decodeWhole: (bytes: Uint8Array, codings: readonly Coding[], limit?: DecodingLimit) =>
      decoding.whole(bytes, codings.join(", "), limit),
    decodeStream: (source: ByteReader, codings: readonly Coding[], limit?: DecodingLimit) =>
      decoding.stream(source, codings.join(", "), limit),
  };
}

const { decodeWhole, decodeStream } = waysOf(PLATFORM_DECODING);

const HELLO = utf8("hello world, hello world, hello");

/** The results of both ways of decoding: text, or the error's message. */
async function outcome(
  bytes: Uint8Array,
  codings: readonly Coding[],
): Promise<[whole: string, streamed: string]> {
  const tell = async (decode: () => Uint8Array | Promise<Uint8Array>) => {
    try {
      return textOf(await decode());
    } catch (error) {
      assertInstanceOf(error, DecodingError);
      return error.message;
    }
  };
  return [
    await tell(() => decodeWhole(bytes, codings)),
    await tell(() => readAll(decodeStream(readerOf([bytes]), codings))),
  ];
}

function both(text: string): [string, string] {
  return [text, text];
}

/** Not compressible. */
function noise(length: number): Uint8Array {
  const random = seededFraction(length);
  return Uint8Array.from({ length }, () => random() * 256);
}

describe("parseContentEncoding", () => {
  const TABLE: readonly (readonly [value: string | null, codings: readonly Coding[]])[] = [
    [null, []],
    ["", []],
    ["identity", []],
    ["gzip", ["gzip"]],
    ["GZip", ["gzip"]],
    ["x-gzip", ["gzip"]],
    [" deflate ,, identity, br,zstd", ["deflate", "br", "zstd"]],
    ["compress, gzip, nonsense, constructor", ["gzip"]],
    ["gzip, gzip, gzip, gzip, gzip", ["gzip", "gzip", "gzip", "gzip", "gzip"]],
  ];
  it("gives the known codings in order", () => {
    for (const [value, codings] of TABLE) assertEquals(parseContentEncoding(value), codings);
  });

  it("refuses more than five", () => {
    const value = Array(6).fill("gzip").join(", ");
    assertThrows(() => parseContentEncoding(value), DecodingError, "encoded 6 times, at most 5");
  });
});

describe("supportedCodings", () => {
  it("has what node:zlib has here, in the order of Accept-Encoding", () => {
    assertEquals(PLATFORM_DECODING.codings, CODINGS);
    assertEquals(BLOCKING_DECODING.codings, CODINGS);
  });

  it("is known without the decoders: they are not looked for", () => {
    for (const hasZstd of [true, false]) {
      const decoding = new ContentDecoding(
        () => {
          throw new Error("zlib was loaded");
        },
        { hasZstd: () => hasZstd },
      );
      assertEquals(decoding.codings.includes("zstd"), hasZstd);
      assertEquals(decoding.codings.slice(0, 3), ["gzip", "deflate", "br"]);
    }
  });
});

describe("decodeWhole and decodeStream", () => {
  it("decode every coding at every split", async () => {
    for (const coding of CODINGS) {
      for (const encode of ENCODERS[coding]) {
        const bytes = encode(HELLO);
        assertSameBytes(await decodeWhole(bytes, [coding]), HELLO, coding);
        for (const chunks of everySplit(bytes)) {
          assertSameBytes(await readAll(decodeStream(readerOf(chunks), [coding])), HELLO, coding);
        }
      }
    }
  });

  it("decode nothing to nothing, and no coding to the bytes themselves", async () => {
    for (const coding of CODINGS) {
      assertEquals(await outcome(new Uint8Array(0), [coding]), both(""));
      assertEquals(await outcome(ENCODERS[coding][0](new Uint8Array(0)), [coding]), both(""));
    }
    assertStrictEquals(decodeWhole(HELLO, []), HELLO);
  });

  it("decode small content without a promise", () => {
    for (const coding of CODINGS) {
      const decoded = decodeWhole(ENCODERS[coding][0](HELLO), [coding]);
      assertInstanceOf(decoded, Uint8Array);
      assertEquals(decoded.constructor, Uint8Array);
    }
  });

  it("decode large content", async () => {
    const large = concat(noise(400_000), new Uint8Array(9_000_000), noise(100_000));
    for (const coding of CODINGS) {
      const bytes = ENCODERS[coding][0](large);
      assertSameBytes(await decodeWhole(bytes, [coding]), large, coding);
    }
  });

  it("undo stacked codings in reverse order", async () => {
    const all = CODINGS.reduce((bytes, coding) => ENCODERS[coding][0](bytes), HELLO);
    assertEquals(await outcome(all, CODINGS), both(textOf(HELLO)));
    const five = Array<Coding>(5).fill("gzip");
    const bytes = five.reduce((bytes) => ENCODERS.gzip[0](bytes), HELLO);
    assertEquals(await outcome(bytes, five), both(textOf(HELLO)));
  });

  it("read every member of gzip and every frame of zstd", async () => {
    for (const coding of CODINGS.filter((coding) => coding === "gzip" || coding === "zstd")) {
      const [encode] = ENCODERS[coding];
      const bytes = concat(encode(utf8("a")), encode(new Uint8Array(0)), encode(utf8("bc")));
      for (const chunks of everySplit(bytes)) {
        assertEquals(textOf(await readAll(decodeStream(readerOf(chunks), [coding]))), "abc");
      }
      assertEquals(await outcome(bytes, [coding]), both("abc"));
    }
  });

  it("pass over the skippable frames of zstd", async () => {
    if (!CODINGS.includes("zstd")) return;
    const skippable = Uint8Array.of(0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 9, 9, 9);
    const empty = Uint8Array.of(0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0);
    const [encode] = ENCODERS.zstd;
    const bytes = concat(skippable, encode(utf8("a")), empty, encode(utf8("b")), skippable);
    for (const chunks of everySplit(bytes)) {
      assertEquals(textOf(await readAll(decodeStream(readerOf(chunks), ["zstd"]))), "ab");
    }
    assertEquals(await outcome(bytes, ["zstd"]), both("ab"));
  });

  it("read the optional parts of a gzip header", async () => {
    const [encode] = ENCODERS.gzip;
    const plain = encode(HELLO);
    const options = concat(
      plain.subarray(0, 3),
      Uint8Array.of(2 | 4 | 8 | 16),
      plain.subarray(4, 10),
      Uint8Array.of(3, 0, 1, 2, 3), // extra field
      utf8("name\0comment\0"),
      Uint8Array.of(0, 0), // header checksum
      plain.subarray(10),
    );
    for (const chunks of everySplit(concat(options, options))) {
      assertEquals(
        textOf(await readAll(decodeStream(readerOf(chunks), ["gzip"]))),
        textOf(HELLO).repeat(2),
      );
    }
    assertEquals(await outcome(options, ["gzip"]), both(textOf(HELLO)));
  });

  it("ignore what follows the content and is not a further member", async () => {
    for (const coding of CODINGS) {
      for (const encode of ENCODERS[coding]) {
        for (
          const rest of [[0], [0, 0, 0, 0, 0, 0], [13, 10], [0x1f], [0x28, 0xb5], [
            1,
            2,
            3,
            4,
            5,
            6,
            7,
            8,
            9,
            10,
          ]]
        ) {
          const bytes = concat(encode(HELLO), Uint8Array.from(rest));
          assertEquals(await outcome(bytes, [coding]), both(textOf(HELLO)));
          for (const chunks of everySplit(bytes)) {
            const reader = readerOf(chunks);
            assertEquals(textOf(await readAll(decodeStream(reader, [coding]))), textOf(HELLO));
            assertEquals(reader.bytesRead, bytes.length); // so that its connection can be used again
          }
        }
      }
    }
  });

  it("refuse content that is cut off at any byte", async () => {
    for (const coding of CODINGS) {
      for (const encode of ENCODERS[coding]) {
        const bytes = encode(HELLO);
        for (let end = 1; end < bytes.length; end++) {
          const message = `Cannot decode ${coding} content: it ends early`;
          assertEquals(
            await outcome(bytes.subarray(0, end), [coding]),
            both(message),
            `${coding} at ${end}`,
          );
        }
      }
    }
  });

  it("give what came before the cut", async () => {
    for (const coding of CODINGS) {
      const large = noise(300_000);
      const bytes = ENCODERS[coding][0](large).subarray(0, -1);
      const reader = decodeStream(readerOf([bytes]), [coding]);
      let length = 0;
      await assertRejects(
        async () => {
          for (let chunk = await reader.read(); chunk !== null; chunk = await reader.read()) {
            assertSameBytes(chunk, large.subarray(length, length += chunk.length), coding);
          }
        },
        DecodingError,
        "it ends early",
      );
      assertEquals(length >= 100_000, true, `${coding} ${length}`);
      await assertRejects(() => reader.read(), DecodingError, "it ends early");
    }
  });

  it("refuse what is not in the coding at all", async () => {
    for (const coding of CODINGS) {
      const outcomes = await outcome(utf8("<html>not compressed</html>"), [coding]);
      for (const message of outcomes) {
        assertEquals(message.startsWith(`Cannot decode ${coding} content: `), true);
      }
    }
  });

  it("check the checksum and the length of gzip", async () => {
    const bytes = ENCODERS.gzip[0](HELLO);
    const wrong = (at: number) => bytes.map((byte, i) => i === bytes.length + at ? byte ^ 1 : byte);
    assertEquals(
      await outcome(wrong(-8), ["gzip"]),
      both("Cannot decode gzip content: its checksum does not match"),
    );
    assertEquals(
      await outcome(wrong(-1), ["gzip"]),
      both("Cannot decode gzip content: its length does not match"),
    );
  });

  it("let an error of the source through as it is", async () => {
    const failure = new Error("reset by peer");
    for (const coding of CODINGS) {
      for (const codings of [[coding], [coding, coding]]) {
        let reads = 0;
        const bytes = ENCODERS[coding][0](noise(1000)).subarray(0, 500);
        const source = {
          read: () => reads++ === 0 ? Promise.resolve(bytes) : Promise.reject(failure),
        };
        const error = await readAll(decodeStream(source, codings)).catch((error: unknown) => error);
        if (codings.length === 1) assertStrictEquals(error, failure);
      }
    }
  });

  it("hand out what has arrived without waiting for more", async () => {
    for (const coding of CODINGS) {
      const bytes = ENCODERS[coding][0](noise(200_000));
      let isAsked = false;
      let arrive = (_: Uint8Array | null) => {};
      let rest: Uint8Array | null = bytes.subarray(0, -20);
      const source = {
        read(): Promise<Uint8Array | null> {
          if (rest === null) isAsked = true;
          const chunk = rest;
          rest = null;
          return chunk === null
            ? new Promise((resolve) => arrive = resolve)
            : Promise.resolve(chunk);
        },
      };
      const reader = decodeStream(source, [coding]);
      assertEquals((await reader.read())?.length !== 0, true);
      assertEquals(isAsked, false);
      reader.close();
      arrive(null);
    }
  });

  it("may be closed at any time, twice", async () => {
    for (const coding of CODINGS) {
      for (const reads of [0, 1, 2, 3]) {
        const reader = decodeStream(readerOf([ENCODERS[coding][0](noise(200_000))]), [coding]);
        for (let i = 0; i < reads; i++) await reader.read();
        reader.close();
        reader.close();
      }
    }
  });
});

describe("maxBytes", () => {
  it("lets exactly that many through", async () => {
    for (const coding of [...CODINGS, null]) {
      for (const size of [1, HELLO.length, 70_000, 300_000]) {
        const content = noise(size);
        const codings = coding === null ? [] : [coding];
        const bytes = coding === null ? content : ENCODERS[coding][0](content);
        const tooLarge = () => new RangeError("too large");
        for (const maxBytes of [size, size + 1]) {
          assertSameBytes(await decodeWhole(bytes, codings, { maxBytes, tooLarge }), content);
          assertSameBytes(
            await readAll(decodeStream(readerOf([bytes]), codings, { maxBytes })),
            content,
          );
        }
        for (const maxBytes of [0, size - 1]) {
          const limit = { maxBytes, tooLarge };
          await assertRejects(
            async () => await decodeWhole(bytes, codings, limit),
            RangeError,
            "too large",
          );
          const reader = decodeStream(readerOf([bytes]), codings, { maxBytes });
          await assertRejects(
            () => readAll(reader),
            DecodingError,
            `it is more than ${maxBytes} bytes`,
          );
          await assertRejects(
            () => reader.read(),
            DecodingError,
            `it is more than ${maxBytes} bytes`,
          );
        }
      }
    }
  });

  it("stops a bomb soon, in one or in several layers", async () => {
    for (const coding of CODINGS) {
      const [encode] = ENCODERS[coding];
      const bomb = encode(new Uint8Array(50_000_000));
      for (
        const [bytes, codings] of [[bomb, [coding]], [encode(bomb), [coding, coding]]] as const
      ) {
        await assertRejects(
          async () => await decodeWhole(bytes, codings, { maxBytes: 1000 }),
          DecodingError,
        );
        await assertRejects(
          () => readAll(decodeStream(readerOf([bytes]), codings, { maxBytes: 100_000 })),
          DecodingError,
          "more than 100000 bytes",
        );
      }
    }
  });
});

describe("decodeStream", () => {
  it("reads of a bomb of 1 GB what the limit takes, and no more", async () => {
    const member = ENCODERS.gzip[0](new Uint8Array(10_000_000));
    const source = readerOf(Array(100).fill(member));
    const reader = decodeStream(source, ["gzip"], { maxBytes: 25_000_000 });
    let sizeBytes = 0;
    await assertRejects(
      async () => {
        for (let chunk = await reader.read(); chunk !== null; chunk = await reader.read()) {
          sizeBytes += chunk.length;
        }
      },
      DecodingError,
      "more than 25000000 bytes",
    );
    assertEquals(sizeBytes <= 25_000_000 && sizeBytes > 24_800_000, true, String(sizeBytes));
    assertEquals(source.bytesRead, 3 * member.length);
  });

  it("unfolds no more than is read, in pieces of at most 128 KB", async () => {
    for (const coding of CODINGS) {
      const bomb = ENCODERS[coding][0](new Uint8Array(100_000_000));
      const pieces = Array.from(
        { length: Math.ceil(bomb.length / 4096) },
        (_, i) => bomb.subarray(i * 4096, (i + 1) * 4096),
      );
      const source = readerOf(pieces);
      const reader = decodeStream(source, [coding]);
      for (let i = 0; i < 10; i++) {
        assertEquals((await reader.read() ?? bomb).length <= 131_072, true);
      }
      assertEquals(source.bytesRead <= 8192, true, `${coding}: ${source.bytesRead}`);
      reader.close();
    }
  });
});

describe("without node:zlib", () => {
  const { decodeWhole, decodeStream } = waysOf(WEB_DECODING);

  it("decodes what DecompressionStream knows, and advertises no more", async () => {
    {
      const { codings } = WEB_DECODING;
      assertEquals(codings.slice(0, 2), ["gzip", "deflate"]);
      for (const coding of codings) {
        for (const encode of ENCODERS[coding]) {
          const bytes = encode(HELLO);
          assertSameBytes(await decodeWhole(bytes, [coding]), HELLO, coding);
          for (const chunks of everySplit(bytes)) {
            assertSameBytes(await readAll(decodeStream(readerOf(chunks), [coding])), HELLO, coding);
          }
          if (coding === "deflate" && "Deno" in globalThis) continue; // see web_decoder_test.ts
          await assertRejects(
            async () => await decodeWhole(bytes.subarray(0, -1), [coding]),
            DecodingError,
            `Cannot decode ${coding} content`,
          );
        }
        assertEquals((await decodeWhole(new Uint8Array(0), [coding])).length, 0);
      }
      for (const coding of CODINGS.filter((coding) => !codings.includes(coding))) {
        assertThrows(
          () => decodeStream(readerOf([]), [coding]),
          DecodingError,
          "no decoder for it",
        );
      }
    }
  });

  it("stops at the limit", async () => {
    {
      const bomb = ENCODERS.gzip[0](new Uint8Array(50_000_000));
      const source = readerOf(
        Array.from({ length: 50 }, (_, i) => bomb.subarray(i * 1000, (i + 1) * 1000)),
      );
      const reader = decodeStream(source, ["gzip"], { maxBytes: 100_000 });
      await assertRejects(() => readAll(reader), DecodingError, "more than 100000 bytes");
      assertEquals(source.bytesRead < 10_000, true, String(source.bytesRead));
    }
  });
});
