import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { scriptCommand } from "../support/runtimes.ts";
import { startThreadServer } from "../support/thread/server.ts";

const SCRIPT = fileURLToPath(new URL("./programs/memory.ts", import.meta.url));
/** 1 GiB. */
const PIECES = 16_384;
const MOST_MB = 64;

describe("SyncClient, with a gigabyte", () => {
  for (const direction of ["download", "upload"]) {
    it(`${direction}s it in less than ${MOST_MB} MB`, async () => {
      await using server = await startThreadServer();
      // A leak shows each time; a garbage collector that is late on a busy machine, now and then.
      let leastMB = Infinity;
      for (let attempt = 0; attempt < 3 && leastMB >= MOST_MB; attempt++) {
        const { size, riseMB } = await measured([direction, server.url, `${PIECES}`]);
        assertEquals(size, PIECES * 65_536);
        leastMB = Math.min(leastMB, riseMB);
      }
      assert(leastMB < MOST_MB, `${leastMB} MB`);
    });
  }
});

/** What the program says. */
function measured(args: string[]): Promise<{ size: number; riseMB: number }> {
  const [program = "", ...rest] = scriptCommand(SCRIPT, args);
  return new Promise((resolve, reject) => {
    execFile(program, rest, { timeout: 60_000 }, (error, stdout, stderr) => {
      if (error === null) resolve(JSON.parse(stdout));
      else reject(new Error(stderr, { cause: error }));
    });
  });
}
