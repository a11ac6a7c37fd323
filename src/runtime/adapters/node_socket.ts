/**
 * Node's connections as a `Socket`: `node:net` and `node:tls`. Deno and Bun have these too, and use them
 * for what their own API can't do: an unverified peer, an address to connect from. There, but not on Node,
 * a write that fails takes with it what had arrived and was not read; and Deno's `node:tls` reports a reset as an end.
 */
import { ReadError, WriteError } from "../../errors.ts";
import {
  type ConnectOptions,
  type Endpoints,
  endpointsOfPath,
  peerName,
  type TLSOptions,
} from "../connect_options.ts";
import { connectFailure, readFailure, writeFailure } from "../failures.ts";
import { mayUseAddress, orNoDescriptor, required, runtimeName } from "../host.ts";
import { authoritiesOf } from "./authorities.ts";
import { identityError, isAddress, sessionKey } from "./identity.ts";
import type { Socket, SocketHandler } from "../socket.ts";
import type { SocketAddress, TLSFacts } from "../../semantics/network_stream.ts";
import { SocketMachine, type SocketState } from "../socket_state.ts";
import { startLingering } from "../timers.ts";

/** As much of `net.Socket` and `tls.TLSSocket` as is used here. */
export interface NodeConnection {
  readonly localAddress?: string;
  readonly localPort?: number;
  readonly remoteAddress?: string;
  readonly remotePort?: number;
  readonly alpnProtocol?: string | false | null;
  readonly writableLength: number;
  getProtocol?(): string | null;
  getCipher?(): { name?: string } | undefined;
  getPeerCertificate?(): Record<string, unknown>;
  setNoDelay(noDelay: boolean): void;
  on(event: string, listener: (argument: never) => void): void;
  once(event: string, listener: (argument: never) => void): void;
  removeAllListeners(event?: string): void;
  write(bytes: Uint8Array, onDone: (error?: Error | null) => void): boolean;
  end(): void;
  destroy(): void;
  pause(): void;
  resume(): void;
  ref(): void;
  unref(): void;
}

/** `node:net`, and `node:tls` for its `connect()`. */
interface NetModule {
  connect(options: Record<string, unknown>): NodeConnection;
}

/** As much of `node:tls` as is used here. */
interface TLSModule {
  connect(options: Record<string, unknown>): NodeConnection;
  createSecureContext(options: Record<string, unknown>): object;
}

/** Connects with `node:net` or `node:tls`. */
export async function connectNode(options: ConnectOptions): Promise<Socket> {
  const { signal, tls, path } = options;
  signal.throwIfAborted();
  const endpoints = () => path === undefined ? endpointsOf(connection) : endpointsOfPath(path);
  let isSecuring = false;
  const fail = (error: unknown) =>
    connectFailure(bindFault(error, options) ?? orNoDescriptor(error), peerName(options), {
      isSecuring,
    });
  let connection: NodeConnection;
  try {
    checkPermission(options);
    connection = open(options);
  } catch (error) { // a key that can't be read
    throw fail(error);
  }
  connection.once("connect", () => {
    isSecuring = tls !== null;
    if (isSecuring) options.onReached?.(endpoints());
  });
  return await untilReady(connection, {
    event: tls === null ? "connect" : "secureConnect",
    signal,
    explain: fail,
    make: () =>
      new NodeSocket(connection, {
        tls: tls === null ? null : factsOf(connection),
        endpoints: endpoints(),
      }),
  });
}

/** That the local address is not there, in which words ever the system says so. */
function bindFault(cause: unknown, { localAddress }: ConnectOptions): Error | null {
  const isBind = cause instanceof Error && /EADDRNOTAVAIL|bind E/.test(cause.message);
  if (localAddress === undefined || !isBind) return null;
  return new Error(`localAddress (${localAddress}) is no address of this machine`, { cause });
}

/** Deno's `node:net` throws an uncatchable error if the program may not connect from a local address. */
function checkPermission({ host, port, localAddress }: ConnectOptions): void {
  if (localAddress === undefined) return;
  const missing = !mayUseAddress(localAddress, 0)
    ? localAddress
    : isAddress(host) && !mayUseAddress(host, port)
    ? `${host}:${port}`
    : null;
  if (missing === null) return;
  const error = new Error(`Requires net access to "${missing}"`);
  error.name = "NotCapable"; // as Deno says it
  throw error;
}

/**
 * What is made at the event, before anything else can happen to the connection. Where an error or the signal comes
 * first, the connection is destroyed.
 */
export function untilReady(
  connection: NodeConnection,
  { event, signal, explain, make }: {
    readonly event: "connect" | "secureConnect";
    readonly signal: AbortSignal;
    readonly explain: (error: unknown) => Error;
    readonly make: () => NodeSocket;
  },
): Promise<NodeSocket> {
  return new Promise((resolve, reject) => {
    const settle = () => {
      signal.removeEventListener("abort", onAbort);
      connection.removeAllListeners("error");
    };
    const giveUp = (reason: unknown) => {
      settle();
      connection.on("error", () => {});
      connection.destroy();
      reject(reason);
    };
    const onAbort = () => giveUp(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    connection.once("error", (error: Error) => giveUp(explain(error)));
    connection.once(event, () => {
      settle();
      resolve(make());
    });
  });
}

function open(options: ConnectOptions): NodeConnection {
  const net = required<NetModule>("node:net");
  const where = options.path === undefined
    ? { host: options.host, port: options.port }
    : { path: options.path };
  const from = options.localAddress === undefined ? {} : { localAddress: options.localAddress };
  const { noDelay = true, keepAlive = false } = options.socketOptions ?? {};
  const base = { ...where, ...from, noDelay, keepAlive, allowHalfOpen: true };
  const connection = options.tls === null
    ? net.connect(base)
    : openTLS(base, { tls: options.tls, peer: peerName(options) });
  if (!noDelay) connection.once("connect", () => delay(connection));
  return connection;
}

/** On Bun a socket begins with no delay whatever the option says, and takes `false` only for a change. */
function delay(connection: NodeConnection): void {
  connection.setNoDelay(true);
  connection.setNoDelay(false);
}

/** `tls.connect()` over what `base` says, listened to for sessions and secrets. */
export function openTLS(
  base: Readonly<Record<string, unknown>>,
  { tls, peer }: { readonly tls: TLSOptions; readonly peer: string },
): NodeConnection {
  const connection = required<TLSModule>("node:tls").connect({ ...base, ...nodeTerms(tls, peer) });
  const { memory, onSecret } = tls;
  const key = sessionKey(tls, peer);
  if (onSecret !== null) connection.on("keylog", (line: Uint8Array) => onSecret(line));
  // Deno's are empty husks: it takes no session up.
  if (memory === null || runtimeName() === "deno") return connection;
  connection.on("session", (session: Uint8Array) => memory.keep(key, session));
  connection.once("error", () => memory.forget(key));
  return connection;
}

function nodeTerms(tls: TLSOptions, peer: string): Record<string, unknown> {
  const { createSecureContext } = required<TLSModule>("node:tls");
  const { serverName, memory } = tls;
  const parse = () => createSecureContext(contextTerms(tls));
  const session = memory?.session(sessionKey(tls, peer)) ?? null;
  return {
    // SNI has no IP addresses (RFC 6066 §3).
    ...(!isAddress(serverName) && { servername: serverName }),
    checkServerIdentity: (_: string, certificate: object) =>
      identityError(serverName, certificate) ?? undefined,
    rejectUnauthorized: tls.verify,
    ALPNProtocols: [...tls.alpnProtocols],
    secureContext: contextFor(tls, parse),
    ...(session !== null && { session }),
  };
}

/** Contexts that only differ in their authorities, by the list of authorities. */
const contexts = new WeakMap<readonly string[], object>();

/** The parsed settings: parsing 140 authorities takes 6 ms, so all clients that trust the same share one. */
function contextFor(tls: TLSOptions, parse: () => object): object {
  const { ca, isCaExclusive, cert, minVersion, maxVersion, memory } = tls;
  const isPlain = cert === null && minVersion === null && maxVersion === null && !isCaExclusive;
  if (!isPlain) return memory === null ? parse() : memory.parsed(ca, parse);
  const list = ca.length === 0 ? NOTHING_GIVEN : ca;
  const context = contexts.get(list) ?? parse();
  contexts.set(list, context);
  return context;
}

const NOTHING_GIVEN: readonly string[] = [];

function contextTerms(tls: TLSOptions): Record<string, unknown> {
  const { cert, key, minVersion, maxVersion } = tls;
  const ca = authoritiesOf(tls);
  return {
    ...(ca !== null && { ca }),
    ...(cert !== null && { cert, key }),
    ...(minVersion !== null && { minVersion }),
    ...(maxVersion !== null && { maxVersion }),
  };
}

/** What carries a connection that is none of the system's. */
export interface SocketCarrier {
  readonly socket: Socket;
  /** What the socket has not taken yet. */
  readonly heldBytes: number;
}

/** What is known of a connection beside itself. */
export interface NodeSocketInit {
  readonly tls: TLSFacts | null;
  readonly endpoints: Endpoints;
  readonly carrier?: SocketCarrier;
}

/** A connection of Node's. */
export class NodeSocket implements Socket {
  readonly givesBytes = true;
  readonly localAddress: SocketAddress | null;
  readonly remoteAddress: SocketAddress | null;
  readonly tls: TLSFacts | null;
  readonly #connection: NodeConnection;
  readonly #carrier: SocketCarrier | null;
  readonly #machine: SocketMachine;
  #isListening = false;
  #unsentBytes = 0;
  #awaitsCarrier = false;
  readonly #pendingWrites: number[] = [];
  readonly #onWritten = (error?: Error | null) => this.#afterWrite(error ?? null);

  constructor(connection: NodeConnection, { tls, endpoints, carrier }: NodeSocketInit) {
    this.#connection = connection;
    this.#carrier = carrier ?? null;
    this.tls = tls;
    this.localAddress = endpoints.localAddress;
    this.remoteAddress = endpoints.remoteAddress;
    this.#machine = new SocketMachine({
      finish: () => {}, // end() has queued it behind what is unsent
      linger: () => this.#linger(),
      free: () => this.#free(),
    });
    connection.on("error", (error: Error) => this.onError(error));
    connection.on("end", () => this.#machine.on("peerEnd"));
    connection.on("close", () => this.#onClose());
  }

  /** Everything is given to Node at once. */
  readonly queuedBytes = 0;

  /** Bun's `node:tls` reports bytes as written when the carrier has them: those count until it has sent them. */
  get unsentBytes(): number {
    if (this.#machine.isOver) return 0;
    if (this.#unsentBytes > 0 || !this.#awaitsCarrier) return this.#unsentBytes;
    return this.#carrier?.heldBytes ?? 0;
  }

  attach(handler: SocketHandler): void {
    if (!this.#machine.attach(handler)) return;
    if (this.#isListening) return this.resume();
    this.#isListening = true;
    this.#connection.on("data", (bytes: Uint8Array) => {
      if (!this.#machine.isOver) this.#machine.handler?.onData(plain(bytes));
    });
  }

  detach(): void {
    this.#machine.detach();
    this.pause();
  }

  write(bytes: Uint8Array): void {
    if (!this.#machine.canWrite || bytes.length === 0) return;
    this.#unsentBytes += bytes.length;
    this.#pendingWrites.push(bytes.length);
    this.#connection.write(bytes, this.#onWritten);
  }

  pause(): void {
    this.#connection.pause();
  }

  resume(): void {
    this.#connection.resume();
  }

  end(): void {
    if (!this.#machine.canWrite) return;
    this.#machine.on("end");
    this.#connection.end();
    if (this.#unsentBytes === 0 && !this.#awaitsCarrier) this.#machine.on("drain");
  }

  close(): void {
    this.#machine.on("close");
  }

  ref(): void {
    (this.#carrier?.socket ?? this.#connection).ref();
  }

  unref(): void {
    (this.#carrier?.socket ?? this.#connection).unref();
  }

  /** The end is sent when Node has finished; on Bun the carrier may hold it even then. */
  #linger(): void {
    const stop = startLingering(() => this.#machine.on("lingerOver"));
    this.#connection.once("close", stop);
    this.#connection.once("finish", () => {
      this.#awaitsCarrier = this.#isHeldByCarrier;
      if (!this.#awaitsCarrier) this.#machine.on("drain");
    });
  }

  #free(): void {
    this.#awaitsCarrier = false;
    this.#connection.destroy();
    this.#carrier?.socket.close();
  }

  get #isHeldByCarrier(): boolean {
    return (this.#carrier?.heldBytes ?? 0) > 0;
  }

  #afterWrite(error: Error | null): void {
    if (error !== null || this.#machine.isOver) return; // an "error" event follows
    this.#unsentBytes -= this.#pendingWrites.shift() ?? 0;
    if (this.#unsentBytes > 0) return;
    this.#awaitsCarrier = this.#isHeldByCarrier;
    if (!this.#awaitsCarrier) this.#machine.on("drain");
  }

  /** The carrier holds nothing any more. */
  onCarrierDrain(): void {
    if (!this.#awaitsCarrier || this.#unsentBytes > 0 && !this.#machine.isOver) return;
    this.#awaitsCarrier = false;
    this.#machine.on("drain");
  }

  /** The connection failed, or its carrier. */
  onError(error: Error & { syscall?: string }): void {
    const failure = isOurs(error)
      ? error
      : error.syscall === "write"
      ? writeFailure(error)
      : readFailure(error);
    this.#machine.on("error", failure);
  }

  /** Both directions have ended, or an "error" came before: else something is missing. */
  #onClose(): void {
    const hasPeerEnded = PEER_ENDED.has(this.#machine.state);
    if (hasPeerEnded) this.close();
    else this.onError(new Error("the connection was closed without an end"));
  }
}

/** The states after the peer's FIN. */
const PEER_ENDED: ReadonlySet<SocketState> = new Set(["peerEnded", "finishingLast", "ended"]);

/** The bytes of a `Buffer` as those of everybody: its own `slice()` is no copy, and its text not a list of numbers. */
function plain({ buffer, byteOffset, byteLength }: Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function isOurs(error: Error): boolean {
  return error instanceof ReadError || error instanceof WriteError;
}

function endpointsOf(connection: NodeConnection): Endpoints {
  const { localAddress, localPort, remoteAddress, remotePort } = connection;
  return {
    localAddress: addressOf(localAddress, localPort),
    remoteAddress: addressOf(remoteAddress, remotePort),
  };
}

function addressOf(host: string | undefined, port: number | undefined): SocketAddress | null {
  return host === undefined ? null : { host, port: port ?? 0 };
}

/** What is known of a TLS session. */
export function factsOf(connection: NodeConnection): TLSFacts {
  return {
    alpnProtocol: connection.alpnProtocol || null,
    protocol: connection.getProtocol?.() ?? null,
    cipher: connection.getCipher?.()?.name ?? null,
    peerCertificate: connection.getPeerCertificate?.() ?? null,
  };
}
