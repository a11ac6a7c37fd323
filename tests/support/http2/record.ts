/** An HTTP/2 engine in a test's hands: what its streams are told, and what it sends, as short lines. */
import { RemoteProtocolError } from "../../../src/errors.ts";
import {
  Http2Engine,
  type Http2Limits,
  type Http2Stream,
  type StreamHandler,
} from "../../../src/wire/http2/engine.ts";
import { describeFrames } from "./frames.ts";

/** A request that says as little as it can. */
export const HEAD = {
  method: "GET",
  scheme: "https",
  target: "/",
  fields: ["Host", "example.org"],
} as const;

/** What a test may say of a request. */
export type Head = Partial<Record<"method" | "target", string>> & {
  readonly fields?: readonly string[];
};

/** An engine whose streams write down what they are told; content that comes in pieces is joined. */
export class RecordedEngine {
  readonly lines: string[] = [];
  readonly engine: Http2Engine;
  /** What the engine was told of room and windows. */
  roomCount = 0;
  writableCount = 0;
  #data = "";
  #dataId = 0;

  constructor(limits: Partial<Http2Limits> = {}) {
    const sink = { onRoom: () => this.roomCount++, onWritable: () => this.writableCount++ };
    this.engine = new Http2Engine(sink, limits);
  }

  /** Opens a stream; with `{ endsStream: false }` its content is still to come. */
  open(head: Head = {}, { endsStream = true } = {}): Http2Stream {
    const id = { value: 0 };
    const request = { ...HEAD, ...head };
    const stream = this.engine.openStream(request, { handler: this.#handler(id), endsStream });
    id.value = stream.id;
    return stream;
  }

  /** Feeds bytes; an error that ends the connection becomes a line. */
  receive(...chunks: readonly Uint8Array[]): this {
    for (const chunk of chunks) {
      try {
        // A buffer of its own, overwritten afterwards: what the engine keeps, it must have copied.
        const lent = chunk.slice();
        this.engine.receive(lent);
        lent.fill(0xee);
      } catch (error) {
        if (!(error instanceof RemoteProtocolError)) throw error;
        this.#add(`failed: ${error.message}`);
      }
    }
    return this;
  }

  /** What was told so far. */
  get told(): string[] {
    this.#flushData();
    return this.lines;
  }

  /** The frames that wait; they are taken. */
  sent(): string[] {
    return describeFrames(this.engine.takeOutgoing());
  }

  #handler(id: { value: number }): StreamHandler {
    return {
      onInformational: (head) => this.#add(`${id.value} informational ${head.status}`),
      onHead: (head, length) =>
        this.#add(`${id.value} head ${head.status} ${JSON.stringify(head.fields.lines)} ${length}`),
      onData: (bytes, start, end) => {
        if (this.#dataId !== id.value) this.#flushData();
        this.#dataId = id.value;
        this.#data += String.fromCharCode(...bytes.subarray(start, end));
      },
      onEnd: (trailers) => this.#add(`${id.value} end${trailers ? ` ${trailers.join(" ")}` : ""}`),
      onReset: (error) => this.#add(`${id.value} reset: ${error.message}`),
    };
  }

  #add(line: string): void {
    this.#flushData();
    this.lines.push(line);
  }

  #flushData(): void {
    if (this.#data === "") return;
    this.lines.push(`${this.#dataId} data ${JSON.stringify(this.#data)}`);
    this.#data = "";
  }
}
