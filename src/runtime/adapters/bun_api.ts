/**
 * As much of Bun's socket API as the adapter uses. A listener is the connection's `data`: the attempt to connect
 * first, then the socket, so that what comes while connecting and what comes later are received by different objects.
 */
import { authoritiesOf } from "./authorities.ts";
import { isAddress } from "./identity.ts";
import type { TLSOptions } from "../connect_options.ts";

/** A connection of Bun's. */
export interface BunConnection {
  /** Receives the events from now on. */
  data: BunListener;
  readonly localAddress?: string;
  readonly localPort?: number;
  readonly remoteAddress?: string;
  readonly remotePort?: number;
  readonly alpnProtocol?: string | false | null;
  getTLSVersion?(): string;
  getCipher?(): { name?: string } | null;
  getPeerCertificate?(): Record<string, unknown> | null;
  setSession?(session: Uint8Array): void;
  /** How many bytes it took; -1 if the connection is closed. */
  write(bytes: Uint8Array): number;
  shutdown(): void;
  end(): void;
  terminate(): void;
  pause(): void;
  resume(): void;
  setNoDelay(noDelay: boolean): void;
  setKeepAlive(keepAlive: boolean): void;
  /** The connection as it was, which receives what is encrypted, and the one under TLS. */
  upgradeTLS(options: Record<string, unknown>): [raw: BunConnection, secured: BunConnection];
  ref(): void;
  unref(): void;
}

/** What Bun reports of a connection. */
export interface BunListener {
  onOpen(connection: BunConnection): void;
  /** TLS is set up, or has failed. Called again after a renegotiation (TLS 1.2). */
  onHandshake(connection: BunConnection, isTrusted: boolean, error: unknown): void;
  onData(bytes: Uint8Array): void;
  onDrain(): void;
  onEnd(): void;
  onError(error: unknown): void;
  onClose(error: unknown): void;
  onSession(session: Uint8Array): void;
  onSecret(line: Uint8Array): void;
}

interface BunHost {
  connect(options: Record<string, unknown>): Promise<BunConnection>;
}

/** One set of handlers for all connections: each finds its listener in `data`. */
const HANDLERS = {
  binaryType: "uint8array", // the default are Buffers, whose slice() does not copy
  open: (connection: BunConnection) => connection.data.onOpen(connection),
  handshake: (connection: BunConnection, isTrusted: boolean, error: unknown) =>
    connection.data.onHandshake(connection, isTrusted, error),
  data: (connection: BunConnection, bytes: Uint8Array) => connection.data.onData(bytes),
  drain: (connection: BunConnection) => connection.data.onDrain(),
  end: (connection: BunConnection) => connection.data.onEnd(),
  error: (connection: BunConnection, error: unknown) => connection.data.onError(error),
  close: (connection: BunConnection, error: unknown) => connection.data.onClose(error),
  connectError: (connection: BunConnection, error: unknown) => connection.data.onError(error),
  session: (connection: BunConnection, session: Uint8Array) => connection.data.onSession(session),
};

/** With a key log: Bun then writes each secret out. */
const KEY_LOG_HANDLERS = {
  ...HANDLERS,
  keylog: (connection: BunConnection, line: Uint8Array) => connection.data.onSecret(line),
};

function handlersFor(tls: TLSOptions | null): typeof HANDLERS {
  return (tls?.onSecret ?? null) === null ? HANDLERS : KEY_LOG_HANDLERS;
}

/** Starts connecting to a host or a UNIX socket; failures arrive at the listener too. */
export function openBun(
  where: { readonly hostname: string; readonly port: number } | { readonly unix: string },
  { listener, tls }: { readonly listener: BunListener; readonly tls: TLSOptions | null },
): Promise<BunConnection> {
  const { Bun } = globalThis as unknown as { Bun: BunHost };
  return Bun.connect({
    ...where,
    ...(tls !== null && { tls: bunTLS(tls) }),
    data: listener,
    allowHalfOpen: true,
    socket: handlersFor(tls),
  });
}

/** Starts TLS on a connection. */
export function upgradeBun(
  connection: BunConnection,
  { listener, tls }: { readonly listener: BunListener; readonly tls: TLSOptions },
): void {
  connection.upgradeTLS({ data: listener, tls: bunTLS(tls), socket: handlersFor(tls) });
  connection.resume();
}

/** The versions by their numbers on the wire (RFC 8446 §4.2.1). */
const VERSION_NUMBERS = { "TLSv1.2": 0x0303, "TLSv1.3": 0x0304 } as const;

function bunTLS(tls: TLSOptions): Record<string, unknown> {
  const { serverName, minVersion, maxVersion } = tls;
  const ca = authoritiesOf(tls);
  return {
    // SNI does not carry IP addresses (RFC 6066 §3).
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
