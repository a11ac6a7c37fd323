import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { RemoteProtocolError } from "../../../src/errors.ts";
import { ByteWriter, Http1Engine } from "../../../src/wire/http1/engine.ts";
import { everySplit } from "../../support/every_split.ts";
import { bytesOf, type Feeding, record, Recorder } from "../../support/record.ts";

interface Case extends Feeding {
  readonly fact: string;
  readonly bytes: string;
  readonly events: readonly string[];
}

const head = (fields: string[], length: number | "?", status = '200 "OK"', version = "HTTP/1.1") =>
  `head ${version} ${status} ${JSON.stringify(fields)} length ${length}`;

/** RFC 9112 §6.3 and what stands around it: bytes and what they mean, at every split. */
const ACCEPTED: readonly Case[] = [
  {
    fact: "a body of fixed length",
    bytes: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    events: [head(["Content-Length", "5"], 5), 'data "hello"', "end", "idle"],
  },
  {
    fact: "an empty body",
    bytes: "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    events: [head(["Content-Length", "0"], 0), "end", "idle"],
  },
  {
    fact: "chunks, an extension, trailers",
    bytes: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" +
      '3\r\nabc\r\nA;name="v"\r\n0123456789\r\n0\r\nX-Sum: 1\r\nX-B:  2 \r\n\r\n',
    events: [
      head(["Transfer-Encoding", "chunked"], "?"),
      'data "abc0123456789"',
      'end ["X-Sum","1","X-B","2"]',
      "idle",
    ],
  },
  {
    fact: "chunked in any case, sizes with leading zeros and upper-case digits",
    bytes: "HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n00B\r\nhello world\r\n000\r\n\r\n",
    events: [head(["transfer-encoding", "Chunked"], "?"), 'data "hello world"', "end", "idle"],
  },
  {
    fact: "until the connection closes",
    bytes: "HTTP/1.1 200 OK\r\n\r\nall of it",
    ends: true,
    events: [head([], "?"), 'data "all of it"', "end", "must close"],
  },
  {
    fact: "HEAD: no body, whatever the fields say",
    method: "HEAD",
    bytes: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
    events: [head(["Content-Length", "5"], 0), "end", "idle"],
  },
  {
    fact: "HEAD with chunks announced",
    method: "HEAD",
    bytes: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    events: [head(["Transfer-Encoding", "chunked"], 0), "end", "idle"],
  },
  {
    fact: "204 has no body",
    bytes: "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n",
    events: [head(["Content-Length", "5"], 0, '204 "No Content"'), "end", "idle"],
  },
  {
    fact: "304 has no body",
    bytes: 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\nETag: "x"\r\n\r\n',
    events: [
      head(["Content-Length", "5", "ETag", '"x"'], 0, '304 "Not Modified"'),
      "end",
      "idle",
    ],
  },
  {
    fact: "informational responses come before the final one",
    bytes: "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" +
      "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    events: [
      'informational HTTP/1.1 100 "Continue" []',
      'informational HTTP/1.1 103 "Early Hints" ["Link","</a>"]',
      head(["Content-Length", "0"], 0),
      "end",
      "idle",
    ],
  },
  {
    fact: "Connection: close",
    bytes: "HTTP/1.1 200 OK\r\nConnection: Keep-Alive, Close\r\nContent-Length: 2\r\n\r\nhi",
    events: [
      head(["Connection", "Keep-Alive, Close", "Content-Length", "2"], 2),
      'data "hi"',
      "end",
      "must close",
    ],
  },
  {
    fact: "HTTP/1.0 closes",
    bytes: "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi",
    events: [
      head(["Content-Length", "2"], 2, undefined, "HTTP/1.0"),
      'data "hi"',
      "end",
      "must close",
    ],
  },
  {
    fact: "HTTP/1.0 with keep-alive stays",
    bytes: "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n",
    events: [
      head(["Connection", "keep-alive", "Content-Length", "0"], 0, undefined, "HTTP/1.0"),
      "end",
      "idle",
    ],
  },
  {
    fact: "chunked wins over Content-Length, and the connection is done with",
    bytes: "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n" +
      "5\r\nhello\r\n0\r\n\r\n",
    events: [
      head(["Content-Length", "3", "Transfer-Encoding", "chunked"], "?"),
      'data "hello"',
      "end",
      "must close",
    ],
  },
  {
    fact: "chunked over HTTP/1.0 is read, and the connection is done with",
    bytes:
      "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    events: [
      head(
        ["Connection", "keep-alive", "Transfer-Encoding", "chunked"],
        "?",
        undefined,
        "HTTP/1.0",
      ),
      "end",
      "must close",
    ],
  },
  {
    fact: "one Content-Length said twice is that length",
    bytes: "HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\ncontent-length: 2\r\n\r\nhi",
    events: [
      head(["Content-Length", "2, 2", "content-length", "2"], 2),
      'data "hi"',
      "end",
      "idle",
    ],
  },
  {
    fact: "bytes after a complete response are not the next one",
    bytes: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhiHTTP/1.1 200 OK\r\n",
    events: [head(["Content-Length", "2"], 2), 'data "hi"', "end", "must close"],
  },
  {
    fact: "an unusual reason, none, and none without its space",
    bytes: "HTTP/1.1 200 F\xefne\r\nContent-Length: 0\r\n\r\n",
    events: [head(["Content-Length", "0"], 0, '200 "F\xefne"'), "end", "idle"],
  },
  {
    fact: "no reason",
    bytes: "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n",
    events: [head(["Content-Length", "0"], 0, '200 ""'), "end", "idle"],
  },
  {
    fact: "no reason and no space before it",
    bytes: "HTTP/1.1 299\r\nContent-Length: 0\r\n\r\n",
    events: [head(["Content-Length", "0"], 0, '299 ""'), "end", "idle"],
  },
  {
    fact: "lines that end with LF alone",
    bytes: "HTTP/1.1 200 OK\nContent-Length: 2\nX: 1\n\nhi",
    events: [head(["Content-Length", "2", "X", "1"], 2), 'data "hi"', "end", "idle"],
  },
  {
    fact: "a folded line is one value",
    bytes: "HTTP/1.1 200 OK\r\nX: a\r\n  b\r\n\tc\r\nContent-Length: 0\r\n\r\n",
    events: [head(["X", "a b c", "Content-Length", "0"], 0), "end", "idle"],
  },
  {
    fact: "folds of spaces alone, and folds whose lines end with LF",
    bytes: "HTTP/1.1 200 OK\nX: a \t\n  \n\tb\nContent-Length: 0\n\n",
    events: [head(["X", "a  b", "Content-Length", "0"], 0), "end", "idle"],
  },
  {
    fact: "a folded Content-Length for what it says",
    bytes: "HTTP/1.1 200 OK\r\nContent-Length:\r\n 2\r\n\r\nhi",
    events: [head(["Content-Length", "2"], 2), 'data "hi"', "end", "idle"],
  },
  {
    fact: "a folded Transfer-Encoding for what it says",
    bytes: "HTTP/1.1 200 OK\r\nTransfer-Encoding:\r\n\tchunked\r\n\r\n0\r\n\r\n",
    events: [head(["Transfer-Encoding", "chunked"], "?"), "end", "idle"],
  },
  {
    fact: "a folded Connection for what it says",
    bytes: "HTTP/1.1 200 OK\r\nConnection: x,\r\n close\r\nContent-Length: 0\r\n\r\n",
    events: [head(["Connection", "x, close", "Content-Length", "0"], 0), "end", "must close"],
  },
  {
    fact: "names keep their case, values lose the space around them, empty values stay",
    bytes: "HTTP/1.1 200 OK\r\nX-ONE:\t 1 \t\r\nx-two:\r\nx-three:3\r\ncontent-length: 0\r\n\r\n",
    events: [
      head(["X-ONE", "1", "x-two", "", "x-three", "3", "content-length", "0"], 0),
      "end",
      "idle",
    ],
  },
  {
    fact: "101 after an Upgrade hands over",
    fields: ["Upgrade", "echo"],
    bytes: "HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\n\r\n",
    events: ['upgrade HTTP/1.1 101 "Switching Protocols" ["Upgrade","echo"]', "must close"],
  },
  {
    fact: "2xx to CONNECT hands over, whatever the fields say",
    method: "CONNECT",
    bytes: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
    events: ['upgrade HTTP/1.1 200 "OK" ["Content-Length","5"]', "must close"],
  },
  {
    fact: "407 to CONNECT is an ordinary response",
    method: "CONNECT",
    bytes: "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 2\r\n\r\nno",
    events: [
      head(["Content-Length", "2"], 2, '407 "Proxy Authentication Required"'),
      'data "no"',
      "end",
      "idle",
    ],
  },
  {
    fact: "a later minor version is HTTP/1.1",
    bytes: "HTTP/1.7 200 OK\r\nContent-Length: 0\r\n\r\n",
    events: [head(["Content-Length", "0"], 0), "end", "idle"],
  },
];

const chunkedHead = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

/** What a server must not send, and the words for it. */
const REFUSED: readonly (readonly [fact: string, bytes: string, error: string, ends?: boolean])[] =
  [
    ["another protocol", "SSH-2.0-OpenSSH\r\n\r\n", "malformed status line"],
    ["HTTP/2 in the clear", "HTTP/2.0 200 OK\r\n\r\n", "malformed status line"],
    ["lower case before the version", "http/1.1 200 OK\r\n\r\n", "malformed status line"],
    [
      "control characters that differ from HTTP/1. by 32",
      "HTTP\x0f\x11\x0e1 200 OK\r\n\r\n",
      "malformed status line",
    ],
    [
      "an empty line before the status line",
      "\r\nHTTP/1.1 200 OK\r\n\r\n",
      "malformed status line",
    ],
    ["a banner without an end", "220 mail.example.org ESMTP\r\n", 'malformed status line "2'],
    ["a TLS alert", "\x15\x03\x01\x00\x02\x02\x28", 'malformed status line "?'],
    ["a status of two digits", "HTTP/1.1 20 OK\r\n\r\n", "malformed status line"],
    ["a status of four digits", "HTTP/1.1 2000 OK\r\n\r\n", "malformed status line"],
    ["a status below 100", "HTTP/1.1 099 No\r\n\r\n", "malformed status line"],
    ["a space before the colon", "HTTP/1.1 200 OK\r\nX : 1\r\n\r\n", "malformed field line"],
    ["a line without a colon", "HTTP/1.1 200 OK\r\nX\r\n\r\n", "malformed field line"],
    ["an empty name", "HTTP/1.1 200 OK\r\n: 1\r\n\r\n", "malformed field line"],
    ["a fold before any field", "HTTP/1.1 200 OK\r\n X: 1\r\n\r\n", "begins with a space"],
    ["a bare CR in a value", "HTTP/1.1 200 OK\r\nX: a\rb\r\n\r\n", "bare carriage return"],
    ["a NUL in a value", "HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n", "NUL"],
    ["a NUL in the reason", "HTTP/1.1 200 O\0K\r\n\r\n", "NUL"],
    [
      "lengths that differ",
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
      "conflicting Content-Length",
    ],
    [
      "lengths that differ in one line",
      "HTTP/1.1 200 OK\r\nContent-Length: 1, 2\r\n\r\n",
      "conflicting Content-Length",
    ],
    [
      "a fold that makes two numbers of one",
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n 2\r\n\r\n",
      "malformed Content-Length",
    ],
    ...["-1", "+1", "0x10", "1.5", "1 2", "", "12a", "99999999999999999999", "1e3"].map((length) =>
      [
        `Content-Length: ${length}`,
        `HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n\r\n`,
        "malformed Content-Length",
      ] as const
    ),
    [
      "an unknown transfer coding",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
      "unsupported Transfer-Encoding",
    ],
    [
      "chunked twice",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, chunked\r\n\r\n",
      "unsupported Transfer-Encoding",
    ],
    ...["", "g", "-1", "+1", "0x5", " 5", "1 2", "5.", "\xb2"].map((size) =>
      [
        `chunk size "${size}"`,
        `${chunkedHead}${size}\r\nhello\r\n`,
        "chunk size is not a number",
      ] as const
    ),
    ["a chunk size that overflows", `${chunkedHead}fffffffffffffff\r\n`, "chunk size is too large"],
    ["a chunk longer than its size", `${chunkedHead}2\r\nabc\r\n`, "chunk is longer than its size"],
    ["a chunk line that ends with LF alone", `${chunkedHead}2\nab\r\n`, "without CRLF"],
    ["chunk data that ends with LF alone", `${chunkedHead}2\r\nab\n0\r\n\r\n`, "without CRLF"],
    ["a malformed trailer", `${chunkedHead}0\r\nbad trailer\r\n\r\n`, "malformed field line"],
    ["an end before the head", "", "server disconnected without sending a response", true],
    ["an end in the head", "HTTP/1.1 200 OK\r\nX", "head ended after 18 bytes", true],
    [
      "an end in a fixed body",
      "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc",
      "body ended after 3 of 100 bytes",
      true,
    ],
    [
      "an end in a chunk",
      `${chunkedHead}5\r\nabc`,
      "body ended after 3 bytes, before the last chunk",
      true,
    ],
    [
      "an end before the last chunk",
      `${chunkedHead}3\r\nabc\r\n`,
      "body ended after 3 bytes, before the last chunk",
      true,
    ],
    [
      "101 without an Upgrade in the request (RFC 9110 §15.2.2)",
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\n\r\n",
      "101 Switching Protocols without an Upgrade in the request",
    ],
    [
      "an end in the trailers",
      `${chunkedHead}0\r\nX: 1\r\n`,
      "body ended after 0 bytes, before the last chunk",
      true,
    ],
  ];

describe("Http1Engine.receive()", () => {
  for (const { fact, bytes, events, ...feeding } of ACCEPTED) {
    it(`reads ${fact}, at every split`, () => {
      everySplit(bytesOf(bytes), (chunks) => assertEquals(record(chunks, feeding), [...events]));
    });
  }

  for (const [fact, bytes, error, ends = false] of REFUSED) {
    it(`refuses ${fact}, at every split`, () => {
      everySplit(bytesOf(bytes), (chunks) => {
        const last = record(chunks, { ends }).at(-1) ?? "";
        assertEquals([last.startsWith("error: "), last.includes(error)], [true, true], last);
      });
    });
  }

  it("hands the bytes after an upgrade over, in the order they came", () => {
    const recorder = new Recorder();
    const engine = new Http1Engine(recorder);
    const fields = ["Host", "a", "Upgrade", "raw"];
    engine.sendHead({ method: "GET", target: "/", fields }, new ByteWriter());
    engine.sendEnd();
    engine.receive(bytesOf("HTTP/1.1 101 S\r\n"));
    engine.receive(bytesOf("\r\nraw bytes"));
    assertEquals(recorder.leading, "raw bytes");
  });

  for (
    const [value, expected] of [
      ["timeout=5", 5000],
      ["max=100, Timeout=15", 15_000],
      ["max=3", Infinity],
      ["timeout=soon", Infinity],
      [null, Infinity],
    ] as const
  ) {
    it(`takes Keep-Alive: ${value} as ${expected} ms`, () => {
      const engine = new Http1Engine(new Recorder());
      engine.sendHead({ method: "GET", target: "/", fields: ["Host", "a"] }, new ByteWriter());
      const line = value === null ? "" : `Keep-Alive: ${value}\r\n`;
      engine.receive(bytesOf(`HTTP/1.1 204 No Content\r\n${line}\r\n`));
      assertEquals(engine.serverIdleMs, expected);
    });
  }

  it("reads 90,000 blanks before a fold, or in a length, in one pass", () => {
    const blanks = " ".repeat(90_000);
    assertEquals(
      record([bytesOf(`HTTP/1.1 200 OK\r\nX: a${blanks}b\r\n c\r\nContent-Length: 0\r\n\r\n`)]),
      [head(["X", `a${blanks}b c`, "Content-Length", "0"], 0), "end", "idle"],
    );
    const [error = ""] = record([
      bytesOf(`HTTP/1.1 200 OK\r\nContent-Length: 1${blanks}2\r\n\r\n`),
    ]);
    assertEquals(error.startsWith("error: malformed Content-Length"), true, error);
  });

  it("ignores whatever comes after an error", () => {
    const recorder = new Recorder();
    const engine = new Http1Engine(recorder);
    engine.sendHead({ method: "GET", target: "/", fields: ["Host", "a"] }, new ByteWriter());
    engine.sendEnd();
    engine.receive(bytesOf(chunkedHead));
    assertThrows(() => engine.receive(bytesOf("x\r\n")), RemoteProtocolError);
    engine.receive(bytesOf("1\r\na\r\n0\r\n\r\n"));
    engine.receiveEnd();
    assertEquals(recorder.lines.length, 1);
    assertEquals([engine.isIdle, engine.mustClose], [false, true]);
  });

  it("fails for good where its sink fails", () => {
    const sink = new Recorder();
    sink.onData = () => {
      throw new TypeError("broken sink");
    };
    const engine = new Http1Engine(sink);
    engine.sendHead({ method: "GET", target: "/", fields: ["Host", "a"] }, new ByteWriter());
    engine.sendEnd();
    const response = bytesOf(`${chunkedHead}1\r\na\r\n0\r\n\r\n`);
    assertThrows(() => engine.receive(response), TypeError, "broken sink");
    assertEquals([engine.isIdle, engine.mustClose], [false, true]);
  });

  it("refuses bytes before any request", () => {
    const engine = new Http1Engine(new Recorder());
    assertThrows(() => engine.receive(bytesOf("HTTP/1.1 408 T\r\n\r\n")), RemoteProtocolError);
    assertEquals(engine.isIdle, false);
  });

  const limits = {
    maxHeadBytes: 60,
    maxTrailerBytes: 20,
    maxChunkLineBytes: 10,
    maxChunkExcessBytes: 100,
    maxInformational: 2,
  };
  const headOf = (size: number) => {
    const rest = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX: \r\n";
    return `${rest.replace("X: ", `X: ${"a".repeat(size - rest.length)}`)}\r\n`;
  };
  const budgets = [
    ["maxHeadBytes", headOf, 60],
    [
      "maxTrailerBytes",
      (size: number) => `${chunkedHead}0\r\nX: ${"a".repeat(size - 5)}\r\n\r\n`,
      20,
    ],
    [
      "maxChunkExcessBytes",
      // A line of 16 + 2 × 1 bytes is free: these are four larger by 20, and one by the rest.
      (excess: number) => {
        const chunk = (over: number) => `1;${"x".repeat(14 + over)}\r\na\r\n`;
        return `${chunkedHead}${chunk(20).repeat(4)}${chunk(excess - 80)}0\r\n\r\n`;
      },
      100,
      { maxChunkLineBytes: 1000 },
    ],
    ["maxChunkLineBytes", (size: number) => `${chunkedHead}0;${"a".repeat(size - 2)}\r\n\r\n`, 10],
    [
      "maxInformational",
      (count: number) => "HTTP/1.1 100 C\r\n\r\n".repeat(count) + headOf(60),
      2,
    ],
  ] as const;
  for (const [name, make, budget, others = {}] of budgets) {
    it(`${name} stands at ${budget} and refuses ${budget + 1}`, () => {
      const budgets = { limits: { ...limits, ...others } };
      const within = record([bytesOf(make(budget))], budgets);
      assertEquals(within.at(-1), "idle");
      everySplit(bytesOf(make(budget + 1)), (chunks) => {
        const last = record(chunks, budgets).at(-1) ?? "";
        assertEquals(/larger than|more than/.test(last), true, last);
      });
    });
  }

  it("holds no more of an endless head than its limit", () => {
    const engine = new Http1Engine(new Recorder());
    engine.sendHead({ method: "GET", target: "/", fields: ["Host", "a"] }, new ByteWriter());
    engine.sendEnd();
    engine.receive(bytesOf("HTTP/1.1 200 OK\r\nX: "));
    let sent = 0;
    assertThrows(() => {
      for (; sent < 1000; sent++) engine.receive(new Uint8Array(1024).fill(97));
    }, RemoteProtocolError);
    assertEquals(sent <= 100, true);
  });
});
