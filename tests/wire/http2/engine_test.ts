import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { LocalProtocolError } from "../../../src/errors.ts";
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

const BEGIN = [
  "SETTINGS 0",
  "WINDOW_UPDATE 0 +1073676289",
];
const goaway = (last: number, code = 0) =>
  frame(T.GOAWAY, 0, 0, [...uint32(last), ...uint32(code)]);
const rst = (id: number, code: number) => frame(T.RST_STREAM, 0, id, uint32(code));
const update = (id: number, bytes: number) => frame(T.WINDOW_UPDATE, 0, id, uint32(bytes));

/** An engine whose server has said hello, with `count` GETs under way. */
function begun(count = 1, hello = settings()): RecordedEngine {
  const recorded = new RecordedEngine();
  recorded.receive(hello);
  for (let i = 0; i < count; i++) recorded.open();
  recorded.sent();
  return recorded;
}

/** Streams of bytes that are right, and what is told of them; two GETs are under way. */
const CONVERSATIONS: Readonly<Record<string, readonly [Uint8Array, readonly string[]]>> = {
  "head and content": [
    joined(headers(1, { ":status": "200", a: "b" }), data(1, "hel"), data(1, "lo", F.END_STREAM)),
    ['1 head 200 ["a","b"] null', '1 data "hello"', "1 end"],
  ],
  "a head alone": [
    headers(1, { ":status": "204" }, F.END_HEADERS | F.END_STREAM),
    ["1 head 204 [] 0", "1 end"],
  ],
  "an empty DATA that ends": [
    joined(headers(1), data(1, "", F.END_STREAM)),
    ["1 head 200 [] null", "1 end"],
  ],
  "1xx before the head": [
    joined(
      headers(1, { ":status": "100" }),
      headers(1, { ":status": "103", link: "</a>" }),
      headers(1, { ":status": "200" }, 5),
    ),
    ["1 informational 100", "1 informational 103", "1 head 200 [] 0", "1 end"],
  ],
  trailers: [
    joined(
      headers(1),
      data(1, "x"),
      headers(1, { "grpc-status": "0" }, F.END_HEADERS | F.END_STREAM),
    ),
    ["1 head 200 [] null", '1 data "x"', "1 end grpc-status 0"],
  ],
  "trailers without content": [
    joined(headers(1), headers(1, { t: "1" }, F.END_HEADERS | F.END_STREAM)),
    ["1 head 200 [] null", "1 end t 1"],
  ],
  "a head in three frames": [
    joined(
      frame(T.HEADERS, F.END_STREAM, 1, block({ ":status": "200" })),
      frame(T.CONTINUATION, 0, 1, block({ a: "b" }).slice(0, 2)),
      frame(T.CONTINUATION, F.END_HEADERS, 1, block({ a: "b" }).slice(2)),
    ),
    ['1 head 200 ["a","b"] 0', "1 end"],
  ],
  "a padded head with a priority": [
    frame(T.HEADERS, F.PADDED | F.PRIORITY | F.END_HEADERS | F.END_STREAM, 1, [
      ...[3, 0, 0, 0, 3, 15],
      ...block({ ":status": "200" }),
      ...[0, 0, 0],
    ]),
    ["1 head 200 [] 0", "1 end"],
  ],
  "padded content": [
    joined(headers(1), frame(T.DATA, F.PADDED | F.END_STREAM, 1, [4, 104, 105, 0, 0, 0, 0])),
    ["1 head 200 [] null", '1 data "hi"', "1 end"],
  ],
  "two streams in turn": [
    joined(headers(3), headers(1), data(3, "c"), data(1, "a"), data(3, "d", 1), data(1, "b", 1)),
    [
      ...["3 head 200 [] null", "1 head 200 [] null", '3 data "c"', '1 data "a"', '3 data "d"'],
      ...["3 end", '1 data "b"', "1 end"],
    ],
  ],
  "frames that mean nothing": [
    joined(
      frame(T.PRIORITY, 0, 1, [0, 0, 0, 3, 7]),
      frame(T.PRIORITY, 0, 77, [0, 0, 0, 3, 7]),
      frame(0xbe, 255, 1, [1, 2, 3]),
      frame(0xbf, 255, 0, []),
      settings(0xff, 1, 99, 2 ** 32 - 1),
      headers(1, { ":status": "200" }, 5),
    ),
    ["1 head 200 [] 0", "1 end"],
  ],
  "a length that is kept": [
    joined(
      headers(1, { ":status": "200", "content-length": "5" }),
      data(1, "hel"),
      data(1, "lo", 1),
    ),
    ['1 head 200 ["content-length","5"] 5', '1 data "hello"', "1 end"],
  ],
  "a reset": [
    joined(headers(1), data(1, "x"), rst(1, 2), headers(3, { ":status": "200" }, 5)),
    [
      ...["1 head 200 [] null", '1 data "x"'],
      ...["1 reset: the server reset the stream: INTERNAL_ERROR (2)", "3 head 200 [] 0", "3 end"],
    ],
  ],
};

describe("Http2Engine, receiving", () => {
  for (const [name, [bytes, told]] of Object.entries(CONVERSATIONS)) {
    it(`reads ${name} the same at every split`, () => {
      everySplit(joined(settings(), bytes), (chunks) => {
        const recorded = new RecordedEngine();
        recorded.open();
        recorded.open();
        assertEquals(recorded.receive(...chunks).told, told);
      });
    });
  }

  it("has no content after HEAD, 204 and 304, whatever Content-Length says", () => {
    const recorded = begun(0);
    recorded.open({ method: "HEAD" });
    const long = { "content-length": "5" };
    recorded.receive(headers(1, { ":status": "200", ...long }, 5));
    recorded.open();
    recorded.receive(headers(3, { ":status": "304", ...long }, 5));
    assertEquals(recorded.told.filter((line) => !line.includes("head")), ["1 end", "3 end"]);
  });
});

describe("Http2Engine, sending", () => {
  it("says first: the preface, SETTINGS without push, a wide window", () => {
    const { engine } = new RecordedEngine();
    const bytes = engine.takeOutgoing();
    const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    assertEquals(new TextDecoder().decode(bytes.subarray(0, 24)), preface);
    assertEquals(
      bytes.subarray(24),
      joined(settings(1, 4096, 2, 0, 4, 196_608, 6, 102_400), update(0, 1_073_676_289)),
    );
  });

  it("does not wait for the server's SETTINGS (RFC 9113 §3.4)", () => {
    const recorded = new RecordedEngine();
    recorded.open();
    assertEquals(recorded.sent(), [...BEGIN, "HEADERS 1 ends"]);
  });

  it("acknowledges SETTINGS and PING, and not their acknowledgements", () => {
    const recorded = begun(0);
    recorded.receive(
      settings(3, 5),
      frame(T.SETTINGS, F.ACK, 0),
      frame(T.PING, 0, 0, [1, 2, 3, 4, 5, 6, 7, 8]),
      frame(T.PING, F.ACK, 0, [1, 2, 3, 4, 5, 6, 7, 8]),
    );
    const bytes = recorded.engine.takeOutgoing();
    assertEquals(
      bytes,
      joined(frame(T.SETTINGS, F.ACK, 0), frame(T.PING, F.ACK, 0, [1, 2, 3, 4, 5, 6, 7, 8])),
    );
  });

  it("counts ids up by two, and streams up to what the server allows", () => {
    const recorded = begun(0, settings(3, 2));
    assertEquals([recorded.open().id, recorded.open().id, recorded.engine.streamCount], [1, 3, 2]);
    assertThrows(() => recorded.open(), LocalProtocolError, "room");
    recorded.receive(headers(1, { ":status": "200" }, 5));
    assertEquals(recorded.open().id, 5);
    recorded.receive(settings(3, 0));
    assertEquals([recorded.engine.maxStreams, recorded.engine.streamCount], [0, 2]);
    assertEquals(recorded.roomCount, 2);
  });

  it("splits a large head into HEADERS and CONTINUATION", () => {
    const recorded = begun(0);
    recorded.open({ fields: ["Host", "a", "x", "\x01".repeat(20_000)] });
    assertEquals(recorded.sent(), ["HEADERS 1 ends goes on", "CONTINUATION 1"]);
  });

  it("sends content as far as both windows reach, in frames of 16 KB", () => {
    const recorded = begun(0, settings(4, 40_000));
    const stream = recorded.open({ method: "POST" }, { endsStream: false });
    const content = new Uint8Array(100_000);
    assertEquals(recorded.engine.sendData(stream, content), 40_000);
    assertEquals(recorded.sent(), ["HEADERS 1", "DATA 1 16384", "DATA 1 16384", "DATA 1 7232"]);
    assertEquals(recorded.engine.sendData(stream, content), 0);
    recorded.receive(update(1, 100_000));
    assertEquals(recorded.engine.sendData(stream, content), 25_535, "the connection's window");
    recorded.receive(update(0, 100));
    assertEquals(recorded.engine.sendData(stream, content), 100);
    assertEquals(recorded.writableCount, 3, "SETTINGS and both updates are told of");
  });

  it("waits with content while much is unsent", () => {
    const recorded = begun(0, joined(settings(4, 2 ** 30), update(0, 2 ** 30)));
    const stream = recorded.open({ method: "POST" }, { endsStream: false });
    const content = new Uint8Array(10_000_000);
    const sent = recorded.engine.sendData(stream, content);
    assert(sent >= 256 * 1024 && sent < 300 * 1024, `${sent} bytes`);
    assertEquals(recorded.engine.sendData(stream, content), 0);
    recorded.sent();
    assertEquals(recorded.engine.sendData(stream, content), sent);
  });

  it("sendAll() sends everything and the end, or nothing", () => {
    const recorded = begun(0, settings(4, 20_000));
    const first = recorded.open({ method: "POST" }, { endsStream: false });
    assert(recorded.engine.sendAll(first, new Uint8Array(20_000)));
    const second = recorded.open({ method: "POST" }, { endsStream: false });
    assert(!recorded.engine.sendAll(second, new Uint8Array(20_001)));
    const third = recorded.open({ method: "POST" }, { endsStream: false });
    assert(recorded.engine.sendAll(third, new Uint8Array(0)));
    assertEquals(recorded.sent(), [
      ...["HEADERS 1", "DATA 1 16384", "DATA 1 3616 ends", "HEADERS 3", "HEADERS 5"],
      "DATA 5 0 ends",
    ]);
    assertEquals([first.state, second.state], ["halfClosedLocal", "open"]);
  });

  it("keeps to the Content-Length it has promised", () => {
    const recorded = begun(0);
    const fields = ["Host", "a", "Content-Length", "3"];
    const open = () => recorded.open({ method: "POST", fields }, { endsStream: false });
    const long = open();
    assertThrows(
      () => recorded.engine.sendData(long, new Uint8Array(4)),
      LocalProtocolError,
      "more",
    );
    const short = open();
    recorded.engine.sendData(short, new Uint8Array(2));
    assertThrows(() => recorded.engine.sendEnd(short), LocalProtocolError, "after 2 of the 3");
    assertThrows(() => recorded.engine.sendAll(open(), new Uint8Array(2)), LocalProtocolError);
    const right = open();
    recorded.engine.sendData(right, new Uint8Array(3));
    recorded.engine.sendEnd(right);
    assertEquals(right.state, "halfClosedLocal");
  });

  it("opens nothing for a head whose promise can't be kept", () => {
    const recorded = begun(0);
    const fields = ["Host", "a", "Content-Length", "3"];
    assertThrows(() => recorded.open({ fields }), LocalProtocolError, '"Content-Length" is 3');
    assertEquals([recorded.engine.streamCount, recorded.sent()], [0, []]);
    assertEquals(recorded.open().id, 1);
  });

  it("a window that settings make negative holds content back until it is positive (§6.9.2)", () => {
    const recorded = begun(0);
    const stream = recorded.open({ method: "POST" }, { endsStream: false });
    recorded.engine.sendData(stream, new Uint8Array(60_000));
    recorded.receive(update(0, 100_000), settings(4, 16_384));
    assertEquals(stream.sendWindow.bytes, 16_384 - 60_000);
    assertEquals(recorded.engine.sendData(stream, new Uint8Array(10)), 0);
    recorded.receive(update(1, 60_000 - 16_384));
    assertEquals(recorded.engine.sendData(stream, new Uint8Array(10)), 0);
    recorded.receive(update(1, 4));
    assertEquals(recorded.engine.sendData(stream, new Uint8Array(10)), 4);
    recorded.receive(settings(4, 16_390));
    assertEquals(recorded.engine.sendData(stream, new Uint8Array(10)), 6);
    assertEquals(recorded.open({ method: "POST" }, { endsStream: false }).sendWindow.bytes, 16_390);
  });

  it("the response may end before the request: the rest may still be sent, or the stream reset", () => {
    const recorded = begun(0);
    const stream = recorded.open({ method: "POST" }, { endsStream: false });
    recorded.receive(headers(1, { ":status": "200" }, 5));
    assertEquals([stream.state, recorded.engine.streamCount], ["halfClosedRemote", 1]);
    recorded.engine.sendData(stream, new Uint8Array(1));
    recorded.engine.sendEnd(stream);
    assertEquals([stream.state, recorded.engine.streamCount], ["closed", 0]);
  });
});

describe("Http2Engine, ending streams", () => {
  it("a reset of ours is told to nobody; what still comes is dropped and counted", () => {
    const recorded = begun(2);
    const stream = recorded.open();
    recorded.engine.reset(stream, "CANCEL");
    recorded.engine.reset(stream, "CANCEL");
    assertEquals(recorded.sent(), ["HEADERS 5 ends", "RST_STREAM 5 CANCEL"]);
    recorded.receive(headers(5), data(5, "late", 1), rst(5, 0), update(5, 1));
    recorded.receive(headers(1, { ":status": "200" }, 5));
    assertEquals(recorded.told, ["1 head 200 [] 0", "1 end"]);
    assertEquals(recorded.sent(), []);
  });

  it("decodes the block of a stream that is gone: the table is the connection's", () => {
    const recorded = begun(2);
    recorded.engine.reset(recorded.open(), "CANCEL");
    const add = [0x88, 0x40, 1, 97, 1, 98]; // :status 200, and "a: b" into the table
    recorded.receive(frame(T.HEADERS, 5, 5, add), frame(T.HEADERS, 5, 1, [0x88, 0x80 | 62]));
    assertEquals(recorded.told[0], '1 head 200 ["a","b"] 0');
  });

  it("REFUSED_STREAM says that nothing was processed; other codes do not", () => {
    const recorded = begun(0);
    const causes: unknown[] = [];
    for (const code of [7, 8]) {
      const id = recorded.engine.openStream(
        { method: "GET", scheme: "https", target: "/", fields: ["Host", "a"] },
        {
          handler: {
            onInformational() {},
            onHead() {},
            onData() {},
            onEnd() {},
            onReset: ({ verdict }) => causes.push(verdict === "unprocessed"),
          },
          endsStream: true,
        },
      ).id;
      recorded.receive(rst(id, code));
    }
    assertEquals(causes, [true, false]);
  });

  it("GOAWAY ends the streams above its id and lets the others finish (RFC 9113 §6.8)", () => {
    const recorded = begun(3);
    recorded.receive(goaway(3));
    const left = "the server is leaving: GOAWAY NO_ERROR (0)";
    assertEquals(recorded.told, [`5 reset: ${left}`]);
    assertEquals([recorded.engine.isDraining, recorded.engine.maxStreams], [true, 0]);
    assertThrows(() => recorded.open(), LocalProtocolError);
    recorded.receive(headers(1, { ":status": "200" }, 5), goaway(1, 2));
    const worse = "the server is leaving: GOAWAY INTERNAL_ERROR (2)";
    assertEquals(recorded.told.slice(1), ["1 head 200 [] 0", "1 end", `3 reset: ${worse}`]);
    assertEquals(recorded.engine.streamCount, 0);
  });

  it("a graceful GOAWAY of 2^31-1 ends no stream", () => {
    const recorded = begun(2);
    recorded.receive(goaway(2 ** 31 - 1));
    assertEquals([recorded.told, recorded.engine.streamCount, recorded.engine.maxStreams], [
      [],
      2,
      0,
    ]);
  });

  it("gives back what a caller has taken, once that is worth a frame", () => {
    const recorded = begun(1);
    const stream = recorded.open();
    recorded.sent();
    recorded.receive(headers(3));
    for (let i = 0; i < 8; i++) recorded.receive(data(3, "x".repeat(16_384)));
    assert(!recorded.engine.release(stream, 131_072), "nothing was taken");
    assert(recorded.engine.release(stream, 0));
    assertEquals(recorded.sent(), ["WINDOW_UPDATE 3 +327680"]);
    assertEquals(stream.receiveWindow.openBytes, 393_216);
  });

  it("opens the connection's window by itself, as each stream has one of its own", () => {
    const recorded = begun(0);
    const nothing = () => {};
    const handler = { onInformational: nothing, onHead: nothing, onData: nothing };
    const head = { method: "GET", scheme: "https", target: "/", fields: ["Host", "a"] };
    const stream = recorded.engine.openStream(head, {
      handler: { ...handler, onEnd: nothing, onReset: nothing },
      endsStream: true,
    });
    recorded.receive(headers(1));
    const chunk = data(1, "x".repeat(16_384));
    let updates = 0;
    for (let i = 0; i < 40_000; i++) {
      recorded.engine.receive(chunk);
      recorded.engine.release(stream, 0);
      if (i % 1000 === 999) {
        updates += recorded.sent().filter((line) => line.includes(" 0 +")).length;
      }
    }
    assertEquals(updates, 1, "655 MB are more than half of 2^30");
  });
});
