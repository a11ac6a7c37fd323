import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { RemoteProtocolError } from "../../../src/errors.ts";
import {
  type BodyReader,
  FixedReader,
  UntilCloseReader,
} from "../../../src/wire/http1/body_reader.ts";
import { ChunkedReader } from "../../../src/wire/http1/chunked_reader.ts";
import { DEFAULT_LIMITS } from "../../../src/wire/http1/limits.ts";
import { everySplit } from "../../support/every_split.ts";
import { bytesOf, textOf } from "../../support/record.ts";

class Content {
  readonly pieces: Uint8Array[] = [];
  onData(bytes: Uint8Array, start: number, end: number): void {
    this.pieces.push(bytes.subarray(start, end));
  }
  get text(): string {
    return this.pieces.map(textOf).join("");
  }
}

const KINDS: Readonly<Record<string, (sink: Content) => BodyReader>> = {
  FixedReader: (sink) => new FixedReader(5, sink),
  UntilCloseReader: (sink) => new UntilCloseReader(sink),
  ChunkedReader: (sink) => new ChunkedReader({ sink, limits: DEFAULT_LIMITS }),
};

describe("body readers", () => {
  const cases: readonly (readonly [kind: string, body: string, rest: string, content: string])[] = [
    ["FixedReader", "hello", "HTTP/1.1", "hello"],
    ["UntilCloseReader", "hello", "", "hello"],
    ["ChunkedReader", "3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n", "\r\nHTTP/1.1", "hello"],
    ["ChunkedReader", "0\r\nX: 1\r\n\r\n", "X: 2\r\n\r\n", ""],
  ];
  for (const [kind, body, rest, content] of cases) {
    it(`${kind} takes ${JSON.stringify(body)} and not a byte more, at every split`, () => {
      everySplit(bytesOf(body + rest), (chunks) => {
        const sink = new Content();
        const reader = KINDS[kind]?.(sink) ?? never();
        let taken = 0;
        for (const chunk of chunks) {
          if (reader.isEnded) break;
          // A body rarely begins where the input does.
          taken += reader.receive(bytesOf(`??${textOf(chunk)}`), 2) - 2;
        }
        if (kind === "UntilCloseReader") reader.receiveEnd();
        assertEquals([sink.text, taken, reader.isEnded], [content, body.length, true]);
        assertEquals(sink.pieces.every((piece) => piece.length > 0), true);
      });
    });
  }

  it("pass the input itself on, and where in it the content stands", () => {
    const input = bytesOf("hello");
    const told: unknown[] = [];
    const sink = {
      onData(bytes: Uint8Array, start: number, end: number) {
        assertStrictEquals(bytes, input);
        told.push([start, end]);
      },
    };
    new FixedReader(100, sink).receive(input, 0);
    new FixedReader(2, sink).receive(input, 1);
    new UntilCloseReader(sink).receive(input, 3);
    assertEquals(told, [[0, 5], [1, 3], [3, 5]]);
  });

  it("receiveEnd() tells how much there was", () => {
    const fixed = new FixedReader(100, new Content());
    fixed.receive(bytesOf("abc"), 0);
    assertThrows(
      () => fixed.receiveEnd(),
      RemoteProtocolError,
      "body ended after 3 of 100 bytes",
    );
    const chunked = new ChunkedReader({ sink: new Content(), limits: DEFAULT_LIMITS });
    chunked.receive(bytesOf("5\r\nabc"), 0);
    assertThrows(
      () => chunked.receiveEnd(),
      RemoteProtocolError,
      "body ended after 3 bytes, before the last chunk",
    );
  });
});

describe("ChunkedReader", () => {
  const read = (text: string) => {
    const sink = new Content();
    const reader = new ChunkedReader({ sink, limits: DEFAULT_LIMITS });
    reader.receive(bytesOf(text), 0);
    return { reader, sink };
  };

  it("keeps trailers apart from content, null where there are none", () => {
    assertEquals(read("0\r\n\r\n").reader.trailers, null);
    assertEquals(read("0\r\nA: 1\r\nB:\r\n\r\n").reader.trailers, ["A", "1", "B", ""]);
    assertEquals(read("0\r\nA: 1\r\n b\r\n\r\n").reader.trailers, ["A", "1 b"]);
  });

  it("reads sizes of up to 13 digits", () => {
    for (const size of ["1", "0001", "0000000000001"]) {
      assertEquals(read(`${size}\r\na`).sink.text, "a");
    }
    const { reader } = read("1fffffffffffff".slice(0, 13) + "\r\n");
    assertEquals(reader.isEnded, false);
    assertThrows(() => read("00000000000001\r\na"), RemoteProtocolError, "too large");
  });

  const extensions = [";a", ";a=b", ';a="b;\\"c"', " ; a = b", "\t;a", ";", "  "];
  for (const extension of extensions) {
    it(`passes over ${JSON.stringify(extension)} after a size`, () => {
      assertEquals(read(`1${extension}\r\na\r\n`).sink.text, "a");
    });
  }

  for (const extension of [",a", "a\rb", " a", ";\0", ";a\rb", "\r", "h", "_"]) {
    it(`refuses ${JSON.stringify(extension)} after a size`, () => {
      assertThrows(() => read(`1${extension}\r\na\r\n`), RemoteProtocolError);
    });
  }
});

function never(): never {
  throw new Error("No such reader");
}
