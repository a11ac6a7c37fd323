import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { DynamicTable } from "../../../../src/wire/http2/hpack/dynamic_table.ts";
import { seeded } from "../../../support/random.ts";

/** The same in the simplest way: a list, newest first. */
class ListTable {
  entries: [string, string][] = [];
  maxBytes: number;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  get sizeBytes(): number {
    return this.entries.reduce((sum, [name, value]) => sum + name.length + value.length + 32, 0);
  }

  add(name: string, value: string): void {
    this.entries.unshift([name, value]);
    this.evict();
  }

  evict(): void {
    while (this.sizeBytes > this.maxBytes) this.entries.pop();
  }
}

describe("DynamicTable", () => {
  it("does what a plain list does: 300 random walks", () => {
    const random = seeded(4);
    for (let round = 0; round < 300; round++) {
      const maxBytes = random(600);
      const table = new DynamicTable(maxBytes);
      const list = new ListTable(maxBytes);
      for (let step = 0; step < 150; step++) {
        if (random(20) === 0) {
          list.maxBytes = random(600);
          list.evict();
          table.resize(list.maxBytes);
        } else {
          const name = `n${random(5)}`;
          const value = "v".repeat(random(random(10) === 0 ? 700 : 40));
          list.add(name, value);
          table.add(name, value);
        }
        assertEquals([table.length, table.sizeBytes], [list.entries.length, list.sizeBytes]);
      }
      const found = list.entries.map((_, place) => [table.nameAt(place), table.valueAt(place)]);
      assertEquals(found as unknown, list.entries);
      for (const [name, value] of list.entries) {
        const place = list.entries.findIndex(([n, v]) => n === name && v === value);
        assertEquals(table.placeOf(name, value), place);
        assertEquals(table.placeOfName(name), list.entries.findIndex(([n]) => n === name));
      }
      assertEquals([table.placeOf("n0", "-"), table.placeOfName("-")], [-1, -1]);
    }
  });

  it("has another version after each change", () => {
    const table = new DynamicTable(100);
    const versions = new Set([table.version]);
    const changes = [
      () => table.add("a", ""),
      () => table.add("b", "x".repeat(100)), // which empties it
      () => table.resize(0),
      () => table.resize(100),
    ];
    for (const change of changes) {
      change();
      assert(!versions.has(table.version));
      versions.add(table.version);
    }
    table.add("b", "x".repeat(100));
    assert(versions.has(table.version), "nothing has changed");
  });
});
