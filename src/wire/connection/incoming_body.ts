/**
 * Turns the pushes of a connection into the pulls of a caller (`BodyStream`), and holds what lies
 * between: at most a high-water mark of it, then the feeder is asked to stop.
 *
 * Lent bytes are copied once, out of the socket's buffer; a body of known, moderate size goes straight
 * into one array of that size, so that reading all of it joins nothing (bench: get_100k). Bytes that the
 * runtime gives away are kept as they are.
 */
import { StreamClosed } from "../../errors.ts";
import type { BodyStream } from "../../semantics/body.ts";
import type { FieldLines } from "../../semantics/fields.ts";

/** More than this unread and the peer is slowed down. */
export const HIGH_WATER_BYTES = 512 * 1024;

/** Up to this size a body of known length is received into one array of that length. */
const ONE_PIECE_BYTES = 1024 * 1024;

/** Whoever fills the body: the exchange. */
export interface BodyFeeder {
  /** The caller waits for bytes: they should flow, and be waited for with a deadline. */
  onWanted(): void;
  /** Bytes came for a caller who waited; nobody waits now. */
  onServed(): void;
  /** More than the high-water mark lies unread. */
  onFull(): void;
  /** The caller gives up the rest. */
  onCancel(): void;
}

type Progress =
  | { readonly kind: "flowing" }
  | { readonly kind: "ended" }
  | { readonly kind: "failed"; readonly error: unknown };

interface Reader {
  readonly wants: "some" | "all";
  readonly resolve: (bytes: Uint8Array | null) => void;
  readonly reject: (error: unknown) => void;
}

/** On Bun the first view of what a socket gave costs as much as a copy of this (bench: get_1k). */
const SMALL_BYTES = 4 * 1024;

/** What an array takes at least, roughly: a server may send one byte at a time. */
const CHUNK_BYTES = 128;

/** So many taken ones may stand in the list. */
const MANY_CHUNKS = 1024;

const FLOWING: Progress = { kind: "flowing" };
const ENDED: Progress = { kind: "ended" };
const NOTHING = new Uint8Array(0);

/** The body of one response, between its connection and its caller. */
export class IncomingBody implements BodyStream {
  /** Until the end: whoever keeps a response keeps no exchange with it (bench: get_1k_wide). */
  #feeder: BodyFeeder | null;
  readonly #contentLength: number | null;
  readonly #keepsBytes: boolean;
  #progress = FLOWING;
  #reader: Reader | null = null;
  #trailers: FieldLines | null = null;
  #bytesReceived = 0;
  #heldBytes = 0;
  #chunks: Uint8Array[] = [];
  /** How many of them were taken: `shift()` on a long list moves all the rest, each time. */
  #takenChunks = 0;
  /** Where a body in one piece goes; its bytes before `#takenBytes` have been read. */
  #piece: Uint8Array | null = null;
  #takenBytes = 0;
  #maxBytes = Infinity;
  #tooLarge: (() => Error) | null = null;

  /**
   * @param init.contentLength the exact size, where the head told it
   * @param init.keepsBytes whether pushed bytes are its own from then on
   */
  constructor(feeder: BodyFeeder, init: { contentLength: number | null; keepsBytes: boolean }) {
    this.#feeder = feeder;
    this.#contentLength = init.contentLength;
    this.#keepsBytes = init.keepsBytes;
  }

  get bytesReceived(): number {
    return this.#bytesReceived;
  }

  get trailers(): FieldLines | null {
    return this.#trailers;
  }

  /** Bytes that have arrived and were not taken yet. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Whether a caller waits for bytes right now. */
  get isWanted(): boolean {
    return this.#reader !== null;
  }

  read(): Promise<Uint8Array | null> {
    if (this.#heldBytes > 0) {
      const bytes = this.#take();
      this.#feeder?.onServed();
      return Promise.resolve(bytes);
    }
    switch (this.#progress.kind) {
      case "ended":
        return Promise.resolve(null);
      case "failed":
        return Promise.reject(this.#progress.error);
      case "flowing":
        return this.#wait("some");
    }
  }

  readAll(maxBytes = Infinity, tooLarge?: () => Error): Uint8Array | Promise<Uint8Array> {
    this.#maxBytes = maxBytes;
    this.#tooLarge = tooLarge ?? null;
    if (this.#progress.kind === "failed") return Promise.reject(this.#progress.error);
    if (this.#isTooLarge()) return Promise.reject(this.#refuse());
    if (this.#progress.kind === "ended") return this.#takeAll();
    return this.#wait("all").then((bytes) => bytes ?? NOTHING);
  }

  // deno-lint-ignore require-await -- an interface for bodies whose end takes time
  async cancel(): Promise<void> {
    if (this.#progress.kind !== "flowing") return;
    const feeder = this.#feeder;
    this.fail(new StreamClosed("Cannot read the body: it was closed before its end"));
    feeder?.onCancel();
  }

  /** Takes the bytes from `start` to `end`, all of them by default, or a copy where they are lent. */
  push(bytes: Uint8Array, start = 0, end = bytes.length): void {
    if (this.#progress.kind !== "flowing") return;
    if (this.#keepsBytes) this.#chunks.push(partOf(bytes, start, end));
    else this.#copy(bytes, start, end);
    this.#bytesReceived += end - start;
    this.#heldBytes += end - start;
    const reader = this.#reader;
    if (reader === null) {
      const least = CHUNK_BYTES * (this.#chunks.length - this.#takenChunks);
      if (Math.max(this.#heldBytes, least) > HIGH_WATER_BYTES) this.#feeder?.onFull();
    } else if (reader.wants === "some") {
      this.#reader = null;
      this.#feeder?.onServed();
      reader.resolve(this.#take());
    } else if (this.#isTooLarge()) {
      this.#reader = null;
      reader.reject(this.#refuse());
    }
  }

  /** The last byte has arrived. */
  finish(trailers: FieldLines | null): void {
    if (this.#progress.kind !== "flowing") return;
    this.#stop(ENDED);
    this.#trailers = trailers;
    const reader = this.#reader;
    this.#reader = null;
    if (reader !== null) reader.resolve(reader.wants === "all" ? this.#takeAll() : null);
  }

  /** No more will come. What is held can still be read chunk by chunk before the error. */
  fail(error: unknown): void {
    if (this.#progress.kind !== "flowing") return;
    this.#stop({ kind: "failed", error });
    const reader = this.#reader;
    this.#reader = null;
    reader?.reject(error);
    if (error instanceof StreamClosed) this.#drop();
  }

  #stop(progress: Progress): void {
    this.#progress = progress;
    this.#feeder = null;
  }

  #wait(wants: Reader["wants"]): Promise<Uint8Array | null> {
    return new Promise((resolve, reject) => {
      this.#reader = { wants, resolve, reject };
      this.#feeder?.onWanted();
    });
  }

  #copy(bytes: Uint8Array, start: number, end: number): void {
    const total = this.#contentLength;
    const isFirstPart = this.#bytesReceived === 0 && total !== null && end - start < total;
    if (isFirstPart && total <= ONE_PIECE_BYTES) this.#piece = new Uint8Array(total);
    if (this.#piece !== null) this.#piece.set(bytes.subarray(start, end), this.#bytesReceived);
    else this.#chunks.push(bytes.slice(start, end));
  }

  /** The first of what is held. */
  #take(): Uint8Array {
    if (this.#piece !== null) {
      const bytes = this.#piece.subarray(this.#takenBytes, this.#bytesReceived);
      this.#takenBytes = this.#bytesReceived;
      this.#heldBytes = 0;
      return bytes;
    }
    const bytes = this.#nextChunk();
    this.#heldBytes -= bytes.length;
    return bytes;
  }

  #nextChunk(): Uint8Array {
    const chunks = this.#chunks;
    const bytes = chunks[this.#takenChunks] ?? NOTHING;
    chunks[this.#takenChunks++] = NOTHING;
    if (this.#takenChunks === chunks.length) {
      chunks.length = 0;
      this.#takenChunks = 0;
    } else if (this.#takenChunks >= MANY_CHUNKS && 2 * this.#takenChunks >= chunks.length) {
      chunks.splice(0, this.#takenChunks);
      this.#takenChunks = 0;
    }
    return bytes;
  }

  #takeAll(): Uint8Array {
    if (this.#piece !== null || this.#chunks.length === 1) return this.#take();
    const all = new Uint8Array(this.#heldBytes);
    let offset = 0;
    for (const chunk of this.#chunks) { // those that were taken are empty by now
      all.set(chunk, offset);
      offset += chunk.length;
    }
    this.#drop();
    return all;
  }

  #drop(): void {
    this.#chunks = [];
    this.#takenChunks = 0;
    this.#piece = null;
    this.#heldBytes = 0;
  }

  #isTooLarge(): boolean {
    return Math.max(this.#heldBytes, this.#contentLength ?? 0) > this.#maxBytes;
  }

  #refuse(): unknown {
    const error = this.#tooLarge?.() ?? new StreamClosed("Cannot read the body: it is too large");
    if (this.#progress.kind === "flowing") {
      const feeder = this.#feeder;
      this.#stop({ kind: "failed", error });
      feeder?.onCancel();
    }
    this.#drop();
    return error;
  }
}

/** Bytes that are ours: as they are where all of them are meant, and else no more than a view of many. */
function partOf(bytes: Uint8Array, start: number, end: number): Uint8Array {
  if (start === 0 && end === bytes.length) return bytes;
  return end - start <= SMALL_BYTES ? bytes.slice(start, end) : bytes.subarray(start, end);
}
