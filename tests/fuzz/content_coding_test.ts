import { describe, it } from "@std/testing/bdd";
import { assertEquals, assertInstanceOf } from "@std/assert";
import { DecodingError } from "../../src/errors.ts";
import type { Coding } from "../../src/message/content/decoding/content_coding.ts";
import { PLATFORM_DECODING } from "../../src/message/content/decoding/platform_decoding.ts";
import {
  assertSameBytes,
  concat,
  randomSplit,
  readAll,
  readerOf,
} from "../message/content/chunks.ts";
import { seededFraction } from "../support/random.ts";
import { CODINGS, ENCODERS } from "../message/content/encoders.ts";

/** Deno's brotli leaks at every error, and says so on stderr: there it meets broken content in content_coding_test alone. */
const BREAKABLE = CODINGS.filter((coding) => coding !== "br" || !("Deno" in globalThis));

/** Some of it compresses, some does not. */
function content(random: () => number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) {
    const run = i % 997 < 500;
    bytes[i] = run ? i >> 8 : random() * 256;
  }
  return bytes;
}

async function attempt(
  decode: () => Uint8Array | Promise<Uint8Array>,
): Promise<Uint8Array | "error"> {
  try {
    return await decode();
  } catch (error) {
    assertInstanceOf(error, DecodingError);
    return "error";
  }
}

describe("content codings", () => {
  it("decode random content at random splits, several members, stacked", async () => {
    const random = seededFraction(1);
    for (let round = 0; round < 60; round++) {
      const expected = content(random, Math.floor(random() ** 3 * 400_000));
      const codings = Array.from(
        { length: 1 + Math.floor(random() * 3) },
        () => CODINGS[Math.floor(random() * CODINGS.length)] ?? "gzip",
      );
      let bytes = expected;
      for (const coding of codings) {
        const at = coding === "gzip" || coding === "zstd" ? Math.floor(random() * bytes.length) : 0;
        const [encode] = ENCODERS[coding];
        bytes = concat(
          at > 0 ? encode(bytes.subarray(0, at)) : new Uint8Array(0),
          encode(bytes.subarray(at)),
        );
      }
      const chunks = randomSplit(bytes, random, 1 + bytes.length / 400 + random() ** 4 * 200_000);
      assertSameBytes(
        await readAll(PLATFORM_DECODING.stream(readerOf(chunks), codings.join(", "))),
        expected,
        codings.join(),
      );
      assertSameBytes(
        await PLATFORM_DECODING.whole(bytes, codings.join(", ")),
        expected,
        codings.join(),
      );
    }
  });

  it("agree with themselves on corrupt content: both ways fail, or both give the same bytes", async () => {
    const random = seededFraction(2);
    for (const coding of BREAKABLE) {
      for (const encode of ENCODERS[coding]) {
        const bytes = encode(content(random, 3000));
        for (let round = 0; round < 150; round++) {
          const corrupt = bytes.slice();
          const at = Math.floor(random() * bytes.length);
          corrupt[at] = random() * 256;
          await assertAgreement(corrupt, coding, `${coding} at ${at}`);
        }
      }
    }
  });

  it("agree with themselves on noise", async () => {
    const random = seededFraction(3);
    const starts: Record<Coding, number[]> = {
      gzip: [0x1f, 0x8b, 8],
      deflate: [0x78, 0x9c],
      br: [],
      zstd: [0x28, 0xb5, 0x2f, 0xfd],
    };
    for (const coding of BREAKABLE) {
      for (let round = 0; round < 100; round++) {
        const noise = Array.from({ length: Math.floor(random() * 60) }, () => random() * 256);
        await assertAgreement(
          Uint8Array.from([...starts[coding], ...noise]),
          coding,
          `${coding} ${round}`,
        );
      }
    }
  });
});

async function assertAgreement(bytes: Uint8Array, coding: Coding, about: string): Promise<void> {
  const whole = await attempt(() =>
    PLATFORM_DECODING.whole(bytes, coding, { maxBytes: 1_000_000 })
  );
  const halves = [bytes.subarray(0, bytes.length >> 1), bytes.subarray(bytes.length >> 1)];
  const streamed = await attempt(() =>
    readAll(PLATFORM_DECODING.stream(readerOf(halves), coding, { maxBytes: 1_000_000 }))
  );
  if (whole === "error" || streamed === "error") {
    assertEquals([whole, streamed], ["error", "error"], about);
  } else assertSameBytes(whole, streamed, about);
}
