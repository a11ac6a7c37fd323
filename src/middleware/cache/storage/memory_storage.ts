/** Responses in memory, bounded by what they take there. */
import { befriend } from "../../../semantics/befriend.ts";
import { badOption } from "../../../options/bad_option.ts";
import type { ResponseStorage, StoredHead } from "./stored_response.ts";

/** What an entry takes beside its text and its body: objects, maps, an array. */
const ENTRY_BYTES = 512;
/** As many variants of one response are kept; the oldest goes first. */
export const MAX_VARIANTS = 64;
const DEFAULT_MAX_BYTES = 64 * 1024 * 1024;

/**
 * How much a storage keeps.
 *
 * @example A small one
 * ```ts
 * import { MemoryStorage, type StorageLimits } from "@httpx/httpx/cache";
 * import { assertEquals } from "@std/assert";
 *
 * const limits: StorageLimits = { maxBytes: 1_000_000 };
 * assertEquals(new MemoryStorage(limits).maxEntryBytes, 100_000);
 * ```
 */
export interface StorageLimits {
  /** The most bytes it takes; one entry takes a tenth of them at most. Default: 64 MiB, 512 MiB for a file. */
  readonly maxBytes?: number | undefined;
}

/** A response, between the one that was used before it and the one that was used after it. */
interface Entry {
  head: StoredHead;
  readonly body: Uint8Array;
  costBytes: number;
  older: Entry | null;
  newer: Entry | null;
}

/** Throws unless what is counted agrees with what is there: for tests (see befriend.ts). */
export let checkInvariants: (storage: MemoryStorage) => void;

/**
 * Keeps responses in memory. The least recently used go first; each counts with its body, its fields and what the
 * runtime needs for it.
 *
 * @example One storage for several clients
 * ```ts
 * import { cache, MemoryStorage } from "@httpx/httpx/cache";
 * import { Client, MockTransport, Response } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const storage = new MemoryStorage({ maxBytes: 8_000_000 });
 * const transport = new MockTransport(() => new Response(200, { headers: { "Cache-Control": "max-age=60" } }));
 * await using one = new Client({ transport, middleware: [cache({ storage })] });
 * await using other = new Client({ transport, middleware: [cache({ storage })] });
 * await one.get("https://example.org/");
 * assertEquals((await other.get("https://example.org/")).extensions.cache?.status, "hit");
 * ```
 */
export class MemoryStorage implements ResponseStorage {
  static readonly #isOpen: true = /* @__PURE__ */ befriend(() => {
    checkInvariants = (storage) => storage.#checkInvariants();
  });
  /** A tenth of `maxBytes`. */
  readonly maxEntryBytes: number;
  readonly #maxBytes: number;
  readonly #entries = new Map<string, Entry>();
  /** By key and partition; of a key alone for the partition `""`, as most are. */
  readonly #heads = new Map<string, readonly StoredHead[]>();
  /** The other partitions of a key. */
  readonly #partitions = new Map<string, Set<string>>();
  /** A list and not the order of a map, which has to walk over what was deleted (bench: cache_miss). */
  #oldest: Entry | null = null;
  #newest: Entry | null = null;
  #costBytes = 0;

  /**
   * Makes an empty storage.
   *
   * @throws {TypeError} for a limit that is not a positive number
   */
  constructor({ maxBytes = DEFAULT_MAX_BYTES }: StorageLimits = {}) {
    this.#maxBytes = checkMaxBytes(maxBytes);
    this.maxEntryBytes = Math.floor(maxBytes / 10);
  }

  /** How many bytes it takes now. */
  get sizeBytes(): number {
    return this.#costBytes;
  }

  /** How many responses it has. */
  get count(): number {
    return this.#entries.size;
  }

  /** The responses under a key for a partition, newest first. */
  find(key: string, partition: string): readonly StoredHead[] {
    return this.#heads.get(placeOf(key, partition)) ?? NONE;
  }

  /** The body of a response, which then counts as used; `null` if it is gone. */
  read({ id }: StoredHead): Uint8Array | null {
    const entry = this.#entries.get(id);
    if (entry === undefined) return null;
    if (entry !== this.#newest) {
      this.#unlink(entry);
      this.#append(entry);
    }
    return entry.body;
  }

  /** Stores a response in place of others, and drops what was not used for longest if it gets too much. */
  put(head: StoredHead, body: Uint8Array, replaced: readonly StoredHead[]): void {
    for (const { id } of replaced) this.#remove(id);
    const costBytes = costOf(head);
    if (costBytes > this.maxEntryBytes) return;
    const entry: Entry = { head, body, costBytes, older: null, newer: null };
    this.#entries.set(head.id, entry);
    this.#append(entry);
    this.#costBytes += costBytes;
    const others = this.find(head.key, head.partition);
    this.#setHeads(head, others.length === 0 ? [head] : [head, ...others]);
    const oldest = others[MAX_VARIANTS - 1];
    if (oldest !== undefined) this.#remove(oldest.id);
    this.#evict();
  }

  /** Replaces the head of a response, whose body stays. */
  update(head: StoredHead): void {
    const entry = this.#entries.get(head.id);
    if (entry === undefined) return;
    const { head: old } = entry;
    entry.head = head;
    this.#costBytes -= entry.costBytes;
    entry.costBytes = costOf(head);
    this.#costBytes += entry.costBytes;
    const heads = this.find(head.key, head.partition);
    this.#setHeads(head, [head, ...heads.filter((other) => other !== old)]);
    this.#evict();
  }

  /** Deletes everything under a key, or one response. */
  delete(key: string, id?: string): void {
    if (id !== undefined) return this.#remove(id);
    for (const partition of ["", ...this.#partitions.get(key) ?? []]) {
      for (const head of this.find(key, partition)) this.#remove(head.id);
    }
  }

  /** Deletes everything. */
  clear(): void {
    this.#entries.clear();
    this.#heads.clear();
    this.#partitions.clear();
    this.#oldest = this.#newest = null;
    this.#costBytes = 0;
  }

  #checkInvariants(): void {
    let costBytes = 0;
    for (const { head, body, costBytes: counted } of this.#entries.values()) {
      if (counted !== costOf(head)) throw new Error(`Wrong cost of ${head.id}`);
      if (body.length !== head.sizeBytes) throw new Error(`Wrong size of ${head.id}`);
      if (!this.find(head.key, head.partition).includes(head)) throw new Error("Lost a head");
      costBytes += counted;
    }
    const heads = [...this.#heads.values()].flat();
    let count = 0;
    for (let entry = this.#oldest; entry !== null; entry = entry.newer) count++;
    if (count !== this.#entries.size) throw new Error("Lost an entry of the list");
    if (heads.length !== this.#entries.size) throw new Error("Kept a head without its body");
    if (costBytes !== this.#costBytes || costBytes > this.#maxBytes) throw new Error("Wrong sum");
  }

  #evict(): void {
    while (this.#costBytes > this.#maxBytes && this.#oldest !== null) {
      this.#remove(this.#oldest.head.id);
    }
  }

  #remove(id: string): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    this.#entries.delete(id);
    this.#unlink(entry);
    this.#costBytes -= entry.costBytes;
    const { head } = entry;
    const heads = this.find(head.key, head.partition);
    this.#setHeads(head, heads.length === 1 ? NONE : heads.filter((other) => other !== head));
  }

  #append(entry: Entry): void {
    entry.older = this.#newest;
    entry.newer = null;
    if (this.#newest === null) this.#oldest = entry;
    else this.#newest.newer = entry;
    this.#newest = entry;
  }

  #unlink({ older, newer }: Entry): void {
    if (older === null) this.#oldest = newer;
    else older.newer = newer;
    if (newer === null) this.#newest = older;
    else newer.older = older;
  }

  #setHeads({ key, partition }: StoredHead, heads: readonly StoredHead[]): void {
    const place = placeOf(key, partition);
    if (heads.length > 0) this.#heads.set(place, heads);
    else this.#heads.delete(place);
    if (partition === "") return;
    const partitions = this.#partitions.get(key) ?? new Set();
    if (heads.length > 0) partitions.add(partition);
    else partitions.delete(partition);
    if (partitions.size > 0) this.#partitions.set(key, partitions);
    else this.#partitions.delete(key);
  }
}

/** No URL has a line feed. */
function placeOf(key: string, partition: string): string {
  return partition === "" ? key : `${partition}\n${key}`;
}

const NONE: readonly StoredHead[] = [];

/**
 * The limit, if it is one.
 *
 * @throws {TypeError} if it is not a positive number
 */
export function checkMaxBytes(maxBytes: number): number {
  if (typeof maxBytes === "number" && maxBytes > 0) return maxBytes;
  throw badOption("maxBytes", "give a positive number of bytes");
}

/** What an entry counts. Characters count as two bytes, as engines keep them at worst. */
export function costOf({ key, partition, fields, selecting, sizeBytes }: StoredHead): number {
  let characters = key.length + partition.length;
  for (const text of fields) characters += text.length;
  for (const [name, value] of selecting) characters += name.length + (value?.length ?? 0);
  return ENTRY_BYTES + 2 * characters + sizeBytes;
}
