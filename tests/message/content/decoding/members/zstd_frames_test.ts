import { describe, it } from "@std/testing/bdd";
import { assertEquals } from "@std/assert";
import { ZstdFrame } from "../../../../../src/message/content/decoding/members/zstd_frames.ts";
import { concat, everySplit, utf8 } from "../../chunks.ts";

const MAGIC = [0x28, 0xb5, 0x2f, 0xfd];
const LAST_EMPTY = [1, 0, 0];

/** A block header: raw 0, repeated 1, compressed 2, reserved 3. */
function block(type: number, size: number, isLast = false): number[] {
  const value = size << 3 | type << 1 | Number(isLast);
  return [value & 255, value >> 8 & 255, value >> 16];
}

const FRAMES: readonly (readonly [about: string, bytes: readonly number[]])[] = [
  ["window only", [...MAGIC, 0x00, 9, ...LAST_EMPTY]],
  ["single segment, size of 1 byte", [...MAGIC, 0x20, 0, ...LAST_EMPTY]],
  ["size of 2 bytes", [...MAGIC, 0x40, 9, 9, 9, ...LAST_EMPTY]],
  ["single segment, size of 4 bytes", [...MAGIC, 0xa0, 9, 9, 9, 0, ...LAST_EMPTY]],
  ["the largest window", [...MAGIC, 0x00, 13 << 3, ...LAST_EMPTY]],
  ["a single segment of 8 MB", [...MAGIC, 0xa0, 0, 0, 0x80, 0, ...LAST_EMPTY]],
  ["a single segment of 64 KB and 255 bytes", [...MAGIC, 0x60, 0xff, 0xff, ...LAST_EMPTY]],
  ["size of 8 bytes, dictionary of 4", [
    ...MAGIC,
    0xc3,
    ...Array(1 + 4 + 8).fill(9),
    ...LAST_EMPTY,
  ]],
  ["dictionary of 1", [...MAGIC, 0x01, 9, 9, ...LAST_EMPTY]],
  ["dictionary of 2", [...MAGIC, 0x22, 9, 9, 9, ...LAST_EMPTY]],
  ["checksum", [...MAGIC, 0x24, 0, ...LAST_EMPTY, 9, 9, 9, 9]],
  ["raw, repeated and compressed blocks", [
    ...MAGIC,
    0x00,
    9,
    ...block(0, 2),
    9,
    9,
    ...block(1, 70_000),
    9,
    ...block(0, 0),
    ...block(2, 3, true),
    9,
    9,
    9,
  ]],
  ["skippable", [0x5f, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 9, 9, 9]],
  ["skippable and empty", [0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0]],
];

describe("ZstdFrame", () => {
  it("takes the frame and nothing after it, wherever the bytes are cut", () => {
    for (const [about, frame] of FRAMES) {
      for (const chunks of everySplit(concat(Uint8Array.from(frame), utf8("next")))) {
        const follower = new ZstdFrame();
        const taken = chunks.reduce((sum, chunk) => sum + follower.take(chunk), 0);
        assertEquals([taken, follower.isComplete], [frame.length, true], about);
      }
    }
  });

  it("is incomplete before the last byte", () => {
    for (const [about, frame] of FRAMES) {
      for (let end = 0; end < frame.length; end++) {
        const follower = new ZstdFrame();
        assertEquals(follower.take(Uint8Array.from(frame.slice(0, end))), end);
        assertEquals(follower.isComplete, false, about);
      }
    }
  });

  it("answers -1 to a wrong magic number and to a reserved block", () => {
    for (
      const bytes of [[0x28, 0xb5, 0x2f, 0xfe], [0x60, 0x2a, 0x4d, 0x18], [
        ...MAGIC,
        0,
        9,
        ...block(3, 1),
      ]]
    ) {
      assertEquals(new ZstdFrame().take(Uint8Array.from(bytes)), -1);
    }
  });

  it("refuses windows above 8 MB, of a single segment too", () => {
    const windows = [[0x00, 13 << 3 | 1], [0x20 | 0x80, 1, 0, 0x80, 0], [
      0x20 | 0xc0,
      0,
      0,
      0,
      0,
      1,
      0,
      0,
      0,
    ]];
    for (const rest of windows) {
      const frame = new ZstdFrame();
      assertEquals(frame.take(Uint8Array.from([...MAGIC, ...rest, ...LAST_EMPTY])), -1);
      assertEquals([frame.fault, frame.hasBegun], [
        "its window is larger than 8 MB (RFC 9659)",
        true,
      ]);
    }
  });

  it("knows a skippable frame by its magic number", () => {
    const [skippable, other] = [new ZstdFrame(), new ZstdFrame()];
    assertEquals([skippable.isSkippable, skippable.hasBegun], [false, false]);
    skippable.take(Uint8Array.of(0x5f, 0x2a, 0x4d, 0x18));
    other.take(Uint8Array.from(MAGIC));
    assertEquals([skippable.isSkippable, other.isSkippable, other.hasBegun], [true, false, true]);
  });
});
