/**
 * The body of one exchange for several readers: each at its own pace, while what comes is recorded for the storage.
 *
 * A body that is recorded is kept whole, so no reader is too slow. One that is not (it is too large) is kept between the
 * slowest and the fastest reader, up to a limit; a reader that falls further behind gets the rest by a request of its
 * own. Bytes are fetched as the fastest reader asks for them. When the last reader leaves, the exchange ends.
 */
import { ReadError } from "../../../errors.ts";
import { joinBytes } from "../../../message/content/join_bytes.ts";
import type { BodyStream } from "../../../semantics/body.ts";
import type { Awaitable } from "../storage/stored_response.ts";

/** As much may lie between two readers of a body that is not recorded. */
export const MAX_LAG_BYTES = 1024 * 1024;

/** What a shared body is made of. */
export interface SharedBodyInit {
  readonly source: BodyStream;
  /** A longer body is not recorded. */
  readonly maxRecordedBytes: number;
  /** Receives the whole body, which it may keep, if it was not too long; `null` if it is not to be recorded. */
  readonly onRecorded: ((body: Uint8Array) => Awaitable<void>) | null;
  /** The rest of the body from a position on, by another request; `null` if no server could give the same bytes. */
  readonly resume: ((position: number) => Promise<BodyStream>) | null;
  /** Called once, when nothing more will come. */
  readonly onDone: () => void;
}

type SharingState =
  | { readonly kind: "flowing" }
  | { readonly kind: "ended" }
  | { readonly kind: "failed"; readonly error: unknown };

/** One body, several readers. */
export class SharedBody {
  readonly #init: SharedBodyInit;
  readonly #readers = new Set<SharedReader>();
  #progress: SharingState = { kind: "flowing" };
  #chunks: Uint8Array[] = [];
  /** How many chunks came before the first that is kept. */
  #dropped = 0;
  #receivedBytes = 0;
  #isRecording: boolean;
  #pulling: Promise<void> | null = null;

  constructor(init: SharedBodyInit) {
    this.#init = init;
    this.#isRecording = init.onRecorded !== null;
  }

  /** Whether a further reader would still get all of it. */
  get isOpen(): boolean {
    return this.#isRecording && this.#progress.kind === "flowing";
  }

  /** Another reader, from the beginning. */
  open(): SharedReader {
    const reader = new SharedReader(this);
    this.#readers.add(reader);
    return reader;
  }

  get trailers(): readonly string[] | null {
    return this.#init.source.trailers;
  }

  /** The chunk of that number: bytes for the reader to keep, `null` after the last, `undefined` if it is not here yet. */
  chunkAt(index: number): Uint8Array | null | undefined {
    const chunk = this.#chunks[index - this.#dropped];
    if (chunk !== undefined) {
      return this.#isRecording || this.#readers.size > 1 ? chunk.slice() : chunk;
    }
    if (this.#progress.kind === "failed") throw this.#progress.error;
    return this.#progress.kind === "ended" ? null : undefined;
  }

  /** Resolves once another chunk is here, or the end. */
  pull(): Promise<void> {
    return this.#pulling ??= this.#pull().finally(() => this.#pulling = null);
  }

  /**
   * All of it for the only reader, without a promise if it has arrived; `null` if it is read in chunks already, or by
   * others (bench: cache_miss).
   */
  readWhole(maxBytes?: number, tooLarge?: () => Error): Awaitable<Uint8Array> | null {
    const isUntouched = this.#receivedBytes === 0 && this.#pulling === null &&
      this.#progress.kind === "flowing";
    if (!isUntouched || this.#readers.size > 1) return null;
    const bytes = this.#init.source.readAll(maxBytes, tooLarge);
    if (bytes instanceof Uint8Array) return this.#onWhole(bytes);
    const whole = bytes.then((bytes) => {
      if (this.#progress.kind === "failed") throw this.#progress.error; // the source was cancelled, as above
      return this.#onWhole(bytes);
    }).catch((error) => {
      this.#fail(error);
      throw error;
    });
    this.#pulling = whole.then(() => {}, () => {}).finally(() => this.#pulling = null);
    return whole;
  }

  /** The rest from a position on, for a reader that fell behind. */
  async resume(position: number): Promise<BodyStream> {
    const { resume } = this.#init;
    if (resume !== null) return await resume(position);
    throw new ReadError(
      `Cannot read the rest of a shared body: this reader fell more than ${MAX_LAG_BYTES} bytes behind others, ` +
        "and the response has no strong ETag to resume it by; read it faster, or use coalesce: false",
      { phase: "receive" },
    );
  }

  /** Drops what every reader has, unless it is recorded. */
  trim(): void {
    if (this.#isRecording) return;
    let first = Infinity;
    for (const { index } of this.#readers) first = Math.min(first, index);
    const count = Math.min(first - this.#dropped, this.#chunks.length);
    if (count <= 0) return;
    this.#chunks.splice(0, count);
    this.#dropped += count;
  }

  /** A reader leaves; the last one ends the exchange. */
  async leave(reader: SharedReader, reason?: unknown): Promise<void> {
    if (!this.#readers.delete(reader)) return;
    if (this.#readers.size > 0) return this.trim();
    if (this.#progress.kind !== "flowing") return;
    this.#end({ kind: "failed", error: reason });
    await this.#init.source.cancel(reason);
  }

  /** Ends the exchange if no reader was opened. */
  closeUnread(): void {
    if (this.#readers.size > 0 || this.#progress.kind !== "flowing") return;
    this.#end({ kind: "failed", error: null });
    void this.#init.source.cancel().catch(() => {}); // no caller is left
  }

  get #isFlowing(): boolean {
    return this.#progress.kind === "flowing";
  }

  async #pull(): Promise<void> {
    if (!this.#isFlowing) return;
    try {
      const chunk = await this.#init.source.read();
      if (!this.#isFlowing) return; // a source that was cancelled may just end: that is not all of it
      if (chunk === null) await this.#complete();
      else this.#push(chunk);
    } catch (error) {
      this.#fail(error);
    }
  }

  #push(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#receivedBytes += chunk.length;
    if (this.#receivedBytes > this.#init.maxRecordedBytes) this.#isRecording = false;
    if (this.#isRecording) return;
    for (const reader of this.#readers) {
      if (this.#receivedBytes - reader.position > MAX_LAG_BYTES && this.#readers.size > 1) {
        this.#readers.delete(reader);
        reader.fallBehind();
      }
    }
    this.trim();
  }

  #onWhole(bytes: Uint8Array): Awaitable<Uint8Array> {
    this.#receivedBytes = bytes.length;
    if (bytes.length > this.#init.maxRecordedBytes) this.#isRecording = false;
    // The reader gets what came, which may be a view of more; what is kept is a copy of the right size.
    this.#chunks = [this.#isRecording || this.#readers.size > 1 ? bytes.slice() : bytes];
    const completing = this.#complete();
    return completing instanceof Promise ? completing.then(() => bytes) : bytes;
  }

  #complete(): Awaitable<void> {
    const end = () => this.#end({ kind: "ended" });
    if (!this.#isRecording) return end();
    const [first] = this.#chunks;
    const isOne = first !== undefined && this.#chunks.length === 1;
    const body = isOne ? first : joinBytes(this.#chunks);
    const storing = this.#init.onRecorded?.(body); // readers get copies of what is recorded
    return storing instanceof Promise ? storing.then(end) : end();
  }

  #fail(error: unknown): void {
    if (this.#progress.kind === "flowing") this.#end({ kind: "failed", error });
  }

  #end(progress: SharingState): void {
    this.#progress = progress;
    this.#init.onDone();
  }
}

/** One reader of a shared body. */
export class SharedReader implements BodyStream {
  readonly #body: SharedBody;
  /** How many chunks, and how many bytes, it has. */
  index = 0;
  position = 0;
  #isBehind = false;
  #resumed: BodyStream | null = null;
  #isOver = false;

  constructor(body: SharedBody) {
    this.#body = body;
  }

  get bytesReceived(): number {
    return this.position;
  }

  get trailers(): readonly string[] | null {
    return (this.#resumed ?? this.#body).trailers;
  }

  /** The body keeps nothing for it any more. */
  fallBehind(): void {
    this.#isBehind = true;
  }

  async read(): Promise<Uint8Array | null> {
    while (!this.#isOver) {
      if (this.#isBehind) this.#resumed ??= await this.#body.resume(this.position);
      const chunk = this.#resumed === null
        ? this.#body.chunkAt(this.index)
        : await this.#resumed.read();
      if (chunk === undefined) {
        await this.#body.pull();
        continue;
      }
      if (chunk === null) break;
      this.index++;
      this.position += chunk.length;
      if (this.#resumed === null) this.#body.trim();
      return chunk;
    }
    await this.cancel();
    return null;
  }

  readAll(maxBytes = Infinity, tooLarge?: () => Error): Awaitable<Uint8Array> {
    const whole = this.index === 0 ? this.#body.readWhole(maxBytes, tooLarge) : null;
    if (whole === null) return this.#readChunks(maxBytes, tooLarge);
    const done = (bytes: Uint8Array) => {
      this.position = bytes.length;
      this.#isOver = true;
      return bytes;
    };
    return whole instanceof Promise ? whole.then(done) : done(whole);
  }

  async cancel(reason?: unknown): Promise<void> {
    this.#isOver = true;
    await this.#resumed?.cancel(reason);
    await this.#body.leave(this, reason);
  }

  async #readChunks(maxBytes: number, tooLarge?: () => Error): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    const startedAt = this.position;
    for (let chunk = await this.read(); chunk !== null; chunk = await this.read()) {
      chunks.push(chunk);
      if (this.position - startedAt <= maxBytes) continue;
      await this.cancel();
      throw tooLarge?.();
    }
    return joinBytes(chunks);
  }
}
