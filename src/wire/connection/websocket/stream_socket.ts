/**
 * A `Socket` over a stream that is read by pulling: one of HTTP/2, or of a transport that is not this library's.
 */
import type { Socket, SocketHandler } from "../../../runtime/socket.ts";
import type { NetworkStream } from "../../../semantics/network_stream.ts";

/** Reads a stream in a loop while it is not paused. */
export class StreamSocket implements Socket {
  readonly givesBytes = false;
  readonly localAddress: Socket["localAddress"];
  readonly remoteAddress: Socket["remoteAddress"];
  readonly tls: Socket["tls"];
  readonly #stream: NetworkStream;
  #handler: SocketHandler | null = null;
  #queue: Uint8Array[] = [];
  #unsentBytes = 0;
  #isWriting = false;
  #endsWhenDrained = false;
  #isReading = false;
  #wake: (() => void) | null = null;
  #isPaused = false;
  #isClosed = false;

  constructor(stream: NetworkStream) {
    this.#stream = stream;
    const { localAddress, remoteAddress, tls } = stream.facts;
    this.localAddress = localAddress;
    this.remoteAddress = remoteAddress;
    this.tls = tls;
  }

  get unsentBytes(): number {
    return this.#unsentBytes;
  }

  get queuedBytes(): number {
    return this.#unsentBytes;
  }

  attach(handler: SocketHandler): void {
    this.#handler = handler;
    if (this.#isReading) return;
    this.#isReading = true;
    this.#readLoop();
  }

  detach(): void {
    this.#handler = null;
    this.pause();
  }

  write(bytes: Uint8Array): void {
    if (this.#isClosed || bytes.length === 0) return;
    this.#unsentBytes += bytes.length;
    this.#queue.push(bytes);
    if (!this.#isWriting) this.#writeLoop();
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#wake?.();
    this.#wake = null;
  }

  end(): void {
    if (this.#isClosed) return;
    if (this.#unsentBytes > 0) this.#endsWhenDrained = true;
    else this.#stream.end();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#queue = [];
    this.#unsentBytes = 0;
    this.resume();
    this.#stream.close().catch(() => {}); // it is gone either way
  }

  /** The stream has no such switch: its connection decides. */
  ref(): void {}
  unref(): void {}

  async #readLoop(): Promise<void> {
    while (!this.#isClosed) {
      if (this.#isPaused) {
        await new Promise<void>((resolve) => this.#wake = resolve);
        continue;
      }
      try {
        const bytes = await this.#stream.read();
        if (this.#isClosed) return;
        if (bytes === null) return this.#handler?.onEnd();
        this.#handler?.onData(bytes);
      } catch (error) {
        return this.#fail(error);
      }
    }
  }

  async #writeLoop(): Promise<void> {
    this.#isWriting = true;
    try {
      for (let bytes = this.#queue.shift(); bytes !== undefined; bytes = this.#queue.shift()) {
        await this.#stream.write(bytes);
        if (this.#isClosed) return;
        this.#unsentBytes -= bytes.length;
      }
    } catch (error) {
      return this.#fail(error);
    } finally {
      this.#isWriting = false;
    }
    this.#handler?.onDrain();
    if (this.#endsWhenDrained && this.#unsentBytes === 0) this.#stream.end();
  }

  #fail(error: unknown): void {
    if (this.#isClosed) return;
    this.close();
    this.#handler?.onError(error instanceof Error ? error : new Error(String(error)));
  }
}
