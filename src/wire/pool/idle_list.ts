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

/**
 * The newest entry of one origin. It stays in the map while the origin has none: a key that is deleted and
 * set again and again leaves a trail in V8's maps that every look-up walks (25 µs with 10,000 origins).
 */
interface Origin<Entry> {
  newest: Entry | null;
}

/** Origins without an entry are let go once they outnumber the entries by so many. */
const SPARE_ORIGINS = 256;

/** Idle connections by age and by origin. */
export class IdleList<Entry extends IdleEntry> {
  #oldest: Entry | null = null;
  #newest: Entry | null = null;
  readonly #origins = new Map<string, Origin<Entry>>();
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
    return this.#origins.get(key)?.newest ?? null;
  }

  /** Adds an entry as the newest. It must not be in the list. */
  add(entry: Entry): void {
    entry.olderOfAll = this.#newest;
    if (this.#newest === null) this.#oldest = entry;
    else this.#newest.newerOfAll = entry;
    this.#newest = entry;

    const origin = this.#originOf(entry.route.key);
    entry.olderHere = origin.newest;
    if (origin.newest !== null) origin.newest.newerHere = entry;
    origin.newest = entry;
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
    else this.#originOf(entry.route.key).newest = older;
  }

  #originOf(key: string): Origin<Entry> {
    let origin = this.#origins.get(key);
    if (origin === undefined) {
      if (this.#origins.size > 2 * this.#size + SPARE_ORIGINS) this.#dropEmptyOrigins();
      this.#origins.set(key, origin = { newest: null });
    }
    return origin;
  }

  #dropEmptyOrigins(): void {
    for (const [key, { newest }] of this.#origins) if (newest === null) this.#origins.delete(key);
  }
}
