/**
 * What a new socket is asked to be, on whichever runtime.
 */
import type { SocketFacts } from "../semantics/network_stream.ts";
import type { TLSMemory } from "./tls_memory.ts";

/** A version of TLS, as the runtimes name it. */
export type TLSVersion = "TLSv1.2" | "TLSv1.3";

/** How TLS is to be spoken. Certificates and keys are PEM text, keys not encrypted. */
export interface TLSOptions {
  /** The name the certificate must be for, and SNI. */
  readonly serverName: string;
  readonly alpnProtocols: readonly string[];
  /** Whether the peer's certificate is checked. */
  readonly verify: boolean;
  /** Authorities to trust; empty for the runtime's own. */
  readonly ca: readonly string[];
  /** Whether `ca` alone is trusted. If `false`, the runtime's own are trusted as well. */
  readonly isCaExclusive: boolean;
  readonly cert: string | null;
  readonly key: string | null;
  /** The oldest version to speak; `null` for the runtime's. */
  readonly minVersion: TLSVersion | null;
  /** The newest version to speak; `null` for the runtime's. */
  readonly maxVersion: TLSVersion | null;
  /** Gets the secrets of each connection, a line of a key log at a time. Deno's sockets don't report them. */
  readonly onSecret: ((line: Uint8Array) => void) | null;
  /** What connections with the same settings share; `null` for a connection by itself. */
  readonly memory: TLSMemory | null;
}

/** Both ends of a connection that is there. */
export type Endpoints = Pick<SocketFacts, "localAddress" | "remoteAddress">;

/**
 * Options of TCP sockets.
 *
 * @example Probe idle connections
 * ```ts
 * import { HTTPTransport, type SocketOptions } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const socketOptions: SocketOptions = { keepAlive: true };
 * const transport = new HTTPTransport({ socketOptions });
 * assertEquals(transport.stats.idle, 0);
 * await transport.close();
 * ```
 */
export interface SocketOptions {
  /**
   * Whether a small write leaves at once (`TCP_NODELAY`), and does not wait for an answer to the one before. Default:
   * `true`.
   */
  readonly noDelay?: boolean | undefined;
  /** Whether the system probes a silent peer (`SO_KEEPALIVE`), at its own intervals. Default: `false`. */
  readonly keepAlive?: boolean | undefined;
}

/** Where to, and how. */
export interface ConnectOptions {
  /** A name or an IP address, without brackets. */
  readonly host: string;
  readonly port: number;
  /** The path of a UNIX socket, instead of host and port. */
  readonly path?: string;
  /** The address of this machine to connect from. */
  readonly localAddress?: string;
  readonly socketOptions?: SocketOptions;
  readonly tls: TLSOptions | null;
  /** Ends the attempt; the promise then rejects with its reason. */
  readonly signal: AbortSignal;
  /** Called once the peer is there, where TLS is still to come. Must not throw. */
  readonly onReached?: (ends: Endpoints) => void;
}

/** TLS over an open socket without a handler. */
export interface StartTLSOptions {
  readonly tls: TLSOptions;
  /** Who is secured, for messages: `host:port`. */
  readonly peer: string;
  /** Ends the handshake; the promise then rejects with its reason. */
  readonly signal: AbortSignal;
}

/** Both ends of a UNIX socket: runtimes differ in what they say of it. This end has no path of its own. */
export function endpointsOfPath(path: string): Endpoints {
  return { localAddress: null, remoteAddress: { host: path, port: 0 } };
}

/** `host:port`, or the path of a UNIX socket: for messages. */
export function peerName(options: ConnectOptions): string {
  if (options.path !== undefined) return options.path;
  const host = options.host.includes(":") ? `[${options.host}]` : options.host;
  return `${host}:${options.port}`;
}
