import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { SQLiteStorage } from "@httpx/httpx/cache";
import { openSQLite } from "../../../../src/runtime/program/sqlite.ts";
import { scriptCommand } from "../../../support/runtimes.ts";
import { bodyOf, KEYS } from "./sqlite_writes.ts";

const script = join(dirname(fileURLToPath(import.meta.url)), "sqlite_writer.ts");

function writer(path: string, name: string, count: number): ChildProcess {
  const [program = "", ...args] = scriptCommand(script, [path, name, String(count)]);
  return spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
}

/** Resolves after so many writes. */
function wrote(process: ChildProcess, count: number): Promise<void> {
  let seen = 0;
  return new Promise((resolve, reject) => {
    process.once("exit", () => reject(new Error("the writer ended early")));
    process.stdout?.on("data", (chunk) => {
      seen += String(chunk).split("wrote").length - 1;
      if (seen >= count) resolve();
    });
  });
}

function ended(process: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => process.once("exit", (code) => resolve(code)));
}

/** Everything in the file is whole, and counted right. */
function checkFile(path: string): number {
  using storage = new SQLiteStorage(path, { maxBytes: 2_000_000 });
  let count = 0;
  for (let i = 0; i < KEYS; i++) {
    for (const head of storage.find(`https://example.org/${i}`, "")) {
      const body = storage.read(head);
      if (body === null) continue; // another process replaced it in between
      assertEquals(
        new TextDecoder().decode(body),
        new TextDecoder().decode(bodyOf(head.id, head.sizeBytes)),
      );
      count++;
    }
  }
  const database = openSQLite(path);
  assertEquals(database.prepare("PRAGMA integrity_check").get()?.integrity_check, "ok");
  const counted = database.prepare(
    "SELECT (SELECT sum(cost) FROM response) AS sum, (SELECT cost FROM total) AS total",
  ).get();
  database.close();
  assertEquals(counted?.sum, counted?.total);
  return count;
}

describe("SQLiteStorage in several processes", () => {
  it("is whole after a process was killed in the middle of its writes", async () => {
    const folder = mkdtempSync(join(tmpdir(), "httpx-cache-"));
    try {
      const path = join(folder, "cache.db");
      for (const [round, writes] of [3, 17, 40].entries()) {
        const process = writer(path, `r${round}-`, 0);
        await wrote(process, writes);
        const end = ended(process);
        process.kill("SIGKILL");
        await end;
        assert(checkFile(path) > 0);
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it("is written by two at once, from the first moment on, and read by a third", async () => {
    const folder = mkdtempSync(join(tmpdir(), "httpx-cache-"));
    try {
      const path = join(folder, "cache.db");
      const writers = [writer(path, "a", 60), writer(path, "b", 60)];
      const ends = Promise.all(writers.map(ended));
      await Promise.all(writers.map((process) => wrote(process, 1)));
      let isOver = false;
      const over = ends.then(() => isOver = true);
      while (!isOver) {
        checkFile(path);
        const next = new Promise((resolve) => writers[0]?.stdout?.once("data", resolve));
        await Promise.race([over, next]);
      }
      assertEquals(await ends, [0, 0]);
      assert(checkFile(path) >= KEYS);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
