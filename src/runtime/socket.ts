/**
 * One connected byte stream of any runtime: the only thing the rest of the library knows of sockets.
 *
 * Data is pushed: `attach()` names the one object that receives it and starts the reading.
 * A socket reads all the time unless paused, so that a peer's close is noticed while no call waits.
 */

import type { SocketFacts } from "../semantics/network_stream.ts";

/** The callbacks of the object attached to a socket. None of them may throw. */
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

/** A connected socket. Handlers are called from the event loop, never from inside `write()`. */
export interface Socket extends SocketFacts {
  /** Whether what `onData()` gets is the handler's to keep: the runtime never writes to it again. */
  readonly givesBytes: boolean;
  /**
   * Bytes given to `write()` that the runtime still holds. Arrays passed to `write()` must not be
   * changed before this is 0. A writer with much to send waits for `onDrain()` while it is not.
   */
  readonly unsentBytes: number;
  /**
   * Those of them that the peer can't have seen, as the runtime was not given them yet. A write that is not confirmed
   * may have left all the same.
   */
  readonly queuedBytes: number;
  /** Names the handler and starts (or goes on) reading. A later call replaces the handler. */
  attach(handler: SocketHandler): void;
  /**
   * Lets the handler go and stops reading until the next `attach()`, which gets an end or a failure that
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
  /**
   * Ends both directions now: no handler is called any more. What the runtime has taken still reaches the peer, then
   * the end; so does what `end()` was to follow, if the peer takes it within a second. Everything is free by then.
   * What is unsent else is dropped: a request that was given up does not go on. Idempotent.
   */
  close(): void;
  /** Lets the program end while this socket is open (`unref`), or not (`ref`, as at the start). */
  ref(): void;
  unref(): void;
}
