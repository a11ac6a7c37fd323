/**
 * What a cache keeps, and the interface of the places it keeps it in. A head is plain JSON: a storage may write it as
 * text and read it back. Nothing in it changes afterwards; a newer head replaces it.
 */

/** Which bytes of a representation a stored part has: from `start` up to, not including, `end`. */
export interface StoredRange {
  /** The first byte. */
  readonly start: number;
  /** The byte after the last. */
  readonly end: number;
  /** The size of the whole, or `null` if the server did not tell. */
  readonly total: number | null;
}

/** One request field that `Vary` names, with its normalised value; `null` if the request had none. */
export type SelectingField = readonly [name: string, value: string | null];

/**
 * Everything about a stored response but its body.
 *
 * @example What a storage is given
 * ```ts
 * import { cache, MemoryStorage, type StoredHead } from "@httpx/httpx/cache";
 * import { Client, MockTransport, Response } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const heads: StoredHead[] = [];
 * class Spy extends MemoryStorage {
 *   override put(head: StoredHead, body: Uint8Array, replaced: readonly StoredHead[]): void {
 *     heads.push(head);
 *     super.put(head, body, replaced);
 *   }
 * }
 * const transport = new MockTransport(() =>
 *   new Response(200, { headers: { "Cache-Control": "max-age=60" }, text: "hello" })
 * );
 * await using client = new Client({ transport, middleware: [cache({ storage: new Spy() })] });
 * await client.get("https://example.org/a");
 * assertEquals(heads.map(({ key, status, sizeBytes }) => [key, status, sizeBytes]), [
 *   ["https://example.org/a", 200, 5],
 * ]);
 * ```
 */
export interface StoredHead {
  /** Names the body: no other body ever has the same. */
  readonly id: string;
  /** The URL without its fragment. */
  readonly key: string;
  /** Whose it is: a hash of the credentials it was requested with, and of the content of a QUERY. */
  readonly partition: string;
  /** The status code; 206 for a part. */
  readonly status: number;
  /** The reason phrase, or `null` for the usual one. */
  readonly reason: string | null;
  /** The fields as received, those for one connection left out: name, value, name, value … */
  readonly fields: readonly string[];
  /** What a request must have to get this response. */
  readonly selecting: readonly SelectingField[];
  /** When its request was sent, in milliseconds since 1970. */
  readonly requestedAtMs: number;
  /** When it arrived, in milliseconds since 1970. */
  readonly receivedAtMs: number;
  /** Which part of the representation it is; `null` for all of it. */
  readonly range: StoredRange | null;
  /** The size of the body. */
  readonly sizeBytes: number;
}

/** A value, or a promise of it. */
export type Awaitable<Value> = Value | Promise<Value>;

/**
 * Where a cache keeps responses. Methods may return promises; a storage for `SyncClient` must not.
 *
 * Only `find()` decides what is used. A storage may drop anything at any time, and reports a failure by throwing: a
 * body that is not exactly what was put is worse than none.
 *
 * @example A storage over a Map
 * ```ts
 * import { cache, type ResponseStorage, type StoredHead } from "@httpx/httpx/cache";
 * import { Client, MockTransport, Response } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * class MapStorage implements ResponseStorage {
 *   readonly maxEntryBytes = 1_000_000;
 *   readonly #stored = new Map<string, { head: StoredHead; body: Uint8Array }>();
 *   find(key: string, partition: string): StoredHead[] {
 *     return [...this.#stored.values()].map(({ head }) => head).reverse()
 *       .filter((head) => head.key === key && head.partition === partition);
 *   }
 *   read({ id }: StoredHead): Uint8Array | null {
 *     return this.#stored.get(id)?.body ?? null;
 *   }
 *   put(head: StoredHead, body: Uint8Array, replaced: readonly StoredHead[]): void {
 *     for (const { id } of replaced) this.#stored.delete(id);
 *     this.#stored.set(head.id, { head, body });
 *   }
 *   update(head: StoredHead): void {
 *     const entry = this.#stored.get(head.id);
 *     if (entry !== undefined) entry.head = head;
 *   }
 *   delete(key: string, id?: string): void {
 *     for (const { head } of this.#stored.values()) {
 *       if (head.key === key && (id ?? head.id) === head.id) this.#stored.delete(head.id);
 *     }
 *   }
 * }
 *
 * const transport = new MockTransport(() => new Response(200, { headers: { "Cache-Control": "max-age=60" } }));
 * await using client = new Client({ transport, middleware: [cache({ storage: new MapStorage() })] });
 * await client.get("https://example.org/");
 * const again = await client.get("https://example.org/");
 * assertEquals(again.extensions.cache?.status, "hit");
 * ```
 */
export interface ResponseStorage {
  /** Larger bodies are not offered to it. */
  readonly maxEntryBytes: number;
  /** The responses stored under a key for a partition, newest first. */
  find(key: string, partition: string): Awaitable<readonly StoredHead[]>;
  /** The body of one of them, which the cache copies and never changes; `null` if it is gone. */
  read(head: StoredHead): Awaitable<Uint8Array | null>;
  /** Stores a response in place of others. The body is the storage's own from now on. */
  put(head: StoredHead, body: Uint8Array, replaced: readonly StoredHead[]): Awaitable<void>;
  /** Replaces the head of the same id, whose body stays. Does nothing if that is gone. */
  update(head: StoredHead): Awaitable<void>;
  /** Deletes everything under a key, of every partition; or one response of it. */
  delete(key: string, id?: string): Awaitable<void>;
  /** Frees what it holds; called when the cache is closed. */
  close?(): Awaitable<void>;
}
