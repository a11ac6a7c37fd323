/**
 * Busy connections that may carry more, by origin: those of HTTP/2. An origin has one of them, or a few
 * where its server allows too few streams on one.
 */

/** What stands in the list. */
export interface SharedEntry {
  readonly route: { readonly key: string };
  /** Exchanges that it carries, or has been promised. */
  readonly exchanges: number;
  readonly connection: { readonly maxExchanges: number };
}

/** Whether an entry can take one more. */
export function hasRoom(entry: SharedEntry): boolean {
  return entry.exchanges < entry.connection.maxExchanges;
}

/** Entries by origin. */
export class SharedList<Entry extends SharedEntry> {
  readonly #origins = new Map<string, Entry[]>();

  get isEmpty(): boolean {
    return this.#origins.size === 0;
  }

  add(entry: Entry): void {
    const { key } = entry.route;
    const entries = this.#origins.get(key);
    if (entries === undefined) this.#origins.set(key, [entry]);
    else entries.push(entry);
  }

  /** Does nothing where the entry is not in the list. */
  remove(entry: Entry): void {
    const { key } = entry.route;
    const entries = this.#origins.get(key);
    const i = entries?.indexOf(entry) ?? -1;
    if (entries === undefined || i < 0) return;
    entries.splice(i, 1);
    if (entries.length === 0) this.#origins.delete(key);
  }

  /** The oldest connection of an origin that has room, so that younger ones fall idle. */
  withRoom(key: string): Entry | null {
    return this.#origins.get(key)?.find(hasRoom) ?? null;
  }
}
