/** The runtime's own SQLite (`node:sqlite`): Deno 2.9, Bun 1.4 and Node 24 have it. It works at once, without promises. */
import { builtin } from "../host.ts";

/** What a column holds. */
export type SQLiteValue = string | number | bigint | Uint8Array | null;

/** A row by column. */
export type SQLiteRow = Readonly<Record<string, SQLiteValue>>;

/** A prepared statement. */
export interface SQLiteStatement {
  get(...values: readonly SQLiteValue[]): SQLiteRow | undefined | null;
  all(...values: readonly SQLiteValue[]): readonly SQLiteRow[];
  run(...values: readonly SQLiteValue[]): unknown;
}

/** An open database. */
export interface SQLiteDatabase {
  exec(sql: string): void;
  prepare(sql: string): SQLiteStatement;
  close(): void;
}

interface SQLiteModule {
  readonly DatabaseSync: new (path: string) => SQLiteDatabase;
}

/**
 * Opens a database, and makes the file if it is not there.
 *
 * @throws {TypeError} if the runtime has no SQLite; the runtime's own error for a file that can't be opened
 */
export function openSQLite(path: string): SQLiteDatabase {
  const module = builtin<SQLiteModule>("node:sqlite");
  if (module === null) {
    throw new TypeError(
      "Cannot open a SQLite database: this runtime has no node:sqlite; use Deno 2.9, Bun 1.4, Node 24 or later",
    );
  }
  return new module.DatabaseSync(path);
}
