import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { NumberHeap } from "../../src/lists/number_heap.ts";

describe("NumberHeap", () => {
  it("gives the least first, on a random walk", () => {
    let seed = 5;
    const random = () => (seed = seed * 48_271 % 0x7fff_ffff) % 100;
    const heap = new NumberHeap();
    const model: number[] = [];
    for (let step = 0; step < 3000; step++) {
      if (random() < 55) {
        const number = random();
        heap.add(number);
        model.push(number);
        model.sort((a, b) => a - b);
      } else {
        heap.removeLeast();
        model.shift();
      }
      assertEquals([heap.least, heap.size], [model[0] ?? Infinity, model.length]);
    }
  });
});
