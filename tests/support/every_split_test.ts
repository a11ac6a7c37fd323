import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { everySplit, randomSplit } from "./every_split.ts";
import { seeded } from "./random.ts";

describe("everySplit()", () => {
  it("gives the same bytes each time: whole, single, and in two at every place", () => {
    const seen: number[][] = [];
    everySplit(new Uint8Array([1, 2, 3]), (chunks) => {
      seen.push(chunks.map((chunk) => chunk.length));
      assertEquals(chunks.flatMap((chunk) => [...chunk]), [1, 2, 3]);
    });
    assertEquals(seen, [[3], [1, 1, 1], [1, 2], [2, 1]]);
  });
});

describe("randomSplit()", () => {
  it("loses nothing, and depends on its seed alone", () => {
    const bytes = Uint8Array.from({ length: 500 }, (_, i) => i % 256);
    const chunks = randomSplit(bytes, seeded(7));
    assertEquals(chunks.flatMap((chunk) => [...chunk]), [...bytes]);
    assertEquals(randomSplit(bytes, seeded(7)).length, chunks.length);
  });
});
