/** Responses in memory, bounded by what they take there. */
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

interface Entry {
  head: StoredHead;
  readonly body: Uint8Array;
  costBytes: number;
}

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
  /** A tenth of `maxBytes`. */
  readonly maxEntryBytes: number;
  readonly #maxBytes: number;
  /** By id, the least recently used first. */
  readonly #entries = new Map<string, Entry>();
  readonly #heads = new Map<string, Map<string, readonly StoredHead[]>>();
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
    return this.#heads.get(key)?.get(partition) ?? NONE;
  }

  /** The body of a response, which then counts as used; `null` if it is gone. */
  read({ id }: StoredHead): Uint8Array | null {
    const entry = this.#entries.get(id);
    if (entry === undefined) return null;
    this.#entries.delete(id);
    this.#entries.set(id, entry); // a map keeps the order of insertion
    return entry.body;
  }

  /** Stores a response in place of others, and drops what was not used for longest if it gets too much. */
  put(head: StoredHead, body: Uint8Array, replaced: readonly StoredHead[]): void {
    for (const { id } of replaced) this.#remove(id);
    const costBytes = costOf(head);
    if (costBytes > this.maxEntryBytes) return;
    this.#entries.set(head.id, { head, body, costBytes });
    this.#costBytes += costBytes;
    const others = this.find(head.key, head.partition);
    this.#setHeads(head, [head, ...others]);
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
    for (const heads of [...this.#heads.get(key)?.values() ?? []]) {
      for (const head of heads) this.#remove(head.id);
    }
  }

  /** Deletes everything. */
  clear(): void {
    this.#entries.clear();
    this.#heads.clear();
    this.#costBytes = 0;
  }

  /** @internal What is counted agrees with what is there: for tests. */
  checkInvariants(): void {
    let costBytes = 0;
    for (const { head, body, costBytes: counted } of this.#entries.values()) {
      if (counted !== costOf(head)) throw new Error(`Wrong cost of ${head.id}`);
      if (body.length !== head.sizeBytes) throw new Error(`Wrong size of ${head.id}`);
      if (!this.find(head.key, head.partition).includes(head)) throw new Error("Lost a head");
      costBytes += counted;
    }
    const heads = [...this.#heads.values()].flatMap((group) => [...group.values()].flat());
    if (heads.length !== this.#entries.size) throw new Error("Kept a head without its body");
    if (costBytes !== this.#costBytes || costBytes > this.#maxBytes) throw new Error("Wrong sum");
  }

  #evict(): void {
    for (const id of this.#entries.keys()) {
      if (this.#costBytes <= this.#maxBytes) break;
      this.#remove(id);
    }
  }

  #remove(id: string): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    this.#entries.delete(id);
    this.#costBytes -= entry.costBytes;
    const { head } = entry;
    const heads = this.find(head.key, head.partition);
    this.#setHeads(head, heads.filter((other) => other !== head));
  }

  #setHeads({ key, partition }: StoredHead, heads: readonly StoredHead[]): void {
    let group = this.#heads.get(key);
    if (heads.length > 0) {
      if (group === undefined) this.#heads.set(key, group = new Map());
      group.set(partition, heads);
      return;
    }
    group?.delete(partition);
    if (group?.size === 0) this.#heads.delete(key);
  }
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
