/** What callers hold of a WebSocket: messages in, messages out, and the end. */
import { befriend } from "../../semantics/befriend.ts";
import { ReadTimeout } from "../../errors.ts";
import type { Request } from "../../message/request.ts";
import { nameOfRequest } from "../../observe/mask.ts";
import { startTimeout } from "../../runtime/timers.ts";
import type {
  WebSocketConnection,
  WebSocketOutcome,
} from "../../wire/connection/websocket/websocket_connection.ts";
import { CLOSE, isWireCode } from "../../wire/websocket/close_codes.ts";
import { MessageQueue, type WebSocketMessage } from "./message_queue.ts";
import { MessageSender, type Sendable } from "./message_sender.ts";
import type { WebSocketHandshake } from "./open_websocket.ts";
import { PendingPings } from "./pending_pings.ts";
import { WebSocketClosed } from "./websocket_errors.ts";

/**
 * How a WebSocket has ended.
 *
 * @example Of a session that was closed
 * ```ts
 * import type { WebSocketCloseInfo } from "@httpx/httpx/websocket";
 * import { assertEquals } from "@std/assert";
 *
 * const info: WebSocketCloseInfo = { code: 1000, reason: "", wasClean: true };
 * assertEquals(info.wasClean, true);
 * ```
 */
export interface WebSocketCloseInfo {
  /** The server's close code, or 1005 or 1006 for none (RFC 6455 §7.4). */
  readonly code: number;
  /** The server's reason, or an empty text. */
  readonly reason: string;
  /** Whether both sides have sent a close frame. */
  readonly wasClean: boolean;
}

/**
 * Bounds of one wait.
 *
 * @example A second at most
 * ```ts
 * import type { WebSocketWaitOptions } from "@httpx/httpx/websocket";
 * import { assertEquals } from "@std/assert";
 *
 * const options: WebSocketWaitOptions = { timeout: 1000 };
 * assertEquals(options.timeout, 1000);
 * ```
 */
export interface WebSocketWaitOptions {
  /** Milliseconds; `null` for none. */
  readonly timeout?: number | null | undefined;
  /** Aborting it rejects the wait with its reason; the WebSocket stays open. */
  readonly signal?: AbortSignal | null | undefined;
}

/** More unread than this and the server is slowed down. */
const HIGH_WATER_BYTES = 512 * 1024;

/** What a close frame of 125 bytes has room for beside the code. */
const MAX_REASON_BYTES = 123;

/** How long a ping waits for its pong by default. */
const PING_TIMEOUT_MS = 5000;

/** So long after the last wait an idle connection stops keeping the program alive. */
const REST_MS = 50;

/** Close codes that end a loop without an error. */
const NORMAL_CODES: ReadonlySet<number> = new Set([
  CLOSE.NORMAL,
  CLOSE.GOING_AWAY,
  CLOSE.NO_STATUS,
]);

// For this file (see befriend.ts).
let makeSession: (
  Session: typeof WebSocketSession,
  opened: WebSocketHandshake,
  signal: AbortSignal | null,
) => WebSocketSession;

/** Runs the session of a WebSocket that was opened. */
export function startSession(
  opened: WebSocketHandshake,
  signal: AbortSignal | null,
): WebSocketSession {
  return makeSession(WebSocketSession, opened, signal);
}

/**
 * An open WebSocket, as `client.websocket()` returns it: an async iterable of messages. Leaving the loop closes it.
 *
 * @example Send, and read one message
 * ```ts
 * import { Client } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const server = Deno.serve({ port: 0, onListen() {} }, (request) => {
 *   const { socket, response } = Deno.upgradeWebSocket(request);
 *   socket.onmessage = ({ data }) => socket.send(`You said ${data}`);
 *   return response;
 * });
 * {
 *   await using client = new Client();
 *   await using socket = await client.websocket(`ws://localhost:${server.addr.port}/`);
 *   await socket.send("hello");
 *   assertEquals(await socket.receive(), "You said hello");
 * }
 * await server.shutdown();
 * ```
 */
export class WebSocketSession implements AsyncIterable<WebSocketMessage>, AsyncDisposable {
  static readonly #isOpen: true = /* @__PURE__ */ befriend(() => {
    makeSession = (Session, opened, signal) => new Session(opened, signal);
  });
  readonly #connection: WebSocketConnection;
  readonly #request: Request;
  readonly #queue = new MessageQueue();
  readonly #sender: MessageSender;
  readonly #pings = new PendingPings();
  readonly #url: string;
  readonly #protocol: string;
  readonly #extensions: string;
  #closed: { readonly promise: Promise<void>; readonly resolve: () => void } | null = null;
  #isClosing = false;
  #isAtRest = false;
  /** Cancels the check whether a caller waits; `null` while none is due. */
  #stopRest: (() => void) | null = null;
  #stopListening = () => {};

  private constructor(opened: WebSocketHandshake, signal: AbortSignal | null) {
    this.#connection = opened.connection;
    this.#request = opened.request;
    this.#protocol = opened.protocol;
    this.#extensions = opened.extensions;
    this.#url = webSocketURL(opened.request.url);
    this.#sender = new MessageSender(opened.connection, {
      closedError: () => this.#closedError(),
      onWaiting: () => this.#wait(),
    });
    this.#connection.start({
      onText: (text) => this.#queue.push(text),
      onBinary: (bytes) => this.#queue.push(bytes),
      onBatch: () => this.#onBatch(),
      onDrain: () => this.#sender.onDrain(),
      onPong: (payload) => this.#pings.onPong(payload),
      onEnded: (outcome) => this.#onEnded(outcome),
    });
    this.#listen(signal);
    this.#restSoon();
  }

  /** The URL, with `ws:` or `wss:`, after redirects. */
  get url(): string {
    return this.#url;
  }

  /** The subprotocol that the server chose, or an empty text. */
  get protocol(): string {
    return this.#protocol;
  }

  /** The extensions that the server chose, as its field has them, or an empty text. */
  get extensions(): string {
    return this.#extensions;
  }

  /** How it has ended; `null` while it is open. */
  get closeInfo(): WebSocketCloseInfo | null {
    const { outcome } = this.#connection;
    return outcome === null ? null : infoOf(outcome);
  }

  /** Bytes that were sent and have not left yet. */
  get bufferedAmount(): number {
    return this.#connection.unsentBytes;
  }

  /**
   * Sends a message: a text, bytes, or a `Blob`; a stream is sent as one message with a frame for each chunk. Messages
   * leave in the order of the calls. Resolves when more may be sent.
   *
   * @throws {WebSocketClosed} when the WebSocket is closed
   * @throws {TypeError} for anything else
   */
  send(data: Sendable): Promise<void> {
    return this.#sender.send(data);
  }

  /**
   * Waits for the next message; `null` once the WebSocket is closed with code 1000, 1001 or none.
   *
   * @throws {WebSocketClosed} when the server closed it with another code
   * @throws {ReadError} when the connection broke
   * @throws {RemoteProtocolError} when the server broke the protocol
   * @throws {ReadTimeout} when `timeout` passes; the message is not lost
   */
  receive(options: WebSocketWaitOptions = {}): Promise<WebSocketMessage | null> {
    const message = this.#take();
    if (message !== null) return Promise.resolve(message);
    this.#wait();
    const { timeout = null, signal = null } = options;
    if (timeout === null && signal === null) return this.#queue.wait();
    return this.#within({ timeout, signal }, (cancel) => this.#queue.wait(cancel));
  }

  /**
   * Sends a PING, and resolves with the milliseconds until its PONG.
   *
   * @param options `timeout` is 5000 by default
   * @throws {WebSocketClosed} when the WebSocket is closed before
   * @throws {ReadTimeout} when `timeout` passes; the WebSocket stays open
   */
  ping(options: WebSocketWaitOptions = {}): Promise<number> {
    const { timeout = PING_TIMEOUT_MS, signal = null } = options;
    if (!this.#connection.isOpen) return Promise.reject(this.#closedError());
    this.#wait();
    return this.#within(
      { timeout, signal },
      (cancel) => this.#pings.send((payload) => this.#connection.sendPing(payload), cancel),
    );
  }

  /**
   * Closes the WebSocket, and resolves with what the server answered, after `closeTimeoutMs` at the latest. Messages that
   * were not read are dropped. It may be called again.
   *
   * @param code 1000 by default; 3000 to 4999 are free to use
   * @param reason at most 123 bytes as UTF-8
   * @throws {RangeError} for a code that can't be sent, or a reason that is too long
   */
  async close(code: number = CLOSE.NORMAL, reason = ""): Promise<WebSocketCloseInfo> {
    checkClose(code, reason);
    this.#isClosing = true;
    this.#queue.finish(null);
    this.#queue.clear();
    this.#connection.close(code, reason);
    if (this.#connection.outcome === null) {
      this.#wait();
      await this.#whenEnded();
    }
    return this.closeInfo ?? ABNORMAL;
  }

  /** Resolves with how it ended, once it has. It does not keep the program alive. */
  get closed(): Promise<WebSocketCloseInfo> {
    return this.#whenEnded().then(() => this.closeInfo ?? ABNORMAL);
  }

  /** The same as `close()`, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** The messages until the end. Leaving the loop closes the WebSocket. Throws as `receive()` does. */
  [Symbol.asyncIterator](): AsyncIterator<WebSocketMessage, undefined> {
    return {
      next: () => {
        const message = this.#take();
        if (message !== null) return Promise.resolve({ done: false, value: message });
        this.#wait();
        return this.#queue.wait().then(asResult);
      },
      return: async () => {
        await this.close();
        return { done: true, value: undefined };
      },
    };
  }

  /** The messages as a web stream; cancelling it closes the WebSocket. Use it, the loop or `receive()`. */
  get readable(): ReadableStream<WebSocketMessage> {
    return new ReadableStream<WebSocketMessage>({
      pull: async (controller) => {
        const message = await this.receive();
        if (message === null) controller.close();
        else controller.enqueue(message);
      },
      cancel: async () => void await this.close(),
    }, { highWaterMark: 0 });
  }

  /** A web stream whose chunks are sent as messages; closing it closes the WebSocket. */
  get writable(): WritableStream<string | BufferSource> {
    return new WritableStream<string | BufferSource>({
      write: (message) => this.send(message),
      close: async () => void await this.close(),
      abort: async () => void await this.close(CLOSE.GOING_AWAY),
    });
  }

  #take(): WebSocketMessage | null {
    const message = this.#queue.take();
    if (message !== null && this.#queue.heldBytes < HIGH_WATER_BYTES / 2) this.#connection.resume();
    return message;
  }

  #onBatch(): void {
    if (this.#queue.heldBytes > HIGH_WATER_BYTES) this.#connection.pause();
  }

  #onEnded(outcome: WebSocketOutcome): void {
    this.#stopListening();
    this.#stopRest?.();
    const error = this.#errorOf(outcome);
    this.#queue.finish(this.#isClosing ? null : error);
    const closed = this.#closedError();
    this.#sender.fail(error ?? closed);
    this.#pings.fail(error ?? closed);
    this.#closed?.resolve();
  }

  #errorOf({ code, reason, error }: WebSocketOutcome): Error | null {
    if (error !== null) {
      if ("request" in error) error.request ??= this.#request;
      return error;
    }
    if (NORMAL_CODES.has(code)) return null;
    const words = reason === "" ? String(code) : `${code} ${JSON.stringify(reason)}`;
    const message = `The server closed the WebSocket of ${nameOfRequest(this.#request)}: ${words}`;
    return new WebSocketClosed(message, { code, reason, request: this.#request, phase: "receive" });
  }

  #closedError(): WebSocketClosed {
    const { code, reason } = this.closeInfo ?? ABNORMAL;
    const name = nameOfRequest(this.#request);
    const message = `Cannot send over the WebSocket of ${name}: it is closed`;
    return new WebSocketClosed(message, { code, reason, request: this.#request, phase: "send" });
  }

  #whenEnded(): Promise<void> {
    if (this.#connection.outcome !== null) return Promise.resolve();
    this.#closed ??= Promise.withResolvers<void>();
    return this.#closed.promise;
  }

  /** Aborting the signal of the options ends an open WebSocket too. */
  #listen(signal: AbortSignal | null): void {
    if (signal === null) return;
    const onAbort = () => this.#connection.abort(asError(signal.reason));
    if (signal.aborted) return onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    this.#stopListening = () => signal.removeEventListener("abort", onAbort);
  }

  /** A caller waits: an open connection keeps the program alive until it does not. */
  #wait(): void {
    if (this.#isAtRest) {
      this.#isAtRest = false;
      this.#connection.ref();
    }
    if (this.#stopRest === null) this.#restSoon();
  }

  /** One timer for many messages (bench: websocket_125). */
  #restSoon(): void {
    if (this.#connection.outcome !== null) return;
    this.#stopRest = startTimeout(() => {
      this.#stopRest = null;
      const isWaiting = this.#queue.isWanted || this.#sender.isWaiting || this.#pings.isWaiting ||
        this.#isClosing;
      if (isWaiting) return this.#restSoon();
      this.#isAtRest = true;
      this.#connection.unref();
    }, REST_MS);
  }

  async #within<Value>(
    { timeout, signal }: { readonly timeout: number | null; readonly signal: AbortSignal | null },
    wait: (watch: (cancel: (error: unknown) => void) => void) => Promise<Value>,
  ): Promise<Value> {
    signal?.throwIfAborted();
    let stop = () => {};
    const watch = (cancel: (error: unknown) => void) => {
      const onAbort = () => cancel(signal?.reason);
      const stopTimer = timeout === null
        ? () => {}
        : startTimeout(() => cancel(waitTimeout(this.#request, timeout)), timeout);
      signal?.addEventListener("abort", onAbort, { once: true });
      stop = () => {
        stopTimer();
        signal?.removeEventListener("abort", onAbort);
      };
    };
    try {
      return await wait(watch);
    } finally {
      stop();
    }
  }
}

const ABNORMAL: WebSocketCloseInfo = { code: CLOSE.ABNORMAL, reason: "", wasClean: false };

function infoOf({ code, reason, wasClean }: WebSocketOutcome): WebSocketCloseInfo {
  return { code, reason, wasClean };
}

function asResult(
  message: WebSocketMessage | null,
): IteratorResult<WebSocketMessage, undefined> {
  return message === null ? { done: true, value: undefined } : { done: false, value: message };
}

/** §7.4, and the 125 bytes of a control frame. */
function checkClose(code: number, reason: string): void {
  if (!isWireCode(code)) {
    throw new RangeError(`Cannot close with code ${code}: use 1000, or 3000 to 4999`);
  }
  if (new TextEncoder().encode(reason).length > MAX_REASON_BYTES) {
    throw new RangeError(
      `Cannot close with that reason: it has more than ${MAX_REASON_BYTES} bytes`,
    );
  }
}

function webSocketURL(url: string): string {
  return url.replace(/^http/, "ws");
}

function waitTimeout(request: Request, ms: number): ReadTimeout {
  return new ReadTimeout(
    `No answer over the WebSocket of ${nameOfRequest(request)} within ${ms} ms`,
    { request, phase: "receive", requestSent: "yes" },
  );
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason), { cause: reason });
}
