/**
 * What connections with the same TLS settings share: the settings as the runtime has parsed them, and sessions to
 * take up again (RFC 8446 §2.2). Resuming a session does not check the certificate again, so a memory belongs
 * to one set of settings and to no other.
 */

/** For how many peers a session is kept. */
const MAX_PEERS = 100;

let memories = 0;

/** A memory of one set of settings. */
export class TLSMemory {
  /** Identifies a set of settings. */
  readonly id: number = ++memories;
  readonly #sessions = new Map<string, Uint8Array>();
  #parsed: { readonly ca: readonly string[]; readonly settings: object } | null = null;
  #trusted: { readonly ca: readonly string[]; readonly all: readonly string[] } | null = null;

  /** The settings as the runtime has them, made when they are first needed and when other authorities are trusted. */
  parsed(ca: readonly string[], make: () => object): object {
    if (this.#parsed?.ca !== ca) this.#parsed = { ca, settings: make() };
    return this.#parsed.settings;
  }

  /** The settings' authorities and those of the environment, as one list that stays the same while these do. */
  authorities(given: readonly string[], environment: readonly string[]): readonly string[] {
    if (given.length === 0) return environment;
    if (this.#trusted?.ca !== environment) {
      this.#trusted = { ca: environment, all: [...given, ...environment] };
    }
    return this.#trusted.all;
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
