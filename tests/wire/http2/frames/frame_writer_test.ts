import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { FrameWriter, PREFACE } from "../../../../src/wire/http2/frames/frame_writer.ts";
import { data, frame, joined, settings, T } from "../../../support/http2/frames.ts";

function written(write: (writer: FrameWriter) => void): Uint8Array {
  const writer = new FrameWriter();
  write(writer);
  return writer.take().slice();
}

const preface = new TextEncoder().encode(PREFACE);

/** What is written, and the same bytes made by hand (RFC 9113 §3.4, §6). */
const CASES: Readonly<Record<string, readonly [(writer: FrameWriter) => void, Uint8Array]>> = {
  preface: [(w) => w.preface([1, 4096, 2, 0]), joined(preface, settings(1, 4096, 2, 0))],
  data: [(w) => w.data(5, Uint8Array.of(104, 105), { endsStream: false }), data(5, "hi")],
  "the last data": [(w) => w.data(5, Uint8Array.of(33), { endsStream: true }), data(5, "!", 1)],
  settingsAck: [(w) => w.settingsAck(), frame(T.SETTINGS, 1, 0)],
  ping: [
    (w) => w.ping(Uint8Array.of(8, 7, 6, 5, 4, 3, 2, 1), { isAck: true }),
    frame(T.PING, 1, 0, [8, 7, 6, 5, 4, 3, 2, 1]),
  ],
  reset: [(w) => w.reset(2 ** 31 - 1, "CANCEL"), frame(T.RST_STREAM, 0, 2 ** 31 - 1, [0, 0, 0, 8])],
  goaway: [
    (w) => w.goaway("ENHANCE_YOUR_CALM"),
    frame(T.GOAWAY, 0, 0, [0, 0, 0, 0, 0, 0, 0, 11]),
  ],
  windowUpdate: [
    (w) => w.windowUpdate(3, 2 ** 31 - 1),
    frame(T.WINDOW_UPDATE, 0, 3, [127, 255, 255, 255]),
  ],
  headers: [
    (w) => w.headers(Uint8Array.of(1, 2), { streamId: 1, endsStream: true, maxFrameBytes: 2 }),
    frame(T.HEADERS, 5, 1, [1, 2]),
  ],
  "headers that go on": [
    (w) =>
      w.headers(Uint8Array.of(1, 2, 3, 4, 5), { streamId: 1, endsStream: true, maxFrameBytes: 2 }),
    joined(
      frame(T.HEADERS, 1, 1, [1, 2]),
      frame(T.CONTINUATION, 0, 1, [3, 4]),
      frame(T.CONTINUATION, 4, 1, [5]),
    ),
  ],
};

describe("FrameWriter", () => {
  for (const [name, [write, expected]] of Object.entries(CASES)) {
    it(`writes ${name}`, () => assertEquals(written(write), expected));
  }

  it("keeps what was taken until the next taking, and begins anew", () => {
    const writer = new FrameWriter();
    writer.settingsAck();
    const first = writer.take();
    assertEquals(writer.length, 0);
    writer.reset(1, "CANCEL");
    assertEquals(first, frame(T.SETTINGS, 1, 0));
    assertEquals(writer.length, 13);
    assertEquals(writer.take(), frame(T.RST_STREAM, 0, 1, [0, 0, 0, 8]));
  });
});
