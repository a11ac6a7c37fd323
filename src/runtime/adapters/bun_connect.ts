/**
 * Connects with Bun's own API. An attempt listens to the connection until it is ready, which includes TLS, and then
 * makes a `BunSocket` of it.
 */
import {
  type ConnectOptions,
  type Endpoints,
  endpointsOfPath,
  peerName,
  type SocketOptions,
  type StartTLSOptions,
  type TLSOptions,
} from "../connect_options.ts";
import { connectFailure } from "../failures.ts";
import { orNoDescriptor } from "../host.ts";
import type { Socket } from "../socket.ts";
import type { SocketAddress, TLSFacts } from "../../semantics/network_stream.ts";
import { type BunConnection, type BunListener, openBun, upgradeBun } from "./bun_api.ts";
import { BunSocket } from "./bun_socket.ts";
import { identityError, sessionKey } from "./identity.ts";

/** Connects with Bun's own API. */
export function connectBun(options: ConnectOptions): Promise<Socket> {
  const { path, host, port, tls, socketOptions = {} } = options;
  const where = path === undefined ? { hostname: host, port } : { unix: path };
  return attempt({ ...options, socketOptions, peer: peerName(options) }, (listener) => {
    openBun(where, { listener, tls }).catch((error) => listener.onError(error));
  });
}

/**
 * Starts TLS on a connection of Bun's own, by Bun's own API; `null` if it is another's, or under TLS already. The socket
 * must not be used afterwards.
 */
export function startBunTLS(socket: Socket, options: StartTLSOptions): Promise<Socket> | null {
  const connection = socket instanceof BunSocket ? socket.release() : null;
  if (connection === null) return null;
  const { remoteAddress } = socket;
  const path = remoteAddress?.port === 0 ? remoteAddress.host : undefined;
  return attempt(
    { ...options, path },
    (listener) => upgradeBun(connection, { listener, tls: options.tls }),
    () => connection.terminate(),
  );
}

/** What an attempt is made with. */
interface AttemptOptions {
  readonly tls: TLSOptions | null;
  /** For messages and sessions. */
  readonly peer: string;
  /** Of a UNIX socket. */
  readonly path?: string | undefined;
  readonly signal: AbortSignal;
  /** Left out if the connection exists already. */
  readonly socketOptions?: SocketOptions;
  readonly onReached?: ConnectOptions["onReached"];
}

function attempt(
  options: AttemptOptions,
  begin: (listener: BunListener) => void,
  abandon: () => void = () => {},
): Promise<Socket> {
  const { signal } = options;
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => {
      signal.removeEventListener("abort", onAbort);
      reject(
        connectFailure(orNoDescriptor(error), options.peer, { isSecuring: listener.isSecuring }),
      );
    };
    const listener = new BunAttempt(options, {
      onReady: (socket) => {
        signal.removeEventListener("abort", onAbort);
        resolve(socket);
      },
      onFailed: fail,
    });
    const onAbort = () => {
      abandon();
      listener.cancel();
      reject(signal.reason);
    };
    if (signal.aborted) return onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      begin(listener);
    } catch (error) { // a key that can't be read
      abandon();
      listener.onError(error);
    }
  });
}

/** How an attempt ends: once, by one of these. */
interface AttemptResult {
  onReady(socket: BunSocket): void;
  onFailed(error: unknown): void;
}

/** Listens to a connection until it is ready. */
class BunAttempt implements BunListener {
  readonly #options: AttemptOptions;
  readonly #result: AttemptResult;
  readonly #sessionKey: string;
  #connection: BunConnection | null = null;
  #endpoints: Endpoints = { localAddress: null, remoteAddress: null };
  #isOver = false;

  constructor(options: AttemptOptions, result: AttemptResult) {
    this.#options = options;
    this.#result = result;
    this.#sessionKey = options.tls === null ? "" : sessionKey(options.tls, options.peer);
  }

  /** Whether the peer is connected, and TLS is under way. */
  get isSecuring(): boolean {
    return this.#connection !== null;
  }

  /** Frees the connection, also if it opens later. */
  cancel(): void {
    this.#isOver = true;
    this.#connection?.terminate();
  }

  onOpen(connection: BunConnection): void {
    if (this.#isOver) return connection.terminate();
    const { socketOptions, path, tls, onReached } = this.#options;
    if (socketOptions !== undefined) connection.setNoDelay(socketOptions.noDelay ?? true);
    if (socketOptions?.keepAlive) connection.setKeepAlive(true);
    this.#endpoints = path === undefined ? endpointsOf(connection) : endpointsOfPath(path);
    if (tls === null) return this.#succeed(connection, null);
    this.#connection = connection;
    const session = tls.memory?.session(this.#sessionKey) ?? null;
    if (session !== null) connection.setSession?.(session);
    onReached?.(this.#endpoints);
  }

  onHandshake(connection: BunConnection, isTrusted: boolean, error: unknown): void {
    const { tls } = this.#options;
    if (this.#isOver || tls === null) return;
    if (isBroken(error)) return this.onError(error);
    const certificate = connection.getPeerCertificate?.() ?? {};
    if (tls.verify) {
      const fault = isTrusted || isAboutName(error)
        ? identityError(tls.serverName, certificate)
        : error ?? new Error("TLS handshake failed");
      if (fault !== null) return this.onError(fault);
    }
    this.#succeed(connection, factsOf(connection));
  }

  onError(error: unknown): void {
    if (this.#isOver) return;
    this.#options.tls?.memory?.forget(this.#sessionKey);
    this.cancel();
    this.#result.onFailed(error);
  }

  onClose(error: unknown): void {
    this.onError(error ?? new Error("connection closed"));
  }

  onSession(session: Uint8Array): void {
    this.#options.tls?.memory?.keep(this.#sessionKey, session);
  }

  onSecret(line: Uint8Array): void {
    this.#options.tls?.onSecret?.(line);
  }

  // Before the handshake there is nothing to read, and an end is followed by a close.
  onData(): void {}
  onDrain(): void {}
  onEnd(): void {}

  #succeed(connection: BunConnection, facts: TLSFacts | null): void {
    this.#isOver = true;
    const socket = new BunSocket(connection, {
      ...this.#endpoints,
      tls: facts,
      onSession: (session) => this.onSession(session),
      onSecret: (line) => this.onSecret(line),
    });
    connection.data = socket;
    connection.pause(); // until a handler is attached
    this.#result.onReady(socket);
  }
}

/** Whether TLS itself failed, as opposed to TLS with a peer that is not trusted. */
function isBroken(error: unknown): boolean {
  return (error as { code?: string } | null)?.code === "EPROTO";
}

/** Bun compares names too, and more loosely: the chain itself is good. */
function isAboutName(error: unknown): boolean {
  return (error as { code?: string } | null)?.code === "ERR_TLS_CERT_ALTNAME_INVALID";
}

function endpointsOf(connection: BunConnection): Endpoints {
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
