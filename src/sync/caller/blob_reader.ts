/** Blobs for callers that block: no runtime reads one at once, so a worker does, which lives as long as the reading. */
import { startThread } from "../../runtime/program/thread.ts";
import type { BlobInit } from "../thread/blob_worker.ts";
import { Channel } from "../thread/channel.ts";
import { CallerEndpoint, message } from "../thread/endpoints.ts";
import { errorFrom, type ErrorRecord } from "../thread/error_record.ts";
import { workerScript } from "./worker_script.ts";

/**
 * The bytes of a Blob, a piece at a time.
 *
 * @throws {TypeError} for one that no other thread can have, as those of files on Node
 */
export function* blobPieces(blob: Blob): Generator<Uint8Array, void> {
  const channel = new Channel();
  const init: BlobInit = { memory: channel.memory, blob };
  const thread = startWith(init);
  try {
    const end = new CallerEndpoint(channel);
    end.awaitStart();
    for (let left = blob.size; left > 0;) {
      const { kind, head, bytes } = end.exchange(message("read"));
      if (kind === "error") throw errorFrom(head as ErrorRecord); // what the worker sends with it
      if (bytes.length === 0) throw new TypeError("Cannot read this Blob: it ends early");
      yield bytes;
      left -= bytes.length;
    }
  } finally {
    channel.pass("close");
    thread.end();
  }
}

function startWith(init: BlobInit): ReturnType<typeof startThread> {
  try {
    return startThread(workerScript("blob_worker"), init);
  } catch (cause) {
    throw new TypeError(
      "Cannot send this Blob from a synchronous client: no other thread can read it; give its bytes, or a generator",
      { cause },
    );
  }
}
