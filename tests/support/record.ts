/** What an engine says of some bytes, as a list of short lines: one readable value to compare whole. */
import { RemoteProtocolError } from "../../src/errors.ts";
import {
  ByteWriter,
  Http1Engine,
  type Http1Limits,
  type ResponseHead,
  type ResponseSink,
} from "../../src/wire/http1/engine.ts";

/** Latin-1 text as bytes. */
export function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (c) => c.charCodeAt(0));
}

/** Bytes as Latin-1 text. */
export function textOf(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

/** Text in quotes, so that every byte can be seen: JSON leaves some control characters as they are. */
export function quote(text: string): string {
  return JSON.stringify(text).replace(
    /[\x7f-\x9f]/g,
    (char) => `\\u00${char.charCodeAt(0).toString(16)}`,
  );
}

/** Writes down what it is told; data that comes in pieces is joined. */
export class Recorder implements ResponseSink {
  readonly #lines: string[] = [];
  #data = "";

  onInformational(head: ResponseHead): void {
    this.#add(`informational ${describe(head)}`);
  }

  onHead(head: ResponseHead, contentLength: number | null): void {
    this.#add(`head ${describe(head)} length ${contentLength ?? "?"}`);
  }

  onData(bytes: Uint8Array, start: number, end: number): void {
    this.#data += textOf(bytes.subarray(start, end));
  }

  onEnd(trailers: readonly string[] | null): void {
    this.#add(trailers === null ? "end" : `end ${JSON.stringify(trailers)}`);
  }

  onUpgrade(head: ResponseHead, leading: Uint8Array): void {
    // Where the input is split, the rest of it belongs to the new protocol and never comes here.
    this.#add(`upgrade ${describe(head)}`);
    this.leading = textOf(leading);
    this.isHandedOver = true;
  }

  leading = "";
  isHandedOver = false;

  note(line: string): void {
    this.#add(line);
  }

  get lines(): string[] {
    this.#flush();
    return this.#lines;
  }

  #add(line: string): void {
    this.#flush();
    this.#lines.push(line);
  }

  #flush(): void {
    if (this.#data !== "") this.#lines.push(`data ${quote(this.#data)}`);
    this.#data = "";
  }
}

function describe({ version, status, reason, fields }: ResponseHead): string {
  return `${version} ${status} ${quote(reason)} ${JSON.stringify(fields.lines)}`;
}

/** What to feed, and how. */
export interface Feeding {
  readonly method?: string;
  /** Fields of the request, beside its `Host`. */
  readonly fields?: readonly string[];
  readonly limits?: Partial<Http1Limits>;
  /** Whether the connection ends after the chunks. */
  readonly ends?: boolean;
}

/** What an engine that sent one request makes of the chunks, its verdict on the connection last. */
export function record(chunks: readonly Uint8Array[], feeding: Feeding = {}): string[] {
  const recorder = new Recorder();
  const engine = new Http1Engine(recorder, feeding.limits);
  const head = {
    method: feeding.method ?? "GET",
    target: "/",
    fields: ["Host", "a", ...feeding.fields ?? []],
  };
  engine.sendHead(head, new ByteWriter());
  engine.sendEnd();
  try {
    for (const chunk of chunks) {
      // Lent bytes: what the engine keeps it must copy.
      const lent = chunk.slice();
      engine.receive(lent);
      lent.fill(0);
    }
    if (feeding.ends) engine.receiveEnd();
    recorder.note(engine.isIdle ? "idle" : engine.mustClose ? "must close" : "waiting");
  } catch (error) {
    if (!(error instanceof RemoteProtocolError)) throw error;
    recorder.note(`error: ${error.message}`);
    if (!engine.mustClose) recorder.note("but may be used again");
  }
  return recorder.lines;
}
