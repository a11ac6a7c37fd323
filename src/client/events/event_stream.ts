/**
 * `client.events()`: server-sent events as an async iterable that reconnects. What connects, waits and counts is loaded
 * with the first event that is asked for.
 */
import type { ServerSentEvent } from "../../message/content/event_stream.ts";
import type { EventAttempts } from "./event_attempts.ts";
import { checkEventOptions, type EventStreamInit } from "./event_options.ts";

/**
 * Server-sent events, one by one, over as many connections as it takes; made by `client.events()`.
 *
 * It connects when the first event is asked for, reads no further than its events are taken, and sends `Last-Event-ID` when
 * it connects again. The loop ends when the server ends the stream permanently: with 204, or if it does not reconnect.
 *
 * @throws {HTTPStatusError} for a status of 4xx but 408, 425 and 429, and for others that last
 * @throws {RemoteProtocolError} for a response of another type than `text/event-stream`
 * @throws {TransportError} when the connection can't be made or breaks, and no attempt is left
 * @throws the signal's reason
 *
 * @example Until there is enough
 * ```ts
 * import { Client, MockTransport, Response } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const transport = new MockTransport((request) =>
 *   new Response(200, {
 *     headers: { "content-type": "text/event-stream" },
 *     content: `id: 7\ndata: from ${request.headers.get("last-event-id") ?? "the start"}\n\n`,
 *   })
 * );
 * await using client = new Client({ transport });
 * const seen: string[] = [];
 * {
 *   await using events = client.events("GET", "https://example.org/", { reconnect: { baseMs: 1 } });
 *   for await (const event of events) {
 *     seen.push(event.data);
 *     if (seen.length === 2) break;
 *   }
 * }
 * assertEquals(seen, ["from the start", "from 7"]);
 * ```
 */
export class EventStream implements AsyncIterableIterator<ServerSentEvent>, AsyncDisposable {
  readonly #init: EventStreamInit;
  #attempts: EventAttempts | null = null;
  #loading: Promise<EventAttempts> | null = null;
  #isClosed = false;

  /**
   * Checks the options; nothing is sent yet.
   *
   * @throws {TypeError} for an option that is unknown or of the wrong kind
   */
  constructor(init: EventStreamInit) {
    checkEventOptions(init.options);
    this.#init = init;
  }

  /** Whether it connects (or waits to), receives, or is over. */
  get state(): "connecting" | "open" | "closed" {
    if (this.#isClosed) return "closed";
    return this.#attempts?.state ?? "connecting";
  }

  /** The `id` of the last block of the stream, or `""`: what a new connection begins after. */
  get lastEventId(): string {
    return this.#attempts?.lastEventId ?? this.#init.options.lastEventId ?? "";
  }

  /** The next event. */
  next(): Promise<IteratorResult<ServerSentEvent, void>> {
    if (this.#isClosed) return Promise.resolve({ done: true, value: undefined });
    if (this.#attempts !== null) return this.#attempts.next();
    return this.#load().then((attempts) => attempts.next());
  }

  /** Closes the stream. */
  async return(): Promise<IteratorResult<ServerSentEvent, void>> {
    await this.close();
    return { done: true, value: undefined };
  }

  /** Ends the stream: its connection is closed, a wait is over. The loop over it ends without an error. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#attempts?.close();
  }

  /** Itself: there is one reader. */
  [Symbol.asyncIterator](): this {
    return this;
  }

  /** The same as `close()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #load(): Promise<EventAttempts> {
    return this.#loading ??= (async () => {
      const { EventAttempts } = await import("./event_attempts.ts");
      this.#attempts = new EventAttempts(this.#init);
      if (this.#isClosed) await this.#attempts.close();
      return this.#attempts;
    })();
  }
}
