/**
 * Gives up the body of a response that is retried. A small one is read to its end, so that its connection can be used
 * again; of a large or slow one the connection goes.
 */
import type { Response } from "../../message/response/response.ts";
import { startTimeout } from "../../runtime/timers.ts";

/** The most that is read of a body that no caller will see. */
export const MAX_DISCARDED_BYTES = 65_536;

/** How long reading it may take, in milliseconds: the retry waits for it. */
const MAX_DISCARD_MS = 250;

/** Reads the rest of a body within the bounds, then closes the response. Never rejects. */
export async function discard(response: Response): Promise<void> {
  const close = () => response.close().catch(() => {}); // the retry has an error of its own, or none
  const stop = startTimeout(() => void close(), MAX_DISCARD_MS);
  try {
    if (isWorthReading(response)) await readWithin(response.iterRaw());
  } catch {
    // Broken off, or read by the caller's function.
  } finally {
    stop();
    await close();
  }
}

/** The same for callers that block. */
export function discardSync(response: Response): void {
  const body = response.load((body) => body);
  if (!isBlockingBody(body)) return;
  try {
    if (isWorthReading(response)) {
      let size = 0;
      for (const chunk of body.chunks("raw")) {
        if ((size += chunk.length) > MAX_DISCARDED_BYTES) break;
      }
    }
    body.closeSync();
  } catch {
    // As above.
  }
}

/** The part of `SyncBody` that is used here; the class itself would bring its decoders along. */
interface BlockingBody {
  chunks(mode: "raw"): Iterable<Uint8Array>;
  closeSync(): void;
}

function isBlockingBody(body: object): body is BlockingBody {
  return "closeSync" in body;
}

/** Whether the body, as far as its length is known, is within the bounds. */
function isWorthReading(response: Response): boolean {
  return Number(response.headers.get("content-length") ?? 0) <= MAX_DISCARDED_BYTES;
}

async function readWithin(chunks: AsyncIterable<Uint8Array>): Promise<void> {
  let size = 0;
  for await (const chunk of chunks) if ((size += chunk.length) > MAX_DISCARDED_BYTES) return;
}
