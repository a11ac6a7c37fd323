/**
 * Deno's own connections as a `Socket`: `Deno.connect` and `Deno.connectTls`.
 *
 * A loop reads all the time into one buffer that grows while reads fill it (bench: download_200m).
 * Writing begins inside `write()`; Deno holds the array until its promise settles.
 */
import { type ConnectOptions, peerName, type TLSOptions } from "./connect_options.ts";
import { connectFailure, readFailure, writeFailure } from "./failures.ts";
import type { Socket, SocketAddress, SocketHandler, TLSFacts } from "./socket.ts";

const FIRST_BUFFER_BYTES = 16 * 1024;
const LARGEST_BUFFER_BYTES = 256 * 1024;

/** Whether Deno's own API can do what is asked; `node:net` and `node:tls` do the rest. */
export function canDenoConnect({ localAddress, path, tls }: ConnectOptions): boolean {
  if (localAddress !== undefined) return false;
  return tls === null || (path === undefined && tls.verify && tls.passphrase === null);
}

/** Connects with Deno's own API. */
export async function connectDeno(options: ConnectOptions): Promise<Socket> {
  const { signal, tls } = options;
  signal.throwIfAborted();
  try {
    const conn = await (tls === null ? connectPlain(options) : connectTLS(options, tls));
    return new DenoSocket(conn, tls === null ? null : await factsOf(conn as Deno.TlsConn));
  } catch (error) {
    throw signal.aborted ? signal.reason : connectFailure(error, peerName(options));
  }
}

async function connectPlain(
  { host, port, path, signal }: ConnectOptions,
): Promise<Deno.TcpConn | Deno.UnixConn> {
  if (path !== undefined) {
    return await abandonable(Deno.connect({ transport: "unix", path }), signal);
  }
  const conn = await Deno.connect({ hostname: host, port, signal });
  try {
    // With Nagle's algorithm a small write can wait 40 ms for the peer's delayed ACK.
    conn.setNoDelay(true);
  } catch {
    // The peer has gone already: reading will say so.
  }
  return conn;
}

function connectTLS({ host, port, signal }: ConnectOptions, tls: TLSOptions): Promise<Deno.Conn> {
  const { cert, key } = tls;
  const options: Deno.ConnectTlsOptions = {
    hostname: host,
    port,
    caCerts: [...tls.ca],
    alpnProtocols: [...tls.alpnProtocols],
  };
  const identity = cert !== null && key !== null ? { keyFormat: "pem" as const, cert, key } : {};
  const connected = Deno.connectTls({ ...options, ...identity }).then(async (conn) => {
    await conn.handshake().catch((error) => {
      conn.close();
      throw error;
    });
    return conn;
  });
  return abandonable(connected, signal);
}

/** `connectTls` takes no signal: an attempt that was given up is closed when it comes after all. */
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

async function factsOf(conn: Deno.TlsConn): Promise<TLSFacts> {
  const { alpnProtocol } = await conn.handshake();
  return { alpnProtocol, protocol: null, cipher: null, peerCertificate: null };
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
  #isPaused = false;
  #isEnded = false;
  #isClosed = false;
  #wakeReader: (() => void) | null = null;
  readonly #onWritten = (bytes: number) => this.#afterWrite(bytes);
  readonly #onWriteFailed = (error: unknown) => this.#failWriting(error);

  constructor(conn: Deno.Conn<Deno.Addr>, tls: TLSFacts | null) {
    this.#conn = conn;
    this.tls = tls;
    this.localAddress = addressOf(conn.localAddr);
    this.remoteAddress = addressOf(conn.remoteAddr);
  }

  get unsentBytes(): number {
    return this.#unsentBytes;
  }

  attach(handler: SocketHandler): void {
    const isFirst = this.#handler === null;
    this.#handler = handler;
    if (isFirst) this.#readLoop();
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
    this.#queue = [];
    this.#unsentBytes = 0;
    this.#wake();
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
    if (this.#isClosed || this.#writing === null) return;
    this.#unsentBytes -= bytes;
    if (bytes < this.#writing.length) return this.#send(this.#writing.subarray(bytes));
    this.#writing = null;
    const next = this.#queue.shift();
    if (next !== undefined) return this.#send(next);
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
    this.#writeError = error;
    this.#queue = [];
    if (this.#isEnded) this.#break(writeFailure(error));
  }

  #break(error: Error): void {
    if (this.#isClosed) return;
    this.close();
    this.#handler?.onError(error);
  }
}

function addressOf(address: Deno.Addr): SocketAddress | null {
  if ("hostname" in address) return { host: address.hostname, port: address.port };
  return "path" in address ? { host: address.path, port: 0 } : null;
}
