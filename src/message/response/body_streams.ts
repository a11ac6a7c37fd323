/** Bodies of responses that were not made by the wire: iterables and web streams as `BodyStream`. */
import { type CallDeadline, GRACE_MS } from "../../clock/call_deadline.ts";
import { ByteQueue } from "../../lists/byte_queue.ts";
import type { BodyStream } from "../../semantics/body.ts";
import { isChunks, iteratorOf, type Reading } from "../content/source/byte_source.ts";

/** Anything that yields the chunks of a body. */
export type ChunkSource =
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array>
  | Iterable<Uint8Array>;

/** Whether it is a body as it comes from the wire. */
export function isWire(source: BodyStream | ChunkSource): source is BodyStream {
  return typeof source === "object" && "readAll" in source;
}

/** A body over chunks that something else makes. */
export class ChunkStream implements BodyStream {
  readonly trailers = null;
  readonly source: ChunkSource;
  #iterator: Reading<Uint8Array> | null = null;
  readonly #keepsDeadline: boolean;
  #deadline: CallDeadline | null = null;
  #bytesReceived = 0;
  #isEnded = false;

  /**
   * Takes the chunks of a source.
   *
   * @param options.keepsDeadline whether the source itself ends with its call
   * @throws {TypeError} for anything that has no chunks
   */
  constructor(source: ChunkSource, { keepsDeadline = false } = {}) {
    if (!isChunks(source)) {
      throw new TypeError(
        `Cannot stream a body of type ${typeof source}: give a ReadableStream or an iterable of bytes`,
      );
    }
    this.source = source;
    this.#keepsDeadline = keepsDeadline;
  }

  /** Ends the body with its call. */
  boundBy(deadline: CallDeadline): void {
    if (!this.#keepsDeadline) this.#deadline = deadline;
  }

  get bytesReceived(): number {
    return this.#bytesReceived;
  }

  async read(): Promise<Uint8Array | null> {
    if (this.#isEnded) return null;
    const iterator = this.#iterator ??= iteratorOf(this.source);
    const deadline = this.#deadline;
    for (;;) {
      const next = deadline === null
        ? await iterator.next()
        : await deadline.bound(() => iterator.next(), { graceMs: GRACE_MS });
      if (next.done) {
        this.#isEnded = true;
        return null;
      }
      if (!(next.value instanceof Uint8Array)) {
        throw new TypeError(
          `Cannot read the body: a chunk is no Uint8Array but ${typeof next.value}`,
        );
      }
      if (next.value.length === 0) continue;
      this.#bytesReceived += next.value.length;
      return next.value;
    }
  }

  async readAll(maxBytes = Infinity, tooLarge?: () => Error): Promise<Uint8Array> {
    const queue = new ByteQueue();
    let last: Uint8Array | null = null;
    for (let chunk = await this.read(); chunk !== null; chunk = await this.read()) {
      queue.push(last = chunk);
      if (queue.length <= maxBytes) continue;
      await this.cancel();
      throw tooLarge?.();
    }
    const all = queue.takeAll();
    return all === last ? new Uint8Array(all) : all; // a single chunk is still its maker's
  }

  async cancel(): Promise<void> {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#iterator ??= iteratorOf(this.source);
    const returning = Promise.resolve(this.#iterator.return?.());
    if (this.#deadline?.isOver) returning.catch(() => {}); // it may still wait for its next chunk
    else await returning;
  }
}

/** Chunks joined and cut so that each but the last has the same size. */
export async function* inPieces(
  chunks: AsyncIterable<Uint8Array>,
  sizeBytes: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  if (!(sizeBytes >= 1)) {
    throw new RangeError(`Cannot iterate in pieces of ${sizeBytes} bytes: give 1 or more`);
  }
  let piece = new Uint8Array(sizeBytes);
  let filled = 0;
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length;) {
      const taken = Math.min(sizeBytes - filled, chunk.length - at);
      piece.set(chunk.subarray(at, at + taken), filled);
      filled += taken;
      at += taken;
      if (filled < sizeBytes) continue;
      yield piece;
      piece = new Uint8Array(sizeBytes);
      filled = 0;
    }
  }
  if (filled > 0) yield piece.subarray(0, filled);
}

/**
 * Chunks that close their body at once when they are left: a generator that was never begun would not tell, and one that
 * waits for a chunk would go on waiting.
 */
export function closing<Chunk>(
  chunks: AsyncGenerator<Chunk, void>,
  body: { close(): Promise<void> },
): AsyncGenerator<Chunk, void> {
  const end = chunks.return.bind(chunks);
  chunks.return = async (value) => {
    await body.close();
    return await end(value);
  };
  return chunks;
}
