import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { SlotList } from "../../src/lists/slot_list.ts";
import { seeded } from "../support/random.ts";

interface Item {
  readonly name: number;
  slot: number;
}

const makeItem = (name: number): Item => ({ name, slot: -1 });

describe("SlotList", () => {
  it("holds what was added and not removed, each where it says (1,000 random steps)", () => {
    const random = seeded(7);
    const list = new SlotList<Item>();
    const items = Array.from({ length: 20 }, (_, name) => makeItem(name));
    const there = new Set<Item>();
    for (let step = 0; step < 1000; step++) {
      const item = items[random(items.length)] ?? makeItem(-1);
      if (random(2) === 0) {
        list.add(item);
        there.add(item);
      } else {
        list.remove(item);
        there.delete(item);
      }
      assertEquals(list.size, there.size);
      for (const item of items) {
        assertEquals(item.slot >= 0, there.has(item));
        if (item.slot >= 0) assertEquals(list.items[item.slot] === item, true);
      }
    }
  });

  it("clear() empties it, and what stood there may come again", () => {
    const list = new SlotList<Item>();
    const items = [makeItem(1), makeItem(2)];
    for (const item of items) list.add(item);
    assertEquals(list.clear(), [makeItem(1), makeItem(2)]);
    assertEquals([list.size, ...items.map(({ slot }) => slot)], [0, -1, -1]);
    for (const item of items) list.add(item);
    assertEquals(list.size, 2);
  });
});
