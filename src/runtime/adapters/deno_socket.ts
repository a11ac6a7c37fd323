/**
 * Deno's own connections as a `Socket`: `Deno.connect` and `Deno.startTls`.
 *
 * A loop reads all the time into one buffer that grows while reads fill it (bench: download_200m).
 * Writing begins inside `write()`; Deno holds the array until its promise settles.
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
import { authoritiesBeyondDeno } from "./authorities.ts";
import { connectFailure, readFailure, writeFailure } from "../failures.ts";
import type { Socket, SocketHandler } from "../socket.ts";
import type { SocketAddress, TLSFacts } from "../../semantics/network_stream.ts";
import { SocketMachine } from "../socket_state.ts";
import { startLingering } from "../timers.ts";

const FIRST_BUFFER_BYTES = 16 * 1024;
const LARGEST_BUFFER_BYTES = 256 * 1024;

/** How long an attempt to connect that was given up may still come. */
const GRACE_MS = 10;
/** In how many turns of the event loop Deno looks for it. */
const GRACE_TURNS = 5;

/** Whether Deno's own API can do what is asked; `node:net` and `node:tls` do the rest. */
export function canDenoConnect({ localAddress, path, tls }: ConnectOptions): boolean {
  if (localAddress !== undefined) return false;
  return tls === null || (path === undefined && canDenoSecure(tls));
}

/**
 * Whether Deno's own TLS has the terms that are asked for. It trusts given authorities beside its own, not instead of
 * them. A client certificate `Deno.connectTls` alone shows, which knows no `TCP_NODELAY`: a body that is streamed then
 * waits 45 ms for an ACK.
 */
function canDenoSecure(terms: TLSOptions): boolean {
  const { verify, isCaExclusive, cert, minVersion, maxVersion } = terms;
  return verify && !isCaExclusive && cert === null && minVersion === null && maxVersion === null;
}

/** Connects with Deno's own API. */
export async function connectDeno(options: ConnectOptions): Promise<Socket> {
  const { signal, tls } = options;
  signal.throwIfAborted();
  let isSecuring = false;
  try {
    if (tls === null) return new DenoSocket(await connectPlain(options), null);
    const conn = await connectTLS(options, tls);
    isSecuring = true;
    options.onReached?.(endpointsOf(conn));
    return new DenoSocket(conn, await handshake(conn, signal));
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw connectFailure(error, peerName(options), { isSecuring });
  }
}

/**
 * Starts TLS on a connection of Deno's own, by Deno's own API; `null` where that can't do what is asked: under TLS
 * already, or for terms that `Deno.startTls` does not have. The socket is used up.
 */
export function startDenoTLS(socket: Socket, options: StartTLSOptions): Promise<Socket> | null {
  const { tls } = options;
  if (!canDenoSecure(tls)) return null;
  const conn = socket instanceof DenoSocket ? socket.release() : null;
  return conn === null ? null : secure(conn, options);
}

async function secure(
  conn: Deno.TcpConn,
  { tls, peer, signal }: StartTLSOptions,
): Promise<Socket> {
  try {
    const terms = denoTLS(tls);
    const secured = await Deno.startTls(conn, { hostname: tls.serverName, ...terms });
    return new DenoSocket(secured, await handshake(secured, signal));
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw connectFailure(error, peer, { isSecuring: true });
  }
}

async function connectPlain(options: ConnectOptions): Promise<Deno.TcpConn | Deno.UnixConn> {
  const { path, signal } = options;
  if (path === undefined) return await connectTCP(options);
  return await abandonable(Deno.connect({ transport: "unix", path }), signal);
}

/** Connects for TLS; the handshake is still to come. */
async function connectTLS(options: ConnectOptions, tls: TLSOptions): Promise<Deno.TlsConn> {
  const terms = denoTLS(tls);
  const conn = await connectTCP(options);
  return await Deno.startTls(conn, { hostname: tls.serverName, ...terms });
}

function denoTLS({ ca, alpnProtocols }: TLSOptions): Deno.StartTlsOptions {
  return { caCerts: [...authoritiesBeyondDeno(ca)], alpnProtocols: [...alpnProtocols] };
}

/**
 * Deno forgets a connection that was there before its signal was aborted and was not reported yet. So an
 * attempt that is given up gets a moment to come after all, and to be closed.
 */
async function connectTCP(
  { host, port, signal, socketOptions = {} }: ConnectOptions,
): Promise<Deno.TcpConn> {
  signal.throwIfAborted();
  const late = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  // Where this program is busy a moment passes before Deno has looked once: so it is made of several turns.
  const wait = (turns: number): void => {
    if (turns === 0) return late.abort();
    timer = setTimeout(() => wait(turns - 1), GRACE_MS / GRACE_TURNS);
  };
  const onAbort = () => wait(GRACE_TURNS);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    const conn = await Deno.connect({ hostname: host, port, signal: late.signal });
    if (!signal.aborted) return withOptions(conn, socketOptions);
    conn.close();
    throw signal.reason;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
}

function withOptions(conn: Deno.TcpConn, options: SocketOptions): Deno.TcpConn {
  const { noDelay = true, keepAlive = false } = options;
  try {
    // With Nagle's algorithm a small write can wait 40 ms for the peer's delayed ACK.
    if (noDelay) conn.setNoDelay(true);
    if (keepAlive) conn.setKeepAlive(true);
  } catch {
    // The peer has gone already: reading will say so.
  }
  return conn;
}

/** After `close()` Deno lets go of a TCP connection only when the peer answers the handshake, or ends. */
async function handshake(conn: Deno.TlsConn, signal: AbortSignal): Promise<TLSFacts> {
  const onAbort = () => conn.close();
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    const { alpnProtocol } = await conn.handshake();
    signal.throwIfAborted();
    return { alpnProtocol, protocol: null, cipher: null, peerCertificate: null };
  } catch (error) {
    if (!signal.aborted) conn.close();
    throw error;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** UNIX sockets take no signal: an attempt that was given up is closed when it comes after all. */
function abandonable<Conn extends Deno.Conn<Deno.Addr>>(
  connected: Promise<Conn>,
  signal: AbortSignal,
): Promise<Conn> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      reject(signal.reason);
      connected.then((conn) => conn.close(), () => {});
    };
    signal.addEventListener("abort", onAbort, { once: true });
    connected.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

/** A connection of Deno's. */
class DenoSocket implements Socket {
  readonly givesBytes = false;
  readonly localAddress: SocketAddress | null;
  readonly remoteAddress: SocketAddress | null;
  readonly tls: TLSFacts | null;
  readonly #conn: Deno.Conn<Deno.Addr>;
  readonly #machine: SocketMachine;
  #buffer = new Uint8Array(FIRST_BUFFER_BYTES);
  #unsentBytes = 0;
  /** What Deno holds now, and what comes after it. */
  #writing: Uint8Array | null = null;
  #queue: Uint8Array[] = [];
  #isReading = false;
  #isPaused = false;
  #stopLingering = () => {};
  #wakeReader: (() => void) | null = null;
  readonly #onWritten = (bytes: number) => this.#afterWrite(bytes);
  readonly #onWriteFailed = (error: unknown) => this.#failWriting(error);

  constructor(conn: Deno.Conn<Deno.Addr>, tls: TLSFacts | null) {
    this.#conn = conn;
    this.tls = tls;
    const { localAddress, remoteAddress } = endpointsOf(conn);
    this.localAddress = localAddress;
    this.remoteAddress = remoteAddress;
    this.#machine = new SocketMachine({
      finish: () => conn.closeWrite().catch(() => {}),
      linger: () => this.#linger(),
      free: () => this.#free(),
    });
  }

  get unsentBytes(): number {
    return this.#machine.isOver ? 0 : this.#unsentBytes;
  }

  get queuedBytes(): number {
    return Math.max(0, this.unsentBytes - (this.#writing?.length ?? 0));
  }

  attach(handler: SocketHandler): void {
    if (this.#machine.attach(handler)) this.resume();
    if (this.#isReading) return;
    this.#isReading = true;
    this.#readLoop();
  }

  detach(): void {
    this.#machine.detach();
    this.pause();
  }

  /** Hands the TCP connection over; `null` if it is not one, or may be in use. */
  release(): Deno.TcpConn | null {
    if (this.#machine.handler !== null || this.tls !== null) return null;
    if (!("setNoDelay" in this.#conn)) return null;
    if (this.#machine.on("release") !== "released") return null;
    this.#wake();
    return this.#conn as Deno.TcpConn; // the only kind that has setNoDelay() and no TLS
  }

  write(bytes: Uint8Array): void {
    if (!this.#machine.canWrite || bytes.length === 0) return;
    this.#unsentBytes += bytes.length;
    if (this.#writing === null) this.#send(bytes);
    else this.#queue.push(bytes);
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#wake();
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
    this.#conn.ref();
  }

  unref(): void {
    this.#conn.unref();
  }

  #linger(): void {
    this.#wake();
    this.#stopLingering = startLingering(() => this.#machine.on("lingerOver"));
  }

  #free(): void {
    this.#stopLingering();
    this.#wake();
    this.#queue = [];
    this.#writing = null;
    try {
      this.#conn.close();
    } catch {
      // Deno has closed it already.
    }
  }

  async #readLoop(): Promise<void> {
    const machine = this.#machine;
    while (!machine.isOver) {
      if (this.#isPaused) {
        await new Promise<void>((resolve) => this.#wakeReader = resolve);
        continue;
      }
      let bytes: number | null;
      try {
        bytes = await this.#conn.read(this.#buffer);
      } catch (error) {
        machine.on(isTruncation(error) ? "peerEnd" : "error", readFailure(error));
        return;
      }
      if (machine.isOver) return;
      if (bytes === null) {
        machine.on("peerEnd");
        return;
      }
      if (bytes > 0) this.#deliver(bytes);
    }
  }

  #deliver(bytes: number): void {
    const buffer = this.#buffer;
    this.#machine.handler?.onData(buffer.subarray(0, bytes));
    if (bytes === buffer.length && bytes < LARGEST_BUFFER_BYTES) {
      this.#buffer = new Uint8Array(bytes * 4);
    }
  }

  #wake(): void {
    const wake = this.#wakeReader;
    this.#wakeReader = null;
    wake?.();
  }

  #send(bytes: Uint8Array): void {
    this.#writing = bytes;
    this.#conn.write(bytes).then(this.#onWritten, this.#onWriteFailed);
  }

  #afterWrite(bytes: number): void {
    if (this.#writing === null) return;
    this.#unsentBytes -= bytes;
    if (bytes < this.#writing.length) return this.#send(this.#writing.subarray(bytes));
    this.#writing = null;
    const next = this.#queue.shift();
    if (next !== undefined) this.#send(next);
    else this.#machine.on("drain");
  }

  #failWriting(error: unknown): void {
    this.#queue = [];
    this.#machine.on("writeError", writeFailure(error));
  }
}

/**
 * Whether the peer closed TCP without the end of TLS (RFC 8446 §6.1). Only rustls reports it: `node:tls` and Bun show
 * an end. It is an end here too; a message that was cut short is noticed by its framing (RFC 9112 §9.8).
 */
function isTruncation(error: unknown): boolean {
  return error instanceof Error && error.name === "UnexpectedEof";
}

function endpointsOf({ localAddr, remoteAddr }: Deno.Conn<Deno.Addr>): Endpoints {
  if ("path" in remoteAddr) return endpointsOfPath(remoteAddr.path);
  return { localAddress: addressOf(localAddr), remoteAddress: addressOf(remoteAddr) };
}

function addressOf(address: Deno.Addr): SocketAddress | null {
  return "hostname" in address ? { host: address.hostname, port: address.port } : null;
}
