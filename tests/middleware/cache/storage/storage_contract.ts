/** What every storage of a cache does, run over each. */
import { assertEquals } from "@std/assert";
import { it } from "@std/testing/bdd";
import type { ResponseStorage, StoredHead } from "@httpx/httpx/cache";
import { headWith } from "../policy/stored_heads.ts";

/** A storage for one test. */
export interface OpenedStorage extends Disposable {
  readonly storage: ResponseStorage & { readonly sizeBytes: number };
  /** Makes sure that what is counted is there. */
  readonly check: () => void;
}

const bytes = (text: string) => new TextEncoder().encode(text);
const key = "https://example.org/";

/** A head and its body. */
function entry(id: string, size: number, init: Partial<StoredHead> = {}) {
  const head = headWith("Cache-Control: max-age=60", { id, key, sizeBytes: size, ...init });
  return { head, body: bytes(id.repeat(size).slice(0, size)) };
}

function ids(storage: ResponseStorage, partition = ""): string[] {
  return (storage.find(key, partition) as readonly StoredHead[]).map(({ id }) => id);
}

function put(
  storage: ResponseStorage,
  id: string,
  size = 10,
  init: Partial<StoredHead> = {},
): StoredHead {
  const { head, body } = entry(id, size, init);
  storage.put(head, body, []);
  return head;
}

/** Makes a storage for one test. */
type Opening = (maxBytes: number) => OpenedStorage;

/** Registers the tests. */
export function testStorage(open: Opening): void {
  testContent(open);
  testLimits(open);
}

function testContent(open: Opening): void {
  it("gives back what was put, newest first, each partition by itself", () => {
    using opened = open(100_000);
    const { storage } = opened;
    const [a, b] = [
      put(storage, "a"),
      put(storage, "b", 5, { selecting: [["foo", null], ["x", "y"]] }),
    ];
    put(storage, "c", 5, { partition: "p" });
    assertEquals(storage.find(key, ""), [b, a]);
    assertEquals([ids(storage, "p"), ids(storage, "q")], [["c"], []]);
    assertEquals(storage.read(a), bytes("aaaaaaaaaa"));
    assertEquals(storage.read(headWith("", { id: "z" })), null);
    opened.check();
  });

  it("replaces, updates and deletes", () => {
    using opened = open(100_000);
    const { storage } = opened;
    const a = put(storage, "a");
    const b = entry("b", 10);
    storage.put(b.head, b.body, [a]);
    assertEquals([ids(storage), storage.read(a)], [["b"], null]);
    const updated = { ...b.head, fields: ["Cache-Control", "max-age=9", "X", "long ".repeat(20)] };
    storage.update(updated);
    assertEquals([storage.find(key, ""), storage.read(updated)], [[updated], b.body]);
    storage.update({ ...updated, id: "gone" });
    put(storage, "c", 5, { partition: "p" });
    storage.delete(key, "b");
    assertEquals([ids(storage), ids(storage, "p")], [[], ["c"]]);
    put(storage, "d");
    storage.delete(key);
    assertEquals([ids(storage), ids(storage, "p"), storage.sizeBytes], [[], [], 0]);
    opened.check();
  });
}

function testLimits(open: Opening): void {
  it("stays below its limit, and drops what was used least recently", () => {
    using opened = open(10_000);
    const { storage } = opened;
    const heads = ["a", "b", "c"].map((id) => put(storage, id, 10, { key: `${key}${id}` }));
    const first = heads[0] ?? headWith("");
    for (let i = 0; i < 40; i++) {
      storage.read(first);
      put(storage, `n${i}`, 200, { key: `${key}${i}` });
      opened.check();
    }
    assertEquals(storage.sizeBytes <= 10_000, true);
    assertEquals(heads.map((head) => storage.read(head) !== null), [true, false, false]);
  });

  it("takes no entry of more than a tenth", () => {
    using opened = open(20_000);
    const { storage } = opened;
    assertEquals(storage.maxEntryBytes, 2000);
    put(storage, "a", 1200);
    put(storage, "b", 2000);
    assertEquals(ids(storage), ["a"]);
    opened.check();
  });

  it("keeps 64 variants of a response", () => {
    using opened = open(1_000_000);
    for (let i = 0; i < 70; i++) put(opened.storage, `v${i}`, 5);
    assertEquals([ids(opened.storage).length, ids(opened.storage)[0]], [64, "v69"]);
    opened.check();
  });
}
