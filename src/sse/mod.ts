/**
 * Server-sent events over a client's own connections.
 *
 * `client.events(method, url, options)` is an async iterable of events. It connects with the client's proxies, TLS, cookies
 * and auth, and connects again when a connection ends: after the time that the server names, or a growing one with jitter,
 * with `Last-Event-ID`. It ends with 204, with `close()`, by leaving the loop, or with an error: a status of 4xx (but 408,
 * 425 and 429), another type of content, more attempts in a row without an event than `reconnect.limit`.
 *
 * ```ts
 * import { Client, MockTransport, Response } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const answers = ["id: 1\ndata: one\n\n", "data: two\n\n"];
 * const headers = { "content-type": "text/event-stream" };
 * const transport = new MockTransport(() => {
 *   const content = answers.shift();
 *   return content === undefined ? new Response(204) : new Response(200, { headers, content });
 * });
 * await using client = new Client({ transport });
 *
 * const seen: string[] = [];
 * for await (const { data } of client.events("GET", "https://example.org/", { reconnect: { baseMs: 1 } })) {
 *   seen.push(data);
 * }
 * assertEquals(seen, ["one", "two"]);
 * ```
 *
 * - **Silence.** A stream may be silent for as long as it likes. `silenceMs` reconnects when not even a comment came for that
 *   long, `eventMs` when no event did.
 * - **POST.** A stream that was asked for with an unsafe method is not asked for again unless `reconnect` is given: the
 *   server may carry out the request twice.
 * - **Backpressure.** Nothing is read that is not taken: a loop that takes its time slows the server.
 * - **Other code.** `eventSourceOf(client)` makes a class like the web's `EventSource`; `response.iterEvents()` reads the
 *   events of one response and never reconnects.
 *
 * @module
 */
export { EventStream } from "../client/events/event_stream.ts";
export type {
  EventClient,
  EventStreamInit,
  EventStreamOptions,
  EventStreamSettings,
  Reconnection,
  ReconnectOptions,
} from "../client/events/event_options.ts";
export {
  ClientEventSource,
  type EventHandler,
  type EventSourceConstructor,
  type EventSourceInit,
  eventSourceOf,
} from "./event_source.ts";
export type { ServerSentEvent } from "../message/content/event_stream.ts";
