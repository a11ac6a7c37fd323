/**
 * The list of the Autobahn test suite for WebSocket clients, sections 1 to 7, rebuilt as a table: what the server sends,
 * and what an echoing client makes of it. Each case runs whole, byte by byte, and cut in two at every place; long ones
 * at the places that matter. Sections 9, 12 and 13 stand in `autobahn_bulk_test.ts`.
 */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { everySplit } from "../../support/every_split.ts";
import { close, frame, hex, join, OP, utf8 } from "../../support/websocket/frames.ts";
import { recordWebSocket } from "../../support/websocket/record.ts";
import { INVALID_UTF8, VALID_UTF8 } from "../../support/websocket/utf8_samples.ts";

const { TEXT, BIN, CONT, PING, PONG, CLOSE } = OP;
const MORE = { isFinal: false };
const END = close(1000);

/** Cuts a long input at its ends, around each boundary of a header, and into pieces of 997 bytes. */
function someSplits(bytes: Uint8Array, check: (chunks: Uint8Array[]) => void): void {
  check([bytes]);
  const places = [...Array(20).keys()].flatMap((i) => [i + 1, bytes.length - i - 1]);
  for (const at of places) check([bytes.subarray(0, at), bytes.subarray(at)]);
  for (const size of [997, 64]) {
    const chunks: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
    check(chunks);
  }
}

/** Runs one case, at every split. */
function run(name: string, sent: readonly Uint8Array[], expected: readonly string[]): void {
  it(name, () => {
    const bytes = join(...sent);
    const splits = bytes.length <= 700 ? everySplit : someSplits;
    splits(bytes, (chunks) => assertEquals(recordWebSocket(chunks, { echoes: true }), expected));
  });
}

/** An echo of everything, and a clean end. */
function echoed(received: readonly string[], sent: readonly string[]): string[] {
  return [
    ...received,
    "close 1000",
    ...sent.map((line) => `sent ${line}`),
    "sent CLOSE 1000",
    "closed",
  ];
}

/** What came first, and the end of the connection. */
function failed(
  code: number,
  why: string,
  before: readonly string[] = [],
  sent: readonly string[] = [],
): string[] {
  return [
    ...before,
    `fail ${code} ${why}`,
    ...sent.map((line) => `sent ${line}`),
    `sent CLOSE ${code}`,
    "failed",
  ];
}

describe("Autobahn 1: framing", () => {
  for (const [i, size] of [0, 125, 126, 127, 128, 65_535, 65_536].entries()) {
    const text = "*".repeat(size);
    const shown = size <= 40 ? '""' : `"********"… ${size}`;
    run(
      `1.1.${i + 1} text of ${size}`,
      [frame(TEXT, text), END],
      echoed([`text ${shown}`], [`TEXT ${shown}`]),
    );
    run(
      `1.2.${i + 1} binary of ${size}`,
      [frame(BIN, new Uint8Array(size).fill(0xfe)), END],
      echoed([`binary ${size}`], [`BIN ${size} bytes`]),
    );
  }
});

describe("Autobahn 2: pings and pongs", () => {
  run("2.1 an empty ping", [frame(PING), END], echoed([], ['PONG ""']));
  run(
    "2.2 a ping with text",
    [frame(PING, "Hello, world!"), END],
    echoed([], ['PONG "Hello, world!"']),
  );
  run("2.3 a ping with bytes", [frame(PING, hex("00fffefdfcfb00ff")), END], [
    "close 1000",
    `sent PONG ${JSON.stringify(new TextDecoder().decode(hex("00fffefdfcfb00ff")))}`,
    "sent CLOSE 1000",
    "closed",
  ]);
  run(
    "2.4, 2.6 a ping of 125 bytes",
    [frame(PING, "x".repeat(125)), END],
    echoed([], ['PONG "xxxxxxxx"… 125']),
  );
  run(
    "2.5 a ping of 126 bytes",
    [frame(PING, "x".repeat(126)), END],
    failed(1002, "a control frame has more than 125 bytes"),
  );
  run("2.7 an unsolicited empty pong", [frame(PONG), END], echoed(['pong ""'], []));
  run("2.8 an unsolicited pong", [frame(PONG, "hi"), END], echoed(['pong "hi"'], []));
  run(
    "2.9 an unsolicited pong, then a ping",
    [frame(PONG, "hi"), frame(PING, "ho"), END],
    echoed(['pong "hi"'], ['PONG "ho"']),
  );
  const ten = Array.from({ length: 10 }, (_, i) => i);
  run(
    "2.10, 2.11 ten pings",
    [...ten.map((i) => frame(PING, `payload-${i}`)), END],
    echoed([], ten.map((i) => `PONG "payload-${i}"`)),
  );
});

describe("Autobahn 3: reserved bits", () => {
  const why = "a reserved bit is set in a frame";
  const hello = frame(TEXT, "Hello");
  const echo = ['text "Hello"'];
  const sent = ['TEXT "Hello"'];
  run("3.1 RSV 1 in a text", [frame(TEXT, "Hello", { rsv: 1 })], failed(1002, why));
  for (const [name, rsv] of [["3.2", 2], ["3.3", 3], ["3.4", 4]] as const) {
    const bad = frame(TEXT, "Hello", { rsv });
    run(
      `${name} a text, then RSV ${rsv}, then a ping`,
      [hello, bad, frame(PING)],
      failed(1002, why, echo, sent),
    );
  }
  run("3.5 RSV 5 in a binary message", [frame(BIN, "Hello", { rsv: 5 })], failed(1002, why));
  run("3.6 RSV 6 in a ping", [frame(PING, "Hello", { rsv: 6 })], failed(1002, why));
  run("3.7 RSV 7 in a close frame", [frame(CLOSE, "", { rsv: 7 })], failed(1002, why));
});

describe("Autobahn 4: reserved opcodes", () => {
  for (const [i, opcode] of [3, 4, 5, 6, 7, 11, 12, 13, 14, 15].entries()) {
    const section = i < 5 ? `4.1.${i + 1}` : `4.2.${i - 4}`;
    const why = `unknown opcode ${opcode}`;
    run(`${section} opcode ${opcode} alone`, [frame(opcode)], failed(1002, why));
    run(
      `${section} opcode ${opcode} after a text, before a ping`,
      [frame(TEXT, "Hi"), frame(opcode, "x"), frame(PING)],
      failed(1002, why, ['text "Hi"'], ['TEXT "Hi"']),
    );
  }
});

describe("Autobahn 5: fragmentation", () => {
  const first = frame(TEXT, "fragment1", MORE);
  const last = frame(CONT, "fragment2");
  const whole = '"fragment1fragment2"';
  const echo = echoed([`text ${whole}`], [`TEXT ${whole}`]);
  const lone = "a continuation frame without a message to continue";
  const second = "a new message begins before the last one has ended";
  run(
    "5.1 a fragmented ping",
    [frame(PING, "a", MORE), frame(CONT, "b")],
    failed(1002, "a control frame is fragmented"),
  );
  run(
    "5.2 a fragmented pong",
    [frame(PONG, "a", MORE), frame(CONT, "b")],
    failed(1002, "a control frame is fragmented"),
  );
  run("5.3 to 5.5 a text in two fragments", [first, last, END], echo);
  run(
    "5.6 to 5.8 a ping between two fragments",
    [first, frame(PING, "ping"), last, END],
    echoed([`text ${whole}`], ['PONG "ping"', `TEXT ${whole}`]),
  );
  run(
    "5.9 to 5.11 a lone last fragment, then a text",
    [last, frame(TEXT, "x")],
    failed(1002, lone),
  );
  run(
    "5.12 to 5.14 a lone fragment, then a text",
    [frame(CONT, "x", MORE), frame(TEXT, "x")],
    failed(1002, lone),
  );
  run(
    "5.15 a text, then a lone fragment, then a text",
    [first, last, frame(CONT, "x", MORE), frame(TEXT, "x")],
    failed(1002, lone, [`text ${whole}`], [`TEXT ${whole}`]),
  );
  run(
    "5.16 a lone fragment before a text in two",
    [frame(CONT, "x", MORE), first, last],
    failed(1002, lone),
  );
  run("5.17 a lone last fragment before a text in two", [last, first, last], failed(1002, lone));
  run("5.18 two first fragments", [first, frame(TEXT, "fragment2")], failed(1002, second));
  run("5.18 a binary message inside a text", [first, frame(BIN, "x"), last], failed(1002, second));
  const parts = ["1", "2", "3", "4"].map((n) => frame(CONT, `f${n}`, MORE));
  run(
    "5.19, 5.20 five fragments and pings between them",
    [
      first,
      parts[0]!,
      frame(PING, "a"),
      parts[1]!,
      parts[2]!,
      frame(PING, "b"),
      parts[3]!,
      last,
      END,
    ],
    echoed(
      ['text "fragment1f1f2f3f4fragment2"'],
      ['PONG "a"', 'PONG "b"', 'TEXT "fragment1f1f2f3f4fragment2"'],
    ),
  );
});

describe("Autobahn 6: UTF-8", () => {
  const invalid = failed(1007, "text is not valid UTF-8");
  run("6.1.1 an empty text", [frame(TEXT), END], echoed(['text ""'], ['TEXT ""']));
  run("6.1.2 three empty fragments", [
    frame(TEXT, "", MORE),
    frame(CONT, "", MORE),
    frame(CONT),
    END,
  ], echoed(['text ""'], ['TEXT ""']));
  run("6.1.3 an empty fragment on each side", [
    frame(TEXT, "", MORE),
    frame(CONT, "mid", MORE),
    frame(CONT),
    END,
  ], echoed(['text "mid"'], ['TEXT "mid"']));
  for (const [section, name, bytes] of VALID_UTF8) {
    const text = JSON.stringify(new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes));
    const expected = echoed([`text ${text}`], [`TEXT ${text}`]);
    run(`${section} ${name}`, [frame(TEXT, bytes), END], expected);
    const octets = Array.from(
      bytes,
      (_, i) => frame(i === 0 ? TEXT : CONT, bytes.subarray(i, i + 1), MORE),
    );
    run(`${section} ${name}, a frame for each byte`, [...octets, frame(CONT), END], expected);
  }
  for (const [section, name, bytes] of INVALID_UTF8) {
    run(`${section} ${name}`, [frame(TEXT, bytes), END], invalid);
    const octets = Array.from(
      bytes,
      (_, i) => frame(i === 0 ? TEXT : CONT, bytes.subarray(i, i + 1), MORE),
    );
    run(`${section} ${name}, a frame for each byte`, [...octets, frame(CONT), END], invalid);
  }
  it("6.4 invalid text ends the connection before the message is complete", () => {
    const head = frame(TEXT, utf8("κόσμε"), MORE);
    for (const bad of [hex("f4 90"), hex("ed a0"), hex("c0"), hex("80")]) {
      const partial = frame(CONT, bad, { length: 1000 });
      assertEquals(recordWebSocket([head, partial]), invalid);
      everySplit(join(head, partial), (chunks) => assertEquals(recordWebSocket(chunks), invalid));
    }
  });
});

describe("Autobahn 7: closing", () => {
  const hello = frame(TEXT, "Hello");
  const echo = echoed(['text "Hello"'], ['TEXT "Hello"']);
  run("7.1.1 a text, then the end", [hello, END], echo);
  run("7.1.2 two close frames", [END, END], echoed([], []));
  run("7.1.3 a ping after the end", [END, frame(PING, "x")], echoed([], []));
  run("7.1.4 a text after the end", [END, hello], echoed([], []));
  run(
    "7.1.5 the end between two fragments",
    [frame(TEXT, "a", MORE), END, frame(CONT, "b")],
    echoed([], []),
  );
  run(
    "7.1.6 256 KB, the end, a ping",
    [frame(TEXT, "B".repeat(262_144)), END, frame(PING)],
    echoed(['text "BBBBBBBB"… 262144'], ['TEXT "BBBBBBBB"… 262144']),
  );
  run("7.3.1 no code", [close()], ["close 1005", "sent CLOSE", "closed"]);
  run(
    "7.3.2 a payload of one byte",
    [frame(CLOSE, "x")],
    failed(1002, "a close frame has one byte"),
  );
  run("7.3.3 a code", [close(1000)], echoed([], []));
  run("7.3.4 a reason", [close(1000, "bye")], ["close 1000 bye", "sent CLOSE 1000", "closed"]);
  run("7.3.5 the longest reason", [close(1000, "r".repeat(123))], [
    `close 1000 ${"r".repeat(123)}`,
    "sent CLOSE 1000",
    "closed",
  ]);
  run(
    "7.3.6 a longer reason",
    [close(1000, "r".repeat(124))],
    failed(1002, "a control frame has more than 125 bytes"),
  );
  run(
    "7.5.1 a reason that is not UTF-8",
    [close(1000, hex("ceba e1bdb9 edafbf"))],
    failed(1007, "text is not valid UTF-8"),
  );
  for (
    const code of [
      1000,
      1001,
      1002,
      1003,
      1007,
      1008,
      1009,
      1010,
      1011,
      1012,
      1013,
      1014,
      3000,
      3999,
      4000,
      4999,
    ]
  ) {
    run(`7.7 code ${code}`, [close(code)], [`close ${code}`, `sent CLOSE ${code}`, "closed"]);
  }
  for (const code of [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535]) {
    run(
      `7.9, 7.13 code ${code}`,
      [close(code)],
      failed(1002, `a close frame has the invalid code ${code}`),
    );
  }
});
