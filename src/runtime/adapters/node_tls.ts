/**
 * TLS over any socket, one that is under TLS already among them: `node:tls` over a stream that hands on what the
 * socket says. Every runtime that has sockets has this; none of their own APIs does TLS inside TLS.
 */
import type { StartTLSOptions } from "../connect_options.ts";
import { connectFailure } from "../failures.ts";
import { required } from "../host.ts";
import {
  factsOf,
  type NodeConnection,
  NodeSocket,
  openTLS,
  type SocketCarrier,
  untilReady,
} from "./node_socket.ts";
import type { Socket, SocketHandler } from "../socket.ts";

/** As much of `stream.Duplex` as is used here. */
interface NodeStream {
  /** What `write()` has not taken yet. */
  readonly writableLength: number;
  /** `null` is the end. Whether it wants more. */
  push(bytes: Uint8Array | null): boolean;
  destroy(): void;
}

interface StreamModule {
  readonly Duplex: new (options: {
    readonly allowHalfOpen: boolean;
    read(): void;
    write(bytes: Uint8Array, encoding: string, done: () => void): void;
    final(done: () => void): void;
    destroy(error: Error | null, done: (error: Error | null) => void): void;
  }) => NodeStream;
}

/** Starts TLS over a socket without a handler. */
export async function startNodeTLS(
  socket: Socket,
  { tls, peer, signal }: StartTLSOptions,
): Promise<Socket> {
  if (signal.aborted) {
    socket.close();
    throw signal.reason;
  }
  const explain = (error: unknown) => connectFailure(error, peer, { isSecuring: true });
  const carrier = new Carrier(socket);
  let connection: NodeConnection;
  try {
    connection = openTLS({ socket: carrier.stream }, { tls, peer });
  } catch (error) { // a key that can't be read
    socket.close();
    throw explain(error);
  }
  try {
    const ready = untilReady(connection, {
      event: "secureConnect",
      signal,
      explain,
      make: () =>
        new NodeSocket(connection, { tls: factsOf(connection), endpoints: socket, carrier }),
    });
    const broken = carrier.broken.then((error) => Promise.reject(explain(error)));
    const secured = await Promise.race([ready, broken]);
    carrier.onEmpty = () => secured.onCarrierDrain();
    carrier.broken.then((error) => secured.onError(error));
    return secured;
  } catch (error) {
    connection.destroy();
    socket.close();
    throw error;
  }
}

/** A socket as a stream of Node's. Its failures go round TLS, which would tell them in other words, or not at all. */
class Carrier implements SocketHandler, SocketCarrier {
  readonly socket: Socket;
  /** Called when nothing is held any more. */
  onEmpty: () => void = () => {};
  readonly stream: NodeStream;
  /** Resolves with the reason once the socket has failed. */
  readonly broken: Promise<Error>;
  #isEnded = false;
  #break: (error: Error) => void = () => {};
  #written: (() => void) | null = null;

  constructor(socket: Socket) {
    this.socket = socket;
    this.broken = new Promise((resolve) => this.#break = resolve);
    const { Duplex } = required<StreamModule>("node:stream");
    this.stream = new Duplex({
      allowHalfOpen: true,
      read: () => socket.resume(),
      write: (bytes, _encoding, done) => this.#write(bytes, done),
      final: (done) => {
        socket.end();
        done();
      },
      destroy: (error, done) => {
        socket.close();
        done(error);
      },
    });
    socket.attach(this);
  }

  get heldBytes(): number {
    return this.stream.writableLength;
  }

  onData(bytes: Uint8Array): void {
    if (!this.stream.push(this.socket.givesBytes ? bytes : bytes.slice())) this.socket.pause();
  }

  onEnd(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.stream.push(null);
  }

  onError(error: Error): void {
    this.#break(error);
  }

  onDrain(): void {
    const written = this.#written;
    this.#written = null;
    written?.();
  }

  /** Done once the socket has taken the bytes: only then is there room for more, and the array free again. */
  #write(bytes: Uint8Array, done: () => void): void {
    const written = () => {
      done();
      if (this.heldBytes === 0) this.onEmpty();
    };
    this.socket.write(bytes);
    if (this.socket.unsentBytes > 0) this.#written = written;
    else queueMicrotask(written);
  }
}
