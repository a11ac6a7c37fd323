import { describe, it } from "@std/testing/bdd";
import { assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { StreamConsumed } from "../../../../src/errors.ts";
import type { OpenFile } from "../../../../src/message/content/source/byte_source.ts";
import { contentSource } from "../../../../src/message/content/source/content_source.ts";
import { syncPieces } from "../../../../src/message/content/source/sync_source.ts";
import type { BodySource } from "../../../../src/semantics/body.ts";
import { assertSameBytes, bytesFrom, chunksOf, concat, textOf, utf8 } from "../chunks.ts";

function sourceOf(content: unknown): BodySource {
  const source = contentSource(content);
  if (source === null) throw new Error("No source");
  return source;
}

function streamOf(chunks: readonly unknown[], log: string[] = []): ReadableStream<unknown> {
  const rest = [...chunks];
  return new ReadableStream({
    pull(controller): void {
      if (rest.length === 0) controller.close();
      else controller.enqueue(rest.shift());
    },
    cancel(): void {
      log.push("cancelled");
    },
  }, { highWaterMark: 0 });
}

function* generator(log: string[] = []): Generator<Uint8Array> {
  try {
    yield utf8("a");
    yield new Uint8Array(0);
    yield utf8("bc");
  } finally {
    log.push("left");
  }
}

async function* asyncGenerator(log: string[] = []): AsyncGenerator<Uint8Array> {
  yield* generator(log);
  await Promise.resolve();
}

/** An `OpenFile` in memory, with a position. */
function fileOf(bytes: Uint8Array, isFile = true): OpenFile & { position: number } {
  return {
    position: 0,
    read(buffer): Promise<number | null> {
      const chunk = bytes.subarray(this.position, this.position + buffer.length);
      buffer.set(chunk);
      this.position += chunk.length;
      return Promise.resolve(chunk.length === 0 ? null : chunk.length);
    },
    seek(offset, whence): Promise<number> {
      return Promise.resolve(this.seekSync(offset, whence));
    },
    seekSync(offset, whence): number {
      if (!isFile) throw new Error("Illegal seek");
      return this.position = whence === 1 ? this.position + offset : offset;
    },
    statSync: () => ({ size: isFile ? bytes.length : 0, isFile }),
  };
}

const BUFFER = utf8("xabcx").buffer;

function sharedBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(new SharedArrayBuffer(text.length));
  bytes.set(utf8(text));
  return bytes;
}

describe("byteSource", () => {
  const KINDS: readonly (readonly [
    kind: string,
    make: () => unknown,
    size: number | null,
    replayable: boolean,
  ])[] = [
    ["string", () => "abc", 3, true],
    ["ArrayBuffer", () => utf8("abc").buffer, 3, true],
    ["SharedArrayBuffer", () => sharedBytes("abc").buffer, 3, true],
    ["a view of shared memory", () => sharedBytes("abc"), 3, true],
    ["another view of shared memory", () => new DataView(sharedBytes("abc").buffer), 3, true],
    ["a list of shared memory", () => [sharedBytes("ab"), sharedBytes("c").buffer], null, true],
    ["a view with an offset", () => new DataView(BUFFER, 1, 3), 3, true],
    ["Blob", () => new Blob(["ab", "c"]), 3, true],
    ["an open file", () => fileOf(utf8("abc")), 3, true],
    ["a pipe", () => fileOf(utf8("abc"), false), null, false],
    [
      "ReadableStream",
      () => streamOf([utf8("a"), new Uint8Array(0), utf8("bc").buffer]),
      null,
      false,
    ],
    ["a generator", () => generator(), null, false],
    ["an async generator", () => asyncGenerator(), null, false],
    ["a list", () => [utf8("a"), utf8("bc").buffer], null, true],
    ["a Set", () => new Set([utf8("a"), utf8("bc")]), null, true],
  ];

  it("knows size and replayability of every kind", async () => {
    for (const [kind, make, sizeBytes, isReplayable] of KINDS) {
      const source = sourceOf(make());
      assertEquals([source.sizeBytes, source.isReplayable], [sizeBytes, isReplayable], kind);
      assertEquals(textOf(await bytesFrom(source)), "abc", kind);
    }
  });

  it("sends what is replayable again, and throws StreamConsumed for what is not", async () => {
    for (const [kind, make, , isReplayable] of KINDS) {
      const source = sourceOf(make());
      const first = source.open();
      await first.next(); // a reading that is given up half way
      await first.return?.();
      if (isReplayable) assertEquals(textOf(await bytesFrom(source)), "abc", kind);
      else assertThrows(() => source.open(), StreamConsumed, "read once");
    }
  });

  it("throws StreamConsumed for a generator that was read for another request", async () => {
    for (const content of [generator(), asyncGenerator()]) {
      assertEquals(textOf(await bytesFrom(sourceOf(content))), "abc");
      assertThrows(() => sourceOf(content).open(), StreamConsumed, "read once");
    }
    const unread = generator(); // it was given, and nothing was sent
    sourceOf(unread);
    assertEquals(textOf(await bytesFrom(sourceOf(unread))), "abc");
    // Each reading of these begins anew.
    const lists = [[utf8("abc")], new Blob(["abc"]), { [Symbol.asyncIterator]: asyncGenerator }];
    for (const content of lists) {
      for (const _ of [1, 2]) assertEquals(textOf(await bytesFrom(sourceOf(content))), "abc");
    }
  });

  it("ends after return()", async () => {
    for (const [kind, make] of KINDS) {
      const iterator = sourceOf(make()).open();
      await iterator.return?.();
      assertEquals((await iterator.next()).done, true, kind);
    }
  });

  it("copies bytes when they are given: a buffer may be used again at once", async () => {
    const memory = new Uint8Array(300_000).fill(1);
    const views = [memory, memory.buffer, new DataView(memory.buffer, 5, 7), memory.subarray(3)];
    const sources = views.map((view) => contentSource(view));
    const listed = contentSource([memory]);
    memory.fill(2);
    for (const source of sources) {
      assertEquals(source?.bytes?.every((byte) => byte === 1), true);
    }
    assertEquals(sources.map((source) => source?.sizeBytes), [300_000, 300_000, 7, 299_997]);
    // What is read while it is sent is read then.
    const sent = await Array.fromAsync({
      [Symbol.asyncIterator]: () => (listed ?? sourceOf([])).open(),
    });
    assertEquals(sent[0]?.[0], 2);
  });

  it("copies shared memory, which the web takes nowhere", () => {
    const bytes = sharedBytes("xabcx");
    for (const view of [bytes.subarray(1, 4), new DataView(bytes.buffer, 1, 3)]) {
      const copy = sourceOf(view).bytes;
      assertEquals([textOf(copy ?? bytes), copy?.buffer.constructor], ["abc", ArrayBuffer]);
    }
  });

  it("cuts everything into pieces of at most 64 KB", async () => {
    const big = new Uint8Array(1_000_001).map((_, i) => i * 7);
    for (
      const content of [big, new Blob([big]), fileOf(big), streamOf([big]), [
        big,
        big.subarray(0, 0),
      ]]
    ) {
      const chunks = await chunksOf(sourceOf(content));
      assertEquals(Math.max(...chunks.map((chunk) => chunk.length)), 65_536);
      assertSameBytes(concat(...chunks), big);
    }
  });

  it("gives null for what holds no bytes", () => {
    for (
      const value of [null, undefined, 1, true, {}, { a: 1 }, new Date(), () => 1, Symbol("s")]
    ) {
      assertEquals(contentSource(value), null);
    }
  });

  it("sends an open file from its position on, every time", async () => {
    const file = fileOf(utf8("headbody"));
    file.position = 4;
    const source = sourceOf(file);
    assertEquals(source.sizeBytes, 4);
    assertEquals(textOf(await bytesFrom(source)), "body");
    assertEquals(textOf(await bytesFrom(source)), "body");
  });

  it("cancels a stream and leaves a generator on return()", async () => {
    for (
      const make of [
        (log: string[]) => streamOf([utf8("a"), utf8("b")], log),
        (log: string[]) => generator(log),
        (log: string[]) => asyncGenerator(log),
        (log: string[]) => ({ [Symbol.iterator]: () => generator(log) }),
      ]
    ) {
      const log: string[] = [];
      const iterator = sourceOf(make(log)).open();
      await iterator.next();
      await iterator.return?.();
      await iterator.return?.();
      assertEquals(log.length, 1);
    }
  });

  it("cancels a stream whose next chunk never comes", async () => {
    const log: string[] = [];
    const stream = new ReadableStream({ cancel: () => void log.push("cancelled") });
    const iterator = sourceOf(stream).open();
    const waiting = iterator.next();
    await iterator.return?.();
    assertEquals((await waiting).done, true);
    assertEquals(log, ["cancelled"]);
  });

  it("refuses a stream that is locked", () => {
    const stream = streamOf([]);
    stream.getReader();
    assertThrows(() => contentSource(stream), TypeError, "it is locked");
  });

  it("refuses chunks that are no bytes, and lets go of their producer", async () => {
    for (
      const [chunk, kind] of [["text", "string"], [7, "number"], [null, "null"], [
        new Date(),
        "Date",
      ]]
    ) {
      const log: string[] = [];
      for (const content of [streamOf([chunk], log), [chunk]]) {
        await assertRejects(
          () => bytesFrom(sourceOf(content)),
          TypeError,
          `Cannot send a chunk of type ${kind}`,
        );
      }
      assertEquals(log, ["cancelled"]);
    }
    await assertRejects(() => bytesFrom(sourceOf(["text"])), TypeError, "encode it first");
  });

  it("passes a producer's own error on, and is at its end then", async () => {
    const failure = new Error("disk on fire");
    const stream = new ReadableStream({ pull: (controller) => controller.error(failure) });
    const iterator = sourceOf(stream).open();
    assertStrictEquals(await iterator.next().catch((error: unknown) => error), failure);
    assertEquals((await iterator.next()).done, true);
    await iterator.return?.();
  });
});

describe("contentSource() of a Blob of unknown size", () => {
  for (const size of [Infinity, NaN]) {
    it(`is a stream, read once: size ${size}`, async () => {
      const blob = new Blob(["from a pipe"]);
      Object.defineProperty(blob, "size", { value: size });
      const source = sourceOf(blob);
      assertEquals([source.sizeBytes, source.isReplayable], [null, false]);
      assertEquals(textOf(await bytesFrom(source)), "from a pipe");
      assertThrows(() => source.open(), StreamConsumed);
      assertThrows(() => [...syncPieces(sourceOf(blob))], TypeError, "unknown size");
    });
  }
});

/** What each runtime opens a file of the disk with. */
interface Disk {
  Deno?: { open(path: string): Promise<OpenFile & { close(): void }> };
  Bun?: { file(path: string): Blob };
  process: {
    getBuiltinModule(name: "node:fs"): {
      mkdtempSync(prefix: string): string;
      writeFileSync(path: string, bytes: Uint8Array): void;
      rmSync(path: string, options: { recursive: true }): void;
      openAsBlob(path: string): Promise<Blob>;
    };
  };
}

describe("byteSource of a file on the disk", () => {
  it("knows its size, reads it in pieces, and reads it again", async () => {
    const { Deno, Bun, process } = globalThis as unknown as Disk;
    const fs = process.getBuiltinModule("node:fs");
    const folder = fs.mkdtempSync("/tmp/httpx-");
    const path = `${folder}/file.bin`;
    const bytes = new Uint8Array(1_000_000).map((_, i) => i >> 3);
    fs.writeFileSync(path, bytes);
    const opened = await Deno?.open(path);
    for (const file of [opened, Bun?.file(path), await fs.openAsBlob(path)]) {
      if (file === undefined) continue;
      const source = sourceOf(file);
      assertEquals([source.sizeBytes, source.isReplayable], [bytes.length, true]);
      for (let round = 0; round < 2; round++) {
        const chunks = await chunksOf(source);
        assertEquals(Math.max(...chunks.map((chunk) => chunk.length)), 65_536);
        assertSameBytes(concat(...chunks), bytes);
      }
    }
    opened?.close();
    fs.rmSync(folder, { recursive: true });
  });

  it("sends what a file had when it was given, also if it grows meanwhile", async () => {
    const { Deno, Bun, process } = globalThis as unknown as Disk;
    const fs = process.getBuiltinModule("node:fs");
    const folder = fs.mkdtempSync("/tmp/httpx-");
    const path = `${folder}/growing.log`;
    fs.writeFileSync(path, utf8("a".repeat(300_000)));
    const opened = await Deno?.open(path);
    const file = opened ?? Bun?.file(path);
    const source = sourceOf(file);
    fs.writeFileSync(path, utf8("a".repeat(300_000) + "b".repeat(100_000)));
    assertEquals(source.sizeBytes, 300_000);
    assertEquals(concat(...await chunksOf(source)).length, 300_000);
    if (opened !== undefined) {
      const pieces = [...syncPieces(source)].map((piece) => piece.length);
      assertEquals(pieces.reduce((sum, length) => sum + length, 0), 300_000);
    }
    opened?.close();
    fs.rmSync(folder, { recursive: true });
  });

  it("does not promise a size for a file of size 0 that has content", async () => {
    const { Deno, process } = globalThis as unknown as Disk;
    const fs = process.getBuiltinModule("node:fs");
    const folder = fs.mkdtempSync("/tmp/httpx-");
    fs.writeFileSync(`${folder}/empty`, utf8(""));
    const empty = await Deno?.open(`${folder}/empty`);
    const proc = await Deno?.open("/proc/version");
    if (empty !== undefined && proc !== undefined) {
      assertEquals([sourceOf(empty).sizeBytes, sourceOf(proc).sizeBytes], [0, null]);
      const text = textOf(concat(...await chunksOf(sourceOf(proc))));
      assertEquals(text.startsWith("Linux version"), true, text);
    }
    empty?.close();
    proc?.close();
    fs.rmSync(folder, { recursive: true });
  });

  it("says so where a file is closed", async () => {
    const { Deno } = globalThis as unknown as Disk;
    const file = await Deno?.open("/dev/null");
    file?.close();
    if (file === undefined) return;
    assertThrows(() => sourceOf(file), TypeError, "Cannot send this file: it is closed");
  });

  it("fails for a file that is not there, though Bun gives one of size 0", async () => {
    const { Bun } = globalThis as unknown as Disk;
    const file = Bun?.file("/tmp/httpx-no-such-file");
    if (file !== undefined) await assertRejects(() => bytesFrom(sourceOf(file)));
  });
});
