/**
 * Bun's own connections as a `Socket`: `Bun.connect`. `write()` takes what the kernel takes and says how
 * much; the rest is copied, and sent when Bun says that there is room. `terminate()` takes back what the peer has not
 * got yet, with a reset: `close()` ends instead.
 */
import {
  type ConnectOptions,
  type Ends,
  endsOfPath,
  peerName,
  type StartTLSOptions,
  type TCPOptions,
  type TLSOptions,
} from "../connect_options.ts";
import { connectFailure, readFailure, writeFailure } from "../failures.ts";
import { authoritiesOf, identityFault, isAddress, sessionKey } from "./identity.ts";
import type { Socket, SocketAddress, SocketHandler, TLSFacts } from "../socket.ts";
import { startLingering } from "../timers.ts";

/** So much a peer may say to a socket that was closed and has bytes to send still. */
const IGNORED_BYTES = 256 * 1024;

/** As much of Bun's API as is used here. */
interface BunConnection {
  data: BunSocket;
  readonly localAddress?: string;
  readonly localPort?: number;
  readonly remoteAddress?: string;
  readonly remotePort?: number;
  readonly alpnProtocol?: string | false | null;
  getTLSVersion?(): string;
  getCipher?(): { name?: string } | null;
  getPeerCertificate?(): Record<string, unknown> | null;
  setSession?(session: Uint8Array): void;
  /** How many bytes it took; -1 where the connection is closed. */
  write(bytes: Uint8Array): number;
  shutdown(): void;
  end(): void;
  terminate(): void;
  pause(): void;
  resume(): void;
  setNoDelay(noDelay: boolean): void;
  setKeepAlive(keepAlive: boolean): void;
  /** The connection as it was, which is told what is encrypted, and the one under TLS. */
  upgradeTLS(options: Record<string, unknown>): [raw: BunConnection, secured: BunConnection];
  ref(): void;
  unref(): void;
}

interface BunHost {
  connect(options: Record<string, unknown>): Promise<BunConnection>;
}

/** Connects with Bun's own API. */
export function connectBun(options: ConnectOptions): Promise<Socket> {
  const peer = peerName(options);
  const { socketOptions = {} } = options;
  return connecting({ ...options, socketOptions, peer }, (socket) => start(options, socket));
}

/**
 * Starts TLS on a connection of Bun's own, by Bun's own API; `null` where it is none, or is under TLS already. The
 * socket is used up.
 */
export function startBunTLS(socket: Socket, options: StartTLSOptions): Promise<Socket> | null {
  const connection = socket instanceof BunSocket ? socket.release() : null;
  if (connection === null) return null;
  const path = socket.remoteAddress?.port === 0 ? socket.remoteAddress.host : undefined;
  return connecting({ ...options, path }, (secured) => {
    try {
      const { tls } = options;
      connection.upgradeTLS({ data: secured, tls: bunTLS(tls), socket: handlersFor(tls) });
      connection.resume();
    } catch (error) {
      connection.terminate();
      secured.onConnectError(error); // a key that can't be read
    }
  }, () => connection.terminate());
}

/** A socket that is begun, once it is there; the signal gives it up. */
function connecting(
  { tls, peer, path, signal, socketOptions, onReached }:
    & Pick<ConnectOptions, "tls" | "signal" | "socketOptions" | "onReached">
    & { readonly peer: string; readonly path?: string | undefined },
  begin: (socket: BunSocket) => void,
  abandon: () => void = () => {},
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = new BunSocket({
      tls,
      peer,
      path: path ?? null,
      socketOptions: socketOptions ?? null,
      onReached: onReached ?? null,
      onConnected: () => {
        signal.removeEventListener("abort", onAbort);
        resolve(socket);
      },
      onFailed: (error) => {
        signal.removeEventListener("abort", onAbort);
        reject(connectFailure(error, peer, { isSecuring: socket.isSecuring }));
      },
    });
    const onAbort = () => {
      abandon();
      socket.close();
      reject(signal.reason);
    };
    if (signal.aborted) return onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    begin(socket);
  });
}

function start(options: ConnectOptions, socket: BunSocket): void {
  const { Bun } = globalThis as unknown as { Bun: BunHost };
  const where = options.path === undefined
    ? { hostname: options.host, port: options.port }
    : { unix: options.path };
  const tls = options.tls === null ? {} : { tls: bunTLS(options.tls) };
  const handlers = handlersFor(options.tls);
  try {
    Bun.connect({ ...where, ...tls, data: socket, allowHalfOpen: true, socket: handlers }).catch(
      (error) => socket.onConnectError(error),
    );
  } catch (error) {
    socket.onConnectError(error); // a key that can't be read
  }
}

/** The versions by their numbers on the wire (RFC 8446 §4.2.1). */
const VERSION_NUMBERS = { "TLSv1.2": 0x0303, "TLSv1.3": 0x0304 } as const;

function bunTLS(tls: TLSOptions): Record<string, unknown> {
  const { serverName, minVersion, maxVersion } = tls;
  const ca = authoritiesOf(tls);
  return {
    // SNI has no IP addresses (RFC 6066 §3). Without a name Bun checks none: see onHandshake().
    serverName: isAddress(serverName) ? "" : serverName,
    rejectUnauthorized: tls.verify,
    ALPNProtocols: wireFormat(tls.alpnProtocols),
    ...(ca !== null && { ca }),
    ...(tls.cert !== null && { cert: tls.cert, key: tls.key }),
    ...(minVersion !== null && { minVersion: VERSION_NUMBERS[minVersion] }),
    ...(maxVersion !== null && { maxVersion: VERSION_NUMBERS[maxVersion] }),
  };
}

/** ALPN's own format (RFC 7301 §3.1), which Bun wants: each name behind its length. */
function wireFormat(protocols: readonly string[]): string {
  return protocols.map((name) => String.fromCharCode(name.length) + name).join("");
}

/** One set of handlers for all connections: each finds its socket in `data`. */
const HANDLERS = {
  binaryType: "uint8array", // by itself it gives Buffers, whose slice() is no copy
  open: (connection: BunConnection) => connection.data.onOpen(connection),
  handshake: (connection: BunConnection, isTrusted: boolean, error: unknown) =>
    connection.data.onHandshake(isTrusted, error),
  data: (connection: BunConnection, bytes: Uint8Array) => connection.data.onData(bytes),
  drain: (connection: BunConnection) => connection.data.onDrain(),
  end: (connection: BunConnection) => connection.data.onEnd(),
  error: (connection: BunConnection, error: unknown) => connection.data.onError(error),
  close: (connection: BunConnection, error: unknown) => connection.data.onClose(error),
  connectError: (connection: BunConnection, error: unknown) =>
    connection.data.onConnectError(error),
  session: (connection: BunConnection, session: Uint8Array) => connection.data.onSession(session),
};

/** For those who keep a key log: Bun then writes each secret out. */
const TELLING_HANDLERS = {
  ...HANDLERS,
  keylog: (connection: BunConnection, line: Uint8Array) => connection.data.onSecret(line),
};

function handlersFor(tls: TLSOptions | null): typeof HANDLERS {
  return (tls?.onSecret ?? null) === null ? HANDLERS : TELLING_HANDLERS;
}

interface Connecting {
  readonly tls: TLSOptions | null;
  /** For sessions. */
  readonly peer: string;
  /** Of a UNIX socket. */
  readonly path: string | null;
  /** `null` where the socket is there already. */
  readonly socketOptions: TCPOptions | null;
  /** Called where TLS follows. */
  readonly onReached: ConnectOptions["onReached"] | null;
  readonly onConnected: () => void;
  readonly onFailed: (error: unknown) => void;
}

/** A connection of Bun's. */
class BunSocket implements Socket {
  readonly givesBytes = true;
  localAddress: SocketAddress | null = null;
  remoteAddress: SocketAddress | null = null;
  tls: TLSFacts | null = null;
  #connecting: Connecting | null;
  readonly #terms: TLSOptions | null;
  readonly #sessionKey: string;
  #connection: BunConnection | null = null;
  #handler: SocketHandler | null = null;
  /** Copies of what the kernel has not taken yet. */
  #queue: Uint8Array[] = [];
  #unsentBytes = 0;
  #endsWhenDrained = false;
  /** Bun has refused bytes: the peer listens no more. What it sent before is still to come. */
  #isRefused = false;
  /** How the connection ended or broke before anybody was attached. */
  #untold: ((handler: SocketHandler) => void) | null = null;
  #isEnded = false;
  #isClosed = false;
  #ignoredBytes = 0;
  #stopLingering = () => {};

  constructor(connecting: Connecting) {
    this.#connecting = connecting;
    this.#terms = connecting.tls;
    this.#sessionKey = connecting.tls === null ? "" : sessionKey(connecting.tls, connecting.peer);
  }

  get unsentBytes(): number {
    return this.#isClosed ? 0 : this.#unsentBytes;
  }

  /** Bun has taken, or it has not. */
  get queuedBytes(): number {
    return this.unsentBytes;
  }

  attach(handler: SocketHandler): void {
    const isFirst = this.#handler === null;
    this.#handler = handler;
    if (isFirst && this.#untold !== null) {
      return queueMicrotask(() => this.#untold?.(handler));
    }
    // Nothing was lost in between: the connection was paused when it opened, and by detach().
    if (isFirst) this.resume();
  }

  detach(): void {
    this.#handler = null;
    this.pause();
  }

  /** A connection that is nobody's any more; `null` where it is under TLS, or over. */
  release(): BunConnection | null {
    if (this.#isClosed || this.#untold !== null || this.tls !== null) return null;
    this.#isClosed = true;
    const connection = this.#connection;
    this.#connection = null;
    return connection;
  }

  write(bytes: Uint8Array): void {
    if (this.#isClosed || this.#connection === null) return;
    if (this.#queue.length > 0) return this.#hold(bytes);
    const taken = this.#give(this.#connection, bytes);
    if (taken < bytes.length) this.#hold(bytes.subarray(taken));
  }

  pause(): void {
    if (!this.#isClosed) this.#connection?.pause();
  }

  resume(): void {
    if (!this.#isClosed) this.#connection?.resume();
  }

  end(): void {
    if (this.#isClosed) return;
    if (this.#unsentBytes > 0) this.#endsWhenDrained = true;
    else this.#connection?.shutdown();
  }

  close(): void {
    this.#untold = null;
    if (this.#isClosed) return;
    const connection = this.#connection;
    if (connection === null || this.#connecting !== null || this.#isRefused) return this.#cut();
    this.#isClosed = true;
    if (!this.#endsWhenDrained) this.#queue = [];
    const hasMore = this.#queue.length > 0;
    // Over TLS Bun holds bytes of its own, and waits for the peer to end too.
    if (hasMore || this.tls !== null) {
      this.#stopLingering = startLingering(() => connection.terminate());
    }
    if (!hasMore) connection.end();
  }

  ref(): void {
    this.#connection?.ref();
  }

  unref(): void {
    this.#connection?.unref();
  }

  /** Whether the peer is there and TLS is under way. */
  get isSecuring(): boolean {
    return this.#connection !== null && this.tls === null;
  }

  onOpen(connection: BunConnection): void {
    this.#connection = connection;
    if (this.#isClosed) return connection.terminate();
    const { socketOptions = null, path = null } = this.#connecting ?? {};
    if (socketOptions !== null) connection.setNoDelay(socketOptions.noDelay ?? true);
    if (socketOptions?.keepAlive) connection.setKeepAlive(true);
    const ends = path === null ? endsOf(connection) : endsOfPath(path);
    this.localAddress = ends.localAddress;
    this.remoteAddress = ends.remoteAddress;
    if (this.#terms === null) return this.#onConnected(connection);
    const session = this.#terms.memory?.session(this.#sessionKey) ?? null;
    if (session !== null) connection.setSession?.(session);
    this.#connecting?.onReached?.(this);
  }

  onHandshake(isTrusted: boolean, error: unknown): void {
    const connection = this.#connection;
    if (connection === null || this.#isClosed) return;
    const fault = isTrusted ? this.#identityFault(connection) : error;
    const mustTrust = this.#terms?.verify === true;
    if (isBroken(error) || mustTrust && (!isTrusted || fault !== null)) {
      // Of a certificate for names only the error says no name where the host is an address.
      const cert = connection.getPeerCertificate?.() ?? {};
      return this.#fail(Object.assign(fault ?? new Error("TLS handshake failed"), { cert }));
    }
    this.tls = factsOf(connection);
    this.#onConnected(connection);
  }

  /** Bun compares names with the certificate, and was given none where the host is an address. */
  #identityFault(connection: BunConnection): Error | null {
    const name = this.#terms?.serverName ?? "";
    return isAddress(name) ? identityFault(name, connection.getPeerCertificate?.() ?? {}) : null;
  }

  onSession(session: Uint8Array): void {
    this.#terms?.memory?.keep(this.#sessionKey, session);
  }

  onSecret(line: Uint8Array): void {
    this.#terms?.onSecret?.(line);
  }

  onData(bytes: Uint8Array): void {
    if (this.#isClosed) this.#ignore(bytes);
    else this.#handler?.onData(bytes);
  }

  onDrain(): void {
    const connection = this.#connection;
    // Over TLS Bun also tells of room that nobody has waited for.
    if (connection === null || this.#queue.length === 0) return;
    for (let bytes = this.#queue[0]; bytes !== undefined; bytes = this.#queue[0]) {
      const taken = this.#give(connection, bytes);
      this.#unsentBytes -= taken;
      if (taken < bytes.length) {
        this.#queue[0] = bytes.subarray(taken);
        return;
      }
      this.#queue.shift();
    }
    if (this.#isClosed) return connection.end();
    if (this.#endsWhenDrained) connection.shutdown();
    this.#handler?.onDrain();
  }

  onEnd(): void {
    if (this.#isClosed || this.#isEnded) return;
    this.#isEnded = true;
    if (this.#isRefused) this.#break(refusal());
    else this.#tell((handler) => handler.onEnd());
  }

  onError(error: unknown): void {
    if (this.#connecting !== null) this.#fail(error);
    else this.#break(readFailure(error));
  }

  /** Bun closes where an error came, or both sides have ended. */
  onClose(error: unknown): void {
    this.#stopLingering();
    if (this.#connecting !== null) return this.#fail(error ?? new Error("connection closed"));
    if (error !== undefined && error !== null) return this.onError(error);
    if (this.#isRefused) return this.#break(refusal());
    this.onEnd();
    this.#cut();
  }

  onConnectError(error: unknown): void {
    if (this.#connecting !== null) this.#fail(error);
  }

  #onConnected(connection: BunConnection): void {
    const connecting = this.#connecting;
    this.#connecting = null;
    connection.pause();
    connecting?.onConnected();
  }

  #fail(error: unknown): void {
    const connecting = this.#connecting;
    this.#terms?.memory?.forget(this.#sessionKey);
    this.#cut();
    connecting?.onFailed(error);
  }

  #break(error: Error): void {
    if (this.#isClosed) return;
    this.#cut();
    this.#tell((handler) => handler.onError(error));
  }

  /** It has broken, or never was: there is nothing to wait for. */
  #cut(): void {
    this.#isClosed = true;
    this.#untold = null;
    this.#connecting = null;
    this.#queue = [];
    this.#connection?.terminate();
  }

  /** A download that was given up ends; a few last words are no reason to take back what was sent. */
  #ignore(bytes: Uint8Array): void {
    this.#ignoredBytes += bytes.length;
    if (this.#ignoredBytes > IGNORED_BYTES) this.#connection?.terminate();
  }

  #tell(what: (handler: SocketHandler) => void): void {
    if (this.#handler === null) this.#untold = what;
    else what(this.#handler);
  }

  /** How many bytes Bun took. */
  #give(connection: BunConnection, bytes: Uint8Array): number {
    const taken = connection.write(bytes);
    if (taken >= 0) return taken;
    this.#isRefused = true;
    return 0;
  }

  #hold(bytes: Uint8Array): void {
    this.#queue.push(bytes.slice());
    this.#unsentBytes += bytes.length;
  }
}

/** Whether there is no TLS at all, as opposed to TLS with somebody who is not trusted. */
function isBroken(error: unknown): boolean {
  return (error as { code?: string } | null)?.code === "EPROTO";
}

/** Bun gives no reason. */
function refusal(): Error {
  return writeFailure(new Error("broken pipe"));
}

function endsOf(connection: BunConnection): Ends {
  const { localAddress, localPort, remoteAddress, remotePort } = connection;
  return {
    localAddress: addressOf(localAddress, localPort),
    remoteAddress: addressOf(remoteAddress, remotePort),
  };
}

function addressOf(host: string | undefined, port: number | undefined): SocketAddress | null {
  return host === undefined ? null : { host, port: port ?? 0 };
}

function factsOf(connection: BunConnection): TLSFacts {
  return {
    alpnProtocol: connection.alpnProtocol || null,
    protocol: connection.getTLSVersion?.() ?? null,
    cipher: connection.getCipher?.()?.name ?? null,
    peerCertificate: connection.getPeerCertificate?.() ?? null,
  };
}
