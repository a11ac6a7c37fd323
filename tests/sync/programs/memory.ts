/**
 * How far the memory of a program rises while it downloads or uploads a lot without waiting: the resident size of the
 * whole process, worker and all, every 16 MB. It prints the highest above the level after a smaller one, in MB.
 */
import process from "node:process";
import { SyncClient } from "../../../src/sync/mod.ts";

const [, , direction = "", url = "", pieces = "0"] = process.argv;
const count = Number(pieces);
const PIECE = new Uint8Array(65_536);
using client = new SyncClient({ timeout: 30_000 });
let lookedAt = 0;
let highest = 0;

transfer(4000); // buffers are made, code is compiled, the garbage collector has its pace
const level = highest = process.memoryUsage.rss();
const size = transfer(count);
console.log(JSON.stringify({ size, riseMB: (highest - level) / 1e6 }));

function transfer(pieces: number): number {
  return direction === "download" ? download(pieces) : upload(pieces);
}

function download(pieces: number): number {
  using response = client.stream("GET", `${url}/download?pieces=${pieces}`);
  let size = 0;
  for (const chunk of response.iterBytes()) {
    size += chunk.length;
    look(size);
  }
  return size;
}

function upload(pieces: number): number {
  function* content(): Generator<Uint8Array> {
    for (let i = 0; i < pieces; i++) {
      yield PIECE;
      look(i * PIECE.length);
    }
  }
  return client.post(`${url}/upload`, { content: content() }).json<{ size: number }>().size;
}

function look(size: number): void {
  if (Math.abs(size - lookedAt) < 16_000_000) return;
  lookedAt = size;
  highest = Math.max(highest, process.memoryUsage.rss());
}
