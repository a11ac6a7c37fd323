import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import * as httpx from "@httpx/httpx";
import { errorFrom, errorRecord } from "../../src/sync/thread/error_record.ts";

/** Through JSON, as between threads. */
function carried(error: unknown): Error {
  return errorFrom(JSON.parse(JSON.stringify(errorRecord(error))));
}

describe("errorFrom(errorRecord())", () => {
  const classes = [
    ...[httpx.ConnectTimeout, httpx.ReadTimeout, httpx.WriteTimeout, httpx.PoolTimeout],
    ...[httpx.ConnectError, httpx.ReadError, httpx.WriteError, httpx.CloseError],
    ...[httpx.LocalProtocolError, httpx.RemoteProtocolError, httpx.ProxyError],
    ...[httpx.UnsupportedProtocol, httpx.TransportError, httpx.DecodingError],
    ...[httpx.StreamConsumed, httpx.StreamClosed, TypeError, RangeError, SyntaxError],
  ];
  for (const Class of classes) {
    it(`${Class.name} stays what it is`, () => {
      const error = carried(new Class("what happened"));
      assertEquals([error.constructor, error.message], [Class, "what happened"]);
    });
  }

  it("keeps the facts of a transport error, and its causes", () => {
    const facts = {
      phase: "send",
      peer: "a:1",
      reusedConnection: true,
      bytesSent: 7,
      bytesReceived: 3,
      requestSent: "partly",
      safeToRetry: true,
    } as const;
    const system = Object.assign(new Error("broken pipe"), { name: "BrokenPipe", code: "EPIPE" });
    const error = carried(new httpx.WriteError("broke", { ...facts, cause: system }));
    assert(error instanceof httpx.WriteError);
    for (const [name, value] of Object.entries(facts)) {
      assertEquals(Reflect.get(error, name), value);
    }
    const { cause } = error;
    assert(cause instanceof Error);
    assertEquals([cause.name, cause.message, Reflect.get(cause, "code")], [
      "BrokenPipe",
      "broken pipe",
      "EPIPE",
    ]);
  });

  it("ends a chain of causes that has no end", () => {
    const error = new Error("again");
    error.cause = error;
    let depth = 0;
    for (let it: unknown = carried(error); it instanceof Error; it = it.cause) depth++;
    assertEquals(depth, 5);
  });

  it("takes what is no error", () => {
    assertEquals(carried("text").message, "text");
    assertEquals(carried(undefined).message, "undefined");
  });

  it("leaves the limit of stacks as it was", () => {
    const before = Reflect.get(Error, "stackTraceLimit");
    carried(new Error("x"));
    assertEquals(Reflect.get(Error, "stackTraceLimit"), before);
  });
});
