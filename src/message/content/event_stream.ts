/**
 * `text/event-stream`, HTML §9.2.6: always UTF-8; an empty line dispatches the event before it, and what follows the last
 * empty line is not an event. Parsing alone: reconnecting belongs to the caller, which finds here what that needs.
 *
 * A chunk is searched for line ends once, and a line that is whole within its chunk is never copied: only the values of
 * its fields are (bench: event_stream).
 */
import { DecodingError } from "../../errors.ts";
import { makeTextDecoder } from "./charset.ts";

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
  /** The time to wait before reconnecting, in milliseconds, if the stream set it since the event before. */
  readonly retry?: number;
}

/** Most UTF-16 units of one line, and of the data of one event. */
export const MAX_EVENT_LENGTH: number = 16 * 1024 * 1024;

/** Where a parser begins, and what it takes. */
export interface EventStreamParserInit {
  /** Most UTF-16 units of a line, and of the data of an event; more is an error. Default: `MAX_EVENT_LENGTH`. */
  readonly maxLength?: number | undefined;
  /** The id that counts until the stream names another. Default: `""`. */
  readonly lastEventId?: string | undefined;
}

const LF = 10;
const CR = 13;
const SPACE = 32;
const COLON = 58;

/** Reads events out of bytes, a chunk at a time. There is nothing to do at the end: an open event is dropped. */
export class EventStreamParser {
  readonly #decoder = makeTextDecoder("utf-8");
  readonly #maxLength: number;
  /** The line so far, from earlier chunks. Only appended to, so that a line of many chunks costs its length once. */
  #line = "";
  #isAfterCR = false;
  #type = "";
  #data: string | null = null;
  #id = "";
  #lastEventId = "";
  #retry: number | null = null;
  #retryMs: number | null = null;

  /** Begins with the id that the connection before ended with, if there was one. */
  constructor({ maxLength = MAX_EVENT_LENGTH, lastEventId = "" }: EventStreamParserInit = {}) {
    this.#maxLength = maxLength;
    this.#id = this.#lastEventId = lastEventId;
  }

  /** The `id` of the last block that an empty line ended, or `""`: what `Last-Event-ID` is sent with. */
  get lastEventId(): string {
    return this.#lastEventId;
  }

  /** The latest `retry` field, in milliseconds, or `null`. */
  get retryMs(): number | null {
    return this.#retryMs;
  }

  /**
   * Calls `onEvent` with each event that ends in this chunk, in order. Not a list: most callers take events one by one
   * (bench: event_stream).
   *
   * @throws {DecodingError} for a line or an event that is too long
   */
  push(bytes: Uint8Array, onEvent: (event: ServerSentEvent) => void): void {
    this.pushText(this.#decoder.decode(bytes, { stream: true }), onEvent);
  }

  /** The same for text that is decoded already. */
  pushText(text: string, onEvent: (event: ServerSentEvent) => void): void {
    if (text === "") return;
    // The CR at the end of the last chunk ended its line; an LF here belongs to it.
    let at = this.#isAfterCR && text.charCodeAt(0) === LF ? 1 : 0;
    this.#isAfterCR = text.charCodeAt(text.length - 1) === CR;
    let cr = text.indexOf("\r", at);
    let lf = text.indexOf("\n", at);
    let isBetween = this.#isBetweenEvents();
    let lastEventId = this.#id;
    while (lf >= 0 || cr >= 0) {
      // A line of data that makes an event by itself, as in nearly every stream (bench: event_stream).
      if (isBetween && cr < 0 && text.charCodeAt(lf + 1) === LF && isData(text, at)) {
        this.#lastEventId = lastEventId;
        const start = text.charCodeAt(at + 5) === SPACE ? at + 6 : at + 5;
        if (lf - at > this.#maxLength) throw tooLong("a line", this.#maxLength);
        onEvent({ type: "message", data: text.slice(start, lf), lastEventId });
        at = lf + 2;
        lf = text.indexOf("\n", at);
        continue;
      }
      const isCR = cr >= 0 && (lf < 0 || cr < lf);
      const end = isCR ? cr : lf;
      const event = this.#takeLine(text, at, end);
      if (event !== null) onEvent(event);
      at = isCR && lf === end + 1 ? end + 2 : end + 1;
      if (isCR) cr = text.indexOf("\r", at);
      if (lf < at && lf >= 0) lf = text.indexOf("\n", at);
      isBetween = this.#isBetweenEvents();
      lastEventId = this.#id;
    }
    if (at < text.length) this.#keep(text, at);
  }

  #isBetweenEvents(): boolean {
    return this.#line === "" && this.#data === null && this.#type === "" && this.#retry === null;
  }

  #keep(text: string, at: number): void {
    this.#line += at === 0 ? text : text.slice(at);
    if (this.#line.length > this.#maxLength) throw tooLong("a line", this.#maxLength);
  }

  /** One line of the text, with what earlier chunks had of it. */
  #takeLine(text: string, start: number, end: number): ServerSentEvent | null {
    if (this.#line.length + end - start > this.#maxLength) throw tooLong("a line", this.#maxLength);
    if (this.#line !== "") {
      const line = this.#line + text.slice(start, end);
      this.#line = "";
      return this.#field(line, 0, line.length);
    }
    return start === end ? this.#dispatch() : this.#field(text, start, end);
  }

  /** A line that is not empty: a field, or a comment. */
  #field(text: string, start: number, end: number): null {
    // Most lines are data (bench: event_stream).
    if (isData(text, start)) return this.#addData(text, start + 5, end);
    const colon = colonIn(text, start, end);
    switch (text.slice(start, colon)) {
      case "data":
        return this.#addData(text, colon, end);
      case "event":
        this.#type = valueOf(text, colon + 1, end);
        break;
      case "id": {
        const id = valueOf(text, colon + 1, end);
        if (!id.includes("\0")) this.#id = id;
        break;
      }
      case "retry": {
        const digits = valueOf(text, colon + 1, end);
        if (/^[0-9]+$/.test(digits)) this.#setRetry(Number(digits));
      }
    }
    return null;
  }

  #addData(text: string, start: number, end: number): null {
    const value = valueOf(text, start, end);
    this.#data = this.#data === null ? value : `${this.#data}\n${value}`;
    if (this.#data.length > this.#maxLength) throw tooLong("an event", this.#maxLength);
    return null;
  }

  /** Digits without end would be `Infinity`, which is not a time. */
  #setRetry(ms: number): void {
    this.#retry = this.#retryMs = Math.min(ms, Number.MAX_SAFE_INTEGER);
  }

  /** An empty line: the id counts now, with or without an event (HTML §9.2.6, "dispatch the event", steps 1 and 2). */
  #dispatch(): ServerSentEvent | null {
    const type = this.#type;
    const data = this.#data;
    this.#lastEventId = this.#id;
    this.#type = "";
    this.#data = null;
    if (data === null) return null;
    const event = { type: type === "" ? "message" : type, data, lastEventId: this.#lastEventId };
    if (this.#retry === null) return event;
    const retry = this.#retry;
    this.#retry = null;
    return { ...event, retry };
  }
}

/** Whether `data:` stands there: five comparisons cost less than a call of `startsWith()` (bench: event_stream). */
function isData(text: string, at: number): boolean {
  return text.charCodeAt(at) === 0x64 && text.charCodeAt(at + 1) === 0x61 &&
    text.charCodeAt(at + 2) === 0x74 && text.charCodeAt(at + 3) === 0x61 &&
    text.charCodeAt(at + 4) === COLON;
}

/** Where the name of a field ends: at its colon, or at the end of the line. */
function colonIn(text: string, start: number, end: number): number {
  for (let at = start; at < end; at++) if (text.charCodeAt(at) === COLON) return at;
  return end;
}

/** The value after a colon, without the one space that may follow it. */
function valueOf(text: string, start: number, end: number): string {
  if (start >= end) return "";
  return text.slice(text.charCodeAt(start) === SPACE ? start + 1 : start, end);
}

function tooLong(what: string, maxLength: number): DecodingError {
  return new DecodingError(
    `Cannot read the event stream: ${what} is longer than ${maxLength} characters`,
  );
}
