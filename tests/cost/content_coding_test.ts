import { assert, assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { DecodingError, ReadTimeout } from "../../src/errors.ts";
import type { Coding, ContentReader } from "../../src/message/content/decoding/byte_reader.ts";
import {
  decodeStream,
  type DecodingLimit,
  FREE_BYTES,
  readAll,
} from "../../src/message/content/decoding/coding_reader.ts";
import { MAX_STRAY_BYTES } from "../../src/message/content/decoding/members/members_reader.ts";
import { zlibDecoders } from "../../src/message/content/decoding/zlib_decoder.ts";
import { CODINGS, ENCODERS } from "../message/content/encoders.ts";
import { concat, readerOf, utf8 } from "../message/content/chunks.ts";
import { assertLinear, longestTurnMs } from "./growth.ts";

const decoders = zlibDecoders() ?? never();

function never(): never {
  throw new Error("Every runtime of these tests has node:zlib");
}

function reading(
  chunks: Iterable<Uint8Array>,
  codings: readonly Coding[],
  limit: DecodingLimit = {},
): ContentReader {
  return decodeStream(readerOf(chunks), { codings, decoders, limit });
}

/** Reads all and keeps nothing: the number of bytes. */
async function count(reader: ContentReader): Promise<number> {
  let bytes = 0;
  for (let chunk = await reader.read(); chunk !== null; chunk = await reader.read()) {
    bytes += chunk.length;
  }
  reader.close();
  return bytes;
}

function repeated(part: Uint8Array, size: number): Uint8Array {
  const bytes = new Uint8Array(Math.floor(size / part.length) * part.length);
  for (let at = 0; at < bytes.length; at += part.length) bytes.set(part, at);
  return bytes;
}

/** A frame of one raw block with `head`, then blocks that repeat a zero 128 KB long. */
function zstdBomb(head: Uint8Array, blocks: number): Uint8Array {
  const bytes = new Uint8Array(9 + head.length + 4 * blocks);
  bytes.set([0x28, 0xb5, 0x2f, 0xfd, 0x00, 7 << 3, head.length << 3 & 255, head.length >> 5, 0]);
  bytes.set(head, 9);
  for (let block = 0; block < blocks; block++) {
    const header = 131_072 << 3 | 1 << 1 | Number(block === blocks - 1);
    bytes.set([header & 255, header >> 8 & 255, header >> 16], 9 + head.length + 4 * block);
  }
  return bytes;
}

const LIMIT = 1024 * 1024;

/** Bodies of many members, each decoded for its own price. */
const ROWS: readonly (readonly [about: string, coding: Coding, member: Uint8Array])[] = [
  ["empty gzip members", "gzip", ENCODERS.gzip[0](utf8(""))],
  ["gzip members of one byte", "gzip", ENCODERS.gzip[0](utf8("a"))],
  [
    "gzip members with names",
    "gzip",
    Uint8Array.from([...[0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 3], 97, 0, 3, 0, ...Array(8).fill(0)]),
  ],
  ["gzip members of 2 KB that hold zeros", "gzip", ENCODERS.gzip[0](new Uint8Array(2_000_000))],
  ["skippable zstd frames", "zstd", Uint8Array.from([0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0])],
  ["empty zstd frames", "zstd", Uint8Array.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0, 1, 0, 0])],
];

describe("the cost of content codings", () => {
  for (const [about, coding, member] of ROWS) {
    if (!CODINGS.includes(coding)) continue;
    it(`is linear for ${about}, and they take turns`, () =>
      assertLinear({
        make: (size) => repeated(member, Math.max(size, 2 * member.length)),
        run: (bytes) => count(reading([bytes], [coding])),
        limit: LIMIT,
      }));
  }

  for (const coding of CODINGS) {
    it(`is linear for ${coding} that comes byte by byte`, () =>
      assertLinear({
        make(size) {
          const noise = Uint8Array.from({ length: size }, (_, i) => (i * i * 31) >> 7 & 255);
          return Array.from(ENCODERS[coding][0](noise), (byte) => Uint8Array.of(byte));
        },
        run: (chunks) => count(reading(chunks, [coding])),
        limit: 16_384,
      }));

    it(`is linear for ${coding} under every other coding`, () =>
      assertLinear({
        make: (size) => {
          const content = Uint8Array.from({ length: 8 * size }, (_, i) => i >> 5);
          return CODINGS.map((other) =>
            [
              ENCODERS[other][0](ENCODERS[coding][0](content)),
              [coding, other],
            ] as const
          );
        },
        async run(bodies) {
          for (const [bytes, codings] of bodies) await count(reading([bytes], codings));
        },
        limit: LIMIT,
      }));

    it(`is linear for what ${coding} at once may be, and it takes 50 ms at most`, () =>
      assertLinear({
        make: (size) => ENCODERS[coding][0](new Uint8Array(size)),
        run: (bytes) => decoders.atOnce(coding, { bytes, maxBytes: FREE_BYTES }),
        limit: FREE_BYTES,
      }));
  }

  it("is linear for a gzip header that comes byte by byte", () =>
    assertLinear({
      make: (size) => {
        const name = [0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 3, ...Array(size).fill(97)];
        return Array.from(name, (byte) => Uint8Array.of(byte));
      },
      run: (chunks) => count(reading(chunks, ["gzip"])).catch(() => {}),
      limit: 65_000,
    }));

  it("is linear for stray bytes", () =>
    assertLinear({
      make: (
        size,
      ) => [ENCODERS.gzip[0](utf8("a")), ...Array.from({ length: size }, () => utf8("?"))],
      run: (chunks) => count(reading(chunks, ["gzip"])),
      limit: 200_000,
    }));
});

describe("a body that unfolds without end", () => {
  const supportsZstd = CODINGS.includes("zstd");

  it("is refused when what it unfolds to is ignored behind two bytes of content", async () => {
    if (!supportsZstd) return;
    const inner = zstdBomb(ENCODERS.gzip[0](utf8("hi")), 100_000);
    const wire = ENCODERS.zstd[0](inner);
    for (const limit of [{}, { maxBytes: 1000 }, { maxRatio: 200 }]) {
      const all = readAll(reading([wire], ["gzip", "zstd", "zstd"], limit));
      await assertRejects(() => all, DecodingError, `more than ${MAX_STRAY_BYTES} bytes follow`);
    }
  });

  it("is refused when it is members without content", async () => {
    if (!supportsZstd) return;
    const empty = ENCODERS.gzip[0](utf8(""));
    const wire = ENCODERS.zstd[0](repeated(empty, 3 * FREE_BYTES));
    assert(wire.length < 10_000);
    const all = readAll(reading([wire], ["gzip", "zstd"]));
    await assertRejects(
      () => all,
      DecodingError,
      "Cannot decode zstd content: it is more than 200 times",
    );
  });

  it("is refused above the ratio and above 8 MB, not below either", async () => {
    const wire = ENCODERS.gzip[0](new Uint8Array(FREE_BYTES + 1));
    const ratio = (FREE_BYTES + 1) / wire.length;
    const size = (bytes: Uint8Array, maxRatio: number) =>
      count(reading([bytes], ["gzip"], { maxRatio }));
    assertEquals(await size(wire, Math.ceil(ratio)), FREE_BYTES + 1);
    assertEquals(await size(wire, Infinity), FREE_BYTES + 1);
    await assertRejects(() => size(wire, Math.floor(ratio)), DecodingError, "(maxDecodedRatio)");
    assertEquals(await size(ENCODERS.gzip[0](new Uint8Array(FREE_BYTES)), 1), FREE_BYTES);
  });

  it("ends with its call, and timers ring meanwhile", async () => {
    if (!supportsZstd) return;
    const wire = zstdBomb(utf8(""), 1_000_000); // 128 GB
    let isOver = false;
    const timer = setTimeout(() => isOver = true, 50);
    const throwIfOver = () => {
      if (isOver) throw new ReadTimeout("over");
    };
    const turn = await longestTurnMs(() =>
      assertRejects(() => count(reading([wire], ["zstd"], { throwIfOver })), ReadTimeout, "over")
    );
    clearTimeout(timer);
    assert(turn < 1000, `no turn for ${turn} ms`); // far below what the body would take
  });

  it("ends with its call when it has no content", async () => {
    const members = repeated(ENCODERS.gzip[0](utf8("")), 4 * LIMIT);
    const calls: number[] = [];
    const throwIfOver = () => {
      if (calls.push(0) === 3) throw new ReadTimeout("over");
    };
    const all = () => readAll(reading([members], ["gzip"], { throwIfOver }));
    await assertRejects(all, ReadTimeout, "over");
    assertEquals(calls.length, 3);
  });
});

describe("the memory of content codings", () => {
  it("is that of the content for members of one byte", async () => {
    const count = 20_000;
    const body = repeated(ENCODERS.gzip[0](utf8("a")), count * ENCODERS.gzip[0](utf8("a")).length);
    const all = await readAll(reading([body], ["gzip"]));
    assertEquals(all.length, count);
    assert(all.buffer.byteLength <= 2 * count);
  });

  it("is bounded by the window that a zstd frame asks for", async () => {
    if (!CODINGS.includes("zstd")) return;
    const frame = (exponent: number) => {
      const bytes = zstdBomb(utf8("content"), 1);
      bytes[5] = exponent << 3;
      return bytes;
    };
    assertEquals(await count(reading([frame(13)], ["zstd"])), 131_079);
    for (const bytes of [frame(14), frame(17), concat(frame(13), frame(14))]) {
      const message = "its window is larger than 8 MB (RFC 9659)";
      await assertRejects(() => count(reading([bytes], ["zstd"])), DecodingError, message);
      let error: unknown;
      try {
        decoders.atOnce("zstd", { bytes, maxBytes: FREE_BYTES });
      } catch (thrown) {
        error = thrown;
      }
      assert(error instanceof Error && error.message.includes(message));
    }
  });

  it("is bounded by brotli's windows of 16 MB", async () => {
    const large = Uint8Array.from([0x11, 0x1c, 0x03]);
    const message = "its window is larger than 16 MB (RFC 7932)";
    await assertRejects(() => count(reading([large], ["br"])), DecodingError, message);
    assertEquals(await count(reading([ENCODERS.br[0](utf8("x"))], ["br"])), 1);
  });
});
