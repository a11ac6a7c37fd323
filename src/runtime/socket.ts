/**
 * One connected byte stream, whoever runs it: the only thing the rest of the library knows of sockets.
 *
 * Data is pushed: `attach()` names the one object that is told of it and starts the reading.
 * A socket reads all the time unless paused, so that a peer's close is noticed while nobody waits.
 */

/** What a socket tells the object attached to it. None of them may throw. */
export interface SocketHandler {
  /** Bytes arrived. Unless the socket `givesBytes`, they are lent: valid until this call returns. */
  onData(bytes: Uint8Array): void;
  /** The peer will send no more (FIN or close_notify). Writing may still be possible. */
  onEnd(): void;
  /** The connection failed; the socket has closed itself and nothing follows. */
  onError(error: Error): void;
  /** `unsentBytes` has fallen to 0 after a write that could not leave at once. */
  onDrain(): void;
}

/** One end of a connection, where the runtime tells. */
export interface SocketAddress {
  /** An IP address, or the path of a UNIX socket. */
  readonly host: string;
  /** 0 for a UNIX socket. */
  readonly port: number;
}

/** What is known of a TLS session. Anything the runtime does not tell is `null`. */
export interface TLSFacts {
  /** The protocol ALPN settled on (`"h2"`, `"http/1.1"`), or `null` where none was agreed. */
  readonly alpnProtocol: string | null;
  /** `"TLSv1.3"` and so on. */
  readonly protocol: string | null;
  /** As the runtime names it. */
  readonly cipher: string | null;
  /** The peer's certificate as the runtime describes it (the shape of `node:tls`). */
  readonly peerCertificate: Readonly<Record<string, unknown>> | null;
}

/** Who is at the other end. */
export interface SocketFacts {
  /** This end. */
  readonly localAddress: SocketAddress | null;
  /** The other end. */
  readonly remoteAddress: SocketAddress | null;
  /** `null` on a cleartext connection. */
  readonly tls: TLSFacts | null;
}

/** A connected socket. Handlers are called from the event loop, never from inside `write()`. */
export interface Socket extends SocketFacts {
  /** Whether what `onData()` gets is the handler's to keep: the runtime never writes to it again. */
  readonly givesBytes: boolean;
  /**
   * Bytes given to `write()` that the runtime still holds. Arrays passed to `write()` must not be
   * changed before this is 0. A writer with much to send waits for `onDrain()` while it is not.
   */
  readonly unsentBytes: number;
  /** Names the handler and starts (or goes on) reading. A later call replaces the handler. */
  attach(handler: SocketHandler): void;
  /**
   * Lets the handler go and stops reading until the next `attach()`, which is told of an end or a failure that
   * came in between. From inside `onData()` alone: then nothing is lost.
   */
  detach(): void;
  /** Sends in order. After `close()` it does nothing; failures arrive at `onError()`. */
  write(bytes: Uint8Array): void;
  /** Stops reading, so that TCP slows the peer. What was read already may still be delivered once. */
  pause(): void;
  resume(): void;
  /** Sends what is unsent, then FIN: the peer sees the end, and may go on sending. */
  end(): void;
  /** Ends both directions now and frees everything. No handler is called any more. Idempotent. */
  close(): void;
  /** Lets the program end while this socket is open (`unref`), or not (`ref`, as at the start). */
  ref(): void;
  unref(): void;
}
