/**
 * `text/event-stream`, HTML §9.2.6: always UTF-8, an event is dispatched by the empty line after it, and what comes after
 * the last empty line is no event. Reconnecting is not done here; what it needs (`lastEventId`, `retry`) is.
 */
import { makeTextDecoder } from "./charset.ts";
import { LineSplitter } from "./lines.ts";

/**
 * One event of a stream, in the words of the web's `MessageEvent`.
 *
 * @example Events as they come
 * ```ts
 * import { Response, type ServerSentEvent } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const response = new Response(200, { content: "event: add\ndata: 7\nid: 1\n\n" });
 * const events: ServerSentEvent[] = [];
 * for await (const event of response.iterEvents()) events.push(event);
 * assertEquals(events, [{ type: "add", data: "7", lastEventId: "1" }]);
 * ```
 */
export interface ServerSentEvent {
  /** The `event` field. Default: `"message"`. */
  readonly type: string;
  /** The `data` fields, joined by line feeds. */
  readonly data: string;
  /** The latest `id` of the stream, or `""`. */
  readonly lastEventId: string;
  /** The time to wait before reconnecting, in milliseconds, where the stream set it since the event before. */
  readonly retry?: number;
}

/** Reads events out of bytes, a chunk at a time. There is nothing to do at the end: an open event is dropped. */
export class EventStreamParser {
  readonly #decoder = makeTextDecoder("utf-8");
  readonly #lines = new LineSplitter();
  #type = "";
  #data: string[] = [];
  #lastEventId = "";
  #retry: number | null = null;

  /** The events that end in this chunk. */
  push(bytes: Uint8Array): ServerSentEvent[] {
    const events: ServerSentEvent[] = [];
    for (const line of this.#lines.push(this.#decoder.decode(bytes, { stream: true }))) {
      const event = line === "" ? this.#dispatch() : this.#field(line);
      if (event !== null) events.push(event);
    }
    return events;
  }

  #field(line: string): null {
    const colon = line.indexOf(":");
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + (line[colon + 1] === " " ? 2 : 1));
    if (name === "data") this.#data.push(value);
    else if (name === "event") this.#type = value;
    else if (name === "id" && !value.includes("\0")) this.#lastEventId = value;
    else if (name === "retry" && /^[0-9]+$/.test(value)) this.#retry = Number(value);
    return null; // a line with no name is a comment
  }

  #dispatch(): ServerSentEvent | null {
    const type = this.#type || "message";
    const data = this.#data;
    this.#type = "";
    this.#data = [];
    if (data.length === 0) return null;
    const retry = this.#retry;
    this.#retry = null;
    const event = { type, data: data.join("\n"), lastEventId: this.#lastEventId };
    return retry === null ? event : { ...event, retry };
  }
}
