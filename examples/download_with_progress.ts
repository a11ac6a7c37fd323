/** Stream a large download to disk, with a progress bar. */
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as httpx from "@httpx/httpx";
import { startHttpbin } from "./support/httpbin.ts";

await using server = startHttpbin();
const folder = await mkdtemp(join(tmpdir(), "httpx-"));
const file = await open(join(folder, "download.bin"), "w");

try {
  await using response = await httpx.stream("GET", `${server.url}/stream-bytes/5000000`);
  response.raiseForStatus();
  const total = Number(response.headers.get("content-length"));
  let written = 0;
  for await (const chunk of response.iterBytes()) {
    await file.write(chunk);
    written += chunk.length;
    const done = Math.floor((written / total) * 30);
    if (done % 10 === 0) console.log(`[${"=".repeat(done).padEnd(30)}] ${written} bytes`);
  }
  console.log(`${response.numBytesDownloaded} bytes`);
} finally {
  await file.close();
  await rm(folder, { recursive: true });
}
