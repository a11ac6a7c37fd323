/**
 * The web's `EventSource` (HTML §9.2) over a client: the same constructor, states and events, with the client's own
 * connections, proxies, cookies and auth.
 */
import type { BaseClient } from "../client/base_client.ts";
import type { EventStream } from "../client/events/event_stream.ts";
import { HTTPStatusError } from "../message/response/response.ts";
import type { ServerSentEvent } from "../message/content/event_stream.ts";
import type { Response } from "../message/response/response.ts";

/** What the constructor takes beside the URL. */
export interface EventSourceInit {
  /** Reported as `withCredentials`; whether cookies are sent is the client's setting. Default: `false`. */
  readonly withCredentials?: boolean | undefined;
}

/** A listener that is set as `onopen`, `onmessage` or `onerror`. */
export type EventHandler = ((event: Event) => unknown) | null;

const CONNECTING = 0;
const OPEN = 1;
const CLOSED = 2;

/** What runs between an event source and its stream. Made by `eventSourceOf()`. */
export abstract class ClientEventSource extends EventTarget {
  /** Connecting, or waiting to connect again. */
  static readonly CONNECTING: 0 = CONNECTING;
  /** Receiving. */
  static readonly OPEN: 1 = OPEN;
  /** Over: by `close()`, or by an answer that is not an event stream. */
  static readonly CLOSED: 2 = CLOSED;
  /** The same as `EventSource.CONNECTING`. */
  readonly CONNECTING: 0 = CONNECTING;
  /** The same as `EventSource.OPEN`. */
  readonly OPEN: 1 = OPEN;
  /** The same as `EventSource.CLOSED`. */
  readonly CLOSED: 2 = CLOSED;
  /** The URL that was given, absolute. */
  readonly url: string;
  /** What the constructor was given. */
  readonly withCredentials: boolean;
  readonly #stream: EventStream;
  readonly #handlers = new Map<
    string,
    { handler: EventHandler; listener: (event: Event) => void }
  >();
  #readyState: 0 | 1 | 2 = CONNECTING;
  #origin: string;

  /**
   * Begins to connect.
   *
   * @throws {DOMException} `SyntaxError`, for a URL that can't be parsed
   */
  constructor(client: BaseClient, url: string | URL, init: EventSourceInit = {}) {
    super();
    const parsed = parse(url, client.baseURL);
    this.url = parsed.href;
    this.withCredentials = init.withCredentials ?? false;
    this.#origin = parsed.origin;
    this.#stream = client.events("GET", parsed, {
      reconnect: { limit: Infinity },
      onOpen: (response) => this.#onOpen(response),
      onReconnect: ({ error }) => this.#onReconnect(error),
    });
    void this.#receive();
  }

  /** `CONNECTING`, `OPEN` or `CLOSED`. */
  get readyState(): 0 | 1 | 2 {
    return this.#readyState;
  }

  /** Called with each `open` event. */
  get onopen(): EventHandler {
    return this.#handlers.get("open")?.handler ?? null;
  }

  set onopen(handler: EventHandler) {
    this.#handle("open", handler);
  }

  /** Called with each `message` event. */
  get onmessage(): EventHandler {
    return this.#handlers.get("message")?.handler ?? null;
  }

  set onmessage(handler: EventHandler) {
    this.#handle("message", handler);
  }

  /** Called with each `error` event: it connects again (`readyState` is `CONNECTING`), or is over (`CLOSED`). */
  get onerror(): EventHandler {
    return this.#handlers.get("error")?.handler ?? null;
  }

  set onerror(handler: EventHandler) {
    this.#handle("error", handler);
  }

  /** Ends the connection. No event follows. */
  close(): void {
    this.#readyState = CLOSED;
    void this.#stream.close();
  }

  async #receive(): Promise<void> {
    // The constructor's caller adds its listeners first.
    await Promise.resolve();
    try {
      for await (const event of this.#stream) this.#dispatch(event);
    } catch {
      // The event says all that the standard lets it say.
    }
    this.#fail();
  }

  #onOpen(response: Response): void {
    if (response.status !== 200) return this.#fail(); // HTML §9.2.3: no other status will do
    this.#origin = new URL(response.url).origin;
    this.#readyState = OPEN;
    this.dispatchEvent(new Event("open"));
  }

  #onReconnect(error: unknown): void {
    if (error instanceof HTTPStatusError) return this.#fail();
    this.#readyState = CONNECTING;
    this.dispatchEvent(new Event("error"));
  }

  #dispatch({ type, data, lastEventId }: ServerSentEvent): void {
    if (this.#readyState === CLOSED) return;
    this.dispatchEvent(new MessageEvent(type, { data, lastEventId, origin: this.#origin }));
  }

  /** HTML §9.2.3, "fail the connection": once, permanently. */
  #fail(): void {
    if (this.#readyState === CLOSED) return;
    this.close();
    this.dispatchEvent(new Event("error"));
  }

  /** HTML §8.1.8.1: a handler keeps its place among the listeners until it is set to `null`. */
  #handle(type: string, handler: EventHandler): void {
    const known = this.#handlers.get(type);
    if (typeof handler !== "function") {
      if (known !== undefined) this.removeEventListener(type, known.listener);
      this.#handlers.delete(type);
    } else if (known !== undefined) {
      known.handler = handler;
    } else {
      const entry = {
        handler,
        listener: (event: Event): void => void entry.handler.call(this, event),
      };
      this.#handlers.set(type, entry);
      this.addEventListener(type, entry.listener);
    }
  }
}

function parse(url: string | URL, baseURL: string): URL {
  try {
    return new URL(url, baseURL === "" ? undefined : baseURL);
  } catch {
    throw new DOMException("Cannot make an EventSource: its URL can't be parsed", "SyntaxError");
  }
}

/** A constructor like the web's `EventSource`. */
export interface EventSourceConstructor {
  new (url: string | URL, init?: EventSourceInit): ClientEventSource;
  /** 0 */
  readonly CONNECTING: 0;
  /** 1 */
  readonly OPEN: 1;
  /** 2 */
  readonly CLOSED: 2;
}

/**
 * Makes an `EventSource` class over a client, for code that takes the web's. Relative URLs are resolved against the
 * client's `baseURL`. It reconnects as the standard says: after a lost connection, never after another answer than 200.
 *
 * @example In the place of the web's
 * ```ts
 * import { Client, MockTransport, Response } from "@httpx/httpx";
 * import { eventSourceOf } from "@httpx/httpx/sse";
 * import { assertEquals } from "@std/assert";
 *
 * const headers = { "content-type": "text/event-stream" };
 * const transport = new MockTransport(() => new Response(200, { headers, content: "data: hello\n\n" }));
 * await using client = new Client({ transport });
 *
 * const EventSource = eventSourceOf(client);
 * const source = new EventSource("https://example.org/events");
 * const data = await new Promise((resolve) => {
 *   source.onmessage = (event) => resolve((event as MessageEvent).data);
 * });
 * source.close();
 * assertEquals([data, source.readyState], ["hello", EventSource.CLOSED]);
 * ```
 */
export function eventSourceOf(client: BaseClient): EventSourceConstructor {
  return class EventSource extends ClientEventSource {
    constructor(url: string | URL, init?: EventSourceInit) {
      super(client, url, init);
    }
  };
}
