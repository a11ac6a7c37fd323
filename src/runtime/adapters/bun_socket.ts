/**
 * A connection of Bun's as a `Socket`. `write()` takes what the kernel takes and returns how much; the rest is copied,
 * and sent when Bun reports room. `terminate()` resets and drops what the peer has not received yet: `close()` ends
 * instead.
 */
import { readFailure, writeFailure } from "../failures.ts";
import type { Socket, SocketHandler } from "../socket.ts";
import type { SocketAddress, SocketFacts, TLSFacts } from "../../semantics/network_stream.ts";
import { SocketMachine } from "../socket_state.ts";
import { startLingering } from "../timers.ts";
import type { BunConnection, BunListener } from "./bun_api.ts";

/** Maximum bytes discarded after `close()`, while the socket still sends. */
const MAX_DISCARDED_BYTES = 256 * 1024;

/** What a socket is made with. */
export interface BunSocketInit extends SocketFacts {
  /** Receives the sessions that the server offers. */
  readonly onSession: (session: Uint8Array) => void;
  /** Receives lines of a key log. */
  readonly onSecret: (line: Uint8Array) => void;
}

/** A connection of Bun's, ready and paused. */
export class BunSocket implements Socket, BunListener {
  readonly givesBytes = true;
  readonly localAddress: SocketAddress | null;
  readonly remoteAddress: SocketAddress | null;
  readonly tls: TLSFacts | null;
  readonly #connection: BunConnection;
  readonly #init: BunSocketInit;
  readonly #machine: SocketMachine;
  /** Copies of what the kernel has not taken yet. */
  #queue: Uint8Array[] = [];
  #unsentBytes = 0;
  #discardedBytes = 0;
  /** Whether Bun has ended the connection by itself. */
  #isGone = false;
  /** Whether what is unsent is dropped: the peer has refused it, or has had its time. */
  #isCut = false;
  #stopLingering = () => {};

  constructor(connection: BunConnection, init: BunSocketInit) {
    this.#connection = connection;
    this.#init = init;
    this.localAddress = init.localAddress;
    this.remoteAddress = init.remoteAddress;
    this.tls = init.tls;
    this.#machine = new SocketMachine({
      finish: () => connection.shutdown(),
      linger: () => this.#linger(),
      free: () => this.#free(),
    });
  }

  get unsentBytes(): number {
    return this.#machine.isOver ? 0 : this.#unsentBytes;
  }

  /** Bun holds nothing of its own: what is unsent has not left. */
  get queuedBytes(): number {
    return this.unsentBytes;
  }

  attach(handler: SocketHandler): void {
    // Nothing was lost before: the connection was paused when it opened, and by detach().
    if (this.#machine.attach(handler)) this.resume();
  }

  detach(): void {
    this.#machine.detach();
    this.pause();
  }

  /** Hands the connection over; `null` if it is under TLS, or over. */
  release(): BunConnection | null {
    if (this.tls !== null) return null;
    return this.#machine.on("release") === "released" ? this.#connection : null;
  }

  write(bytes: Uint8Array): void {
    if (!this.#machine.canWrite) return;
    if (this.#queue.length > 0) return this.#hold(bytes);
    const taken = this.#give(bytes);
    if (taken < bytes.length) this.#hold(bytes.subarray(taken));
  }

  pause(): void {
    if (!this.#machine.isOver) this.#connection.pause();
  }

  resume(): void {
    if (!this.#machine.isOver) this.#connection.resume();
  }

  end(): void {
    if (!this.#machine.canWrite) return;
    this.#machine.on("end");
    if (this.#unsentBytes === 0) this.#machine.on("drain");
  }

  close(): void {
    this.#machine.on("close");
  }

  ref(): void {
    this.#connection.ref();
  }

  unref(): void {
    this.#connection.unref();
  }

  // BunListener

  onOpen(): void {}

  /** A renegotiation: TLS goes on with the same peer, whose certificate BoringSSL does not let change. */
  onHandshake(): void {}

  onSession(session: Uint8Array): void {
    this.#init.onSession(session);
  }

  onSecret(line: Uint8Array): void {
    this.#init.onSecret(line);
  }

  onData(bytes: Uint8Array): void {
    if (this.#machine.isOver) this.#discard(bytes);
    else this.#machine.handler?.onData(bytes);
  }

  onDrain(): void {
    // Over TLS Bun also reports room for which no write has waited.
    if (this.#queue.length === 0) return;
    for (let bytes = this.#queue[0]; bytes !== undefined; bytes = this.#queue[0]) {
      const taken = this.#give(bytes);
      this.#unsentBytes -= taken;
      if (taken < bytes.length) {
        this.#queue[0] = bytes.subarray(taken);
        return;
      }
      this.#queue.shift();
    }
    this.#machine.on("drain");
  }

  onEnd(): void {
    if (this.#machine.on("peerEnd") === "closed") this.#connection.end(); // both sides have ended
  }

  onError(error: unknown): void {
    this.#machine.on("error", readFailure(error));
  }

  /** Bun closes after an error, or when both sides have ended. */
  onClose(error: unknown): void {
    this.#isGone = true;
    this.#stopLingering();
    if (error !== undefined && error !== null) return this.onError(error);
    this.#machine.on("peerEnd");
    this.#machine.on("close");
    this.#machine.on("lingerOver");
  }

  #linger(): void {
    this.#stopLingering = startLingering(() => {
      this.#isCut = true;
      this.#machine.on("lingerOver");
    });
  }

  /**
   * What Bun has taken still reaches the peer. Over TLS Bun holds bytes of its own: the peer gets a second to take them
   * and to end too. `shutdown()`, because after `end()` Bun 1.4.5 ignores `terminate()`, and a peer that reads nothing
   * keeps the program alive for 12 s.
   */
  #free(): void {
    this.#stopLingering();
    this.#queue = [];
    if (this.#isGone) return;
    const connection = this.#connection;
    if (this.#isCut) return connection.terminate();
    if (this.tls === null) return connection.end();
    this.#stopLingering = startLingering(() => connection.terminate());
    connection.resume(); // a paused connection would not notice the peer's end
    connection.shutdown();
  }

  /** A download that was cancelled ends; a few last bytes are not a reason to take back what was sent. */
  #discard(bytes: Uint8Array): void {
    this.#discardedBytes += bytes.length;
    if (this.#discardedBytes > MAX_DISCARDED_BYTES) this.#connection.terminate();
  }

  /** How many bytes Bun took. It gives no reason when it refuses them. */
  #give(bytes: Uint8Array): number {
    const taken = this.#connection.write(bytes);
    if (taken >= 0) return taken;
    this.#isCut = true;
    this.#machine.on("writeError", writeFailure(new Error("broken pipe")));
    return 0;
  }

  #hold(bytes: Uint8Array): void {
    if (!this.#machine.canWrite) return; // refused just now
    this.#queue.push(bytes.slice());
    this.#unsentBytes += bytes.length;
  }
}
