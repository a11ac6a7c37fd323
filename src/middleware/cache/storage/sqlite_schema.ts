/** The one schema of cache files, and how a file is recognised as one of them. */
import type { SQLiteDatabase, SQLiteValue } from "../../../runtime/program/sqlite.ts";

/** "HTPX": SQLite's mark for whose file it is. */
const APPLICATION_ID = 0x48545058;
/** Another schema gets another number; a file of another number is refused. */
const SCHEMA_VERSION = 1;

/** As long a process waits for another's write. */
const BUSY_MS = 5000;

/**
 * `total` is kept by triggers, so that it holds for all processes. A write that is cut off leaves the file as it was
 * before (WAL).
 */
const SCHEMA = `
  CREATE TABLE response (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    key TEXT NOT NULL,
    partition TEXT NOT NULL,
    used_at INTEGER NOT NULL,
    cost INTEGER NOT NULL,
    head_sum INTEGER NOT NULL,
    body_sum INTEGER NOT NULL,
    head TEXT NOT NULL,
    body BLOB NOT NULL
  ) STRICT;
  CREATE INDEX response_key ON response (key, partition, number);
  CREATE INDEX response_used ON response (used_at, number);
  CREATE TABLE total (cost INTEGER NOT NULL) STRICT;
  INSERT INTO total VALUES (0);
  CREATE TRIGGER added AFTER INSERT ON response BEGIN UPDATE total SET cost = cost + new.cost; END;
  CREATE TRIGGER removed AFTER DELETE ON response BEGIN UPDATE total SET cost = cost - old.cost; END;
  CREATE TRIGGER changed AFTER UPDATE OF cost ON response
    BEGIN UPDATE total SET cost = cost + new.cost - old.cost; END;
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${SCHEMA_VERSION};
`;

/**
 * Makes an open file ready, a new one with its schema.
 *
 * @throws {Error} for a file of something else; SQLite's own error for a damaged one
 */
export function prepareFile(database: SQLiteDatabase): void {
  database.exec(`PRAGMA busy_timeout = ${BUSY_MS}`);
  checkOwner(database); // before anything is changed in a file of something else
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
  database.exec("BEGIN IMMEDIATE");
  try {
    if (checkOwner(database) === "new") database.exec(SCHEMA);
    database.exec("COMMIT");
  } catch (error) {
    database.exec("ROLLBACK");
    throw error;
  }
}

function checkOwner(database: SQLiteDatabase): "new" | "ours" {
  const read = (sql: string): SQLiteValue =>
    Object.values(database.prepare(sql).get() ?? {})[0] ?? 0;
  const id = Number(read("PRAGMA application_id"));
  const version = Number(read("PRAGMA user_version"));
  const tables = Number(read("SELECT count(*) FROM sqlite_schema"));
  if (id === 0 && version === 0 && tables === 0) return "new";
  if (id !== APPLICATION_ID) throw new Error("it is the database of another program");
  if (version !== SCHEMA_VERSION) {
    throw new Error(
      `it has version ${version} of the schema, and this release reads ${SCHEMA_VERSION}`,
    );
  }
  return "ours";
}
