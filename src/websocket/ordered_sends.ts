/** Messages of the web's `send()`: it does not wait, a `Blob` does, and the order stays that of the calls. */
import { bytesOf } from "../client/websocket/message_sender.ts";
import type { WebSocketConnection } from "../wire/connection/websocket/websocket_connection.ts";

/** What the web's `send()` takes; anything else is sent as its text. */
export type SocketData = string | Blob | BufferSource;

const NOTHING = new Uint8Array(0);

/** The messages of one connection. */
export class OrderedSends {
  readonly #connection: WebSocketConnection;
  /** Settles after the last `Blob` that is being read; `null` for none. */
  #tail: Promise<void> | null = null;
  /** Payload bytes since nothing was unsent. */
  #sentBytes = 0;
  /** Of what waits behind a `Blob`, itself included. */
  #waitingBytes = 0;

  constructor(connection: WebSocketConnection) {
    this.#connection = connection;
  }

  /** Payload bytes that have not left; frames' headers are not counted. */
  get bufferedBytes(): number {
    const { unsentBytes } = this.#connection;
    if (unsentBytes === 0) this.#sentBytes = 0;
    return Math.min(this.#sentBytes, unsentBytes) + this.#waitingBytes;
  }

  send(data: SocketData): void {
    if (data instanceof Blob) return this.#after(data.size, async () => await data.arrayBuffer());
    const bytes = bytesOf(data);
    const message = bytes ?? String(data);
    if (this.#tail === null) return this.#send(message);
    // The caller may change the bytes meanwhile.
    const kept = typeof message === "string" ? message : message.slice();
    this.#after(kept.length, () => kept);
  }

  /** Calls back after everything that was sent before. */
  finish(done: () => void): void {
    if (this.#tail === null) done();
    else void this.#tail.then(done);
  }

  #after(size: number, read: () => Promise<ArrayBuffer> | Uint8Array | string): void {
    this.#waitingBytes += size;
    const tail = this.#sendLater(this.#tail, read).catch(() => {}).then(() => {
      this.#waitingBytes -= size;
      if (this.#tail === tail) this.#tail = null;
    });
    this.#tail = tail;
  }

  async #sendLater(
    before: Promise<void> | null,
    read: () => Promise<ArrayBuffer> | Uint8Array | string,
  ): Promise<void> {
    await before;
    const data = await read();
    this.#send(typeof data === "string" ? data : bytesOf(data) ?? NOTHING);
  }

  #send(message: string | Uint8Array): void {
    if (!this.#connection.isOpen) return;
    if (this.#connection.unsentBytes === 0) this.#sentBytes = 0;
    this.#sentBytes += typeof message === "string"
      ? this.#connection.sendText(message)
      : this.#connection.sendBinary(message);
  }
}
