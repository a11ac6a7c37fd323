/**
 * Connections that wait for work. Each origin takes its newest first (the one least likely to have been
 * closed by the server meanwhile); where there are too many, the oldest of all goes. Every operation
 * takes constant time: an entry stands in two linked lists at once, all entries and its origin's.
 */

/** What stands in the list. The links belong to the list alone. */
export interface IdleEntry {
  readonly route: { readonly key: string };
  /** Since when it is idle, in the clock's milliseconds. */
  idleSince: number;
  olderOfAll: IdleEntry | null;
  newerOfAll: IdleEntry | null;
  olderHere: IdleEntry | null;
  newerHere: IdleEntry | null;
}

/** Idle connections by age and by origin. */
export class IdleList<Entry extends IdleEntry> {
  #oldest: Entry | null = null;
  #newest: Entry | null = null;
  readonly #newestByKey = new Map<string, Entry>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The one that has been idle longest. */
  get oldest(): Entry | null {
    return this.#oldest;
  }

  /** The one of an origin that has been idle for the shortest time. */
  newestOf(key: string): Entry | null {
    return this.#newestByKey.get(key) ?? null;
  }

  /** Adds an entry as the newest. It must not be in the list. */
  add(entry: Entry): void {
    entry.olderOfAll = this.#newest;
    if (this.#newest === null) this.#oldest = entry;
    else this.#newest.newerOfAll = entry;
    this.#newest = entry;

    const { key } = entry.route;
    const newestHere = this.#newestByKey.get(key) ?? null;
    entry.olderHere = newestHere;
    if (newestHere !== null) newestHere.newerHere = entry;
    this.#newestByKey.set(key, entry);
    this.#size++;
  }

  /** Takes an entry out. It must be in the list. */
  remove(entry: Entry): void {
    // The links are entries of this very list, so they are of its own entry type.
    const older = entry.olderOfAll as Entry | null;
    const newer = entry.newerOfAll as Entry | null;
    if (older === null) this.#oldest = newer;
    else older.newerOfAll = newer;
    if (newer === null) this.#newest = older;
    else newer.olderOfAll = older;
    this.#removeHere(entry);
    entry.olderOfAll =
      entry.newerOfAll =
      entry.olderHere =
      entry.newerHere =
        null;
    this.#size--;
  }

  #removeHere(entry: Entry): void {
    const older = entry.olderHere as Entry | null;
    const newer = entry.newerHere;
    if (older !== null) older.newerHere = newer;
    if (newer !== null) newer.olderHere = older;
    else if (older !== null) this.#newestByKey.set(entry.route.key, older);
    else this.#newestByKey.delete(entry.route.key);
  }
}
