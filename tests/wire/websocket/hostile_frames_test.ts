/** What no server should send, each whole, byte by byte, and cut in two at every place. */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { rawDeflate } from "../../../src/runtime/raw_deflate.ts";
import { MessageDeflate } from "../../../src/wire/websocket/messages/deflate.ts";
import type { WebSocketEngineInit } from "../../../src/wire/websocket/engine.ts";
import { everySplit } from "../../support/every_split.ts";
import { close, frame, hex, join, OP, utf8 } from "../../support/websocket/frames.ts";
import { RecordedEngine, recordWebSocket } from "../../support/websocket/record.ts";
import process from "node:process";
import { deflateRawSync } from "node:zlib";

const { TEXT, BIN, CONT, PING, PONG } = OP;
const MORE = { isFinal: false };

interface Hostile {
  readonly bytes: Uint8Array;
  readonly code: number;
  readonly why: string;
  readonly init?: () => Partial<WebSocketEngineInit>;
}

const raw = rawDeflate()!; // Deno, Bun and Node have node:zlib
const withDeflate = (limits: WebSocketEngineInit["limits"] = {}) => () => ({
  limits,
  deflate: new MessageDeflate(raw, {
    clientNoContextTakeover: false,
    serverNoContextTakeover: false,
    clientWindowBits: 15,
  }),
});
const bomb = deflateRawSync(new Uint8Array(100_000));
const tooMany = join(...Array.from({ length: 3 }, () => hex("4b0400")), hex("00")); // "a", final, three times

const HOSTILE: Readonly<Record<string, Hostile>> = {
  "a masked frame": {
    bytes: frame(TEXT, "hi", { mask: [1, 2, 3, 4] }),
    code: 1002,
    why: "a frame from the server is masked",
  },
  "a 16-bit length that fits 7 bits": {
    bytes: frame(TEXT, "hi", { lengthBits: 16 }),
    code: 1002,
    why: "the length of a frame has more bytes than it needs",
  },
  "a 64-bit length that fits 16 bits": {
    bytes: frame(BIN, new Uint8Array(300), { lengthBits: 64 }),
    code: 1002,
    why: "the length of a frame has more bytes than it needs",
  },
  "a length whose first bit is set": {
    bytes: hex("82 7f 8000000000000001"),
    code: 1002,
    why: "the first bit of a frame's 64-bit length is set",
  },
  "the largest length": {
    bytes: hex("82 7f 7fffffffffffffff"),
    code: 1009,
    why: "a frame of 9223372036854776000 bytes exceeds maxFrameBytes (67108864)",
  },
  "one byte more than maxFrameBytes": {
    bytes: frame(BIN, "", { length: 11 }),
    code: 1009,
    why: "a frame of 11 bytes exceeds maxFrameBytes (10)",
    init: () => ({ limits: { maxFrameBytes: 10 } }),
  },
  "one byte more than maxMessageBytes": {
    bytes: join(frame(BIN, "12345678", MORE), frame(CONT, "123")),
    code: 1009,
    why: "a message exceeds maxMessageBytes (10)",
    init: () => ({ limits: { maxMessageBytes: 10 } }),
  },
  "one fragment more than maxFragments": {
    bytes: join(frame(BIN, "", MORE), frame(CONT, "", MORE), frame(CONT)),
    code: 1008,
    why: "a message has more than maxFragments (2) frames",
    init: () => ({ limits: { maxFragments: 2 } }),
  },
  "more pings a second than maxControlFrames": {
    bytes: join(frame(PING), frame(PONG), frame(PING)),
    code: 1008,
    why: "more than maxControlFrames (2) control frames within a second",
    init: () => ({ limits: { maxControlFrames: 2 } }),
  },
  "RSV1 without an extension": {
    bytes: frame(TEXT, "hi", { rsv: 4 }),
    code: 1002,
    why: "a reserved bit is set in a frame",
  },
  "RSV1 on a continuation": {
    bytes: join(
      frame(TEXT, hex("4b04"), { rsv: 4, isFinal: false }),
      frame(CONT, hex("00"), { rsv: 4 }),
    ),
    code: 1002,
    why: "RSV1 is set in a continuation frame",
    init: withDeflate(),
  },
  "RSV1 on a ping": {
    bytes: frame(PING, "", { rsv: 4 }),
    code: 1002,
    why: "RSV1 is set in a control frame",
    init: withDeflate(),
  },
  "RSV2 beside an extension": {
    bytes: frame(TEXT, "", { rsv: 6 }),
    code: 1002,
    why: "a reserved bit is set in a frame",
    init: withDeflate(),
  },
  "data that is not DEFLATE": {
    bytes: frame(TEXT, hex("ffffff"), { rsv: 4 }),
    code: 1007,
    why: "a compressed message can't be decompressed",
    init: withDeflate(),
  },
  "compressed text that is not UTF-8": {
    bytes: frame(TEXT, deflateRawSync(hex("ff")).subarray(), { rsv: 4 }),
    code: 1007,
    why: "text is not valid UTF-8",
    init: withDeflate(),
  },
  "a bomb": {
    bytes: frame(BIN, bomb, { rsv: 4 }),
    code: 1009,
    why: "a compressed message exceeds maxMessageBytes",
    init: withDeflate({ maxMessageBytes: 99_999 }),
  },
  "a bomb in two streams": {
    bytes: frame(BIN, join(bomb, bomb), { rsv: 4 }),
    code: 1009,
    why: "a compressed message exceeds maxMessageBytes",
    init: withDeflate({ maxMessageBytes: 150_000 }),
  },
  "too many streams in a message": {
    bytes: frame(BIN, tooMany, { rsv: 4 }),
    code: 1008,
    why: "a compressed message has more than maxDeflateStreams (2)",
    init: withDeflate({ maxDeflateStreams: 2 }),
  },
};

describe("hostile frames", () => {
  for (const [name, { bytes, code, why, init }] of Object.entries(HOSTILE)) {
    it(name, () => {
      const tail = frame(TEXT, "more");
      everySplit(join(bytes, tail), (chunks) => {
        const [line, ...others] = recordWebSocket(chunks, init?.() ?? {}).filter((line) =>
          !line.startsWith("pong")
        );
        assertEquals(line, `fail ${code} ${why}`);
        assertEquals(others.filter((line) => line !== 'sent PONG ""'), [
          `sent CLOSE ${code}`,
          "failed",
        ]);
      });
    });
  }

  it("what stands on a limit is taken", () => {
    const limits = { maxFrameBytes: 10, maxMessageBytes: 10, maxFragments: 2, maxControlFrames: 2 };
    const bytes = join(
      frame(BIN, "0123456789"),
      frame(BIN, "01234", MORE),
      frame(PING),
      frame(CONT, "56789"),
      close(1000),
    );
    everySplit(
      bytes,
      (chunks) =>
        assertEquals(recordWebSocket(chunks, { limits }), [
          "binary 10",
          "binary 10",
          "close 1000",
          'sent PONG ""',
          "sent CLOSE 1000",
          "closed",
        ]),
    );
    const exact = withDeflate({ maxMessageBytes: 100_000, maxDeflateStreams: 3 })();
    const sent = [frame(BIN, bomb, { rsv: 4 }), frame(BIN, tooMany, { rsv: 4 })];
    assertEquals(recordWebSocket(sent, exact), ["binary 100000", "binary 3", "open"]);
  });

  it("a new second has a new budget of control frames", () => {
    let now = 0;
    const recorded = new RecordedEngine({ limits: { maxControlFrames: 2 }, now: () => now });
    recorded.receive(join(frame(PONG), frame(PONG)));
    now = 999;
    const late = new RecordedEngine({ limits: { maxControlFrames: 2 }, now: () => now });
    late.receive(join(frame(PONG), frame(PONG)));
    now += 1000;
    late.receive(join(frame(PONG), frame(PONG)));
    assertEquals([recorded.engine.state, late.engine.state], ["open", "open"]);
    late.receive(frame(PONG));
    assertEquals(late.engine.state, "failed");
  });

  it("a length that is announced costs no memory before the bytes come", () => {
    const head = frame(BIN, "", { length: 60 * 1024 * 1024 });
    const before = heldBytes();
    const engines = Array.from({ length: 20 }, () => {
      const recorded = new RecordedEngine();
      recorded.receive(join(head, new Uint8Array(1000)));
      return recorded;
    });
    const grown = heldBytes() - before;
    assertEquals(engines.every(({ engine }) => engine.state === "open"), true);
    assertEquals(grown < 20 * 1024 * 1024, true, `${grown} bytes for 20 announcements of 60 MB`);
  });

  it("a failure is reported once, whatever follows", () => {
    const recorded = new RecordedEngine();
    for (let i = 0; i < 5; i++) recorded.receive(frame(7, utf8("x")));
    recorded.receiveEnd();
    assertEquals(recorded.lines, [
      "fail 1002 unknown opcode 7",
      "end",
      "sent CLOSE 1002",
      "failed",
    ]);
  });
});

function heldBytes(): number {
  const { arrayBuffers, rss } = process.memoryUsage();
  return arrayBuffers ?? rss;
}
