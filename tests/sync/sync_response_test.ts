import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Request, Response, SchemaError, SyncResponse } from "@httpx/httpx/sync";

/** What is the awaited response's alone: promises of what is here a value, web streams, what is internal. */
const OTHERS = new Set([
  ...["body", "textStream", "formData", "type", "clone", "load", "whenDone", "startElapsed"],
  ...["limitBody"],
]);

function membersOf({ prototype }: { readonly prototype: object }): string[] {
  return Object.getOwnPropertyNames(prototype).filter((name) => name !== "constructor").sort();
}

describe("SyncResponse", () => {
  it("has what the awaited response has, but for what can only be waited for", () => {
    const here = new Set([...membersOf(SyncResponse), ...Object.keys(new SyncResponse(200))]);
    const missing = membersOf(Response).filter((name) => !here.has(name) && !OTHERS.has(name));
    assertEquals(missing, []);
    for (const name of OTHERS) assert(!here.has(name), name);
    for (const name of Object.keys(new Response(200))) {
      assert(name in SyncResponse.prototype || OTHERS.has(name), name);
    }
  });

  it("gives bodies as values", async () => {
    const response = new SyncResponse(200, { json: { a: 1 } });
    assertEquals(response.json(), { a: 1 });
    assertEquals(response.text(), '{"a":1}');
    assertEquals(response.bytes(), response.content);
    assertEquals(response.arrayBuffer().byteLength, 7);
    assertEquals(await response.blob().text(), '{"a":1}');
    assertEquals(await response.toWeb().json(), { a: 1 });
    assertEquals([response.isClosed, response.bodyUsed, response.isStreamConsumed], [
      true,
      false,
      true,
    ]);
  });

  it("validates by a schema, unless that has to be waited for", () => {
    const text = (value: unknown) =>
      typeof value === "string" ? { value } : { issues: [{ message: "expected a string" }] };
    const schema = (
      validate: (value: unknown) => ReturnType<typeof text> | Promise<ReturnType<typeof text>>,
    ) => ({
      "~standard": { version: 1, vendor: "test", validate },
    } as const);
    assertEquals(new SyncResponse(200, { json: "a" }).json(schema(text)), "a");
    assertThrows(
      () => new SyncResponse(200, { json: 1 }).json(schema(text)),
      SchemaError,
      "a string",
    );
    const late = schema((value) => Promise.resolve(text(value)));
    assertThrows(
      () => new SyncResponse(200, { json: "a" }).json(late),
      TypeError,
      "asynchronously",
    );
  });

  it("reads a stream once, piece by piece", () => {
    function* pieces(): Generator<Uint8Array> {
      for (const text of ["on", "e\ntw", "o\r\n", "é"]) yield new TextEncoder().encode(text);
    }
    const response = () => new SyncResponse(200, { stream: pieces() });
    assertEquals([...response().iterLines()], ["one", "two", "é"]);
    assertEquals([...response().iterText(4)], ["one\n", "two\r", "\né"]);
    assertEquals(Array.from(response().iterBytes(4), ({ length }) => length), [4, 4, 3]);
    assertEquals(Array.from(response().iterRaw(), ({ length }) => length), [2, 4, 3, 2]);
    const one = response();
    assertEquals([one.text(), one.numBytesDownloaded], ["one\ntwo\r\né", 11]);
    for (const size of [0, -1, NaN]) {
      assertThrows(() => [...response().iterBytes(size)], RangeError, "give 1 or more");
      assertThrows(() => [...response().iterText(size)], RangeError, "give 1 or more");
    }
  });

  it("keeps characters whole, however they are cut", () => {
    const bytes = new TextEncoder().encode("aé€😀");
    for (let at = 0; at <= bytes.length; at++) {
      const stream = [bytes.subarray(0, at), bytes.subarray(at)];
      assertEquals([...new SyncResponse(200, { stream }).iterText()].join(""), "aé€😀");
    }
  });

  it("closes what is left early, and refuses what has to be waited for", () => {
    let isEnded = false;
    function* endless(): Generator<Uint8Array> {
      try {
        while (true) yield new Uint8Array(9);
      } finally {
        isEnded = true;
      }
    }
    {
      using response = new SyncResponse(200, { stream: endless() });
      for (const _ of response.iterBytes()) break;
      assert(response.isClosed);
    }
    assert(isEnded);
    assertThrows(
      () => new SyncResponse(200, { stream: new Blob(["a"]).stream() }),
      TypeError,
      "without waiting",
    );
  });

  it("sets what may be set", () => {
    const request = new Request("GET", "https://example.org/");
    const response = new SyncResponse(200, { content: new Uint8Array([0xe9]) });
    response.request = request;
    response.encoding = "latin1";
    assertEquals([response.url, response.text(), String(response)], [
      "https://example.org/",
      "é",
      "<Response [200 OK]>",
    ]);
    assertThrows(() => response.encoding = "utf-8", Error, "text() was called");
  });
});
