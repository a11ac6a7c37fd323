import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { LocalProtocolError } from "../../../src/errors.ts";
import { ByteWriter, Http1Engine } from "../../../src/wire/http1/engine.ts";
import { bytesOf, Recorder, textOf } from "../../support/record.ts";

describe("Http1Engine.sendHead()", () => {
  function send(request: Partial<{ method: string; target: string; fields: string[] }>): string {
    const out = new ByteWriter();
    const head = { method: "GET", target: "/", fields: ["Host", "a"], ...request };
    try {
      new Http1Engine(new Recorder()).sendHead(head, out);
    } catch (error) {
      assertEquals(out.length, 0, "a refused head leaves no byte behind");
      throw error;
    }
    return textOf(out.bytes());
  }

  it("writes names, values and their order as they are", () => {
    assertEquals(
      send({ method: "M-SEARCH", target: "/a?b", fields: ["hOsT", "a", "X", "", "X", "\xe9"] }),
      "M-SEARCH /a?b HTTP/1.1\r\nhOsT: a\r\nX: \r\nX: \xe9\r\n\r\n",
    );
  });

  const refused: readonly (readonly [string, Parameters<typeof send>[0]])[] = [
    ["a space in the method", { method: "GE T" }],
    ["a line break in the method", { method: "GET\r\nX: 1" }],
    ["an empty method", { method: "" }],
    ["a space in the target", { target: "/a b" }],
    ["a line break in the target", { target: "/\r\nX: 1" }],
    ["a NUL in the target", { target: "/\0" }],
    ["an empty target", { target: "" }],
    ["a line feed in a value", { fields: ["Host", "a", "X", "a\nb"] }],
    ["a carriage return in a value", { fields: ["Host", "a", "X", "a\rb"] }],
    ["a NUL in a value", { fields: ["Host", "a", "X", "\0"] }],
    ["a character beyond one byte", { fields: ["Host", "a", "X", "\u0100"] }],
    ["a space before a value", { fields: ["Host", "a", "X", " a"] }],
    ["a space in a name", { fields: ["Host", "a", "X ", "a"] }],
    ["a colon in a name", { fields: ["Host", "a", "X:", "a"] }],
    ["a line break in a name", { fields: ["Host", "a", "X\r\nY", "a"] }],
    ["an empty name", { fields: ["Host", "a", "", "a"] }],
    ["no Host", { fields: ["X", "a"] }],
    ["a length that is no number", { fields: ["Host", "a", "Content-Length", "1e3"] }],
    ["two lengths", { fields: ["Host", "a", "Content-Length", "1", "content-length", "1"] }],
    ["a length and chunks", {
      fields: ["Host", "a", "Content-Length", "1", "Transfer-Encoding", "chunked"],
    }],
    ["two Hosts", { fields: ["Host", "a", "X", "1", "host", "a"] }],
    ["another transfer coding", { fields: ["Host", "a", "Transfer-Encoding", "gzip"] }],
  ];
  for (const [fact, request] of refused) {
    it(`refuses ${fact}, without the value in its message`, () => {
      assertThrows(() => send(request), LocalProtocolError);
    });
  }

  it("writes what each head has, whatever the last one had", () => {
    const lists = [
      ["Host", "a", "X", "1", "Y", "2"],
      ["Host", "a", "X", "1", "Y", "3", "Z", "4"],
      ["Host", "a"],
      ["Host", "a", "Content-Length", "0", "X", "1"],
      ["Host", "a", "Content-Length", "0", "X", "1"],
      ["X", "1", "Host", "b"],
      ["Host", "a", "X", "y".repeat(3000)],
      ["Host", "a", "X", "1", "Y", "2"],
    ];
    const recorder = new Recorder();
    const engine = new Http1Engine(recorder);
    for (const fields of lists) {
      const out = new ByteWriter();
      engine.sendHead({ method: "GET", target: "/", fields }, out);
      const bad = { method: "GET", target: "/", fields: [...fields, "Bad", "\n"] };
      engine.sendEnd();
      engine.receive(bytesOf("HTTP/1.1 204 No Content\r\n\r\n"));
      assertThrows(() => engine.sendHead(bad, new ByteWriter()), LocalProtocolError);
      let expected = "GET / HTTP/1.1\r\n";
      for (let i = 0; i < fields.length; i += 2) expected += `${fields[i]}: ${fields[i + 1]}\r\n`;
      assertEquals(textOf(out.bytes()), `${expected}\r\n`);
    }
    const hostless = { method: "GET", target: "/", fields: ["X", "1"] };
    assertThrows(() => engine.sendHead(hostless, new ByteWriter()), LocalProtocolError, "Host");
  });

  for (
    const [connection, isReused] of [
      ["close", false],
      ["Upgrade, CLOSE", false],
      ["keep-alive", true],
      ["closed", true],
    ] as const
  ) {
    it(`with Connection: ${connection} leaves the connection ${isReused ? "open" : "to close"}`, () => {
      const engine = new Http1Engine(new Recorder());
      const fields = ["Host", "a", "Connection", connection];
      engine.sendHead({ method: "GET", target: "/", fields }, new ByteWriter());
      engine.sendEnd();
      engine.receive(bytesOf("HTTP/1.1 204 No Content\r\n\r\n"));
      assertEquals([engine.isIdle, engine.mustClose], [isReused, !isReused]);
    });
  }

  it("never shows a value", () => {
    const secret = "s3cret\n";
    try {
      send({ fields: ["Host", "a", "Authorization", secret] });
    } catch (error) {
      assertEquals(String(error).includes("s3cret"), false);
    }
  });
});

describe("Http1Engine.sendData() and sendEnd()", () => {
  function begin(fields: string[]): Http1Engine {
    const engine = new Http1Engine(new Recorder());
    engine.sendHead(
      { method: "POST", target: "/", fields: ["Host", "a", ...fields] },
      new ByteWriter(),
    );
    return engine;
  }
  const joined = (pieces: readonly Uint8Array[]) => pieces.map(textOf).join("");

  it("frame chunks, and pass over empty ones, which would end the body", () => {
    const engine = begin(["Transfer-Encoding", "chunked"]);
    assertEquals(
      joined(engine.sendData(bytesOf("0123456789abcdef"))),
      "10\r\n0123456789abcdef\r\n",
    );
    assertEquals(joined(engine.sendData(new Uint8Array(0))), "");
    assertEquals(joined(engine.sendEnd()), "0\r\n\r\n");
  });

  it("pass bytes of a known length through, and hold them to it", () => {
    const engine = begin(["Content-Length", "5"]);
    const bytes = bytesOf("hel");
    assertEquals(engine.sendData(bytes)[0], bytes);
    assertThrows(() => engine.sendEnd(), LocalProtocolError, "3 of the 5 bytes");
    assertThrows(
      () => engine.sendData(bytesOf("lo!")),
      LocalProtocolError,
      "more than the 5 bytes",
    );
  });

  it("refuse content that was not announced, and content after the end", () => {
    assertThrows(() => begin([]).sendData(bytesOf("x")), LocalProtocolError);
    const engine = begin(["Content-Length", "0"]);
    engine.sendEnd();
    assertThrows(() => engine.sendData(bytesOf("x")), LocalProtocolError);
    assertThrows(() => engine.sendEnd(), LocalProtocolError);
  });

  it("a response that comes before the request has ended leaves no use for the connection", () => {
    const recorder = new Recorder();
    const engine = new Http1Engine(recorder);
    const fields = ["Host", "a", "Content-Length", "5"];
    engine.sendHead({ method: "POST", target: "/", fields }, new ByteWriter());
    engine.receive(bytesOf("HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n"));
    assertEquals([recorder.lines.at(-1), engine.isIdle], ["end", false]);
    engine.sendData(bytesOf("hello"));
    engine.sendEnd();
    assertEquals(engine.isIdle, true);
  });
});
