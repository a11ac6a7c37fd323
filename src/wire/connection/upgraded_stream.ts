/**
 * The raw stream that is left of a connection after `101 Switching Protocols` or an accepted `CONNECT`
 * (RFC 9110 §7.8, §9.3.6): both directions, HTTP no more.
 */
import type { Clock } from "../../clock/clock.ts";
import { Deadline, type Expiry, type WaitPhase } from "../../clock/deadline.ts";
import { ReadError, StreamClosed } from "../../errors.ts";
import type { Socket, SocketHandler } from "../../runtime/socket.ts";
import type {
  ExtraInfo,
  NetworkStream,
  NetworkStreamOptions,
  NetworkStreamTLSOptions,
  SocketFacts,
} from "../../semantics/network_stream.ts";
import { type BodyFeeder, HIGH_WATER_BYTES, IncomingBody } from "./incoming_body.ts";
import { extraInfo, readArguments } from "./network_stream.ts";

/** What the stream is made of. */
export interface UpgradedStreamInit {
  readonly socket: Socket;
  readonly clock: Clock;
  /** Bytes of the new protocol that came together with the response's head. */
  readonly leading: Uint8Array;
  /** For messages. */
  readonly request: { readonly method: string; readonly url: string };
  readonly onClosed: () => void;
  /** Called where another stream takes the place of this one, over TLS. */
  readonly onReplaced: (stream: UpgradedStream) => void;
  readonly startTLS: StartTLS;
}

/** Starts TLS over a socket as the transport does. */
export type StartTLS = (
  socket: Socket,
  terms: {
    readonly serverName: string;
    readonly alpnProtocols: readonly string[];
    readonly signal: AbortSignal;
  },
) => Promise<Socket>;

/** The socket of a stream, for the driver of another protocol. */
export interface HandedSocket {
  readonly socket: Socket;
  /** Bytes of the new protocol that have arrived. */
  readonly leading: Uint8Array;
  /** Whether the peer has ended its side after them. */
  readonly isEnded: boolean;
  /** Closes the socket; the handler is not notified. Idempotent. */
  close(): void;
}

/** What is left of a connection that speaks HTTP no more. */
export class UpgradedStream implements NetworkStream, SocketHandler, BodyFeeder {
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #request: UpgradedStreamInit["request"];
  readonly #onClosed: () => void;
  readonly #onReplaced: UpgradedStreamInit["onReplaced"];
  readonly #startTLS: StartTLS;
  /** Ends a handshake that is under way. */
  #securing: AbortController | null = null;
  readonly #incoming: IncomingBody;
  #drained: { resolve: () => void; reject: (error: unknown) => void } | null = null;
  #isPaused = false;
  #isClosed = false;
  /** The handler that has the socket now. */
  #successor: SocketHandler | null = null;

  constructor(init: UpgradedStreamInit) {
    this.#socket = init.socket;
    this.#clock = init.clock;
    this.#request = init.request;
    this.#onClosed = init.onClosed;
    this.#onReplaced = init.onReplaced;
    this.#startTLS = init.startTLS;
    this.#incoming = new IncomingBody(this, {
      contentLength: null,
      keepsBytes: init.socket.givesBytes,
    });
    if (init.leading.length > 0) this.#incoming.push(init.leading);
    this.#socket.attach(this);
  }

  /** Whether received bytes may be kept: the runtime does not write to them again. */
  get givesBytes(): boolean {
    return this.#socket.givesBytes;
  }

  /** The next bytes, never empty, or `null` once the peer has ended its side. */
  async read(
    maxBytes?: number | NetworkStreamOptions,
    options?: NetworkStreamOptions,
  ): Promise<Uint8Array | null> {
    const wanted = readArguments(maxBytes, options);
    return await this.#within("read", wanted.options, () => this.#incoming.read(wanted.maxBytes));
  }

  /** Sends the bytes and resolves once the runtime has taken them. */
  write(bytes: Uint8Array, options: NetworkStreamOptions = {}): Promise<void> {
    return this.#within("write", options, () => this.#write(bytes));
  }

  /** Starts TLS. The stream that comes of it takes the place of this one, which is used up. */
  async startTLS(options: NetworkStreamTLSOptions): Promise<NetworkStream> {
    const { serverName, alpnProtocols = [], timeout = null, signal = null } = options;
    if (this.#isClosed) throw new StreamClosed("Cannot start TLS on the stream: it is closed");
    if (this.#incoming.heldBytes > 0 || this.#incoming.isWanted) {
      throw new TypeError("Cannot start TLS on the stream: read what the peer has sent first");
    }
    const deadline = this.#deadline(timeout, signal);
    const securing = this.#securing = new AbortController();
    deadline.enter("connect", {
      onExpiry: (expiry) => securing.abort(deadline.errorFor(expiry)),
    });
    try {
      const terms = { serverName, alpnProtocols, signal: securing.signal };
      return this.#handOver(await this.#startTLS(this.#socket, terms));
    } catch (error) {
      this.#fail(error);
      throw error;
    } finally {
      deadline.finish();
    }
  }

  /**
   * Hands the socket to the driver of another protocol, which receives everything from now on, and an error when the
   * client is closed. The stream itself is used up.
   *
   * @throws {StreamClosed} when the stream is closed
   * @throws {TypeError} while a read is pending
   */
  handOver(successor: SocketHandler): HandedSocket {
    if (this.#isClosed || this.#successor !== null) {
      throw new StreamClosed("Cannot use the stream: it is closed");
    }
    if (this.#incoming.isWanted) {
      throw new TypeError("Cannot hand over the stream: a read is pending");
    }
    const leading = this.#incoming.takeHeld();
    const { hasArrived: isEnded } = this.#incoming;
    this.#successor = successor;
    this.#incoming.fail(new StreamClosed("Cannot use the stream: another protocol has it"));
    this.#socket.attach(successor);
    this.onServed();
    return { socket: this.#socket, leading, isEnded, close: () => this.#closeHanded() };
  }

  /** Ends this side; the peer sees the end of the stream and may go on sending. */
  end(): void {
    if (!this.#isClosed) this.#socket.end();
  }

  /** Ends both directions. Idempotent. */
  close(): Promise<void> {
    this.#fail(new StreamClosed("Cannot use the stream: it was closed"));
    return Promise.resolve();
  }

  /** Ends both directions because the connection has ended; pending reads and writes fail with the reason. */
  breakOff(reason: unknown): void {
    this.#fail(reason);
  }

  /** Same as `close()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** The addresses of both ends, and TLS, as far as the runtime reports them. */
  get facts(): SocketFacts {
    const { localAddress, remoteAddress, tls } = this.#socket;
    return { localAddress, remoteAddress, tls };
  }

  /** The same, by httpx's names. */
  getExtraInfo<Name extends keyof ExtraInfo>(name: Name): ExtraInfo[Name] {
    return extraInfo(this.#socket, name);
  }

  /** The incoming side as a web stream. Use it or `read()`, not both. */
  get readable(): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        const bytes = await this.read();
        if (bytes === null) controller.close();
        else controller.enqueue(bytes);
      },
      cancel: () => this.close(),
    }, { highWaterMark: 0 });
  }

  /** The outgoing side as a web stream; closing it ends this side alone. */
  get writable(): WritableStream<Uint8Array> {
    return new WritableStream<Uint8Array>({
      write: (bytes) => this.write(bytes),
      close: () => this.end(),
      abort: () => this.close(),
    });
  }

  onData(bytes: Uint8Array): void {
    this.#incoming.push(bytes);
  }

  onEnd(): void {
    this.#incoming.finish(null);
  }

  onError(error: Error): void {
    this.#fail(error);
  }

  onDrain(): void {
    this.#drained?.resolve();
    this.#drained = null;
  }

  onWanted(): void {
    this.onServed();
  }

  onServed(): void {
    if (!this.#isPaused || this.#incoming.heldBytes > HIGH_WATER_BYTES / 2) return;
    this.#isPaused = false;
    this.#socket.resume();
  }

  onFull(): void {
    if (this.#isPaused) return;
    this.#isPaused = true;
    this.#socket.pause();
  }

  onCancel(): void {
    this.close();
  }

  #write(bytes: Uint8Array): Promise<void> {
    if (this.#isClosed) {
      return Promise.reject(new StreamClosed("Cannot write to the stream: it is closed"));
    }
    if (this.#drained !== null) {
      return Promise.reject(
        new TypeError("Cannot write to the stream: await the last write first"),
      );
    }
    this.#socket.write(bytes);
    if (this.#socket.unsentBytes === 0) return Promise.resolve();
    return new Promise((resolve, reject) => this.#drained = { resolve, reject });
  }

  #handOver(socket: Socket): NetworkStream {
    this.#isClosed = true;
    this.#incoming.fail(new StreamClosed("Cannot use the stream: TLS has taken its place"));
    const stream = new UpgradedStream({
      socket,
      clock: this.#clock,
      leading: new Uint8Array(0),
      request: this.#request,
      onClosed: this.#onClosed,
      onReplaced: this.#onReplaced,
      startTLS: this.#startTLS,
    });
    this.#onReplaced(stream);
    return stream;
  }

  #deadline(timeout: number | null, signal: AbortSignal | null): Deadline {
    const limits = { pool: null, connect: timeout, write: timeout, read: timeout, total: null };
    return new Deadline(this.#clock, { limits, signal, request: this.#request });
  }

  /** A wait that runs out closes the stream: half a message can't be taken back. */
  async #within<T>(
    phase: WaitPhase & ("read" | "write"),
    { timeout = null, signal = null }: NetworkStreamOptions,
    wait: () => Promise<T>,
  ): Promise<T> {
    if (timeout === null && signal === null) return await wait();
    const deadline = this.#deadline(timeout, signal);
    deadline.enter(phase, {
      onExpiry: (expiry: Expiry) => this.#fail(deadline.errorFor(expiry)),
    });
    try {
      return await wait();
    } finally {
      deadline.finish();
    }
  }

  #closeHanded(): void {
    this.#successor = null;
    this.#fail(new StreamClosed("Cannot use the stream: it was closed"));
  }

  #fail(error: unknown): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#socket.close();
    const successor = this.#successor;
    this.#successor = null;
    successor?.onError(error instanceof Error ? error : new ReadError("the connection was closed"));
    this.#securing?.abort(error);
    this.#incoming.fail(error);
    this.#drained?.reject(error);
    this.#drained = null;
    this.#onClosed();
  }
}
