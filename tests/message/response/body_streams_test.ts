import { Response } from "@httpx/httpx";
import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  type ChunkSource,
  ChunkStream,
  inPieces,
} from "../../../src/message/response/body_streams.ts";

const bytes = (...values: number[]) => new Uint8Array(values);

/** An endless source that says what is done with it. */
function counted(): { log: string[]; sources: Record<string, () => ChunkSource> } {
  const log: string[] = [];
  const next = () => {
    log.push("next");
    return { done: false as const, value: bytes(1) };
  };
  const end = () => {
    log.push("return");
    return { done: true as const, value: undefined };
  };
  return {
    log,
    sources: {
      "an iterable": () => ({ [Symbol.iterator]: () => ({ next, return: end }) }),
      "an async iterable": () => ({
        [Symbol.asyncIterator]: () => ({
          next: () => Promise.resolve(next()),
          return: () => Promise.resolve(end()),
        }),
      }),
      "a web stream": () =>
        new ReadableStream<Uint8Array>({
          pull: (controller) => controller.enqueue(next().value),
          cancel: () => void end(),
        }, { highWaterMark: 0 }),
    },
  };
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

describe("ChunkStream", () => {
  for (const what of ["an iterable", "an async iterable", "a web stream"]) {
    it(`asks ${what} for nothing before it is read, and for no more than that`, async () => {
      const { log, sources } = counted();
      const stream = new ChunkStream(sources[what]?.() ?? []);
      assertEquals(log, []);
      assertEquals(await stream.read(), bytes(1));
      assertEquals([log, stream.bytesReceived], [["next"], 1]);
      await stream.cancel();
    });

    it(`tells ${what} once that the rest is not wanted`, async () => {
      for (const reads of [0, 1]) {
        const { log, sources } = counted();
        const stream = new ChunkStream(sources[what]?.() ?? []);
        if (reads === 1) await stream.read();
        await stream.cancel();
        await stream.cancel();
        assertEquals(log, reads === 1 ? ["next", "return"] : ["return"]);
        assertEquals(await stream.read(), null);
      }
    });

    it(`stops ${what} where it is too large`, async () => {
      const { log, sources } = counted();
      const stream = new ChunkStream(sources[what]?.() ?? []);
      const mine = new Error("mine");
      assertStrictEquals(await assertRejects(() => stream.readAll(3, () => mine)), mine);
      assertEquals(log, ["next", "next", "next", "next", "return"]);
    });
  }

  it("passes empty chunks over, and says again that it is at its end", async () => {
    const stream = new ChunkStream([bytes(), bytes(1), bytes(), bytes(2, 3), bytes()]);
    assertEquals([await stream.read(), await stream.read()], [bytes(1), bytes(2, 3)]);
    assertEquals([await stream.read(), await stream.read()], [null, null]);
    assertEquals([stream.bytesReceived, stream.trailers], [3, null]);
  });

  it("joins everything, of no chunks too", async () => {
    assertEquals(await new ChunkStream([bytes(1), bytes(2, 3)]).readAll(3), bytes(1, 2, 3));
    assertEquals(await new ChunkStream([]).readAll(), bytes());
  });

  it("readAll() keeps no array of each small chunk", async () => {
    const reused = bytes(0); // what is copied at once does not change with it
    function* small() {
      yield bytes(1);
      for (const byte of [2, 3, 4]) {
        reused[0] = byte;
        yield reused;
      }
    }
    assertEquals(await new ChunkStream(small()).readAll(), bytes(1, 2, 3, 4));
  });

  it("readAll() gives an array of its own", async () => {
    const chunk = bytes(1, 2);
    const all = await new ChunkStream([chunk]).readAll();
    chunk[0] = 9;
    assertEquals(all, bytes(1, 2));
  });

  it("names what is no bytes, and passes on what the source throws", async () => {
    for (const [chunk, kind] of [["text", "string"], [7, "number"], [null, "object"]] as const) {
      const stream = new ChunkStream([chunk] as unknown as Uint8Array[]);
      await assertRejects(() => stream.read(), TypeError, `no Uint8Array but ${kind}`);
    }
    const mine = new Error("mine");
    const failing = new ReadableStream<Uint8Array>({ pull: (c) => c.error(mine) });
    assertStrictEquals(await assertRejects(() => new ChunkStream(failing).read()), mine);
  });

  it("cancels a source that has failed without another error", async () => {
    const failing = new ReadableStream<Uint8Array>({ pull: (c) => c.error(new Error("first")) });
    const response = new Response(200, { stream: failing });
    await assertRejects(() => response.read(), Error, "first");
    await response.close();
  });
});

describe("inPieces()", () => {
  it("asks for a chunk only when a piece needs it", async () => {
    let asked = 0;
    const chunks = (async function* () {
      for (;; asked++) yield await Promise.resolve(bytes(1, 2, 3));
    })();
    const pieces = inPieces(chunks, 2);
    assertEquals((await pieces.next()).value, bytes(1, 2));
    assertEquals(asked, 0);
    assertEquals((await pieces.next()).value, bytes(3, 1));
    await pieces.return();
    assertEquals((await chunks.next()).done, true);
  });

  it("yields pieces that stay as they are", async () => {
    const [first, second] = await collect(inPieces(streamOfChunks([bytes(1, 2), bytes(3, 4)]), 3));
    assertEquals([first, second], [bytes(1, 2, 3), bytes(4)]);
  });

  for (const size of [0, -1, NaN]) {
    it(`refuses ${size}`, async () => {
      await assertRejects(() => collect(inPieces(streamOfChunks([]), size)), RangeError, `${size}`);
    });
  }
});

async function* streamOfChunks(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array, void> {
  for (const chunk of chunks) yield await Promise.resolve(chunk);
}
