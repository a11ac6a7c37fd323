/**
 * A list in the order of insertion, from which any item leaves at constant cost: for those that wait in line and may give
 * up. The links stand in the items themselves.
 */

/** What can be in one list at a time. */
export interface Linked<Item> {
  previous: Item | null;
  next: Item | null;
  /** Whether it is in the list. Kept by the list. */
  isListed: boolean;
}

/** A doubly linked list. */
export class LinkedList<Item extends Linked<Item>> {
  #first: Item | null = null;
  #last: Item | null = null;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The item that has been in the list for longest, or `null`. */
  get first(): Item | null {
    return this.#first;
  }

  /** Adds an item at the end. */
  push(item: Item): void {
    item.previous = this.#last;
    item.next = null;
    item.isListed = true;
    if (this.#last === null) this.#first = item;
    else this.#last.next = item;
    this.#last = item;
    this.#size++;
  }

  /** Takes an item out. Does nothing if it is not there. */
  remove(item: Item): void {
    if (!item.isListed) return;
    const { previous, next } = item;
    if (previous === null) this.#first = next;
    else previous.next = next;
    if (next === null) this.#last = previous;
    else next.previous = previous;
    item.previous = item.next = null;
    item.isListed = false;
    this.#size--;
  }
}
