import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { RemoteProtocolError } from "../../src/errors.ts";
import { ByteWriter, Http1Engine, type ResponseSink } from "../../src/wire/http1/engine.ts";
import { DEFAULT_LIMITS as HTTP1_LIMITS } from "../../src/wire/http1/limits.ts";
import { Http2Engine, type StreamHandler } from "../../src/wire/http2/engine.ts";
import { HpackDecoder } from "../../src/wire/http2/hpack/decoder.ts";
import { DEFAULT_LIMITS as HTTP2_LIMITS } from "../../src/wire/http2/limits.ts";
import { type BodyFeeder, IncomingBody } from "../../src/wire/connection/incoming_body.ts";
import { bytesOf } from "../support/record.ts";
import { block, F, frame, headers, settings, T } from "../support/http2/frames.ts";
import { joinBytes } from "../../src/message/content/join_bytes.ts";
import { assertLinear } from "./growth.ts";

/** One packet, and more than any socket gives at once. */
const PACKET_BYTES = 1024 * 1024;

const FEEDER: BodyFeeder = { onWanted() {}, onServed() {}, onFull() {}, onCancel() {} };

/** Feeds an engine of one request; what the peer does wrong ends it. */
function receive(pieces: readonly Uint8Array[]): number {
  let body = new IncomingBody(FEEDER, { contentLength: null, keepsBytes: false });
  let events = 0;
  const sink: ResponseSink = {
    onInformational: (head) => void (events += head.fields.lines.length),
    onHead(head) {
      events += head.fields.lines.length;
      body = new IncomingBody(FEEDER, { contentLength: null, keepsBytes: false });
    },
    onData: (bytes, start, end) => body.push(bytes, start, end),
    onEnd: (trailers) => void (events += trailers?.length ?? 0),
    onUpgrade() {},
  };
  const engine = new Http1Engine(sink);
  engine.sendHead({ method: "GET", target: "/", fields: ["Host", "a"] }, new ByteWriter());
  engine.sendEnd();
  return tolerant(() => {
    for (const piece of pieces) engine.receive(piece);
    return events + body.heldBytes;
  });
}

function tolerant(run: () => number): number {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof RemoteProtocolError)) throw error;
    return -1; // it was refused; what counts is for which price
  }
}

/** Whole, and byte by byte. */
const CUTS = {
  whole: (bytes: Uint8Array) => [bytes],
  "byte by byte": (bytes: Uint8Array) => Array.from(bytes, (_, at) => bytes.subarray(at, at + 1)),
} as const;

const STATUS = "HTTP/1.1 200 OK\r\n";
const CHUNKED = `${STATUS}Transfer-Encoding: chunked\r\n\r\n`;

/** What is repeated, between what stands before and after it, and how large that may be. */
const HTTP1_ROWS: readonly (readonly [
  about: string,
  before: string,
  part: string,
  after: string,
  limit: number,
])[] = [
  ["a head of many fields", STATUS, "a: b\r\n", "\r\n", HTTP1_LIMITS.maxHeadBytes - 100],
  ["a head of one field", `${STATUS}a: `, "b", "\r\n\r\n", HTTP1_LIMITS.maxHeadBytes - 100],
  ["a field name", STATUS, "a", ": b\r\n\r\n", HTTP1_LIMITS.maxHeadBytes - 100],
  ["a head of blanks", `${STATUS}a:`, " \t", "b\r\n\r\n", HTTP1_LIMITS.maxHeadBytes - 100],
  ["a reason phrase", "HTTP/1.1 200 ", "a", "\r\n\r\n", HTTP1_LIMITS.maxHeadBytes - 100],
  ["folded lines", `${STATUS}a: b`, "\r\n c", "\r\n\r\n", HTTP1_LIMITS.maxHeadBytes - 100],
  [
    "many Content-Length",
    STATUS,
    "Content-Length: 0\r\n",
    "\r\n",
    HTTP1_LIMITS.maxHeadBytes - 100,
  ],
  [
    "a list of lengths",
    `${STATUS}Content-Length: 0`,
    ",0",
    "\r\n\r\n",
    HTTP1_LIMITS.maxHeadBytes - 100,
  ],
  [
    "many Connection",
    STATUS,
    "Connection: a, close\r\n",
    "\r\n",
    HTTP1_LIMITS.maxHeadBytes - 100,
  ],
  [
    "a list of codings",
    `${STATUS}Transfer-Encoding: x`,
    ", x",
    "\r\n\r\n",
    HTTP1_LIMITS.maxHeadBytes - 100,
  ],
  ["empty lines before a head", "", "\r\n", STATUS, 100_000],
  ["a head without an end", STATUS, "\r", "", 100_000],
  ["informational responses", "", "HTTP/1.1 103 \r\nLink: a\r\n\r\n", `${STATUS}\r\n`, 100_000],
  [
    "an informational head",
    "HTTP/1.1 103 \r\n",
    "a: b\r\n",
    "\r\n",
    HTTP1_LIMITS.maxHeadBytes - 100,
  ],
  ["chunks of one byte", CHUNKED, "1\r\nx\r\n", "0\r\n\r\n", PACKET_BYTES],
  ["chunks with extensions", CHUNKED, "1;a=b\r\nx\r\n", "0\r\n\r\n", PACKET_BYTES],
  [
    "a chunk's extension",
    `${CHUNKED}1;`,
    "a",
    "\r\nx\r\n0\r\n\r\n",
    HTTP1_LIMITS.maxChunkLineBytes - 10,
  ],
  ["one large chunk", `${CHUNKED}FFFFFF\r\n`, "x", "", PACKET_BYTES],
  ["trailers", `${CHUNKED}0\r\n`, "a: b\r\n", "\r\n", HTTP1_LIMITS.maxTrailerBytes - 100],
  ["content until the end of the connection", `${STATUS}\r\n`, "x", "", PACKET_BYTES],
];

describe("the cost of HTTP/1.1", () => {
  for (const [about, before, part, after, limit] of HTTP1_ROWS) {
    for (const [how, cut] of Object.entries(CUTS)) {
      // Byte by byte each piece is a packet, and a turn of the event loop, of its own: some ms of them here.
      const size = how === "whole" ? limit : Math.min(limit, 100_000);
      it(`is linear for ${about}, ${how}`, () =>
        assertLinear({
          make: (bytes) =>
            cut(
              bytesOf(before + part.repeat(Math.max(1, Math.floor(bytes / part.length))) + after),
            ),
          run: receive,
          limit: size,
        }));
    }
  }
});

/** Feeds an engine with one stream open. */
function receive2(pieces: readonly Uint8Array[]): number {
  const body = new IncomingBody(FEEDER, { contentLength: null, keepsBytes: false });
  let events = 0;
  const handler: StreamHandler = {
    onInformational: (head) => void (events += head.fields.lines.length),
    onHead: (head) => void (events += head.fields.lines.length),
    onData: (bytes, start, end) => body.push(bytes, start, end),
    onEnd: (trailers) => void (events += trailers?.length ?? 0),
    onReset: () => void events++,
  };
  const engine = new Http2Engine({ onRoom() {}, onWritable() {} });
  const head = { method: "GET", scheme: "https", target: "/", fields: ["Host", "a"] };
  engine.openStream(head, { handler, endsStream: true });
  return tolerant(() => {
    for (const piece of pieces) engine.receive(piece);
    return events + body.heldBytes;
  });
}

function repeated(part: Uint8Array, size: number): Uint8Array {
  return joinBytes(Array.from({ length: Math.max(1, Math.floor(size / part.length)) }, () => part));
}

const BEGIN = joinBytes([settings(), headers(1)]);
const ONE_BYTE = frame(T.DATA, 0, 1, [120]);
const PADDED = frame(T.DATA, F.PADDED, 1, [100, 120, ...Array(100).fill(0)]);

const HTTP2_ROWS:
  readonly (readonly [about: string, make: (size: number) => Uint8Array, limit: number])[] = [
    [
      "DATA frames of one byte",
      (size) => joinBytes([BEGIN, repeated(ONE_BYTE, size)]),
      PACKET_BYTES,
    ],
    ["padded DATA frames", (size) => joinBytes([BEGIN, repeated(PADDED, size)]), PACKET_BYTES],
    [
      "empty DATA frames",
      (size) => joinBytes([BEGIN, repeated(frame(T.DATA, 0, 1), size)]),
      PACKET_BYTES,
    ],
    [
      "PING",
      (size) => joinBytes([BEGIN, repeated(frame(T.PING, 0, 0, Array(8).fill(1)), size)]),
      PACKET_BYTES,
    ],
    ["SETTINGS", (size) => repeated(settings(4, 65_535), size), PACKET_BYTES],
    [
      "a SETTINGS frame",
      (size) => settings(...Array.from({ length: size / 6 * 2 }, (_, i) => i % 2 ? 1 : 0x77)),
      16_380,
    ],
    [
      "WINDOW_UPDATE",
      (size) => joinBytes([BEGIN, repeated(frame(T.WINDOW_UPDATE, 0, 1, [0, 0, 0, 1]), size)]),
      PACKET_BYTES,
    ],
    [
      "RST_STREAM of a closed stream",
      (size) => joinBytes([BEGIN, repeated(frame(T.RST_STREAM, 0, 1, [0, 0, 0, 8]), size)]),
      PACKET_BYTES,
    ],
    [
      "unknown frames",
      (size) => joinBytes([BEGIN, repeated(frame(0x77, 0, 0, [1]), size)]),
      PACKET_BYTES,
    ],
    [
      "informational heads",
      (size) => joinBytes([settings(), repeated(headers(1, { ":status": "103" }), size)]),
      PACKET_BYTES,
    ],
    ["a block in CONTINUATION frames", (size) => {
      const fields = block([
        ":status",
        "200",
        ...Array.from({ length: size / 4 }, () => ["a", "b"]).flat(),
      ]);
      const parts: Uint8Array[] = [];
      for (let at = 0; at < fields.length; at += 4000) {
        const isLast = at + 4000 >= fields.length;
        parts.push(
          frame(
            at === 0 ? T.HEADERS : T.CONTINUATION,
            isLast ? F.END_HEADERS : 0,
            1,
            fields.slice(at, at + 4000),
          ),
        );
      }
      return joinBytes([settings(), ...parts]);
    }, HTTP2_LIMITS.maxBlockBytes],
    [
      "empty CONTINUATION frames",
      (size) =>
        joinBytes([
          settings(),
          frame(T.HEADERS, 0, 1, block({ ":status": "200" })),
          repeated(frame(T.CONTINUATION, 0, 1), size),
        ]),
      PACKET_BYTES,
    ],
  ];

describe("the cost of HTTP/2", () => {
  for (const [about, make, limit] of HTTP2_ROWS) {
    for (const [how, cut] of Object.entries(CUTS)) {
      const size = how === "whole" ? limit : Math.min(limit, 100_000);
      it(`is linear for ${about}, ${how}`, () =>
        assertLinear({ make: (bytes) => cut(make(bytes)), run: receive2, limit: size }));
    }
  }
});

/** Blocks that cost a server few bytes. */
const HPACK_ROWS: readonly (readonly [about: string, make: (size: number) => number[]])[] = [
  ["indexed fields", (size) => Array(size).fill(0x82)],
  [
    "one entry again and again",
    (size) => [0x40, 1, 97, 100, ...Array(100).fill(98), ...Array(size).fill(0xbe)],
  ],
  [
    "new entries",
    (size) => Array.from({ length: size / 4 }, (_, i) => [0x40, 1, 97 + i % 26, 0]).flat(),
  ],
  ["entries too large for the table", (size) => {
    const one = [0x40, 1, 97, 0x7f, 0xa1, 0x1f, ...Array(4128).fill(98)];
    return Array.from({ length: Math.max(1, size / one.length) }, () => one).flat();
  }],
  [
    "table sizes",
    (size) => Array.from({ length: size / 4 }, () => [0x20, 0x3f, 0xe1, 0x1f]).flat(),
  ],
  ["a Huffman string", (size) => {
    const eight = [0x18, 0xc6, 0x31, 0x8c, 0x63]; // of "a"
    const count = Math.ceil(Math.max(200, size) / 5);
    const rest = 5 * count - 127;
    return [0, 1, 97, 0xff, rest & 127 | 128, rest >> 7 & 127 | 128, rest >> 14].concat(
      Array.from({ length: count }, () => eight).flat(),
    );
  }],
  ["long integers", (size) => [0, 0x7f, ...Array(size).fill(0x80)]],
];

describe("the cost of HPACK", () => {
  for (const [about, make] of HPACK_ROWS) {
    it(`is linear for ${about}`, () =>
      assertLinear({
        make: (size) => Uint8Array.from(make(size)),
        run(bytes) {
          const { maxHeaderListBytes, headerTableBytes } = HTTP2_LIMITS;
          const limits = { maxTableBytes: headerTableBytes, maxListBytes: maxHeaderListBytes };
          try {
            new HpackDecoder(limits).decode(bytes, 0, bytes.length);
          } catch {
            // It was refused; what counts is for which price.
          }
        },
        limit: HTTP2_LIMITS.maxBlockBytes,
      }));
  }
});

describe("the memory of a body", () => {
  it("is that of its content, in chunks and frames of one byte", async () => {
    const count = 100_000;
    const body = new IncomingBody(FEEDER, { contentLength: null, keepsBytes: false });
    const one = Uint8Array.of(7);
    for (let i = 0; i < count; i++) body.push(one);
    assertEquals(body.heldBytes, count);
    let memory = 0;
    while (body.heldBytes > 0) memory += (await body.read())?.buffer.byteLength ?? 0;
    assert(memory <= 2 * count);
  });
});
