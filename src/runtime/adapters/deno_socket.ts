/**
 * Deno's own connections as a `Socket`: `Deno.connect` and `Deno.startTls`.
 *
 * A loop reads all the time into one buffer that grows while reads fill it (bench: download_200m).
 * Writing begins inside `write()`; Deno holds the array until its promise settles.
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
import type { Socket, SocketAddress, SocketHandler, TLSFacts } from "../socket.ts";
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
    options.onReached?.(endsOf(conn));
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
    const terms = { caCerts: [...tls.ca], alpnProtocols: [...tls.alpnProtocols] };
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
  const terms = { caCerts: [...tls.ca], alpnProtocols: [...tls.alpnProtocols] };
  const conn = await connectTCP(options);
  return await Deno.startTls(conn, { hostname: tls.serverName, ...terms });
}

/**
 * Deno forgets a connection that was there before its signal was aborted and that it had not told of yet. So an
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

function withOptions(conn: Deno.TcpConn, options: TCPOptions): Deno.TcpConn {
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
  #handler: SocketHandler | null = null;
  #buffer = new Uint8Array(FIRST_BUFFER_BYTES);
  #unsentBytes = 0;
  /** What Deno holds now, and what comes after it. */
  #writing: Uint8Array | null = null;
  #queue: Uint8Array[] = [];
  #writeError: unknown = null;
  #endsWhenDrained = false;
  #isReading = false;
  #isPaused = false;
  #isEnded = false;
  #isClosed = false;
  #stopLingering = () => {};
  #wakeReader: (() => void) | null = null;
  readonly #onWritten = (bytes: number) => this.#afterWrite(bytes);
  readonly #onWriteFailed = (error: unknown) => this.#failWriting(error);

  constructor(conn: Deno.Conn<Deno.Addr>, tls: TLSFacts | null) {
    this.#conn = conn;
    this.tls = tls;
    const { localAddress, remoteAddress } = endsOf(conn);
    this.localAddress = localAddress;
    this.remoteAddress = remoteAddress;
  }

  get unsentBytes(): number {
    return this.#isClosed ? 0 : this.#unsentBytes;
  }

  get queuedBytes(): number {
    return Math.max(0, this.unsentBytes - (this.#writing?.length ?? 0));
  }

  attach(handler: SocketHandler): void {
    const isDetached = this.#handler === null;
    this.#handler = handler;
    if (this.#isReading) {
      if (isDetached) this.resume();
      return;
    }
    this.#isReading = true;
    this.#readLoop();
  }

  detach(): void {
    this.#handler = null;
    this.pause();
  }

  /** A TCP connection that is nobody's any more; `null` where it is none, or may be in use. */
  release(): Deno.TcpConn | null {
    if (this.#isClosed || this.#handler !== null || this.tls !== null) return null;
    if (!("setNoDelay" in this.#conn)) return null;
    this.#isClosed = true;
    this.#wake();
    return this.#conn as Deno.TcpConn; // the only kind that has setNoDelay() and no TLS
  }

  write(bytes: Uint8Array): void {
    if (this.#isClosed || this.#writeError !== null || bytes.length === 0) return;
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
    if (this.#isClosed) return;
    if (this.#unsentBytes > 0) this.#endsWhenDrained = true;
    else this.#conn.closeWrite().catch(() => {});
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#wake();
    const hasPromised = this.#endsWhenDrained && this.#unsentBytes > 0;
    if (hasPromised && this.#writeError === null) {
      this.#stopLingering = startLingering(() => this.#free());
    } else this.#free();
  }

  #free(): void {
    this.#stopLingering();
    this.#queue = [];
    this.#writing = null;
    try {
      this.#conn.close();
    } catch {
      // Deno has closed it before.
    }
  }

  ref(): void {
    this.#conn.ref();
  }

  unref(): void {
    this.#conn.unref();
  }

  async #readLoop(): Promise<void> {
    while (!this.#isClosed) {
      if (this.#isPaused) {
        await new Promise<void>((resolve) => this.#wakeReader = resolve);
        continue;
      }
      let bytes: number | null;
      try {
        bytes = await this.#conn.read(this.#buffer);
      } catch (error) {
        return this.#failReading(error);
      }
      if (this.#isClosed) return;
      if (bytes === null) return this.#endReading();
      if (bytes > 0) this.#deliver(bytes);
    }
  }

  #deliver(bytes: number): void {
    const buffer = this.#buffer;
    this.#handler?.onData(buffer.subarray(0, bytes));
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
    if (next !== undefined) return this.#send(next);
    if (this.#isClosed) return this.#free();
    this.#handler?.onDrain();
    if (this.#endsWhenDrained && this.#unsentBytes === 0) this.end();
  }

  /** An end after a write that failed may be no end: the kernel tells of a reset once, and told the writer. */
  #endReading(): void {
    this.#isEnded = true;
    if (this.#writeError !== null) this.#break(writeFailure(this.#writeError));
    else this.#handler?.onEnd();
  }

  #failReading(error: unknown): void {
    this.#break(this.#writeError === null ? readFailure(error) : writeFailure(this.#writeError));
  }

  /** What the peer sent before it stopped listening can still be read: the reader reports the failure then. */
  #failWriting(error: unknown): void {
    if (this.#isClosed) return this.#free();
    this.#writeError = error;
    this.#queue = [];
    if (this.#isEnded) this.#break(writeFailure(error));
  }

  #break(error: Error): void {
    if (this.#isClosed) return;
    this.#endsWhenDrained = false; // nothing can follow
    this.close();
    this.#handler?.onError(error);
  }
}

function endsOf({ localAddr, remoteAddr }: Deno.Conn<Deno.Addr>): Ends {
  if ("path" in remoteAddr) return endsOfPath(remoteAddr.path);
  return { localAddress: addressOf(localAddr), remoteAddress: addressOf(remoteAddr) };
}

function addressOf(address: Deno.Addr): SocketAddress | null {
  return "hostname" in address ? { host: address.hostname, port: address.port } : null;
}
