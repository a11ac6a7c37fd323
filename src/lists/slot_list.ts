/** A list of things that know where they stand in it: adding and removing take constant time, and keep no order. */

/** Something that can stand in one such list. */
export interface Slotted {
  /** Where it stands, or -1. Kept by the list alone. */
  slot: number;
}

/** Things in no order. */
export class SlotList<Item extends Slotted> {
  readonly #items: Item[] = [];

  /** All of them, where they stand now. */
  get items(): readonly Item[] {
    return this.#items;
  }

  get size(): number {
    return this.#items.length;
  }

  /** Does nothing where it stands there already. */
  add(item: Item): void {
    if (item.slot < 0) item.slot = this.#items.push(item) - 1;
  }

  /** The last one moves into the gap. Does nothing where the item is not there. */
  remove(item: Item): void {
    const { slot } = item;
    if (slot < 0) return;
    const last = this.#items.pop();
    if (last !== undefined && last !== item) {
      this.#items[slot] = last;
      last.slot = slot;
    }
    item.slot = -1;
  }

  /** Empties it and gives what stood there. */
  clear(): Item[] {
    const items = this.#items.splice(0);
    for (const item of items) item.slot = -1;
    return items;
  }
}
