/**
 * A storage of one's own: responses in Deno KV, which a deployment shares. Run it with `--unstable-kv`; without it a `Map`
 * stands in for the database.
 */
import { Client, MockTransport, Response } from "@httpx/httpx";
import { cache, type ResponseStorage, type StoredHead } from "@httpx/httpx/cache";

/** What is needed of `Deno.Kv`. */
interface Kv {
  get(key: KvKey): Promise<{ value: unknown }>;
  set(key: KvKey, value: unknown, options?: { expireIn?: number }): Promise<unknown>;
  delete(key: KvKey): Promise<void>;
  list(selector: { prefix: KvKey }): AsyncIterable<{ key: KvKey; value: unknown }>;
  close(): void;
}
type KvKey = readonly (string | number)[];

/** A value takes 64 KiB at most. */
const CHUNK_BYTES = 60_000;
const WEEK_MS = 7 * 24 * 60 * 60 * 1000;

class KvStorage implements ResponseStorage {
  readonly maxEntryBytes = 1_000_000;
  readonly #kv: Kv;

  constructor(kv: Kv) {
    this.#kv = kv;
  }

  async find(key: string, partition: string): Promise<StoredHead[]> {
    const heads: StoredHead[] = [];
    for await (const { value } of this.#kv.list({ prefix: ["head", key, partition] })) {
      heads.push(value as StoredHead); // as put() wrote it
    }
    return heads.sort((a, b) => b.receivedAtMs - a.receivedAtMs);
  }

  async read({ id, sizeBytes }: StoredHead): Promise<Uint8Array | null> {
    const body = new Uint8Array(sizeBytes);
    let filled = 0;
    for await (const { value } of this.#kv.list({ prefix: ["body", id] })) {
      const chunk = value as Uint8Array;
      if (filled + chunk.length > sizeBytes) return null;
      body.set(chunk, filled);
      filled += chunk.length;
    }
    return filled === sizeBytes ? body : null; // a chunk has expired
  }

  async put(head: StoredHead, body: Uint8Array, replaced: readonly StoredHead[]): Promise<void> {
    const options = { expireIn: WEEK_MS };
    for (let at = 0; at < body.length; at += CHUNK_BYTES) {
      const chunk = body.slice(at, at + CHUNK_BYTES);
      await this.#kv.set(["body", head.id, at / CHUNK_BYTES], chunk, options);
    }
    // The head last: whoever finds it finds the body.
    await this.#kv.set(["head", head.key, head.partition, head.id], head, options);
    for (const old of replaced) await this.delete(old.key, old.id);
  }

  async update(head: StoredHead): Promise<void> {
    const key = ["head", head.key, head.partition, head.id];
    if ((await this.#kv.get(key)).value !== null) {
      await this.#kv.set(key, head, { expireIn: WEEK_MS });
    }
  }

  async delete(key: string, id?: string): Promise<void> {
    for await (const { key: place, value } of this.#kv.list({ prefix: ["head", key] })) {
      const head = value as StoredHead;
      if (id !== undefined && head.id !== id) continue;
      await this.#kv.delete(place);
      for await (const chunk of this.#kv.list({ prefix: ["body", head.id] })) {
        await this.#kv.delete(chunk.key);
      }
    }
  }

  close(): void {
    this.#kv.close();
  }
}

/** Stands in where there is no Deno KV. */
class MapKv implements Kv {
  readonly #values = new Map<string, { key: KvKey; value: unknown }>();

  get(key: KvKey): Promise<{ value: unknown }> {
    return Promise.resolve(this.#values.get(JSON.stringify(key)) ?? { value: null });
  }

  set(key: KvKey, value: unknown): Promise<void> {
    this.#values.set(JSON.stringify(key), { key, value });
    return Promise.resolve();
  }

  delete(key: KvKey): Promise<void> {
    this.#values.delete(JSON.stringify(key));
    return Promise.resolve();
  }

  async *list({ prefix }: { prefix: KvKey }): AsyncIterable<{ key: KvKey; value: unknown }> {
    for (const entry of [...this.#values.values()]) {
      if (prefix.every((part, i) => entry.key[i] === part)) yield await Promise.resolve(entry);
    }
  }

  close(): void {
    this.#values.clear();
  }
}

const { Deno } = globalThis as { Deno?: { openKv?(path: string): Promise<Kv> } };
const kv = await Deno?.openKv?.(":memory:") ?? new MapKv();
const storage = new KvStorage(kv);

let requests = 0;
const server = new MockTransport(() => {
  requests++;
  const headers = { "Cache-Control": "max-age=60" };
  return new Response(200, { headers, content: new Uint8Array(200_000).fill(requests) });
});
await using client = new Client({ transport: server, middleware: [cache({ storage })] });
for (let i = 0; i < 3; i++) {
  const response = await client.get("https://example.org/");
  console.log(response.extensions.cache?.status, response.content.length, "bytes");
}
await client.delete("https://example.org/");
const again = await client.get("https://example.org/");
console.log(again.extensions.cache?.status, "after DELETE;", requests, "requests");
