/**
 * A socket whose peer has begun to speak already: what it said came together with a proxy's last word, and is
 * delivered first. Servers of HTTP/2 by prior knowledge send their settings unasked (RFC 9113 §3.4).
 */
import type { Socket, SocketHandler } from "../../../runtime/socket.ts";
import type { SocketAddress, TLSFacts } from "../../../semantics/network_stream.ts";

/** The same socket, with bytes before those that are still to come. */
export class PrefixedSocket implements Socket {
  readonly #socket: Socket;
  #leading: Uint8Array | null;
  #handler: SocketHandler | null = null;
  #isPaused = false;
  #isClosed = false;

  /** Wraps a socket that has no handler. */
  constructor(socket: Socket, leading: Uint8Array) {
    this.#socket = socket;
    this.#leading = leading;
  }

  get givesBytes(): boolean {
    return this.#socket.givesBytes;
  }

  get unsentBytes(): number {
    return this.#socket.unsentBytes;
  }

  get queuedBytes(): number {
    return this.#socket.queuedBytes;
  }

  get localAddress(): SocketAddress | null {
    return this.#socket.localAddress;
  }

  get remoteAddress(): SocketAddress | null {
    return this.#socket.remoteAddress;
  }

  get tls(): TLSFacts | null {
    return this.#socket.tls;
  }

  attach(handler: SocketHandler): void {
    if (this.#leading === null) return this.#socket.attach(handler);
    const isWaiting = this.#handler !== null;
    this.#handler = handler;
    this.#isPaused = false;
    if (!isWaiting) queueMicrotask(() => this.#deliver());
  }

  detach(): void {
    this.#handler = null;
    if (this.#leading === null) this.#socket.detach();
  }

  write(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  pause(): void {
    this.#isPaused = true;
    if (this.#leading === null) this.#socket.pause();
  }

  resume(): void {
    this.#isPaused = false;
    if (this.#leading === null) this.#socket.resume();
  }

  end(): void {
    this.#socket.end();
  }

  close(): void {
    this.#isClosed = true;
    this.#socket.close();
  }

  ref(): void {
    this.#socket.ref();
  }

  unref(): void {
    this.#socket.unref();
  }

  /** The socket itself is read only after this: nothing overtakes what came first. */
  #deliver(): void {
    const leading = this.#leading;
    if (leading === null || this.#handler === null || this.#isClosed) return;
    this.#handler.onData(leading);
    this.#leading = null;
    if (this.#handler === null || this.#isClosed) return; // it may have said so meanwhile
    this.#socket.attach(this.#handler);
    if (this.#isPaused) this.#socket.pause();
  }
}
