/**
 * The web's `WebSocket` (WHATWG WebSockets §3) over a client: the same constructor, states, events and exceptions, with the
 * client's own connections, proxies, cookies and auth.
 */
import type { Client } from "../client/client.ts";
import { openWebSocket } from "../client/websocket/open_websocket.ts";
import type { WebSocketOptions } from "../client/websocket/websocket_options.ts";
import type {
  WebSocketConnection,
  WebSocketOutcome,
} from "../wire/connection/websocket/websocket_connection.ts";
import { CLOSE } from "../wire/websocket/close_codes.ts";
import { isToken } from "../wire/websocket/handshake/extensions.ts";
import { closeEvent, errorEvent, EventHandlers, type WebSocketHandler } from "./socket_events.ts";
import { OrderedSends, type SocketData } from "./ordered_sends.ts";

/** What a class made by `webSocketOf()` takes for each connection: options of `client.websocket()`. */
export type WebSocketDefaults = Omit<WebSocketOptions, "protocols" | "signal">;

/** In place of the protocols: those, and headers, as Deno, Bun and undici take them. */
export interface WebSocketInit extends WebSocketDefaults {
  /** Subprotocols to offer, the preferred one first. Default: none. */
  readonly protocols?: string | readonly string[] | undefined;
}

/** How binary messages arrive. */
export type WebSocketBinaryType = "blob" | "arraybuffer";

const CONNECTING = 0;
const OPEN = 1;
const CLOSING = 2;
const CLOSED = 3;

const MAX_REASON_BYTES = 123;
const ENCODER = new TextEncoder();

/**
 * What runs between a WebSocket of the web and its connection. Made by `webSocketOf()`.
 *
 * @example What the class of a client derives from
 * ```ts
 * import { Client } from "@httpx/httpx";
 * import { ClientWebSocket, webSocketOf } from "@httpx/httpx/websocket";
 * import { assert } from "@std/assert";
 *
 * await using client = new Client();
 * assert(webSocketOf(client).prototype instanceof ClientWebSocket);
 * ```
 */
export abstract class ClientWebSocket extends EventTarget {
  /** The handshake is under way. */
  static readonly CONNECTING: 0 = CONNECTING;
  /** Messages go both ways. */
  static readonly OPEN: 1 = OPEN;
  /** The closing handshake is under way. */
  static readonly CLOSING: 2 = CLOSING;
  /** Over. */
  static readonly CLOSED: 3 = CLOSED;
  /** The same as `WebSocket.CONNECTING`. */
  readonly CONNECTING: 0 = CONNECTING;
  /** The same as `WebSocket.OPEN`. */
  readonly OPEN: 1 = OPEN;
  /** The same as `WebSocket.CLOSING`. */
  readonly CLOSING: 2 = CLOSING;
  /** The same as `WebSocket.CLOSED`. */
  readonly CLOSED: 3 = CLOSED;
  /** The URL, with `ws:` or `wss:`. */
  readonly url: string;
  readonly #origin: string;
  readonly #handlers: EventHandlers = new EventHandlers(this);
  readonly #giveUp = new AbortController();
  #connection: WebSocketConnection | null = null;
  #sends: OrderedSends | null = null;
  #readyState: 0 | 1 | 2 | 3 = CONNECTING;
  #binaryType: WebSocketBinaryType = "blob";
  #protocol = "";
  #extensions = "";
  /** Of messages that were sent too late: they stay counted. */
  #droppedBytes = 0;

  /**
   * Begins to connect.
   *
   * @throws {DOMException} `SyntaxError`, for a URL or protocols that can't be used
   */
  constructor(client: Client, url: string | URL, init: WebSocketInit) {
    super();
    const parsed = parseURL(url, client.baseURL);
    const protocols = checkProtocols(init.protocols ?? []);
    this.url = parsed.href;
    this.#origin = parsed.origin;
    void this.#connect(client, { ...init, protocols });
  }

  /** `CONNECTING`, `OPEN`, `CLOSING` or `CLOSED`. */
  get readyState(): 0 | 1 | 2 | 3 {
    return this.#readyState;
  }

  /** Bytes of messages that were sent and have not left yet. */
  get bufferedAmount(): number {
    return (this.#sends?.bufferedBytes ?? 0) + this.#droppedBytes;
  }

  /** The subprotocol that the server chose, or an empty text. */
  get protocol(): string {
    return this.#protocol;
  }

  /** The extensions that the server chose, or an empty text. */
  get extensions(): string {
    return this.#extensions;
  }

  /** How binary messages arrive: `"blob"` or `"arraybuffer"`. Default: `"blob"`. */
  get binaryType(): WebSocketBinaryType {
    return this.#binaryType;
  }

  set binaryType(type: WebSocketBinaryType) {
    if (type === "blob" || type === "arraybuffer") this.#binaryType = type; // as enumerations of the web
  }

  /** Called with the `open` event. */
  get onopen(): WebSocketHandler<Event> {
    return this.#handlers.get("open");
  }

  set onopen(handler: WebSocketHandler<Event>) {
    this.#handlers.set("open", handler);
  }

  /** Called with each `message` event. */
  get onmessage(): WebSocketHandler<MessageEvent> {
    return this.#handlers.get("message");
  }

  set onmessage(handler: WebSocketHandler<MessageEvent>) {
    this.#handlers.set("message", handler);
  }

  /** Called with the `error` event; a `close` event follows. */
  get onerror(): WebSocketHandler<Event> {
    return this.#handlers.get("error");
  }

  set onerror(handler: WebSocketHandler<Event>) {
    this.#handlers.set("error", handler);
  }

  /** Called with the `close` event. */
  get onclose(): WebSocketHandler<CloseEvent> {
    return this.#handlers.get("close");
  }

  set onclose(handler: WebSocketHandler<CloseEvent>) {
    this.#handlers.set("close", handler);
  }

  /**
   * Sends a message. After `close()` it is dropped, and counted in `bufferedAmount`.
   *
   * @throws {DOMException} `InvalidStateError`, while it is connecting
   */
  send(data: SocketData): void {
    if (this.#readyState === CONNECTING) {
      throw new DOMException("Cannot send: the WebSocket is connecting", "InvalidStateError");
    }
    if (this.#readyState === OPEN && this.#sends !== null) this.#sends.send(data);
    else this.#droppedBytes += sizeOf(data);
  }

  /**
   * Begins the closing handshake, or gives up connecting.
   *
   * @param code 1000, or 3000 to 4999
   * @param reason at most 123 bytes as UTF-8
   * @throws {DOMException} `InvalidAccessError` for another code, `SyntaxError` for a longer reason
   */
  close(code?: number, reason?: string): void {
    const known = code === undefined ? null : checkCode(code);
    const text = reason === undefined ? "" : String(reason).toWellFormed();
    if (ENCODER.encode(text).length > MAX_REASON_BYTES) {
      throw new DOMException("Cannot close: the reason is too long", "SyntaxError");
    }
    if (this.#readyState === CLOSING || this.#readyState === CLOSED) return;
    const wasConnecting = this.#readyState === CONNECTING;
    this.#readyState = CLOSING;
    if (wasConnecting) return this.#giveUp.abort(new Error("The WebSocket was closed"));
    this.#sends?.finish(() => this.#connection?.close(known ?? (text === "" ? null : 1000), text));
  }

  async #connect(client: Client, options: WebSocketInit): Promise<void> {
    try {
      const { signal } = this.#giveUp;
      const opened = await openWebSocket(client, this.url, { ...options, signal });
      if (this.#readyState !== CONNECTING) {
        opened.connection.start(IGNORING);
        opened.connection.abort(new Error("The WebSocket was closed"));
        throw signal.reason;
      }
      this.#open(opened);
    } catch (error) {
      this.#finish({ wasClean: false, code: CLOSE.ABNORMAL, reason: "", error: asError(error) });
    }
  }

  #open(opened: Awaited<ReturnType<typeof openWebSocket>>): void {
    const { connection, protocol, extensions } = opened;
    this.#connection = connection;
    this.#sends = new OrderedSends(connection);
    this.#protocol = protocol;
    this.#extensions = extensions;
    this.#readyState = OPEN;
    connection.start({
      onText: (text) => this.#receive(text),
      onBinary: (bytes) => this.#receive(this.#wrap(bytes)),
      onBatch: () => {},
      onPong: () => {},
      onDrain: () => {},
      onEnded: (outcome) => queueMicrotask(() => this.#finish(outcome)),
    }, () => this.dispatchEvent(new Event("open")));
  }

  /** §4: once it is closing, messages are dropped. */
  #receive(data: string | Blob | ArrayBuffer): void {
    if (this.#readyState !== OPEN) return;
    this.dispatchEvent(new MessageEvent("message", { data, origin: this.#origin }));
  }

  #wrap(bytes: Uint8Array): Blob | ArrayBuffer {
    const isWhole = bytes.byteLength === bytes.buffer.byteLength;
    const buffer = (isWhole ? bytes : bytes.slice()).buffer as ArrayBuffer; // no message is shared memory
    return this.#binaryType === "blob" ? new Blob([buffer]) : buffer;
  }

  #finish(outcome: WebSocketOutcome): void {
    if (this.#readyState === CLOSED) return;
    const hasFailed = !outcome.wasClean && (this.#readyState !== CLOSING || this.#sends === null);
    this.#droppedBytes += this.#sends?.bufferedBytes ?? 0;
    this.#sends = null;
    this.#readyState = CLOSED;
    if (hasFailed) this.dispatchEvent(errorEvent(outcome.error));
    this.dispatchEvent(closeEvent(outcome));
  }
}

/** A constructor like the web's `WebSocket`. */
export interface WebSocketConstructor {
  /** Begins to connect. */
  new (url: string | URL, protocols?: string | readonly string[] | WebSocketInit): ClientWebSocket;
  /** What its objects have. */
  readonly prototype: ClientWebSocket;
  /** 0 */
  readonly CONNECTING: 0;
  /** 1 */
  readonly OPEN: 1;
  /** 2 */
  readonly CLOSING: 2;
  /** 3 */
  readonly CLOSED: 3;
}

/**
 * Makes a `WebSocket` class over a client, for code that takes the web's. Relative URLs are resolved against the client's
 * `baseURL`. In place of the protocols it takes an object with `protocols`, `headers` and other options.
 *
 * @param defaults options of `client.websocket()` for every connection
 *
 * @example In the place of the web's
 * ```ts
 * import { Client } from "@httpx/httpx";
 * import { webSocketOf } from "@httpx/httpx/websocket";
 * import { assertEquals } from "@std/assert";
 *
 * const server = Deno.serve({ port: 0, onListen() {} }, (request) => {
 *   const { socket, response } = Deno.upgradeWebSocket(request);
 *   socket.onmessage = ({ data }) => socket.send(data);
 *   return response;
 * });
 * {
 *   await using client = new Client();
 *   const WebSocket = webSocketOf(client);
 *   const socket = new WebSocket(`ws://localhost:${server.addr.port}/`);
 *   socket.onopen = () => socket.send("hello");
 *   const data = await new Promise((resolve) => socket.onmessage = (event) => resolve(event.data));
 *   const closed = new Promise((resolve) => socket.onclose = ({ code }) => resolve(code));
 *   socket.close(1000);
 *   assertEquals([data, await closed], ["hello", 1000]);
 * }
 * await server.shutdown();
 * ```
 */
export function webSocketOf(
  client: Client,
  defaults: WebSocketDefaults = {},
): WebSocketConstructor {
  return class WebSocket extends ClientWebSocket {
    constructor(url: string | URL, protocols: string | readonly string[] | WebSocketInit = []) {
      super(client, url, { ...defaults, ...initOf(protocols) });
    }
  };
}

function initOf(protocols: string | readonly string[] | WebSocketInit): WebSocketInit {
  if (typeof protocols === "object" && !Array.isArray(protocols)) {
    return protocols as WebSocketInit; // no array
  }
  return { protocols: protocols as string | readonly string[] };
}

/** §3.1, "get a URL record". */
function parseURL(url: string | URL, baseURL: string): URL {
  let parsed: URL;
  try {
    parsed = new URL(url, baseURL === "" ? undefined : baseURL);
  } catch {
    throw new DOMException("Cannot make a WebSocket: its URL can't be parsed", "SyntaxError");
  }
  if (parsed.protocol === "http:") parsed.protocol = "ws:";
  if (parsed.protocol === "https:") parsed.protocol = "wss:";
  if (parsed.protocol !== "ws:" && parsed.protocol !== "wss:") {
    throw new DOMException("Cannot make a WebSocket: use a ws: or wss: URL", "SyntaxError");
  }
  if (parsed.href.includes("#")) {
    throw new DOMException("Cannot make a WebSocket: its URL has a fragment", "SyntaxError");
  }
  return parsed;
}

function checkProtocols(protocols: string | readonly string[]): string[] {
  const list = (typeof protocols === "string" ? [protocols] : [...protocols]).map(String);
  if (list.every(isToken) && new Set(list).size === list.length) return list;
  throw new DOMException("Cannot make a WebSocket: its protocols are invalid", "SyntaxError");
}

function checkCode(value: number): number {
  const code = Math.max(0, Math.min(65_535, Math.round(Number(value)) || 0)); // [Clamp] of Web IDL
  if (code === CLOSE.NORMAL || code >= 3000 && code <= 4999) return code;
  throw new DOMException(
    `Cannot close with code ${code}: use 1000, or 3000 to 4999`,
    "InvalidAccessError",
  );
}

function sizeOf(data: SocketData): number {
  if (data instanceof Blob) return data.size;
  if (typeof data === "object" && "byteLength" in data) return data.byteLength;
  return ENCODER.encode(String(data)).length;
}

const IGNORING = {
  onText: () => {},
  onBinary: () => {},
  onBatch: () => {},
  onPong: () => {},
  onDrain: () => {},
  onEnded: () => {},
};

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error), { cause: error });
}
