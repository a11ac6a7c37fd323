import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { FrameWriter, WHOLE_TEXT } from "../../../../src/wire/websocket/frames/frame_writer.ts";
import { hex, join, readFrames, utf8 } from "../../../support/websocket/frames.ts";

const BINARY = { opcode: 2, isFinal: true, isCompressed: false };

function writer(): FrameWriter {
  return new FrameWriter((words) => words.fill(0x3d21fa37)); // 37 fa 21 3d: the example of §5.7
}

describe("FrameWriter", () => {
  it("writes the masked Hello of RFC 6455 §5.7", () => {
    const frames = writer();
    frames.writeText(WHOLE_TEXT, "Hello");
    assertEquals(frames.take(), [hex("818537fa213d7f9f4d5158")]);
    assertEquals(frames.take(), []);
  });

  it("uses the shortest length, and puts frames of any size one after the other", () => {
    const sizes = [0, 1, 125, 126, 127, 65_535, 65_536, 70_001, 3];
    const frames = writer();
    for (const size of sizes) frames.write(BINARY, new Uint8Array(size).fill(size));
    const bytes = join(...frames.take());
    const read = readFrames(bytes);
    assertEquals(read.map(({ payload }) => payload.length), sizes);
    assert(read.every(({ payload }) => payload.every((byte) => byte === payload.length % 256)));
    const header = (size: number) => size < 126 ? 6 : size < 65_536 ? 8 : 14;
    assertEquals(bytes.length, sizes.reduce((sum, size) => sum + size + header(size), 0));
  });

  it("writes text of any width around every boundary of the length", () => {
    for (const char of ["a", "ß", "€", "😀", "\ud800"]) {
      for (
        const count of [
          0,
          1,
          31,
          41,
          42,
          62,
          63,
          124,
          125,
          126,
          127,
          21_844,
          21_845,
          21_846,
          32_768,
          65_535,
          65_536,
        ]
      ) {
        const frames = writer();
        frames.writeText(WHOLE_TEXT, "x");
        frames.writeText(WHOLE_TEXT, char.repeat(count));
        const [, read] = readFrames(join(...frames.take()));
        const sent = new TextDecoder().decode(read?.payload);
        assert(sent === char.repeat(count).toWellFormed(), `${count} of ${char}`);
      }
    }
  });

  it("what was taken does not change before it is given back; then its memory is used again", () => {
    const frames = writer();
    frames.writeText(WHOLE_TEXT, "one");
    const [first] = frames.take();
    const copy = first?.slice();
    frames.writeText(WHOLE_TEXT, "two");
    assertEquals(first, copy);
    frames.giveBack();
    const [second] = frames.take();
    frames.writeText(WHOLE_TEXT, "six");
    assertEquals(first?.buffer === frames.take()[0]?.buffer, true);
    assertEquals(readFrames(second ?? new Uint8Array(0)).map(({ payload }) => payload), [
      utf8("two"),
    ]);
  });

  it("puts a large payload where it stands in the caller's memory, modulo 32, and uses its memory again", () => {
    const frames = writer();
    const payload = new Uint8Array(40_000).subarray(13).fill(9);
    frames.writeText(WHOLE_TEXT, "before");
    frames.write(BINARY, payload);
    frames.writeText(WHOLE_TEXT, "after");
    const pieces = frames.take();
    const read = readFrames(join(...pieces)).map((each) => each.payload.length);
    assertEquals([pieces.length, read], [3, [6, payload.length, 5]]);
    assertEquals((pieces[1]?.byteOffset ?? 0) + 8, 32 + 13);
    frames.giveBack();
    frames.write(BINARY, payload);
    assertEquals(frames.take()[0]?.buffer === pieces[1]?.buffer, true);
  });

  it("keeps no buffer that a large message has made", () => {
    const frames = writer();
    frames.write(BINARY, new Uint8Array(1024 * 1024));
    const [large] = frames.take();
    frames.giveBack();
    for (let i = 0; i < 3; i++) {
      frames.writeText(WHOLE_TEXT, "a");
      assert(frames.take()[0]?.buffer !== large?.buffer);
    }
  });
});
