/** The body of a response as text, lines and events: each comes whole however the chunks cut it. */
import { makeTextDecoder } from "../content/charset.ts";
import { EventStreamParser, type ServerSentEvent } from "../content/event_stream.ts";
import { LineSplitter } from "../content/lines.ts";

/** How a body becomes text. */
export interface TextOptions {
  /** A label that the runtime knows. */
  readonly encoding: string;
  /** UTF-16 units in each chunk but the last; `undefined` for as they come. */
  readonly size: number | undefined;
}

/** The text of some bytes, chunk by chunk, without empty ones. */
export async function* textOf(
  chunks: AsyncIterable<Uint8Array>,
  { encoding, size }: TextOptions,
): AsyncGenerator<string, void> {
  if (size !== undefined && !(size >= 1)) {
    throw new RangeError(`Cannot iterate in pieces of ${size} characters: give 1 or more`);
  }
  const decoder = makeTextDecoder(encoding);
  let text = "";
  for await (const chunk of chunks) {
    text += decoder.decode(chunk, { stream: true });
    if (size === undefined) {
      if (text !== "") yield text;
      text = "";
      continue;
    }
    let at = 0;
    for (; text.length - at >= size; at += size) yield text.slice(at, at + size);
    text = text.slice(at);
  }
  text += decoder.decode();
  if (text !== "") yield text;
}

/** The lines of some text, without their ends. */
export async function* linesOf(texts: AsyncIterable<string>): AsyncGenerator<string, void> {
  const lines = new LineSplitter();
  for await (const text of texts) yield* lines.push(text);
  yield* lines.flush();
}

type Step = IteratorResult<ServerSentEvent, void>;

/**
 * The server-sent events of some bytes. Reads chunks as events are asked for, and no earlier: a reader that stops stops the
 * server. Written by hand: a generator costs more than the parsing (bench: event_stream).
 */
export class EventReading implements AsyncGenerator<ServerSentEvent, void> {
  readonly #chunks: AsyncGenerator<Uint8Array, void>;
  readonly #parser: EventStreamParser;
  #events: ServerSentEvent[] = [];
  #next = 0;
  /** What ended the parsing; it is thrown after the events before it. */
  #failure: { readonly error: unknown } | null = null;
  /** The reading under way; who asks meanwhile waits for it. */
  #reading: Promise<Step> | null = null;

  constructor(
    chunks: AsyncGenerator<Uint8Array, void>,
    parser: EventStreamParser = new EventStreamParser(),
  ) {
    this.#chunks = chunks;
    this.#parser = parser;
  }

  /** The next event that has been parsed already, or `null`. */
  take(): ServerSentEvent | null {
    return this.#events[this.#next++] ?? null;
  }

  next(): Promise<Step> {
    if (this.#reading !== null) return this.#reading.then(() => this.next());
    const event = this.take();
    if (event !== null) return Promise.resolve({ done: false, value: event });
    const reading = this.#read().finally(() => this.#reading = null);
    return this.#reading = reading;
  }

  async return(): Promise<Step> {
    this.#drop();
    await this.#chunks.return();
    return { done: true, value: undefined };
  }

  async throw(error: unknown): Promise<Step> {
    await this.return();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  async #read(): Promise<Step> {
    for (;;) {
      if (this.#failure !== null) throw await this.#failed(this.#failure.error);
      const { done, value: chunk } = await this.#chunks.next();
      if (done) return { done: true, value: undefined };
      this.#parse(chunk);
      const event = this.take();
      if (event !== null) return { done: false, value: event };
    }
  }

  #parse(chunk: Uint8Array): void {
    this.#drop();
    try {
      this.#parser.push(chunk, (event) => this.#events.push(event));
    } catch (error) {
      this.#failure = { error };
    }
  }

  #drop(): void {
    this.#events = [];
    this.#next = 0;
  }

  async #failed(error: unknown): Promise<unknown> {
    this.#failure = null;
    await this.return();
    return error;
  }
}
