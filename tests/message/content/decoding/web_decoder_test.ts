import { describe, it } from "@std/testing/bdd";
import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { WebReader, webSupports } from "../../../../src/message/content/decoding/web_decoder.ts";
import { assertSameBytes, randomSplit, readAll, readerOf } from "../chunks.ts";
import { seededFraction } from "../../../support/random.ts";
import { ENCODERS } from "../encoders.ts";

const random = seededFraction(1);
const CONTENT = Uint8Array.from(
  { length: 100_000 },
  (_, i) => i % 300 < 100 ? random() * 256 : i >> 8,
);
const [zlib, raw] = ENCODERS.deflate;
const FORMATS: readonly (readonly [format: string, bytes: Uint8Array])[] = [
  ["gzip", ENCODERS.gzip[0](CONTENT)],
  ["deflate", zlib(CONTENT)],
  ["deflate-raw", (raw ?? zlib)(CONTENT)],
];

describe("webSupports", () => {
  it("knows the formats of the Compression standard, and says no to others", () => {
    assertEquals(FORMATS.map(([format]) => webSupports(format)), [true, true, true]);
    assertEquals(webSupports("no such format"), false);
  });
});

describe("WebReader", () => {
  it("decodes at random splits", async () => {
    for (const [format, bytes] of FORMATS) {
      const chunks = randomSplit(bytes, random, 10_000);
      assertSameBytes(await readAll(new WebReader(readerOf(chunks), format)), CONTENT, format);
    }
  });

  it("rejects what is cut off", async () => {
    // Deno's DecompressionStream takes a cut deflate stream for a whole one. (It has node:zlib, which is used there.)
    for (const [format, bytes] of "Deno" in globalThis ? FORMATS.slice(0, 1) : FORMATS) {
      const reader = new WebReader(readerOf([bytes.subarray(0, bytes.length >> 1)]), format);
      await assertRejects(() => readAll(reader));
    }
  });

  it("passes the source's error on as it is", async () => {
    const failure = new Error("reset by peer");
    for (const [format, bytes] of FORMATS) {
      let reads = 0;
      const read = () =>
        reads++ === 0 ? Promise.resolve(bytes.subarray(0, 5000)) : Promise.reject(failure);
      const error = await readAll(new WebReader({ read }, format)).catch((error: unknown) => error);
      assertStrictEquals(error instanceof Uint8Array ? error.length : error, failure);
    }
  });

  it("may be closed before, while and after reading", async () => {
    for (const [format, bytes] of FORMATS) {
      const closed = new WebReader(readerOf([bytes]), format);
      closed.close();
      const opened = new WebReader(readerOf([bytes]), format);
      await opened.read();
      opened.close();
      opened.close();
      const ended = new WebReader(readerOf([bytes]), format);
      await readAll(ended);
      ended.close();
    }
  });
});
