/** Files that are written whole or not at all, and that several programs write to one after the other. */
import { required } from "../host.ts";
import { blockFor } from "../timers.ts";

interface FileSystem {
  readFileSync(path: string, encoding: "utf8"): string;
  writeFileSync(path: string, text: string, options?: { flag: string; flush?: boolean }): void;
  renameSync(from: string, to: string): void;
  rmSync(path: string, options: { force: boolean }): void;
  statSync(path: string): { mtimeMs: number };
}

/** A lock that is older than this was left by a program that has ended. */
const STALE_MS = 10_000;
const RETRY_MS = 10;

/**
 * The text of a file; `null` if there is none.
 *
 * @throws the runtime's error if it can't be read
 */
export function readWholeFile(path: string): string | null {
  try {
    return required<FileSystem>("node:fs").readFileSync(path, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return null;
    throw error;
  }
}

/**
 * Replaces a file by what `change` makes of its text; no other program that does the same comes in between.
 *
 * @throws the runtime's error if it can't be written; the file is then as it was
 */
export function changeWholeFile(path: string, change: (text: string | null) => string): void {
  const fs = required<FileSystem>("node:fs");
  const lock = `${path}.lock`;
  takeLock(fs, lock);
  const draft = `${path}.${crypto.randomUUID()}.tmp`;
  try {
    fs.writeFileSync(draft, change(readWholeFile(path)), { flag: "wx", flush: true });
    fs.renameSync(draft, path);
  } finally {
    fs.rmSync(draft, { force: true });
    fs.rmSync(lock, { force: true });
  }
}

/** Waits, blocking: another program holds a lock for as long as one file takes to write. */
function takeLock(fs: FileSystem, lock: string): void {
  for (;;) {
    try {
      return fs.writeFileSync(lock, "", { flag: "wx" });
    } catch (error) {
      if (codeOf(error) !== "EEXIST") throw error;
      if (isStale(fs, lock)) fs.rmSync(lock, { force: true });
      else blockFor(RETRY_MS);
    }
  }
}

function isStale(fs: FileSystem, lock: string): boolean {
  try {
    return Date.now() - fs.statSync(lock).mtimeMs > STALE_MS;
  } catch {
    return false; // it is gone: the next try takes it
  }
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | null)?.code;
}
