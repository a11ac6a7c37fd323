/** The module of a worker that reads one Blob for a caller that blocks. It is started by `caller/blob_reader.ts` alone. */
import { threadInit } from "../../runtime/program/thread.ts";
import { Channel, MAX_BYTES } from "./channel.ts";
import { BEAT_MS, message, WorkerEndpoint } from "./endpoints.ts";
import { errorRecord } from "./error_record.ts";

/** What the worker is started with. */
export interface BlobInit {
  readonly memory: SharedArrayBuffer;
  readonly blob: Blob;
}

const { memory, blob } = await threadInit() as BlobInit; // the one that starts it gives no other
const channel = new Channel(memory);
const end = new WorkerEndpoint(channel);
const pulse = setInterval(() => channel.beat(), BEAT_MS);
let offset = 0;
await end.listen(() => void answer());
clearInterval(pulse);

async function answer(): Promise<void> {
  try {
    const bytes = new Uint8Array(await blob.slice(offset, offset + MAX_BYTES).arrayBuffer());
    offset += bytes.length;
    end.answer(message("data", null, bytes));
  } catch (error) {
    end.answer(message("error", errorRecord(error)));
  }
}
