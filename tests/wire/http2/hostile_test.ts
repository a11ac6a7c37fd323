/** What a server must not do, one line each: what the engine answers, and whom it hurts. */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { everySplit } from "../../support/every_split.ts";
import {
  block,
  data,
  F,
  frame,
  headers,
  joined,
  settings,
  T,
  uint32,
} from "../../support/http2/frames.ts";
import { RecordedEngine } from "../../support/http2/record.ts";
import { MALFORMED } from "../../support/http2/malformed_heads.ts";

const update = (id: number, bytes: number) => frame(T.WINDOW_UPDATE, 0, id, uint32(bytes));
const END = F.END_HEADERS | F.END_STREAM;
const head = (fields: Readonly<Record<string, string>> = {}) =>
  headers(1, { ":status": "200", ...fields });
const times = (count: number, bytes: Uint8Array) => joined(...Array<Uint8Array>(count).fill(bytes));

/** A field block of 105 KB. */
const LONG = block([
  ...[":status", "200"],
  ...Array.from({ length: 7 }, (_, i) => [`x-${i}`, "v".repeat(15_000)]).flat(),
]);

/** Mistakes on stream 1 that cost that stream alone. */
const OF_A_STREAM: readonly (readonly [name: string, bytes: Uint8Array, code: string])[] = [
  ["DATA before the head", data(1, "x"), "PROTOCOL_ERROR"],
  ["1xx that ends the stream", headers(1, { ":status": "103" }, END), "PROTOCOL_ERROR"],
  [
    "DATA between 1xx and head",
    joined(headers(1, { ":status": "100" }), data(1, "x")),
    "PROTOCOL_ERROR",
  ],
  ["33 informational responses", times(33, headers(1, { ":status": "103" })), "ENHANCE_YOUR_CALM"],
  ["a second head", joined(head(), head()), "PROTOCOL_ERROR"],
  ["trailers that do not end", joined(head(), headers(1, { a: "b" })), "PROTOCOL_ERROR"],
  [
    "trailers with a pseudo-field",
    joined(head(), headers(1, { ":status": "200" }, END)),
    "PROTOCOL_ERROR",
  ],
  [
    "more content than Content-Length",
    joined(head({ "content-length": "3" }), data(1, "four")),
    "PROTOCOL_ERROR",
  ],
  [
    "less content than Content-Length",
    joined(head({ "content-length": "5" }), data(1, "four", 1)),
    "PROTOCOL_ERROR",
  ],
  [
    "Content-Length and an end with the head",
    headers(1, { ":status": "200", "content-length": "1" }, END),
    "PROTOCOL_ERROR",
  ],
  [
    "less content before trailers",
    joined(head({ "content-length": "5" }), data(1, "four"), headers(1, {}, END)),
    "PROTOCOL_ERROR",
  ],
  ["content with 204", joined(headers(1, { ":status": "204" }), data(1, "x")), "PROTOCOL_ERROR"],
  ["PRIORITY of 4 bytes", frame(T.PRIORITY, 0, 1, [0, 0, 0, 0]), "FRAME_SIZE_ERROR"],
  ["a WINDOW_UPDATE of 0", update(1, 0), "PROTOCOL_ERROR"],
  ["a window beyond 2^31-1", update(1, 2 ** 31 - 1), "FLOW_CONTROL_ERROR"],
  [
    "a field list above the limit",
    joined(
      frame(T.HEADERS, F.END_STREAM, 1, LONG.slice(0, 16_000)),
      ...[1, 2, 3, 4, 5, 6].map((i) =>
        frame(T.CONTINUATION, i === 6 ? 4 : 0, 1, LONG.slice(i * 16_000, i * 16_000 + 16_000))
      ),
    ),
    "ENHANCE_YOUR_CALM",
  ],
];

/** Mistakes that end the connection. */
const OF_THE_CONNECTION: readonly (readonly [name: string, bytes: Uint8Array, code: string])[] = [
  ["HEADERS on an idle stream", headers(99), "PROTOCOL_ERROR"],
  ["HEADERS on a stream of the server's", headers(2), "PROTOCOL_ERROR"],
  ["DATA on an idle stream", data(99, "x"), "PROTOCOL_ERROR"],
  ["DATA on stream 0", frame(T.DATA, 0, 0, [1]), "PROTOCOL_ERROR"],
  ["RST_STREAM on an idle stream", frame(T.RST_STREAM, 0, 99, uint32(8)), "PROTOCOL_ERROR"],
  ["WINDOW_UPDATE on an idle stream", update(99, 1), "PROTOCOL_ERROR"],
  ["WINDOW_UPDATE of 0 for the connection", update(0, 0), "PROTOCOL_ERROR"],
  ["the connection's window beyond 2^31-1", update(0, 2 ** 31 - 1), "FLOW_CONTROL_ERROR"],
  ["PUSH_PROMISE", frame(T.PUSH_PROMISE, 4, 1, [0, 0, 0, 2, ...block({})]), "PROTOCOL_ERROR"],
  [
    "DATA after the end",
    joined(headers(1, { ":status": "200" }, END), data(1, "x")),
    "STREAM_CLOSED",
  ],
  ["HEADERS after the end", joined(headers(1, { ":status": "200" }, END), head()), "STREAM_CLOSED"],
  [
    "DATA after a reset of its own",
    joined(frame(T.RST_STREAM, 0, 1, uint32(8)), data(1, "x")),
    "STREAM_CLOSED",
  ],
  ["a frame above 16 KB", frame(0xaa, 0, 1, new Uint8Array(16_385)), "FRAME_SIZE_ERROR"],
  ["PING of 7 bytes", frame(T.PING, 0, 0, [1, 2, 3, 4, 5, 6, 7]), "FRAME_SIZE_ERROR"],
  ["PING on a stream", frame(T.PING, 0, 1, [1, 2, 3, 4, 5, 6, 7, 8]), "PROTOCOL_ERROR"],
  ["SETTINGS of 5 bytes", frame(T.SETTINGS, 0, 0, [0, 1, 0, 0, 0]), "FRAME_SIZE_ERROR"],
  ["SETTINGS on a stream", frame(T.SETTINGS, 0, 1, []), "PROTOCOL_ERROR"],
  [
    "an acknowledgement with settings",
    frame(T.SETTINGS, 1, 0, [0, 1, 0, 0, 0, 0]),
    "FRAME_SIZE_ERROR",
  ],
  ["a server that enables push", settings(2, 1), "PROTOCOL_ERROR"],
  ["a window setting beyond 2^31-1", settings(4, 2 ** 31), "FLOW_CONTROL_ERROR"],
  ["a frame size setting of 100", settings(5, 100), "PROTOCOL_ERROR"],
  [
    "a setting that bursts a stream's window",
    joined(update(1, 2 ** 31 - 1 - 65_535), settings(4, 65_536)),
    "FLOW_CONTROL_ERROR",
  ],
  ["GOAWAY of 7 bytes", frame(T.GOAWAY, 0, 0, [0, 0, 0, 0, 0, 0, 0]), "FRAME_SIZE_ERROR"],
  ["GOAWAY on a stream", frame(T.GOAWAY, 0, 1, [0, 0, 0, 0, 0, 0, 0, 0]), "PROTOCOL_ERROR"],
  ["RST_STREAM of 3 bytes", frame(T.RST_STREAM, 0, 1, [0, 0, 8]), "FRAME_SIZE_ERROR"],
  ["WINDOW_UPDATE of 5 bytes", frame(T.WINDOW_UPDATE, 0, 1, [0, 0, 0, 1, 0]), "FRAME_SIZE_ERROR"],
  ["CONTINUATION without HEADERS", frame(T.CONTINUATION, 4, 1, []), "PROTOCOL_ERROR"],
  ["DATA inside a field block", joined(headers(1, {}, 0), data(1, "x")), "PROTOCOL_ERROR"],
  [
    "a block of too many frames",
    joined(headers(1, {}, 0), times(65, frame(T.CONTINUATION, 0, 1, [0]))),
    "ENHANCE_YOUR_CALM",
  ],
  [
    "a block of too many bytes",
    joined(headers(1, {}, 0), times(9, frame(T.CONTINUATION, 0, 1, new Uint8Array(16_000)))),
    "ENHANCE_YOUR_CALM",
  ],
  ["a block that can't be decoded", frame(T.HEADERS, 4, 1, [0x80]), "COMPRESSION_ERROR"],
  [
    "the same on a stream that is gone",
    joined(headers(1, { ":status": "200" }, END), frame(T.HEADERS, 4, 1, [0x80])),
    "COMPRESSION_ERROR",
  ],
  [
    "padding of HEADERS beyond its length",
    frame(T.HEADERS, F.PADDED | 4, 1, [9, 0x88]),
    "PROTOCOL_ERROR",
  ],
  [
    "HEADERS too short for its priority",
    frame(T.HEADERS, F.PRIORITY | 4, 1, [0, 0]),
    "PROTOCOL_ERROR",
  ],
  [
    "padding of DATA beyond its length",
    joined(head(), frame(T.DATA, F.PADDED, 1, [3, 0])),
    "PROTOCOL_ERROR",
  ],
  [
    "1,001 PINGs a second",
    times(1001, frame(T.PING, 0, 0, [1, 2, 3, 4, 5, 6, 7, 8])),
    "ENHANCE_YOUR_CALM",
  ],
  [
    "1,001 answers to PINGs",
    times(1001, frame(T.PING, 1, 0, [1, 2, 3, 4, 5, 6, 7, 8])),
    "ENHANCE_YOUR_CALM",
  ],
  ["100 more SETTINGS a second", times(100, settings()), "ENHANCE_YOUR_CALM"],
  ["100 acknowledgements", times(100, frame(T.SETTINGS, 1, 0)), "ENHANCE_YOUR_CALM"],
  [
    "100 GOAWAYs",
    times(100, frame(T.GOAWAY, 0, 0, [...uint32(1), ...uint32(0)])),
    "ENHANCE_YOUR_CALM",
  ],
  ["1,001 empty DATA frames", joined(head(), times(1001, data(1, ""))), "ENHANCE_YOUR_CALM"],
  [
    "1,001 DATA frames of padding alone",
    joined(head(), times(1001, frame(T.DATA, F.PADDED, 1, [2, 0, 0]))),
    "ENHANCE_YOUR_CALM",
  ],
  [
    "1,001 PRIORITY frames",
    times(1001, frame(T.PRIORITY, 0, 1, [0, 0, 0, 0, 0])),
    "ENHANCE_YOUR_CALM",
  ],
  ["1,001 unknown frames", times(1001, frame(0xcc, 0, 0, [1])), "ENHANCE_YOUR_CALM"],
  [
    "10,033 RST_STREAM frames for a stream that is gone",
    times(10_034, frame(T.RST_STREAM, 0, 1, uint32(8))),
    "ENHANCE_YOUR_CALM",
  ],
  [
    "more DATA than the stream's window",
    joined(head(), times(17, data(1, "x".repeat(16_384)))),
    "stream FLOW_CONTROL_ERROR",
  ],
];

function begun(): RecordedEngine {
  const recorded = new RecordedEngine();
  recorded.receive(settings());
  recorded.open();
  recorded.open();
  recorded.sent();
  return recorded;
}

describe("Http2Engine and a hostile server", () => {
  const ofAStream = [
    ...OF_A_STREAM,
    ...MALFORMED.map(([lines]) =>
      [`the head ${JSON.stringify(lines)}`, headers(1, lines, END), "PROTOCOL_ERROR"] as const
    ),
  ];
  for (const [name, bytes, code] of ofAStream) {
    it(`${name}: ${code} on that stream, and the other goes on`, () => {
      const recorded = begun();
      recorded.receive(joined(bytes, headers(3, { ":status": "200" }, END)));
      assertEquals(recorded.sent(), [`RST_STREAM 1 ${code}`]);
      const ends = recorded.told.filter((line) => /reset|failed|end/.test(line));
      assertEquals(ends.length, 2, ends.join("\n"));
      assert(ends[0]?.startsWith("1 reset: ") && ends[0].endsWith(`(${code})`), ends[0]);
      assertEquals(ends[1], "3 end");
      assertEquals(recorded.engine.streamCount, 0);
    });
  }

  for (const [name, bytes, code] of OF_THE_CONNECTION) {
    const isOfStream = code.startsWith("stream ");
    it(`${name}: ${code}${isOfStream ? "" : " and GOAWAY"}`, () => {
      const recorded = begun();
      recorded.receive(bytes);
      const last = recorded.sent().at(-1);
      if (isOfStream) return assertEquals(last, `RST_STREAM 1 ${code.slice(7)}`);
      assertEquals(last, `GOAWAY 0 ${code}`);
      assert(recorded.told.at(-1)?.startsWith("failed: "), "receive() throws");
      assert(recorded.told.at(-1)?.endsWith(`(${code})`), recorded.told.at(-1));
      assertEquals(recorded.engine.maxStreams, 0);
    });
  }

  it("one frame below each budget is fine, and another second has another budget", () => {
    const recorded = begun();
    for (let second = 0; second < 3; second++) {
      const pings = times(1000, frame(T.PING, 0, 0, [1, 2, 3, 4, 5, 6, 7, 8]));
      const nothing = times(1000, frame(T.PRIORITY, 0, 1, [0, 0, 0, 0, 0]));
      recorded.receive(joined(pings, nothing, times(second === 0 ? 99 : 100, settings())));
      recorded.sent();
      recorded.engine.renewBudgets();
    }
    assertEquals(recorded.told, []);
  });

  it("what comes late for streams that have ended is no flood: 32 frames for each", () => {
    const recorded = begun();
    recorded.receive(headers(1, { ":status": "200" }, END), headers(3, { ":status": "200" }, END));
    for (let i = 0; i < 1000; i++) {
      const stream = recorded.open();
      recorded.engine.reset(stream, "CANCEL");
      recorded.receive(times(32, data(stream.id, "late")));
    }
    assertEquals(recorded.engine.isDraining, false);
    recorded.receive(times(10_000 + 64, data(2003, "late")));
    assertEquals(recorded.told.filter((line) => line.startsWith("failed")), []);
    recorded.receive(data(2003, "late"));
    assertEquals(recorded.told.filter((line) => line.startsWith("failed")).length, 1);
  });

  it("a server that asks for answers and reads none is left: memory is bounded", () => {
    const recorded = begun();
    const pings = times(1000, frame(T.PING, 0, 0, [1, 2, 3, 4, 5, 6, 7, 8]));
    let seconds = 0;
    for (; seconds < 10_000 && recorded.told.length === 0; seconds++) {
      recorded.receive(pings);
      recorded.engine.renewBudgets();
    }
    assert(recorded.told[0]?.includes("reads none"), recorded.told[0]);
    assert(recorded.engine.waitingBytes < 5 * 1024 * 1024, `${recorded.engine.waitingBytes} bytes`);
  });

  it("a mistake is found at the same byte whatever the split", () => {
    const bytes = joined(settings(), head(), data(1, "ab"), frame(T.PING, 0, 1, new Uint8Array(8)));
    everySplit(bytes, (chunks) => {
      const recorded = new RecordedEngine();
      recorded.open();
      recorded.receive(...chunks);
      assertEquals(recorded.told.slice(0, 2), ["1 head 200 [] null", '1 data "ab"']);
      assertEquals(recorded.told.length, 3);
    });
  });

  it("is gone after GOAWAY: nothing that follows is read", () => {
    const recorded = begun();
    recorded.receive(joined(data(99, "x"), headers(1, { ":status": "200" }, END)));
    recorded.receive(headers(1, { ":status": "200" }, END));
    assertEquals(recorded.told.length, 1);
  });
});
