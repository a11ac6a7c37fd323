import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Request, StreamConsumed } from "@httpx/httpx";
import type { BodySource } from "../../../../src/semantics/body.ts";
import { syncBytes, syncPieces } from "../../../../src/message/content/source/sync_source.ts";
import { bodySourceOf, readSync } from "../../../../src/message/request.ts";

function sourceOf(content: unknown): BodySource {
  const request = new Request("POST", "https://example.org/", { content: content as Uint8Array });
  const source = bodySourceOf(request);
  if (source === null) throw new Error("no body");
  return source;
}

const bytes = (...values: number[]) => new Uint8Array(values);

describe("syncPieces()", () => {
  it("gives bytes, and what iterables yield, without empty ones", () => {
    assertEquals([...syncPieces(sourceOf(bytes(1, 2)))], [bytes(1, 2)]);
    const list = sourceOf([bytes(1), bytes(), new Uint16Array([2]).buffer]);
    assertEquals([...syncPieces(list)], [bytes(1), bytes(2, 0)]);
    assertEquals(syncBytes(list), bytes(1, 2, 0));
  });

  it("reads what is read once, once: whichever way", async () => {
    function* once(): Generator<Uint8Array> {
      yield bytes(1);
    }
    const source = sourceOf(once());
    assertEquals(syncBytes(source), bytes(1));
    assertThrows(() => syncBytes(source), StreamConsumed);
    const other = sourceOf(once());
    await other.open().next();
    assertThrows(() => syncBytes(other), StreamConsumed);
    const generator = once();
    assertEquals(syncBytes(sourceOf(generator)), bytes(1));
    assertThrows(() => syncBytes(sourceOf(generator)), StreamConsumed);
    assertThrows(() => sourceOf(generator).open(), StreamConsumed);
  });

  it("leaves an iterator that nobody reads to its end", () => {
    let isEnded = false;
    function* endless(): Generator<Uint8Array> {
      try {
        while (true) yield bytes(1);
      } finally {
        isEnded = true;
      }
    }
    for (const _ of syncPieces(sourceOf(endless()))) break;
    assertEquals(isEnded, true);
  });

  it("refuses streams, chunks that are no bytes, promises of them", () => {
    async function* later(): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(bytes(1));
    }
    assertThrows(() => [...syncPieces(sourceOf(later()))], TypeError, "has to be waited for");
    assertThrows(() => [...syncPieces(sourceOf(["text"]))], TypeError, "made of bytes");
    const promises = [Promise.resolve(bytes(1))];
    assertThrows(() => [...syncPieces(sourceOf(promises))], TypeError, "can't wait");
  });

  it("reads forms in parts", () => {
    const files = { a: ["a.txt", [bytes(104), bytes(105)]] as const };
    const request = new Request("POST", "https://example.org/", { data: { b: "c" }, files });
    readSync(request);
    const text = new TextDecoder().decode(request.content);
    assertEquals(text.includes("\r\n\r\nhi\r\n"), true, text);
  });
});
