/** Sets of field names, and field sections without some names. */
import type { FieldLines } from "../../../semantics/fields.ts";

/** Names that are found in any case. By length first: on Bun `toLowerCase()` is most of a lookup (bench: cache_miss). */
export class FieldNames {
  readonly #names: ReadonlySet<string>;
  /** A bit for each length, of the lengths below 32. */
  readonly #lengths: number;

  /** @param names in lower case */
  constructor(names: Iterable<string>) {
    this.#names = new Set(names);
    let lengths = 0;
    for (const { length } of this.#names) lengths |= 1 << Math.min(length, 31);
    this.#lengths = lengths;
  }

  /** Whether the name is one of them. */
  has(name: string): boolean {
    const { length } = name;
    return (this.#lengths & (1 << (length < 31 ? length : 31))) !== 0 &&
      this.#names.has(name.toLowerCase());
  }

  [Symbol.iterator](): Iterator<string> {
    return this.#names[Symbol.iterator]();
  }
}

/** The lines whose names are not among those. */
export function withoutFields(fields: FieldLines, names: FieldNames): FieldLines {
  const kept: string[] = [];
  for (let i = 0; i + 1 < fields.length; i += 2) {
    const name = fields[i] ?? "";
    if (!names.has(name)) kept.push(name, fields[i + 1] ?? "");
  }
  return kept;
}
