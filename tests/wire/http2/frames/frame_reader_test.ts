import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { FrameReader } from "../../../../src/wire/http2/frames/frame_reader.ts";
import { ViolationError } from "../../../../src/wire/http2/reasons.ts";
import { everySplit } from "../../../support/every_split.ts";
import { data, F, frame, joined, settings, T } from "../../../support/http2/frames.ts";

/** What a reader tells of the chunks; content that comes in pieces is joined. */
function read(chunks: readonly Uint8Array[]): string[] {
  const lines: string[] = [];
  let content = "";
  const reader = new FrameReader({
    onFrameBegin: ({ type, streamId, length }) => lines.push(`begin ${type} ${streamId} ${length}`),
    onFrame: ({ type, flags }, bytes, start, end) =>
      lines.push(`frame ${type} ${flags} [${bytes.slice(start, end).join()}]`),
    onData: (bytes, start, end) => content += String.fromCharCode(...bytes.subarray(start, end)),
    onDataEnd: ({ flags }) => {
      lines.push(`data "${content}" ${flags}`);
      content = "";
    },
    onIllegalFrame: ({ type }, { reason }) => lines.push(`illegal ${type} ${reason}`),
  });
  for (const chunk of chunks) {
    const lent = chunk.slice();
    reader.receive(lent);
    lent.fill(0xee);
  }
  if (reader.isInsideFrame) lines.push("inside");
  return lines;
}

/** Each kind of frame, with what it is read as. */
const CASES: readonly (readonly [name: string, bytes: Uint8Array, told: readonly string[]])[] = [
  ["DATA", data(1, "hello", F.END_STREAM), ["begin 0 1 5", 'data "hello" 1']],
  ["empty DATA", data(3, ""), ["begin 0 3 0", 'data "" 0']],
  [
    "padded DATA",
    frame(T.DATA, F.PADDED, 1, [3, 104, 105, 0, 0, 0]),
    ["begin 0 1 6", 'data "hi" 8'],
  ],
  ["DATA of padding alone", frame(T.DATA, F.PADDED, 1, [2, 0, 0]), ["begin 0 1 3", 'data "" 8']],
  ["DATA padded by nothing", frame(T.DATA, F.PADDED, 1, [0]), ["begin 0 1 1", 'data "" 8']],
  ["SETTINGS", settings(4, 258), ["begin 4 0 6", "frame 4 0 [0,4,0,0,1,2]"]],
  ["empty SETTINGS", settings(), ["begin 4 0 0", "frame 4 0 []"]],
  ["unknown frame", frame(0xbe, 7, 9, [1, 2]), ["begin 190 9 2", "frame 190 7 [1,2]"]],
  [
    "illegal PRIORITY",
    frame(T.PRIORITY, 0, 1, [1, 2, 3]),
    ["begin 2 1 3", "illegal 2 FRAME_SIZE_ERROR"],
  ],
  [
    "a stream id with its reserved bit set",
    joined(frame(T.PING, 0, 2 ** 31, [1, 2, 3, 4, 5, 6, 7, 8])),
    ["begin 6 0 8", "frame 6 0 [1,2,3,4,5,6,7,8]"],
  ],
];

describe("FrameReader", () => {
  for (const [name, bytes, told] of CASES) {
    it(`reads ${name} the same at every split`, () => {
      everySplit(bytes, (chunks) => assertEquals(read(chunks), told));
    });
  }

  it("reads all of them in one run, the same at every split", () => {
    const bytes = joined(...CASES.map(([, frame]) => frame));
    const told = CASES.flatMap(([, , told]) => told);
    everySplit(bytes, (chunks) => assertEquals(read(chunks), told));
  });

  it("knows whether it is inside a frame, at every byte", () => {
    const bytes = joined(data(1, "abc"), settings(1, 2));
    const between = [0, 12, bytes.length];
    for (let at = 0; at <= bytes.length; at++) {
      const isInside = read([bytes.subarray(0, at)]).at(-1) === "inside";
      assertEquals(isInside, !between.includes(at), `after ${at} bytes`);
    }
  });

  it("refuses padding that is longer than its frame (RFC 9113 §6.1)", () => {
    everySplit(frame(T.DATA, F.PADDED, 1, [3, 0, 0]), (chunks) => {
      const error = assertThrows(() => read(chunks), ViolationError, "padding");
      assertEquals([error.reason, error.scope], ["PROTOCOL_ERROR", "connection"]);
    });
    const error = assertThrows(() => read([frame(T.DATA, F.PADDED, 1)]), ViolationError);
    assertEquals(error.reason, "FRAME_SIZE_ERROR");
  });

  it("refuses a frame at its header, before its payload has come", () => {
    const header = frame(T.HEADERS, 0, 1, new Uint8Array(16_385)).subarray(0, 9);
    assertEquals(assertThrows(() => read([header]), ViolationError).reason, "FRAME_SIZE_ERROR");
  });
});
