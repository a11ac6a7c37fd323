/**
 * The body of a response, between the wire and its readers: read whole or in pieces, as it came or
 * decoded, at most once unless it was loaded, and closed on every way out.
 */
import type { CallDeadline } from "../../clock/call_deadline.ts";
import { DecodingError, HTTPError } from "../../errors.ts";
import { startTimeout } from "../../runtime/timers.ts";
import { type BodyStream, timesOf } from "../../semantics/body.ts";
import type { ExchangeTimes } from "../../semantics/exchange_times.ts";
import { BODY_MOVES, type BodyEvent, type BodyState, wrongMove } from "./body_state.ts";
import type { ContentReader } from "../content/decoding/byte_reader.ts";
import {
  type ContentDecoding,
  type DecodingLimit,
  WEB_DECODING,
} from "../content/decoding/content_coding.ts";
import { joinBytes } from "../content/join_bytes.ts";
import type { Request } from "../request.ts";
import { ChunkStream } from "./body_streams.ts";

const NOTHING = new Uint8Array(0);
/** What encoded content may be larger than what it stands for: small pieces, each flushed, take most. */
const CODING_OVERHEAD = { factor: 2, bytes: 65_536 } as const;

/** The default of `maxDecodedRatio`. */
export const MAX_DECODED_RATIO = 200;

/** How much a body may be. */
export interface BodyLimits {
  /** Bytes after decoding; `Infinity` is no limit. */
  readonly maxBytes: number;
  /** What sets `maxBytes`, for messages. Default: `maxResponseBytes`. */
  readonly limitName?: string;
  /** Decoded bytes for each received one, if the body is read whole and larger than 8 MB; `Infinity` is no limit. */
  readonly maxRatio: number;
}

/**
 * The most that is read, as it comes from the wire, of a body that decides nothing: a followed redirect's, or that of a 401
 * which is answered. Reading it to its end keeps the connection, and the caller finds it in `history`; one that is longer,
 * late or broken is dropped with its connection.
 */
export const MAX_UNWANTED_BYTES = 65_536;
/** The same, decoded: what 64 KB unfold to, unless they are a bomb. */
const MAX_UNWANTED_CONTENT_BYTES = 1_048_576;
/** How long the rest of such a body is waited for, in milliseconds. */
const MOMENT_MS = 300;

/** Why such a body is dropped; no caller sees it. */
export class BodyNotKept extends Error {}

/** What a body is made of. */
export interface ResponseBodyInit {
  /** Content that is here already, decoded. */
  readonly content?: Uint8Array | null;
  /** Content that comes. */
  readonly stream?: BodyStream | null;
  /** The value of `Content-Encoding` that the stream is under, or `null`. */
  readonly contentEncoding?: string | null;
  /** Whether content comes by a subclass's own way. Default: `false`. */
  readonly comesOtherwise?: boolean;
}

/** One body and where it stands. */
export class ResponseBody {
  #state: BodyState;
  #content: Uint8Array | null;
  /** Further readers wait for the same promise, and get the same failure. */
  #loading: Promise<Uint8Array> | null = null;
  /** Where it comes from. */
  readonly stream: BodyStream | null;
  readonly #contentEncoding: string | null;
  #isDone: boolean;
  #wasRead: boolean;
  /** The most that the content may be. */
  limits: BodyLimits = { maxBytes: Infinity, maxRatio: MAX_DECODED_RATIO };
  /** Undoes the content coding. */
  decoding: ContentDecoding = WEB_DECODING;
  /** Whose response it is, for errors. */
  request: Request | null = null;
  #deadline: CallDeadline | null = null;
  #startedAtMs = -1;
  #elapsedMs = -1;
  #onDone: (() => void) | null = null;
  #failure: unknown = null;

  constructor(init: ResponseBodyInit) {
    this.stream = init.stream ?? null;
    const isEmpty = this.stream === null && init.comesOtherwise !== true;
    this.#content = init.content ?? (isEmpty ? NOTHING : null);
    this.#contentEncoding = init.contentEncoding ?? null;
    this.#state = this.#content === null ? "unread" : "loaded";
    this.#isDone = this.#wasRead = this.#content !== null;
  }

  /** Sets another limit in bytes, if it is lower. */
  lowerLimit(maxBytes: number, limitName: string): void {
    if (maxBytes < this.limits.maxBytes) this.limits = { ...this.limits, maxBytes, limitName };
  }

  /** The error of a content that is larger than the limit. */
  tooLarge(): Error {
    const { maxBytes, limitName = "maxResponseBytes" } = this.limits;
    return new DecodingError(
      `Cannot read the body: it is larger than ${maxBytes} bytes (${limitName})`,
    );
  }

  get state(): BodyState {
    return this.#state;
  }

  /** Whether nothing more will come. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /** Whether anybody began to read, however it ended. */
  get wasRead(): boolean {
    return this.#wasRead;
  }

  /** Whether something waits for its end (`whenDone()`). */
  get isAwaited(): boolean {
    return this.#onDone !== null;
  }

  /** The content, once it is in memory. */
  get content(): Uint8Array | null {
    return this.#content;
  }

  /** Whether `load()` gives the content at once: it has arrived, and needs no decoding. */
  get hasArrived(): boolean {
    if (this.#content !== null) return true;
    return this.#state === "unread" && this.#contentEncoding === null &&
      this.stream?.hasArrived === true;
  }

  /** Bytes that came from the wire, before any decoding. */
  get bytesReceived(): number {
    return this.stream?.bytesReceived ?? 0;
  }

  get trailers(): readonly string[] | null {
    return this.stream?.trailers ?? null;
  }

  /** Why it broke off; `null` if it did not. */
  get failure(): unknown {
    return this.#failure;
  }

  /** When the exchange took its steps; `null` if that is not known. */
  get times(): ExchangeTimes | null {
    return timesOf(this.stream);
  }

  /** When nothing more came, by `performance.now()`; `null` before that. */
  get endedAtMs(): number | null {
    return this.#elapsedMs < 0 ? null : this.#startedAtMs + this.#elapsedMs;
  }

  /** Milliseconds from the start of the call to its end; negative before that. */
  get elapsedMs(): number {
    return this.#elapsedMs;
  }

  /**
   * Begins to count from a `performance.now()`. Not by a callback: one closure a response costs the
   * garbage collector a tenth of the whole request (bench: get_1k on Deno).
   */
  startElapsed(startedAtMs: number): void {
    this.#startedAtMs = startedAtMs;
    if (this.#isDone) this.#elapsedMs = performance.now() - startedAtMs;
  }

  /** Calls back once when nothing more will come, however it ended; at once if that is so already. */
  whenDone(callback: () => void): void {
    if (this.#isDone) return callback();
    const earlier = this.#onDone;
    this.#onDone = () => {
      earlier?.();
      callback();
    };
  }

  /** Ends the decoding with a call, and the reading if the stream does not so itself. */
  boundBy(deadline: CallDeadline): void {
    this.#deadline = deadline;
    if (this.stream instanceof ChunkStream) this.stream.boundBy(deadline);
  }

  /** Reads everything into memory: at once where it has all arrived, else as a promise. */
  load(): Uint8Array | Promise<Uint8Array> {
    if (this.#content !== null) return this.#content;
    if (this.#loading !== null) return this.#loading;
    this.move("load");
    const isCoded = this.#contentEncoding !== null;
    const maxBytes = isCoded ? this.#maxCodedBytes : this.limits.maxBytes;
    const raw = this.stream?.readAll(maxBytes, () => this.tooLarge()) ?? NOTHING;
    if (raw instanceof Uint8Array && !isCoded) return this.keep(raw);
    return this.#loading = this.#finishLoading(raw);
  }

  /**
   * Reads a body that decides nothing: it is kept if it is small, whole and can be decoded, else closed.
   * Returns without waiting if all of it has arrived.
   *
   * @throws what a listener of the exchange has thrown, and nothing else
   */
  discard(): Promise<void> | null {
    if (this.#state !== "unread") return null;
    this.move("load");
    try {
      const raw = this.stream?.readAll(MAX_UNWANTED_BYTES, tooLong) ?? NOTHING;
      const isKept = raw instanceof Uint8Array && this.#contentEncoding === null &&
        raw.length <= this.limits.maxBytes;
      if (!isKept) return this.#keepIfSmall(raw);
      this.keep(raw);
    } catch {
      this.#drop();
    }
    this.stream?.throwIfListenerFailed?.();
    return null;
  }

  async #keepIfSmall(raw: Uint8Array | Promise<Uint8Array>): Promise<void> {
    const maxBytes = Math.min(this.limits.maxBytes, MAX_UNWANTED_CONTENT_BYTES);
    const limit = { ...this.decodingLimit, maxBytes, tooLarge: tooLong };
    try {
      const bytes = await withinMoment(raw);
      if (bytes.length > maxBytes) throw tooLong();
      const coding = this.#contentEncoding;
      const content = coding === null
        ? bytes
        : await withinMoment(this.decoding.whole(bytes, coding, limit));
      if (this.#state === "loading") this.keep(content);
    } catch {
      this.#drop();
    }
    this.stream?.throwIfListenerFailed?.();
  }

  /**
   * Reads the beginning of the content, as much as comes in a moment, and closes the rest: what is known of a failure whose
   * body no caller may come to read. Never rejects.
   */
  async keepBeginning(): Promise<void> {
    if (this.#state !== "unread") return;
    this.move("load");
    const coding = this.#contentEncoding;
    const source = this.#source(Infinity);
    const chunks: Uint8Array[] = [];
    const read = async (reader: ContentReader) => {
      let length = 0;
      for (let chunk = await reader.read(); chunk !== null; chunk = await reader.read()) {
        chunks.push(chunk);
        length += chunk.length;
        if (length >= MAX_UNWANTED_BYTES) return;
      }
    };
    let reader: ContentReader | null = null;
    try {
      reader = coding === null ? source : this.decoding.stream(source, coding, this.decodingLimit);
      await withinMoment(read(reader));
    } catch {
      // Broken off, late, or wrongly coded: the caller gets what was there by then.
    }
    reader?.close();
    this.stream?.cancel().catch(() => {});
    if (this.state === "loading") this.keep(joinBytes(chunks).slice(0, MAX_UNWANTED_BYTES));
  }

  /** Closes without waiting: a stream of the caller's own may still be at work on its next chunk. */
  #drop(): void {
    this.close().catch(() => {});
  }

  /** The bytes as they came: once, where the loaded content is not the same. */
  raw(): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
    return this.#drain(() => this.#source(Infinity), this.#contentEncoding !== null);
  }

  /** The content, decoded. */
  decoded(): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
    return this.#drain(() => {
      const coding = this.#contentEncoding;
      if (coding === null) return this.#source(this.limits.maxBytes);
      const source = this.#source(this.#maxCodedBytes);
      return this.decoding.stream(source, coding, this.decodingLimit);
    });
  }

  /** Gives up what has not been read. */
  async close(): Promise<void> {
    if (this.leave()) await this.stream?.cancel();
    this.finish();
  }

  /** Leaves the body where it is; returns whether something is left that has to be cancelled. */
  protected leave(): boolean {
    const next = BODY_MOVES[this.#state].close;
    const wasOpen = next === "closed" && this.#state !== "closed";
    if (next !== undefined) this.#state = next;
    return wasOpen;
  }

  /** Whether the bytes as they came are other than the content. */
  get isCoded(): boolean {
    return this.#contentEncoding !== null;
  }

  protected get decodingLimit(): DecodingLimit {
    return {
      maxBytes: this.limits.maxBytes,
      tooLarge: () => this.tooLarge(),
      throwIfOver: () => {
        if (this.#state === "closed") throw wrongMove("closed");
        this.#deadline?.throwIfOver();
      },
    };
  }

  protected get wholeLimit(): DecodingLimit {
    return { ...this.decodingLimit, maxRatio: this.limits.maxRatio };
  }

  get #maxCodedBytes(): number {
    return this.limits.maxBytes * CODING_OVERHEAD.factor + CODING_OVERHEAD.bytes;
  }

  /** The stream, counted. */
  #source(maxBytes: number): ContentReader {
    let readBytes = 0;
    const read = async () => {
      const bytes = await this.stream?.read() ?? null;
      readBytes += bytes?.length ?? 0;
      if (readBytes > maxBytes) throw this.tooLarge();
      return bytes;
    };
    return { read, close: () => {} };
  }

  /** Yields what is loaded, or what a reader gives. Stopping early, or a failure, closes the rest. */
  async *#drain(
    open: () => ContentReader,
    wantsCoded = false,
  ): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
    if (this.#loading !== null) await this.#loading;
    if (this.#content !== null) {
      if (wantsCoded) throw wrongMove("consumed");
      // Bodies are never in shared memory; the web's types want to know.
      if (this.#content.length > 0) yield this.#content as Uint8Array<ArrayBuffer>;
      return;
    }
    this.move("stream");
    let reader: ContentReader | null = null;
    try {
      reader = open();
      for (let chunk = await reader.read(); chunk !== null; chunk = await reader.read()) {
        yield chunk as Uint8Array<ArrayBuffer>;
      }
      this.move("end");
    } catch (error) {
      await this.#giveUp(error);
      throw this.named(error);
    } finally {
      reader?.close();
      await this.close();
    }
  }

  async #finishLoading(raw: Uint8Array | Promise<Uint8Array>): Promise<Uint8Array> {
    try {
      const bytes = await raw;
      const coding = this.#contentEncoding;
      return this.keep(
        coding === null ? bytes : await this.decoding.whole(bytes, coding, this.wholeLimit),
      );
    } catch (error) {
      await this.#giveUp(error);
      throw this.named(error);
    }
  }

  /** Closes after a failure; an error of closing is ignored in favour of the first one. */
  async #giveUp(error: unknown): Promise<void> {
    this.#failure = error;
    await this.close().catch(() => {});
  }

  /** Ends the reading with all of the content. */
  protected keep(content: Uint8Array): Uint8Array {
    this.move("end");
    this.#content = content;
    this.finish();
    return content;
  }

  /** Notes that nothing more will come. */
  protected finish(): void {
    if (this.#isDone) return;
    this.#isDone = true;
    if (this.#startedAtMs >= 0) this.#elapsedMs = performance.now() - this.#startedAtMs;
    this.#onDone?.();
    this.#onDone = null;
  }

  /**
   * Takes a step of the table of states.
   *
   * @throws {StreamError} if the table does not have it
   */
  protected move(event: BodyEvent): void {
    const next = BODY_MOVES[this.#state][event];
    if (next === undefined) throw wrongMove(this.#state);
    this.#state = next;
    this.#wasRead = true;
  }

  /** An error that names the request. */
  protected named(error: unknown): unknown {
    if (error instanceof HTTPError && this.request !== null) error.request ??= this.request;
    return error;
  }
}

function tooLong(): BodyNotKept {
  return new BodyNotKept("It is too long");
}

/** What the work comes to within a moment. */
async function withinMoment<Value>(work: Value | Promise<Value>): Promise<Value> {
  let stop = () => {};
  const late = new Promise<never>((_, reject) => {
    stop = startTimeout(() => reject(new BodyNotKept("It took too long")), MOMENT_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    stop();
  }
}
