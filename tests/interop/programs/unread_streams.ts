/**
 * What 100 streams of 100 MB cost that nobody reads: `unread_streams.ts URL CA`. Prints the growth of resident memory
 * in MB, then how much of one of them could be read.
 */
import process from "node:process";
import { Client, type Response } from "@httpx/httpx";

const STREAMS = 100;
const [url = "", verify = ""] = process.argv.slice(2);
await using client = new Client({ verify, http2: true, timeout: 20_000 });
// Whatever ordinary traffic takes is there before the measuring begins.
for (let i = 0; i < 20; i++) {
  await Promise.all(Array.from({ length: STREAMS }, () => client.get(new URL("/1k.bin", url))));
}

const before = process.memoryUsage().rss;
const unread: Response[] = await Promise.all(
  Array.from({ length: STREAMS }, () => client.stream("GET", new URL("/100m.bin", url))),
);
// Nothing grows any more once the server has been silent for a while.
for (let last = 0, quiet = 0; quiet < 5; quiet++) {
  await new Promise((resolve) => setTimeout(resolve, 200));
  const { rss } = process.memoryUsage();
  if (Math.abs(rss - last) > 1024 * 1024) quiet = 0;
  last = rss;
}
const grownBytes = process.memoryUsage().rss - before;

let bytes = 0;
for await (const chunk of unread[0]?.iterRaw() ?? []) bytes += chunk.length;
await Promise.all(unread.map((response) => response.close()));
const { status } = await client.get(new URL("/1k.bin", url));
console.log(JSON.stringify({ grownMB: Math.round(grownBytes / 1e6), bytes, status }));
