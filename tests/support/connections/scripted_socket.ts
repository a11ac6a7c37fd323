/** A socket without a network: a test says what arrives, and reads what was sent. */
import type { Socket, SocketHandler } from "../../../src/runtime/socket.ts";

const encoder = new TextEncoder();

/** Records writes as Latin-1 text and delivers what it is told to. */
export class ScriptedSocket implements Socket {
  readonly givesBytes = false;
  readonly localAddress = { host: "127.0.0.1", port: 50000 };
  readonly remoteAddress = { host: "127.0.0.1", port: 80 };
  readonly tls = null;
  /** While true, what is written stays unsent until `drain()`: with the runtime, or in the socket's own queue. */
  isStuck = false;
  isQueueing = false;
  isPaused = false;
  isClosed = false;
  isEnded = false;
  isRef = true;
  sent = "";
  /** Called after each write, so that a peer can answer. Not from inside `write()`. */
  onSent: ((sent: string) => void) | null = null;
  #handler: SocketHandler | null = null;
  #unsentBytes = 0;

  get unsentBytes(): number {
    return this.#unsentBytes;
  }

  get queuedBytes(): number {
    return this.isQueueing ? this.#unsentBytes : 0;
  }

  attach(handler: SocketHandler): void {
    if (this.#handler === null) this.isPaused = false;
    this.#handler = handler;
  }

  detach(): void {
    this.#handler = null;
    this.isPaused = true;
  }

  write(bytes: Uint8Array): void {
    if (this.isClosed) return;
    for (const byte of bytes) this.sent += String.fromCharCode(byte);
    if (this.isStuck) this.#unsentBytes += bytes.length;
    if (this.onSent !== null) queueMicrotask(() => this.onSent?.(this.sent));
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  end(): void {
    this.isEnded = true;
  }

  close(): void {
    this.isClosed = true;
    this.#unsentBytes = 0;
  }

  ref(): void {
    this.isRef = true;
  }

  unref(): void {
    this.isRef = false;
  }

  /** Bytes arrive, lent: the array is overwritten afterwards, as a real socket's buffer is. */
  deliver(data: string | Uint8Array): void {
    if (this.isClosed) return;
    const bytes = typeof data === "string" ? encoder.encode(data) : data.slice();
    this.#handler?.onData(bytes);
    bytes.fill(0x21);
  }

  /** The peer ends its side. */
  deliverEnd(): void {
    if (!this.isClosed) this.#handler?.onEnd();
  }

  /** The connection breaks. */
  deliverError(error: Error): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.#handler?.onError(error);
  }

  /** The runtime takes what it held. */
  drain(): void {
    this.#unsentBytes = 0;
    if (!this.isClosed) this.#handler?.onDrain();
  }
}
