import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CacheStorageError, SQLiteStorage } from "@httpx/httpx/cache";
import { openSQLite } from "../../../../src/runtime/program/sqlite.ts";
import { headWith } from "../policy/stored_heads.ts";
import { testStorage } from "./storage_contract.ts";

/** A folder for one test. */
function temporaryFolder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), "httpx-cache-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

const key = "https://example.org/";

describe("SQLiteStorage", () => {
  testStorage((maxBytes) => {
    const folder = temporaryFolder();
    const path = join(folder.path, "cache.db");
    const storage = new SQLiteStorage(path, { maxBytes });
    return {
      storage,
      check() {
        const database = openSQLite(path);
        const [sum, total] = ["SELECT sum(cost) AS n FROM response", "SELECT cost AS n FROM total"]
          .map((sql) => Number(database.prepare(sql).get()?.n ?? 0));
        database.close();
        assertEquals(sum, total);
        assert(Number(total) <= maxBytes);
      },
      [Symbol.dispose]() {
        storage.close();
        folder[Symbol.dispose]();
      },
    };
  });

  it("keeps what it has when it is closed, and opens again when it is used", () => {
    using folder = temporaryFolder();
    const path = join(folder.path, "cache.db");
    const head = headWith("A: 1", { sizeBytes: 3 });
    using storage = new SQLiteStorage(path);
    storage.put(head, new Uint8Array([1, 2, 3]), []);
    storage.close();
    storage.close();
    assertEquals(storage.find(key, ""), [head]);
    using other = new SQLiteStorage(path);
    assertEquals([...other.read(head) ?? []], [1, 2, 3]);
  });

  it("refuses a file that is not a database, or another program's, and leaves it alone", () => {
    using folder = temporaryFolder();
    const text = join(folder.path, "notes.txt");
    writeFileSync(text, "not a database at all ".repeat(100));
    const foreign = join(folder.path, "bookmarks.db");
    const database = openSQLite(foreign);
    database.exec("CREATE TABLE bookmark (url TEXT)");
    database.close();
    const before = [text, foreign].map((path) => readFileSync(path).toString("base64"));
    assertThrows(() => new SQLiteStorage(text), CacheStorageError, "notes.txt");
    assertThrows(() => new SQLiteStorage(foreign), CacheStorageError, "another program");
    assertEquals([text, foreign].map((path) => readFileSync(path).toString("base64")), before);
  });

  it("refuses a schema of another version", () => {
    using folder = temporaryFolder();
    const path = join(folder.path, "cache.db");
    new SQLiteStorage(path).close();
    const database = openSQLite(path);
    database.exec("PRAGMA user_version = 99");
    database.close();
    assertThrows(() => new SQLiteStorage(path), CacheStorageError, "version 99");
  });

  it("reports damage wherever it is, and never returns other bytes than were put", () => {
    using folder = temporaryFolder();
    const path = join(folder.path, "cache.db");
    const heads = Array.from(
      { length: 20 },
      (_, i) => headWith(`A: ${i}`, { id: `i${i}`, key: `${key}${i}`, sizeBytes: 900 }),
    );
    const bodyOf = (i: number) => new Uint8Array(900).fill(i + 1);
    const storage = new SQLiteStorage(path);
    heads.forEach((head, i) => storage.put(head, bodyOf(i), []));
    storage.close();
    const file = readFileSync(path);
    let failures = 0;
    for (let at = 0; at < file.length; at += 1021) {
      const damaged = Uint8Array.from(file);
      for (let i = at; i < Math.min(at + 64, file.length); i++) {
        damaged[i] = (damaged[i] ?? 0) ^ 0x55;
      }
      for (const suffix of ["-wal", "-shm"]) rmSync(path + suffix, { force: true });
      writeFileSync(path, damaged);
      failures += damageFound(path, heads, bodyOf);
    }
    assert(failures > 10, `${failures}`);
  });

  it("names the runtime's failure and the file", () => {
    using folder = temporaryFolder();
    const path = join(folder.path, "missing", "cache.db");
    const error = assertThrows(() => new SQLiteStorage(path), CacheStorageError, "cache.db");
    assert(error.cause instanceof Error);
  });
});

/** Reads everything: each body is as it was put, or absent, or the storage says that the file is damaged. */
function damageFound(
  path: string,
  heads: readonly ReturnType<typeof headWith>[],
  bodyOf: (index: number) => Uint8Array,
): number {
  let failures = 0;
  let storage: SQLiteStorage | null = null;
  try {
    storage = new SQLiteStorage(path);
  } catch (error) {
    assert(error instanceof CacheStorageError, String(error));
    return 1;
  }
  heads.forEach((head, i) => {
    try {
      for (const found of storage.find(head.key, "")) {
        assertEquals(found, head);
        const body = storage.read(found);
        if (body !== null) assertEquals(Uint8Array.from(body), bodyOf(i));
      }
    } catch (error) {
      assert(error instanceof CacheStorageError, String(error));
      failures++;
    }
  });
  try {
    storage.close();
  } catch (error) {
    assert(error instanceof CacheStorageError, String(error));
  }
  return failures;
}
