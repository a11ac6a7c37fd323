/**
 * What connections with the same TLS settings share: the settings as the runtime has parsed them, and sessions to
 * take up again (RFC 8446 §2.2). Whoever takes up a session does not check the certificate again, so a memory belongs
 * to one set of settings and to no other.
 */

/** For how many peers a session is kept. */
const MAX_PEERS = 100;

let memories = 0;

/** A memory of one set of settings. */
export class TLSMemory {
  /** Tells one set of settings from another. */
  readonly id: number = ++memories;
  readonly #sessions = new Map<string, Uint8Array>();
  #parsed: object | null = null;

  /** The settings as the runtime has them, made at the first call: 140 authorities take Node 6 ms to parse. */
  parsed<Settings extends object>(make: () => Settings): Settings {
    this.#parsed ??= make();
    return this.#parsed as Settings; // only the runtime's own adapter asks
  }

  /** The latest session with a peer. */
  session(peer: string): Uint8Array | null {
    return this.#sessions.get(peer) ?? null;
  }

  /** Keeps a session; that of the peer that was heard of first goes where there are too many. */
  keep(peer: string, session: Uint8Array): void {
    this.#sessions.delete(peer);
    this.#sessions.set(peer, session);
    if (this.#sessions.size <= MAX_PEERS) return;
    const [oldest] = this.#sessions.keys();
    if (oldest !== undefined) this.#sessions.delete(oldest);
  }

  /** After a handshake that failed: the next begins anew. */
  forget(peer: string): void {
    this.#sessions.delete(peer);
  }
}
