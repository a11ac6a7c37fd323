import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { type Linked, LinkedList } from "../../src/lists/linked_list.ts";

class Item implements Linked<Item> {
  previous: Item | null = null;
  next: Item | null = null;
  isListed = false;

  readonly name: number;

  constructor(name: number) {
    this.name = name;
  }
}

function namesOf(list: LinkedList<Item>): number[] {
  const names: number[] = [];
  for (let item = list.first; item !== null; item = item.next) names.push(item.name);
  return names;
}

describe("LinkedList", () => {
  it("keeps the order, whichever item leaves, on a random walk", () => {
    let seed = 11;
    const random = (n: number) => (seed = seed * 48_271 % 0x7fff_ffff) % n;
    const list = new LinkedList<Item>();
    let model: Item[] = [];
    for (let step = 0; step < 2000; step++) {
      if (random(2) === 0 || model.length === 0) {
        const item = new Item(step);
        list.push(item);
        model.push(item);
      } else {
        const item = model[random(model.length)];
        if (item === undefined) continue;
        list.remove(item);
        list.remove(item); // a second time changes nothing
        model = model.filter((other) => other !== item);
      }
      assertEquals([list.size, list.first?.name], [model.length, model[0]?.name]);
    }
    assertEquals(namesOf(list), model.map(({ name }) => name));
  });

  it("takes an item again that has left", () => {
    const list = new LinkedList<Item>();
    const [a, b] = [new Item(1), new Item(2)];
    list.push(a);
    list.push(b);
    list.remove(a);
    list.push(a);
    assertEquals(namesOf(list), [2, 1]);
  });
});
