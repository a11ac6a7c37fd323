import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { ByteQueue, partOf } from "../../src/lists/byte_queue.ts";

/** `length` bytes that count up from `first`. */
function counting(length: number, first = 0): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (first + i) & 0xff);
}

/** A queue filled with bytes that count up, in chunks of these sizes. */
function filled(sizes: readonly number[]): ByteQueue {
  const queue = new ByteQueue();
  let at = 0;
  for (const size of sizes) {
    if (at % 2 === 0) queue.push(counting(size, at));
    else queue.pushCopy(counting(size + 2, at - 1), 1, size + 1);
    at += size;
  }
  return queue;
}

/** Whether these bytes count up from `first`: `assertEquals` takes a minute for some megabytes on Bun. */
function counts(bytes: Uint8Array, first = 0): boolean {
  return bytes.every((byte, i) => byte === ((first + i) & 0xff));
}

const SIZES: readonly (readonly number[])[] = [
  [],
  [1],
  [5000],
  [1, 1, 1],
  [1, 5000, 1, 5000, 1],
  [4096, 4096, 4097, 4096],
  [0, 3, 0],
  Array<number>(3000).fill(1),
  Array.from({ length: 300 }, (_, i) => i * 17 % 5000),
  Array.from({ length: 3000 }, () => 4097),
];

describe("ByteQueue", () => {
  for (const sizes of SIZES) {
    const total = sizes.reduce((a, b) => a + b, 0);
    const shown = `${sizes.slice(0, 5).join(", ")}${sizes.length > 5 ? ", …" : ""}`;

    it(`returns all bytes of [${shown}] in order`, () => {
      const all = filled(sizes).takeAll();
      assertEquals([all.length, counts(all)], [total, true]);
      const queue = filled(sizes);
      let read = 0;
      while (queue.length > 0) {
        const chunk = queue.shift();
        assert(counts(chunk, read));
        read += chunk.length;
        assertEquals(queue.length, total - read);
      }
      assertEquals([read, queue.shift().length, queue.takeAll().length], [total, 0, 0]);
    });

    it(`returns the rest of [${shown}] after some were taken`, () => {
      const queue = filled(sizes);
      const first = queue.shift().length;
      queue.pushCopy(counting(7, total), 0, 7);
      const rest = queue.takeAll();
      assertEquals([rest.length, counts(rest, first)], [total + 7 - first, true]);
    });
  }

  it("joins what is small and keeps what is large as it is", () => {
    const queue = new ByteQueue();
    const [first, large] = [counting(10), counting(4097)];
    for (const chunk of [first, counting(1), counting(1), large, counting(1)]) queue.push(chunk);
    assertStrictEquals(queue.shift(), first);
    assertEquals(queue.shift().length, 2);
    assertStrictEquals(queue.shift(), large);
    assertEquals(queue.shift().length, 1);
  });

  it("hands out chunks that hold at most twice their bytes", () => {
    const queue = new ByteQueue();
    const chunks: Uint8Array[] = [];
    for (let round = 0; round < 100; round++) {
      queue.push(counting(1));
      queue.push(counting(1));
      while (queue.length > 0) chunks.push(queue.shift());
    }
    assert(chunks.every((chunk) => chunk.buffer.byteLength <= 2 * chunk.length));
  });

  it("never changes a chunk that it has handed out", () => {
    const queue = new ByteQueue();
    queue.push(counting(1));
    queue.push(counting(600));
    queue.shift();
    const taken = queue.shift();
    queue.push(counting(1, 9));
    queue.push(counting(100, 50));
    assertEquals(taken, counting(600));
  });
});

describe("partOf()", () => {
  it("is the array itself, a copy of few bytes or a view of many", () => {
    const bytes = counting(20_000);
    assertStrictEquals(partOf(bytes, 0, 20_000), bytes);
    assertEquals(partOf(bytes, 1, 5).buffer === bytes.buffer, false);
    assertEquals(partOf(bytes, 1, 9000).buffer === bytes.buffer, true);
    assertEquals(partOf(bytes, 1, 9000), counting(8999, 1));
  });
});

describe("ByteQueue.shift(maxBytes)", () => {
  it("gives no more than that, and keeps the rest in its place", () => {
    const queue = new ByteQueue();
    queue.push(Uint8Array.of(1, 2, 3, 4, 5));
    queue.push(new Uint8Array(5000).fill(6));
    assertEquals([...queue.shift(2)], [1, 2]);
    assertEquals(queue.length, 5003);
    assertEquals([...queue.shift(3)], [3, 4, 5]);
    assertEquals([queue.shift(9000).length, queue.length, queue.shift(1).length], [5000, 0, 0]);
  });
});
