/**
 * All arithmetic of flow control (RFC 9113 §5.2, §6.9). Outgoing: how much the peer lets us send. Incoming:
 * how much we let it send, by one law: what was granted = what was received + what is still open.
 */
import { MAX_WINDOW_BYTES } from "./frames/settings.ts";
import { type Scope, ViolationError } from "./reasons.ts";

/** How much we may send, on a stream or on the connection. Settings can make it negative (§6.9.2). */
export class SendWindow {
  #bytes: number;
  readonly #scope: Scope;

  constructor(bytes: number, scope: Scope) {
    this.#bytes = bytes;
    this.#scope = scope;
  }

  /** How many bytes may be sent now; 0 or less is none. */
  get bytes(): number {
    return this.#bytes;
  }

  take(bytes: number): void {
    this.#bytes -= bytes;
  }

  /**
   * A WINDOW_UPDATE.
   *
   * @throws {ViolationError} if it is 0 or leads beyond what a window may be
   */
  grow(bytes: number): void {
    if (bytes === 0) {
      throw new ViolationError("PROTOCOL_ERROR", "WINDOW_UPDATE of 0 bytes", this.#scope);
    }
    this.#add(bytes, this.#scope);
  }

  /**
   * SETTINGS_INITIAL_WINDOW_SIZE has changed by so much.
   *
   * @throws {ViolationError} if a window would become too large: of the connection, whatever the stream
   */
  shift(bytes: number): void {
    this.#add(bytes, "connection");
  }

  #add(bytes: number, scope: Scope): void {
    this.#bytes += bytes;
    if (this.#bytes > MAX_WINDOW_BYTES) {
      throw new ViolationError("FLOW_CONTROL_ERROR", "a window beyond 2^31-1 bytes", scope);
    }
  }
}

/**
 * How much the peer may send. It is opened again once half of it is used up, so that a WINDOW_UPDATE is
 * worth its bytes; bytes that lie unread keep it as much closed.
 */
export class ReceiveWindow {
  #openBytes: number;
  #targetBytes: number;
  readonly #maxTargetBytes: number;
  readonly #scope: Scope;

  /** @param init.maxTargetBytes how wide the window gets for a caller who keeps up */
  constructor(init: { bytes: number; maxTargetBytes: number; scope: Scope }) {
    this.#openBytes = this.#targetBytes = init.bytes;
    this.#maxTargetBytes = Math.max(init.bytes, init.maxTargetBytes);
    this.#scope = init.scope;
  }

  /** What the peer may still send. */
  get openBytes(): number {
    return this.#openBytes;
  }

  /** What may be open and unread together. */
  get targetBytes(): number {
    return this.#targetBytes;
  }

  /**
   * The peer has sent so much.
   *
   * @throws {ViolationError} if that was more than it may
   */
  receive(bytes: number): void {
    this.#openBytes -= bytes;
    if (this.#openBytes < 0) {
      throw new ViolationError("FLOW_CONTROL_ERROR", "more DATA than the window", this.#scope);
    }
  }

  /**
   * By how much to open the window now, with so many bytes unread; 0 where it isn't worth a frame. A caller
   * who keeps up gets twice the window each time: then the round trip, not the caller, limits the peer.
   */
  release(unreadBytes: number): number {
    if (this.#openBytes > this.#targetBytes / 2) return 0;
    if (unreadBytes === 0) {
      this.#targetBytes = Math.min(this.#targetBytes * 2, this.#maxTargetBytes);
    }
    const grant = this.#targetBytes - unreadBytes - this.#openBytes;
    if (grant < this.#targetBytes / 4) return 0;
    this.#openBytes += grant;
    return grant;
  }
}
