/** Responses in a SQLite file, for one process or several. */
import {
  openSQLite,
  type SQLiteDatabase,
  type SQLiteStatement,
} from "../../../runtime/program/sqlite.ts";
import { checksum } from "./checksum.ts";
import { checkMaxBytes, costOf, MAX_VARIANTS, type StorageLimits } from "./memory_storage.ts";
import { prepareFile } from "./sqlite_schema.ts";
import type { ResponseStorage, StoredHead } from "./stored_response.ts";

const DEFAULT_MAX_BYTES = 512 * 1024 * 1024;
/** As many uses are remembered before they are written: one write for each would cost more than reading. */
const MAX_PENDING_USES = 256;
/** As many heads are remembered parsed. */
const MAX_PARSED = 4096;

/**
 * A file that a cache can't use, or a part of it: damaged, of another program, locked for too long, a full disk.
 *
 * @example A file of something else
 * ```ts ignore
 * import { CacheStorageError, SQLiteStorage } from "@httpx/httpx/cache";
 *
 * try {
 *   new SQLiteStorage("bookmarks.db");
 * } catch (error) {
 *   if (!(error instanceof CacheStorageError)) throw error;
 *   console.log(error.message); // Cannot use cache file "bookmarks.db": it is the database of another program; …
 * }
 * ```
 */
export class CacheStorageError extends Error {
  /** `"CacheStorageError"` */
  override readonly name = "CacheStorageError";
}

interface Statements {
  readonly find: SQLiteStatement;
  readonly read: SQLiteStatement;
  readonly insert: SQLiteStatement;
  readonly update: SQLiteStatement;
  readonly use: SQLiteStatement;
  readonly deleteId: SQLiteStatement;
  readonly deleteKey: SQLiteStatement;
  readonly total: SQLiteStatement;
  readonly evict: SQLiteStatement;
}

/** Prepared once for each connection to the file. */
const SQL: Readonly<Record<keyof Statements, string>> = {
  find: `SELECT id, head_sum, head FROM response WHERE key = ? AND partition = ?
    ORDER BY number DESC LIMIT ${MAX_VARIANTS}`,
  read: "SELECT body_sum, body FROM response WHERE id = ?",
  insert: `INSERT OR REPLACE INTO response
    (id, key, partition, used_at, cost, head_sum, body_sum, head, body)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  update: "UPDATE response SET head = ?, head_sum = ?, cost = ? WHERE id = ?",
  use: "UPDATE response SET used_at = ? WHERE id = ?",
  deleteId: "DELETE FROM response WHERE key = ? AND id = ?",
  deleteKey: "DELETE FROM response WHERE key = ?",
  total: "SELECT cost FROM total",
  evict: `DELETE FROM response WHERE number =
    (SELECT number FROM response ORDER BY used_at, number LIMIT 1)`,
};

interface Parsed {
  readonly text: string;
  readonly head: StoredHead;
}

/**
 * Keeps responses in a file, by the SQLite that the runtime has (Deno 2.9, Bun 1.4, Node 24). Several processes may use
 * the file at once, and one that is killed leaves it whole. The least recently used responses go first.
 *
 * What is read is checked: a damaged file, or one of another program, is an error and never a wrong response. Bodies and
 * fields are stored as they are, so the file is as secret as they are. On Deno it needs permission to read and write it.
 *
 * @example A cache that outlives the program
 * ```ts ignore
 * import { cache, SQLiteStorage } from "@httpx/httpx/cache";
 * import { Client } from "@httpx/httpx";
 *
 * await using client = new Client({ middleware: [cache({ storage: new SQLiteStorage("cache.db") })] });
 * const response = await client.get("https://example.org/");
 * console.log(response.extensions.cache?.status); // "hit" when the program runs again
 * ```
 */
export class SQLiteStorage implements ResponseStorage, Disposable {
  /** A tenth of `maxBytes`. */
  readonly maxEntryBytes: number;
  readonly #path: string;
  readonly #maxBytes: number;
  #database: SQLiteDatabase | null = null;
  #statements: Statements | null = null;
  readonly #parsed = new Map<string, Parsed>();
  /** Ids that were read, and when. */
  readonly #uses = new Map<string, number>();

  /**
   * Opens the file, and makes it if it is not there.
   *
   * @throws {CacheStorageError} for a file that is damaged, or not a cache
   * @throws {TypeError} if the runtime has no SQLite; for a limit that is not a positive number
   */
  constructor(path: string, { maxBytes = DEFAULT_MAX_BYTES }: StorageLimits = {}) {
    this.#maxBytes = checkMaxBytes(maxBytes);
    this.maxEntryBytes = Math.floor(maxBytes / 10);
    this.#path = path;
    this.#open();
  }

  /** How many bytes the responses take; the file is larger. */
  get sizeBytes(): number {
    return this.#tried(({ total }) => Number(total.get()?.cost ?? 0));
  }

  /** The responses under a key for a partition, newest first. */
  find(key: string, partition: string): readonly StoredHead[] {
    return this.#tried(({ find }) =>
      find.all(key, partition).map(({ id, head, head_sum: sum }) => {
        const parsed = this.#parse(String(id), String(head), Number(sum));
        if (parsed.key !== key || parsed.partition !== partition) throw damaged();
        return parsed;
      })
    );
  }

  /** The body of a response, which then counts as used; `null` if it is gone. */
  read({ id, sizeBytes }: StoredHead): Uint8Array | null {
    return this.#tried(({ read }) => {
      const row = read.get(id) ?? null;
      if (row === null) return null;
      const { body, body_sum: sum } = row;
      if (!(body instanceof Uint8Array) || body.length !== sizeBytes) throw damaged();
      if (checksum(body) !== Number(sum)) throw damaged();
      this.#uses.set(id, Date.now());
      if (this.#uses.size >= MAX_PENDING_USES) this.#write(() => {});
      return body;
    });
  }

  /** Stores a response in place of others, and drops what was not used for longest if it gets too much. */
  put(head: StoredHead, body: Uint8Array, replaced: readonly StoredHead[]): void {
    const { id, key, partition } = head;
    const cost = costOf(head);
    const text = JSON.stringify(head);
    this.#write(({ deleteId, insert }) => {
      for (const { key, id } of replaced) deleteId.run(key, id);
      if (cost > this.maxEntryBytes) return;
      const sums = [checksum(text), checksum(body)] as const;
      insert.run(id, key, partition, Date.now(), cost, ...sums, text, body);
    });
  }

  /** Replaces the head of a response, whose body stays. */
  update(head: StoredHead): void {
    const text = JSON.stringify(head);
    this.#write(({ update }) => update.run(text, checksum(text), costOf(head), head.id));
  }

  /** Deletes everything under a key, or one response. */
  delete(key: string, id?: string): void {
    this.#write(({ deleteId, deleteKey }) =>
      id === undefined ? deleteKey.run(key) : deleteId.run(key, id)
    );
  }

  /** Closes the file. It is opened again if the storage is used again. */
  close(): void {
    if (this.#database === null) return;
    try {
      if (this.#uses.size > 0) this.#write(() => {});
    } finally {
      this.#statements = null;
      this.#parsed.clear();
      const database = this.#database;
      this.#database = null;
      database.close();
    }
  }

  /** The same as `close()`, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  #open(): Statements {
    let database: SQLiteDatabase | null = null;
    try {
      database = openSQLite(this.#path);
      prepareFile(database);
      const prepared = Object.entries(SQL).map(([name, sql]) => [name, database?.prepare(sql)]);
      this.#statements = Object.fromEntries(prepared) as Statements; // by the same names
      this.#database = database;
      return this.#statements;
    } catch (error) {
      database?.close();
      throw this.#named(error);
    }
  }

  /** Writes all or nothing, with the uses that were not written yet. */
  #write(work: (statements: Statements) => void): void {
    this.#tried((statements) => {
      const database = this.#database;
      database?.exec("BEGIN IMMEDIATE");
      try {
        for (const [id, usedAt] of this.#uses) statements.use.run(usedAt, id);
        work(statements);
        const { total, evict } = statements;
        while (Number(total.get()?.cost ?? 0) > this.#maxBytes) evict.run();
        database?.exec("COMMIT");
        this.#uses.clear();
      } catch (error) {
        database?.exec("ROLLBACK");
        throw error;
      }
    });
  }

  #tried<Value>(work: (statements: Statements) => Value): Value {
    const statements = this.#statements ?? this.#open();
    try {
      return work(statements);
    } catch (error) {
      throw this.#named(error);
    }
  }

  #named(error: unknown): unknown {
    if (error instanceof CacheStorageError || error instanceof TypeError) return error;
    const reason = error instanceof Error ? error.message : String(error);
    return new CacheStorageError(
      `Cannot use cache file ${
        JSON.stringify(this.#path)
      }: ${reason}; delete it, or give another path`,
      { cause: error },
    );
  }

  /** A head as it was written. One that was parsed before is the same object, with what is known of it. */
  #parse(id: string, text: string, sum: number): StoredHead {
    const known = this.#parsed.get(id);
    if (known?.text === text) return known.head;
    if (checksum(text) !== sum) throw damaged();
    const head = JSON.parse(text) as StoredHead; // the text is what was written: its checksum says so
    if (this.#parsed.size >= MAX_PARSED) this.#parsed.clear();
    this.#parsed.set(id, { text, head });
    return head;
  }
}

function damaged(): Error {
  return new Error("it is damaged");
}
