/**
 * The body of a response, between the wire and its readers: read whole or in pieces, as it came or
 * decoded, at most once unless it was loaded, and closed on every way out.
 */
import { DecodingError, HTTPError } from "../../errors.ts";
import type { BodyStream } from "../../semantics/body.ts";
import { BODY_MOVES, type BodyEvent, type BodyState, wrongMove } from "./body_state.ts";
import {
  decodeStream,
  decodeWhole,
  parseContentEncoding,
} from "../content/decoding/content_coding.ts";
import type { Request } from "../request.ts";

const NOTHING = new Uint8Array(0);

/** What a body is made of. */
export interface ResponseBodyInit {
  /** Content that is here already, decoded. */
  readonly content: Uint8Array | null;
  /** Content that comes. */
  readonly stream: BodyStream | null;
  /** The value of `Content-Encoding` that the stream is under, or `null`. */
  readonly contentEncoding: string | null;
}

/** One body and where it stands. */
export class ResponseBody {
  #state: BodyState;
  #content: Uint8Array | null;
  readonly #stream: BodyStream | null;
  readonly #contentEncoding: string | null;
  #isDone: boolean;
  /** The most that the content may become, decoded. */
  maxBytes: number = Infinity;
  /** Whose response it is, for errors. */
  request: Request | null = null;
  #startedAtMs = -1;
  #elapsedMs = -1;
  /** Called once when nothing more will come, however it ended. */
  onDone: (() => void) | null = null;

  constructor(init: ResponseBodyInit) {
    this.#content = init.content ?? (init.stream === null ? NOTHING : null);
    this.#stream = init.stream;
    this.#contentEncoding = init.contentEncoding;
    this.#state = this.#content === null ? "unread" : "loaded";
    this.#isDone = this.#content !== null;
  }

  get state(): BodyState {
    return this.#state;
  }

  /** Whether nothing more will come. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /** The content, once it is in memory. */
  get content(): Uint8Array | null {
    return this.#content;
  }

  /** Bytes that came from the wire, before any decoding. */
  get bytesReceived(): number {
    return this.#stream?.bytesReceived ?? 0;
  }

  get trailers(): readonly string[] | null {
    return this.#stream?.trailers ?? null;
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

  /** Reads everything into memory: at once where it has all arrived, else as a promise. */
  load(): Uint8Array | Promise<Uint8Array> {
    if (this.#content !== null) return this.#content;
    this.#move("load");
    const stream = this.#stream;
    const coded = this.#contentEncoding !== null;
    const raw = stream === null
      ? NOTHING
      : coded
      ? stream.readAll()
      : stream.readAll(this.maxBytes, () => this.#tooLarge());
    if (raw instanceof Uint8Array && !coded) return this.#keep(raw);
    return this.#finishLoading(raw);
  }

  /** The bytes as they came; loaded content as it is in memory. */
  async *raw(): AsyncGenerator<Uint8Array<ArrayBufferLike>, void> {
    if (this.#content !== null) {
      if (this.#content.length > 0) yield this.#content;
      return;
    }
    this.#move("stream");
    const stream = this.#stream;
    yield* this.#drain(() => stream?.read() ?? Promise.resolve(null));
  }

  /** The content, decoded. */
  async *decoded(): AsyncGenerator<Uint8Array<ArrayBufferLike>, void> {
    if (this.#content !== null || this.#contentEncoding === null) return yield* this.#limited();
    this.#move("stream");
    const stream = this.#stream;
    const source = { read: () => stream?.read() ?? Promise.resolve(null) };
    const reader = decodeStream(source, parseContentEncoding(this.#contentEncoding), {
      maxBytes: this.maxBytes,
      tooLarge: () => this.#tooLarge(),
    });
    try {
      yield* this.#drain(() => reader.read());
    } finally {
      reader.close();
    }
  }

  /** Gives up what has not been read. */
  async close(): Promise<void> {
    const next = BODY_MOVES[this.#state].close;
    const wasOpen = next === "closed" && this.#state !== "closed";
    if (next !== undefined) this.#state = next;
    if (wasOpen) await this.#stream?.cancel();
    this.#done();
  }

  /** Content without a coding passes through, counted. */
  async *#limited(): AsyncGenerator<Uint8Array<ArrayBufferLike>, void> {
    let left = this.#content === null ? this.maxBytes : Infinity;
    for await (const chunk of this.raw()) {
      left -= chunk.length;
      if (left < 0) throw this.#tooLarge();
      yield chunk;
    }
  }

  /** Yields what `read` gives. Whoever stops early, or fails, closes the rest. */
  async *#drain(
    read: () => Promise<Uint8Array | null>,
  ): AsyncGenerator<Uint8Array<ArrayBufferLike>, void> {
    try {
      for (let chunk = await read(); chunk !== null; chunk = await read()) yield chunk;
      this.#move("end");
    } catch (error) {
      throw this.#named(error);
    } finally {
      await this.close();
    }
  }

  async #finishLoading(raw: Uint8Array | Promise<Uint8Array>): Promise<Uint8Array> {
    try {
      const bytes = await raw;
      if (this.#contentEncoding === null) return this.#keep(bytes);
      const content = await decodeWhole(bytes, parseContentEncoding(this.#contentEncoding), {
        maxBytes: this.maxBytes,
        tooLarge: () => this.#tooLarge(),
      });
      return this.#keep(content);
    } catch (error) {
      this.#state = "closed";
      await this.#stream?.cancel();
      this.#done();
      throw this.#named(error);
    }
  }

  #keep(content: Uint8Array): Uint8Array {
    this.#content = content;
    this.#done();
    return content;
  }

  #done(): void {
    if (this.#isDone) return;
    this.#isDone = true;
    if (this.#startedAtMs >= 0) this.#elapsedMs = performance.now() - this.#startedAtMs;
    this.onDone?.();
    this.onDone = null;
  }

  #move(event: BodyEvent): void {
    const next = BODY_MOVES[this.#state][event];
    if (next === undefined) throw wrongMove(this.#state);
    this.#state = next;
  }

  #named(error: unknown): unknown {
    if (error instanceof HTTPError && this.request !== null) error.request ??= this.request;
    return error;
  }

  #tooLarge(): Error {
    return new DecodingError(
      `Cannot read the body: it is larger than ${this.maxBytes} bytes (maxResponseBytes)`,
    );
  }
}
