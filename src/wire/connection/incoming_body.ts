/**
 * Turns the pushes of a connection into the pulls of a caller (`BodyStream`), and buffers up to a high-water mark between
 * them; then the feeder is asked to pause.
 *
 * Lent bytes are copied once, out of the socket's buffer; a body of known, moderate size goes straight into one array of
 * that size, so that reading all of it joins nothing (bench: get_100k). Large chunks that the runtime gives away are kept
 * as they are; small ones are joined, so that memory is bounded by the content and not by the number of chunks.
 */
import { StreamClosed } from "../../errors.ts";
import { ByteQueue, partOf } from "../../lists/byte_queue.ts";
import type { MeasuredStream } from "../../semantics/body.ts";
import type { ExchangeTimes } from "../../semantics/exchange_times.ts";
import type { FieldLines } from "../../semantics/fields.ts";

/** With more than this unread, the peer is slowed down. */
export const HIGH_WATER_BYTES = 512 * 1024;

/** Up to this size a body of known length is received into one array of that length. */
const ONE_PIECE_BYTES = 1024 * 1024;

/** Fills the body: the exchange. */
export interface BodyFeeder {
  /** The caller waits for bytes: they should flow, under a deadline. */
  onWanted(): void;
  /** The caller got its bytes and does not wait any more. */
  onServed(): void;
  /** More than the high-water mark is unread. */
  onFull(): void;
  /** The caller does not want the rest. */
  onCancel(): void;
}

type ArrivalState =
  | { readonly kind: "flowing" }
  | { readonly kind: "ended" }
  | { readonly kind: "failed"; readonly error: unknown };

interface Reader {
  readonly wants: "some" | "all";
  /** Of a read of some. */
  readonly maxBytes: number;
  readonly resolve: (bytes: Uint8Array | null) => void;
  readonly reject: (error: unknown) => void;
}

const FLOWING: ArrivalState = { kind: "flowing" };
const ENDED: ArrivalState = { kind: "ended" };
const NOTHING = new Uint8Array(0);

/** The body of one response, between its connection and its caller. */
export class IncomingBody implements MeasuredStream {
  readonly times: ExchangeTimes | null;
  /** Dropped at the end: a response that is kept does not keep its exchange (bench: get_1k_wide). */
  #feeder: BodyFeeder | null;
  readonly #contentLength: number | null;
  readonly #keepsBytes: boolean;
  #progress = FLOWING;
  #reader: Reader | null = null;
  #trailers: FieldLines | null = null;
  #bytesReceived = 0;
  /** Unread bytes, but for those of `#piece`. Made when needed: most bodies are one piece. */
  #queue: ByteQueue | null = null;
  /** A body of known size in one array; its bytes before `#takenBytes` have been read. */
  #piece: Uint8Array | null = null;
  #takenBytes = 0;
  #maxBytes = Infinity;
  #tooLarge: (() => Error) | null = null;

  /**
   * @param init.contentLength the exact size, if the head has it
   * @param init.keepsBytes whether pushed bytes belong to the body from then on
   */
  constructor(
    feeder: BodyFeeder,
    init: { contentLength: number | null; keepsBytes: boolean; times?: ExchangeTimes },
  ) {
    this.times = init.times ?? null;
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
    return this.#piece === null ? this.#queue?.length ?? 0 : this.#bytesReceived - this.#takenBytes;
  }

  /** Whether the last byte has arrived. */
  get hasArrived(): boolean {
    return this.#progress.kind === "ended";
  }

  /** Takes what has arrived without waiting for more. */
  takeHeld(): Uint8Array {
    return this.heldBytes === 0 ? NOTHING : this.#takeAll();
  }

  /** Whether a caller waits for bytes. */
  get isWanted(): boolean {
    return this.#reader !== null;
  }

  read(maxBytes = Infinity): Promise<Uint8Array | null> {
    if (this.heldBytes > 0) {
      const bytes = this.#take(maxBytes);
      this.#feeder?.onServed();
      return Promise.resolve(bytes);
    }
    switch (this.#progress.kind) {
      case "ended":
        return Promise.resolve(null);
      case "failed":
        return Promise.reject(this.#progress.error);
      case "flowing":
        return this.#wait("some", maxBytes);
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

  /** Adds the bytes from `start` to `end`; they are copied if they are lent. */
  push(bytes: Uint8Array, start = 0, end = bytes.length): void {
    if (this.#progress.kind !== "flowing") return;
    if (this.#piece !== null) this.#piece.set(bytes.subarray(start, end), this.#bytesReceived);
    else if (this.#bytesReceived > 0 || !this.#begin(bytes, start, end)) {
      const queue = this.#queue ??= new ByteQueue();
      if (this.#keepsBytes) queue.pushPart(bytes, start, end);
      else queue.pushCopy(bytes, start, end);
    }
    this.#bytesReceived += end - start;
    const reader = this.#reader;
    if (reader === null) {
      if (this.heldBytes > HIGH_WATER_BYTES) this.#feeder?.onFull();
    } else if (reader.wants === "some") {
      this.#reader = null;
      this.#feeder?.onServed();
      reader.resolve(this.#take(reader.maxBytes));
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

  #stop(progress: ArrivalState): void {
    this.#progress = progress;
    this.#feeder = null;
  }

  #wait(wants: Reader["wants"], maxBytes = Infinity): Promise<Uint8Array | null> {
    return new Promise((resolve, reject) => {
      this.#reader = { wants, maxBytes, resolve, reject };
      this.#feeder?.onWanted();
    });
  }

  /** Makes one piece of a body of moderate size, unless these are given bytes and only its beginning. */
  #begin(bytes: Uint8Array, start: number, end: number): boolean {
    const total = this.#contentLength;
    if (total === null || total > ONE_PIECE_BYTES) return false;
    if (end - start === total) {
      this.#piece = this.#keepsBytes ? partOf(bytes, start, end) : bytes.slice(start, end);
    } else if (!this.#keepsBytes) {
      this.#piece = new Uint8Array(total);
      this.#piece.set(bytes.subarray(start, end));
    }
    return this.#piece !== null;
  }

  /** The first of the unread bytes. */
  #take(maxBytes = Infinity): Uint8Array {
    const piece = this.#piece;
    if (piece === null) return this.#queue?.shift(maxBytes) ?? NOTHING;
    const start = this.#takenBytes;
    const end = this.#takenBytes = Math.min(this.#bytesReceived, start + maxBytes);
    return start === 0 && end === piece.length ? piece : piece.subarray(start, end);
  }

  #takeAll(): Uint8Array {
    return this.#piece === null ? this.#queue?.takeAll() ?? NOTHING : this.#take();
  }

  /** Drops what is unread. */
  #drop(): void {
    this.#queue = null;
    this.#piece = null;
  }

  #isTooLarge(): boolean {
    return Math.max(this.heldBytes, this.#contentLength ?? 0) > this.#maxBytes;
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
