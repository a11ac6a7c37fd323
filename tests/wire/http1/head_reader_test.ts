import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { RemoteProtocolError } from "../../../src/errors.ts";
import {
  checkHeadBegin,
  FramingFields,
  readFields,
  readHead,
} from "../../../src/wire/http1/head_reader.ts";
import { bytesOf } from "../../support/record.ts";

function read(text: string) {
  const bytes = bytesOf(text);
  return readHead(bytes, 0, bytes.length);
}

/** The status lines of RFC 9112 §4, and what is read from them. */
const STATUS_LINES: readonly (readonly [line: string, read: readonly unknown[] | null])[] = [
  ["HTTP/1.1 200 OK", ["HTTP/1.1", 200, "OK"]],
  ["HTTP/1.0 404 Not Found", ["HTTP/1.0", 404, "Not Found"]],
  ["HTTP/1.9 200 OK", ["HTTP/1.1", 200, "OK"]],
  ["HTTP/1.1 200 ok", ["HTTP/1.1", 200, "ok"]],
  ["HTTP/1.1 200 OKAY", ["HTTP/1.1", 200, "OKAY"]],
  ["HTTP/1.1 200  OK ", ["HTTP/1.1", 200, " OK "]],
  ["HTTP/1.1 200 a\tb\xe9", ["HTTP/1.1", 200, "a\tb\xe9"]],
  ["HTTP/1.1 200 ", ["HTTP/1.1", 200, ""]],
  ["HTTP/1.1 200", ["HTTP/1.1", 200, ""]],
  ["HTTP/1.1 999 Request denied", ["HTTP/1.1", 999, "Request denied"]],
  ["HTTP/1.1  200 OK", null],
  ["HTTP/1.1\t200 OK", null],
  ["HTTP/1.1 200OK", null],
  ["HTTP/1.1 2 0 OK", null],
  ["HTTP/1.1 +20 OK", null],
  ["HTTP/1.1 0x1 OK", null],
  ["HTTP/1.x 200 OK", null],
  ["HTTP/1.11 200 OK", null],
  ["HTTP/1 200 OK", null],
  ["HTTP/3.0 200 OK", null],
  [" HTTP/1.1 200 OK", null],
  ["HTTP/1.1 20", null],
  ["HTTP/1.1", null],
  ["", null],
  ["ICY 200 OK", null],
];

describe("readHead()", () => {
  for (const [line, expected] of STATUS_LINES) {
    it(`${expected === null ? "refuses" : "reads"} ${JSON.stringify(line)}`, () => {
      if (expected === null) {
        assertThrows(() => read(`${line}\r\n\r\n`), RemoteProtocolError, "malformed status line");
      } else {
        const { version, status, reason } = read(`${line}\r\n\r\n`).head;
        assertEquals([version, status, reason] as unknown[], [...expected]);
      }
    });
  }

  it("shows at most 40 printable characters of a malformed line", () => {
    const error = assertThrows(() => read(`X\x1b[31m${"y".repeat(100)}\r\n\r\n`), Error);
    assertEquals(error.message, `malformed status line "X?[31m${"y".repeat(34)}"`);
  });

  it("notes the framing fields, each by its name alone, in any case, repeated ones as a list", () => {
    const { framing } = read(
      "HTTP/1.1 200 OK\r\nCONNECTION: a\r\nconnection:\tb \r\nKeep-Alive: timeout=5\r\n" +
        "Content-Length: 5\r\nContent-Length:  6\r\nTransfer-Encoding: x\r\n" +
        "Content-Length-X: 7\r\nX-Content-Leng: 8\r\nContent_Length: 9\r\n\r\n",
    );
    const { contentLength, transferEncoding, connection, keepAlive } = framing;
    assertEquals([contentLength, transferEncoding, connection, keepAlive], [
      "5, 6",
      "x",
      "a, b",
      "timeout=5",
    ]);
  });

  for (
    const [value, expected] of [
      ["5", 5],
      ["", ""],
      ["999999999999999", 999999999999999],
      ["1000000000000000", "1000000000000000"],
      ["  5", "5"],
      ["5 ", "5"],
      ["5a", "5a"],
    ] as const
  ) {
    it(`keeps Content-Length: ${JSON.stringify(value)} as ${JSON.stringify(expected)}`, () => {
      const { framing } = read(`HTTP/1.1 200 OK\r\nContent-Length: ${value}\r\n\r\n`);
      assertStrictEquals(framing.contentLength, expected);
    });
  }

  it("takes every byte in a value but NUL and CR, and none but token bytes in a name", () => {
    for (let byte = 0; byte < 256; byte++) {
      const char = String.fromCharCode(byte);
      const text = `HTTP/1.1 200 OK\r\nX: a${char}b\r\n\r\n`;
      if (byte === 0 || byte === 13) assertThrows(() => read(text), RemoteProtocolError);
      else if (byte !== 10) assertEquals(read(text).head.fields.lines, ["X", `a${char}b`]);
      const named = `HTTP/1.1 200 OK\r\na${char}b: 1\r\n\r\n`;
      if (/[!#$%&'*+\-.^_`|~0-9A-Za-z]/.test(char)) {
        assertEquals(read(named).head.fields.lines, [`a${char}b`, "1"]);
      } else if (char !== ":") {
        assertThrows(() => read(named), RemoteProtocolError, "malformed field line");
      }
    }
  });
});

describe("readHead()", () => {
  it("tells whether the connection persists, and for how long", () => {
    const cases = [
      ["HTTP/1.1 200 OK\r\n", true, Infinity],
      ["HTTP/1.1 200 OK\r\nConnection: Close\r\n", false, Infinity],
      ["HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5\r\n", true, 5000],
      ["HTTP/1.0 200 OK\r\n", false, Infinity],
      ["HTTP/1.0 200 OK\r\nConnection: Keep-Alive, x\r\n", true, Infinity],
      ["HTTP/1.0 200 OK\r\nConnection: keep-alive, close\r\n", false, Infinity],
    ] as const;
    for (const [head, persists, idleMs] of cases) {
      const parsed = read(`${head}\r\n`);
      assertEquals([parsed.persists, parsed.idleMs], [persists, idleMs], head);
    }
  });
});

describe("readFields()", () => {
  it("reads 10,000 folds of one field", () => {
    const bytes = bytesOf(`X: a\r\n${" b\r\n".repeat(10_000)}\r\n`);
    const section = readFields(bytes, { start: 0, end: bytes.length, framing: null });
    assertEquals(section.get("x"), `a${" b".repeat(10_000)}`);
  });

  it("finds every field that is there, in any case, folded or not, and none that is not", () => {
    const names = ["Set-Cookie", "content-encoding", "X", "_a", "!b", "ETAG", "x-request-id", "^9"];
    const text = names.map((name) => `${name}: of ${name}\r\n`).join("");
    for (const section of [text, text.replaceAll(": ", ":\r\n "), text.replaceAll("\r\n", "\n")]) {
      const bytes = bytesOf(`${section}\r\n`);
      const fields = readFields(bytes, { start: 0, end: bytes.length, framing: null });
      for (const name of names) assertEquals(fields.get(name.toLowerCase()), `of ${name}`);
      for (const name of ["set-cookies", "y", "etah", "", "content-length", "connection"]) {
        assertEquals(fields.get(name), null);
      }
    }
  });

  it("looks framing fields up anew where there is a fold", () => {
    const bytes = bytesOf("Content-Length: 1\r\nX: a\r\n Content-Length: 2\r\n\r\n");
    const framing = new FramingFields();
    readFields(bytes, { start: 0, end: bytes.length, framing });
    assertEquals([framing.contentLength, framing.connection], ["1", null]);
  });
});

describe("checkHeadBegin()", () => {
  it("lets every beginning of HTTP/1. be, and nothing else", () => {
    const begin = "HTTP/1.1 2";
    for (let length = 1; length <= begin.length; length++) {
      const bytes = bytesOf(`\n${begin.slice(0, length)}`);
      checkHeadBegin(bytes, 1, bytes.length);
      if (length > 7) continue;
      bytes[length] = 0x7e;
      assertThrows(() => checkHeadBegin(bytes, 1, bytes.length), RemoteProtocolError);
    }
  });
});
