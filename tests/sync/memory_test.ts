import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { scriptCommand } from "../support/runtimes.ts";
import { startThreadServer } from "../support/thread/server.ts";

const SCRIPT = fileURLToPath(new URL("./programs/memory.ts", import.meta.url));
/** 1 GiB. */
const PIECES = 16_384;

describe("SyncClient, with a gigabyte", () => {
  for (const direction of ["download", "upload"]) {
    it(`${direction}s it in less than 64 MB`, async () => {
      await using server = await startThreadServer();
      const [program = "", ...args] = scriptCommand(SCRIPT, [direction, server.url, `${PIECES}`]);
      const output = await new Promise<string>((resolve, reject) => {
        execFile(program, args, { timeout: 60_000 }, (error, stdout, stderr) => {
          if (error === null) resolve(stdout);
          else reject(new Error(stderr, { cause: error }));
        });
      });
      const { size, riseMB } = JSON.parse(output);
      assertEquals(size, PIECES * 65_536);
      assert(riseMB < 64, `${riseMB} MB`);
    });
  }
});
