/** A heap of numbers: the least one is at hand at once, adding and taking one costs the logarithm of their number. */
export class NumberHeap {
  readonly #numbers: number[] = [];

  get size(): number {
    return this.#numbers.length;
  }

  /** The least number; `Infinity` if there is none. */
  get least(): number {
    return this.#numbers[0] ?? Infinity;
  }

  add(number: number): void {
    const numbers = this.#numbers;
    let index = numbers.length;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (this.#at(parent) <= number) break;
      numbers[index] = this.#at(parent);
      index = parent;
    }
    numbers[index] = number;
  }

  /** Takes the least number out. Does nothing if there is none. */
  removeLeast(): void {
    const numbers = this.#numbers;
    const last = numbers.pop();
    if (last === undefined || numbers.length === 0) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (this.#at(child + 1) < this.#at(child)) child++;
      if (!(this.#at(child) < last)) break;
      numbers[index] = this.#at(child);
      index = child;
    }
    numbers[index] = last;
  }

  #at(index: number): number {
    return this.#numbers[index] ?? Infinity;
  }
}
