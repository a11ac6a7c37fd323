/** Memory under backpressure, measured in a program of its own. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { certificatePath } from "../support/certificates.ts";
import { scriptCommand } from "../support/runtimes.ts";
import { HTTP2_SERVER_KINDS, SIZES } from "./http2_servers.ts";

const PROGRAM = fileURLToPath(new URL("./programs/unread_streams.ts", import.meta.url));
const MOST_MB = 64;

describe("100 unread streams of 100 MB over HTTP/2", () => {
  for (const kind of HTTP2_SERVER_KINDS) {
    if (kind.name !== "node:http2" && kind.name !== "nginx") continue;
    const test = kind.isInstalled ? it : it.skip;

    test(`of ${kind.name} cost less than ${MOST_MB} MB, and can be read after all`, async () => {
      await using server = await kind.start();
      const [program = "", ...args] = scriptCommand(PROGRAM, [server.url, certificatePath("ca")]);
      // A leak shows each time; a garbage collector that is late on a busy machine, now and then.
      let leastMB = Infinity;
      for (let attempt = 0; attempt < 3 && leastMB >= MOST_MB; attempt++) {
        const { stdout } = await promisify(execFile)(program, args);
        const { grownMB, bytes, status } = JSON.parse(stdout);
        assertEquals([bytes, status], [SIZES["/100m.bin"], 200]);
        leastMB = Math.min(leastMB, grownMB);
      }
      assert(leastMB < MOST_MB, `${leastMB} MB`);
    });
  }
});
