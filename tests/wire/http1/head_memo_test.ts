import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { HeadMemo } from "../../../src/wire/http1/head_memo.ts";
import { ByteWriter, Http1Engine } from "../../../src/wire/http1/engine.ts";
import { readHead } from "../../../src/wire/http1/head_reader.ts";
import { randomSplit } from "../../support/every_split.ts";
import { seeded } from "../../support/random.ts";
import { joined } from "../../support/http2/frames.ts";
import { bytesOf, record, Recorder } from "../../support/record.ts";

const head = (extra = "") => bytesOf(`HTTP/1.1 200 OK\r\nContent-Length: 2\r\n${extra}\r\n`);

/** A memo that has read these heads, one after the other. */
function taught(...heads: readonly Uint8Array[]): HeadMemo {
  const memo = new HeadMemo();
  for (const bytes of heads) {
    const parsed = readHead(bytes, 0, bytes.length);
    memo.remember(parsed, bytes, { start: 0, end: bytes.length });
  }
  return memo;
}

describe("HeadMemo", () => {
  it("finds the last head again, wherever it stands and whatever follows", () => {
    const memo = taught(head("A: 1\r\n"), head());
    const found = memo.find(bytesOf(`xx${new TextDecoder().decode(head())}hi`), 2);
    assertEquals([found?.head.status, memo.length], [200, head().length]);
    assertStrictEquals(memo.find(head(), 0), found);
    assertEquals(memo.find(head("A: 1\r\n"), 0), null);
  });

  it("finds nothing in a part of it, nor where one byte differs", () => {
    const memo = taught(head("A: 1\r\n"));
    const bytes = head("A: 1\r\n");
    for (let length = 0; length < bytes.length; length++) {
      assertEquals(memo.find(bytes.subarray(0, length), 0), null);
    }
    for (let i = 0; i < bytes.length; i++) {
      const changed = bytes.slice();
      changed[i] = (changed[i] ?? 0) ^ 1;
      assertEquals(memo.find(changed, 0), null, `byte ${i}`);
    }
  });

  it("has its own copy of the bytes", () => {
    const lent = head();
    const memo = taught(lent);
    lent.fill(0x21);
    assert(memo.find(head(), 0) !== null);
  });

  it("keeps nothing large, and gives up where nothing ever comes again", () => {
    const large = head(`A: ${"x".repeat(1024)}\r\n`);
    assertEquals(taught(large).find(large, 0), null);
    const others = Array.from({ length: 16 }, (_, i) => head(`A: ${i}\r\n`));
    assert(taught(...others).find(head("A: 15\r\n"), 0) !== null);
    assertEquals(taught(...others, head()).find(head(), 0), null);
  });
});

/** One engine that carries an exchange after the other; what the last one was told. */
class Conversation {
  readonly #recorder = new Recorder();
  readonly #engine = new Http1Engine(this.#recorder);

  exchange(method: string, chunks: readonly Uint8Array[]): string[] {
    const before = this.#recorder.lines.length;
    this.#engine.sendHead({ method, target: "/", fields: ["Host", "a"] }, new ByteWriter());
    this.#engine.sendEnd();
    for (const chunk of chunks) {
      const lent = chunk.slice();
      this.#engine.receive(lent);
      lent.fill(0);
    }
    this.#recorder.note(this.#engine.isIdle ? "idle" : "waiting");
    return this.#recorder.lines.slice(before);
  }
}

describe("Http1Engine and heads that come again", () => {
  it("tells the same of each response as an engine that knows no other, at any split", () => {
    const answers = [
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nA: 1\r\n\r\nhi",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
      "HTTP/1.1 103 E\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\nA: 1\r\n\r\nyo",
      "HTTP/1.1 204 No Content\r\n\r\n",
    ];
    const random = seeded(9112);
    for (let round = 0; round < 300; round++) {
      const talk = new Conversation();
      for (let i = 0; i < 12; i++) {
        const bytes = bytesOf(answers[random(random(3) === 0 ? answers.length : 2)] ?? "");
        const chunks = random(2) === 0 ? [bytes] : randomSplit(bytes, random);
        assertEquals(talk.exchange("GET", chunks), record([bytes]));
      }
    }
  });

  it("a head means to each method what it means to that method", () => {
    const talk = new Conversation();
    const get = [...record([joined(head(), bytesOf("hi"))])];
    assertEquals(talk.exchange("GET", [joined(head(), bytesOf("hi"))]), get);
    assertEquals(talk.exchange("HEAD", [head()]), record([head()], { method: "HEAD" }));
    assertEquals(talk.exchange("GET", [joined(head(), bytesOf("hi"))]), get);
    assertEquals(talk.exchange("CONNECT", [head()]).at(0)?.startsWith("upgrade"), true);
  });
});
