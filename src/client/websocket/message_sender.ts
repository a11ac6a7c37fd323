/**
 * Messages on their way out: in the order of the calls, whatever they are made of, and no faster than the server reads.
 */
import type { WebSocketConnection } from "../../wire/connection/websocket/websocket_connection.ts";

/**
 * What can be sent as one message: text, bytes, a `Blob`, or a stream of text or of bytes.
 *
 * @example Three of them
 * ```ts
 * import type { Sendable } from "@httpx/httpx/websocket";
 * import { assertEquals } from "@std/assert";
 *
 * const messages: Sendable[] = ["hello", new Uint8Array([1]), new Blob(["file"])];
 * assertEquals(messages.length, 3);
 * ```
 */
export type Sendable = string | BufferSource | Blob | ReadableStream<string | BufferSource>;

/** More than this unsent and `send()` waits. */
const HIGH_WATER_BYTES = 256 * 1024;

const DONE: Promise<void> = Promise.resolve();
const ENCODER = new TextEncoder();
const NOTHING = new Uint8Array(0);

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Sends the messages of one connection. */
export class MessageSender {
  readonly #connection: WebSocketConnection;
  readonly #closedError: () => Error;
  readonly #onWaiting: () => void;
  /** Waiting until less is unsent. */
  #blocked: Waiter[] = [];
  /** Settles after the last message that is still being read from its source; `null` for none. */
  #tail: Promise<void> | null = null;

  /** @param init.closedError the error of a message that can't be sent any more */
  constructor(
    connection: WebSocketConnection,
    init: { readonly closedError: () => Error; readonly onWaiting: () => void },
  ) {
    this.#connection = connection;
    this.#closedError = init.closedError;
    this.#onWaiting = init.onWaiting;
  }

  /** Whether a call waits. */
  get isWaiting(): boolean {
    return this.#tail !== null || this.#blocked.length > 0;
  }

  /** Sends a message; resolves when the next may follow. */
  send(data: Sendable): Promise<void> {
    const connection = this.#connection;
    if (this.#tail === null && connection.isOpen) {
      if (typeof data === "string") {
        connection.sendText(data);
        return this.#room();
      }
      const bytes = bytesOf(data);
      if (bytes !== null) {
        connection.sendBinary(bytes);
        return this.#room();
      }
    }
    return handled(this.#sendLater(data));
  }

  /** A part of what was unsent has left. */
  onDrain(): void {
    if (this.#blocked.length === 0 || this.#connection.unsentBytes > HIGH_WATER_BYTES) return;
    const blocked = this.#blocked;
    this.#blocked = [];
    for (const { resolve } of blocked) resolve();
  }

  /** Nothing can be sent any more. */
  fail(error: Error): void {
    const blocked = this.#blocked;
    this.#blocked = [];
    for (const { reject } of blocked) reject(error);
  }

  #room(): Promise<void> {
    if (this.#connection.unsentBytes <= HIGH_WATER_BYTES) return DONE;
    this.#onWaiting();
    return handled(new Promise((resolve, reject) => this.#blocked.push({ resolve, reject })));
  }

  #sendLater(data: Sendable): Promise<void> {
    const before = this.#tail ?? DONE;
    const sent = before.then(() => this.#sendNow(data));
    const tail = sent.catch(() => {}).then(() => {
      if (this.#tail === tail) this.#tail = null;
    });
    this.#tail = tail;
    this.#onWaiting();
    return sent;
  }

  async #sendNow(data: Sendable): Promise<void> {
    if (data instanceof ReadableStream) return await this.#sendStream(data);
    const content = data instanceof Blob ? await data.arrayBuffer() : data;
    this.#checkOpen();
    if (typeof content === "string") this.#connection.sendText(content);
    else this.#connection.sendBinary(bytesOf(content) ?? refuse());
    await this.#room();
  }

  /** A frame for each chunk. Half a message can't be taken back: a stream that fails closes the connection (1011). */
  async #sendStream(stream: ReadableStream<string | BufferSource>): Promise<void> {
    const reader = stream.getReader();
    const message = new FragmentedMessage(this.#connection);
    try {
      for (let next = await reader.read(); !next.done; next = await reader.read()) {
        this.#checkOpen();
        message.append(next.value);
        await this.#room();
      }
      this.#checkOpen();
      message.finish();
    } catch (error) {
      this.#connection.close(1011, "");
      await reader.cancel(error).catch(() => {}); // its own failure is this one
      throw error;
    }
    await this.#room();
  }

  #checkOpen(): void {
    if (!this.#connection.isOpen) throw this.#closedError();
  }
}

/** A message whose parts come one after the other. */
class FragmentedMessage {
  readonly #connection: WebSocketConnection;
  #type: "text" | "binary" | null = null;
  /** The first half of a surrogate pair, if a text chunk ends within one. */
  #half = "";

  constructor(connection: WebSocketConnection) {
    this.#connection = connection;
  }

  append(chunk: string | BufferSource): void {
    const type = typeof chunk === "string" ? "text" : "binary";
    if (this.#type !== null && this.#type !== type) {
      throw new TypeError("Cannot send the stream: it has both text and bytes");
    }
    const bytes = typeof chunk === "string" ? this.#encode(chunk) : bytesOf(chunk) ?? refuse();
    if (bytes.length > 0 || this.#type === null) this.#send(bytes, { type, isFinal: false });
  }

  finish(): void {
    const rest = this.#half === "" ? NOTHING : ENCODER.encode(this.#half);
    this.#send(rest, { type: this.#type ?? "binary", isFinal: true });
  }

  #send(
    bytes: Uint8Array,
    { type, isFinal }: { readonly type: "text" | "binary"; readonly isFinal: boolean },
  ): void {
    const isFirst = this.#type === null;
    this.#type = type;
    this.#connection.sendFragment(bytes, { type, isFirst, isFinal });
  }

  #encode(chunk: string): Uint8Array {
    const text = this.#half + chunk;
    const isSplit = /[\ud800-\udbff]$/.test(text);
    this.#half = isSplit ? text.slice(-1) : "";
    return ENCODER.encode(isSplit ? text.slice(0, -1) : text);
  }
}

/** The bytes of a buffer, as they are; `null` for anything else. */
export function bytesOf(data: unknown): Uint8Array | null {
  if (data instanceof Uint8Array) return data;
  if (ArrayBuffer.isView(data)) {
    return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  }
  const isBuffer = data instanceof ArrayBuffer ||
    typeof SharedArrayBuffer !== "undefined" && data instanceof SharedArrayBuffer;
  return isBuffer ? new Uint8Array(data) : null;
}

function refuse(): never {
  throw new TypeError("Cannot send the message: give a string, bytes, a Blob or a ReadableStream");
}

/** A loop that does not await its sends learns of a failure from its next read. */
function handled(promise: Promise<void>): Promise<void> {
  promise.catch(() => {});
  return promise;
}
