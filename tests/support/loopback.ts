/**
 * A raw peer on loopback, over TCP, TLS or a UNIX socket, on every runtime: the test writes what it does with
 * each connection. It reads only when asked to, so a peer that asks for nothing is one that stalls.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer as createTLSServer } from "node:tls";
import type { TLSVersion } from "../../src/runtime/connect_options.ts";
import type { ServerIdentity } from "./certificates.ts";
import { joinBytes } from "../../src/message/content/join_bytes.ts";

/** How a peer listens. */
export interface ListenOptions {
  /** TLS with this certificate; given `clientCA`, only for clients whom that authority has signed. */
  readonly tls?: ServerIdentity & {
    readonly alpnProtocols?: readonly string[];
    readonly clientCA?: string;
    readonly minVersion?: TLSVersion;
    readonly maxVersion?: TLSVersion;
  };
  /** A UNIX socket in a folder of its own, instead of a port. */
  readonly unix?: boolean;
  /** Default: `"127.0.0.1"`. */
  readonly host?: string;
}

/** A listening peer. Disposing it cuts all connections, and rejects with the first error of a handler. */
export interface Loopback extends AsyncDisposable {
  readonly host: string;
  /** 0 for a UNIX socket. */
  readonly port: number;
  /** Of the UNIX socket, else empty. */
  readonly path: string;
  /** Connections accepted so far, before TLS. */
  readonly accepted: number;
  /** Resolves once no connection is open. */
  allClosed(): Promise<void>;
}

/** Listens, and hands each connection to `handle`. A connection stays open when its handler returns. */
export async function listen(
  handle: (peer: Peer) => Promise<void> | void,
  options: ListenOptions = {},
): Promise<Loopback> {
  const { tls, unix = false, host = "127.0.0.1" } = options;
  const connections = new Connections();
  let failure: { error: unknown } | null = null;
  const onReady = (socket: Socket) => {
    const done = (async () => await handle(new Peer(socket, connections.under(socket))))();
    done.catch((error) => failure ??= { error });
  };
  const server = tls === undefined
    ? createServer({ allowHalfOpen: true, noDelay: true }, onReady)
    : createTLSServer({ ...tlsServerOptions(tls), allowHalfOpen: true }, onReady);
  server.on("connection", (socket: Socket) => connections.add(socket));
  server.on("tlsClientError", () => {}); // a client that refuses our certificate is what some tests are about
  const folder = unix ? await mkdtemp(join(tmpdir(), "httpx-loopback-")) : null;
  const path = folder === null ? "" : join(folder, "socket");
  await startListening(server, unix ? { path } : { host, port: 0 });
  const address = server.address();
  return {
    host,
    port: typeof address === "object" && address !== null ? address.port : 0,
    path,
    get accepted() {
      return connections.accepted;
    },
    allClosed: () => connections.allClosed(),
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      connections.cut();
      await Promise.all([closed, connections.allClosed()]);
      await new Promise((resolve) => setTimeout(resolve, 0)); // handlers see the end, and may fail of it
      if (folder !== null) await rm(folder, { recursive: true, force: true });
      if (failure !== null) throw failure.error;
    },
  };
}

/** The server's end of one connection. Nothing here throws when the other end goes away. */
export class Peer {
  readonly #socket: Socket;
  #unread: Uint8Array = new Uint8Array(0);
  #isOver = false;
  #isListening = false;
  #arrived: Uint8Array[] = [];
  #wake = () => {};

  /** How the connection broke, if it did. */
  failure: Error | null = null;
  readonly #transport: Socket;

  /** Takes over a socket that nobody reads yet, and what carries it: itself, or the TCP below TLS. */
  constructor(socket: Socket, transport: Socket) {
    this.#socket = socket;
    this.#transport = transport;
    socket.on("error", (error: Error) => this.failure ??= error);
  }

  /** The next `size` bytes, or fewer where the other end stopped before. */
  async read(size: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = [this.#unread];
    let length = this.#unread.length;
    while (length < size) {
      const chunk = await this.#next();
      if (chunk === null) break;
      parts.push(chunk);
      length += chunk.length;
    }
    const bytes = joinBytes(parts);
    this.#unread = bytes.slice(size);
    return bytes.subarray(0, size);
  }

  /** As `read()`, as text of one byte per character. */
  async readText(size: number): Promise<string> {
    return new TextDecoder("latin1").decode(await this.read(size));
  }

  /** Whatever comes next; `null` where nothing more comes. */
  async readSome(): Promise<Uint8Array | null> {
    const bytes = this.#unread;
    this.#unread = new Uint8Array(0);
    return bytes.length > 0 ? bytes : await this.#next();
  }

  /** Reads to the end; resolves with the number of bytes. */
  async readToEnd(): Promise<number> {
    let length = 0;
    for (let bytes = await this.readSome(); bytes !== null; bytes = await this.readSome()) {
      length += bytes.length;
    }
    return length;
  }

  /** Resolves when the bytes have left, or can't any more. */
  send(bytes: Uint8Array | string): Promise<void> {
    return new Promise((resolve) => this.#socket.write(bytes, () => resolve()));
  }

  /** Sends what it gets until the end, then ends too. */
  async echo(): Promise<void> {
    for (let bytes = await this.readSome(); bytes !== null; bytes = await this.readSome()) {
      await this.send(bytes);
    }
    this.end();
  }

  /** Says that nothing more comes, and goes on reading. */
  end(): void {
    this.#socket.end();
  }

  /** Closes both directions. */
  close(): void {
    this.#socket.destroy();
  }

  /** Closes with a reset (RST), not an end. UNIX sockets have none: there, bytes left unread break it. */
  reset(): void {
    if (this.#transport.remotePort !== undefined) this.#transport.resetAndDestroy();
    this.#socket.destroy();
  }

  /** What has arrived, all at once. The socket flows only while somebody waits here. */
  async #next(): Promise<Uint8Array | null> {
    if (this.#arrived.length === 0 && !this.#isOver) {
      const somethingCame = new Promise<void>((resolve) => this.#wake = resolve);
      if (this.#isListening) this.#socket.resume();
      else this.#startListening();
      await somethingCame;
      this.#socket.pause();
    }
    const parts = this.#arrived.splice(0);
    if (parts.length === 0) return null;
    return joinBytes(parts);
  }

  #startListening(): void {
    this.#isListening = true;
    const onOver = () => {
      this.#isOver = true;
      this.#wake();
    };
    for (const event of ["end", "error", "close"]) this.#socket.on(event, onOver);
    this.#socket.on("data", (bytes: Uint8Array) => {
      this.#arrived.push(bytes);
      this.#wake();
    });
  }
}

/** What is open, counted. */
class Connections {
  accepted = 0;
  readonly #open = new Set<Socket>();
  #whenClosed: (() => void)[] = [];

  add(socket: Socket): void {
    this.accepted++;
    this.#open.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => {
      this.#open.delete(socket);
      if (this.#open.size === 0) { for (const resolve of this.#whenClosed.splice(0)) resolve(); }
    });
  }

  /** What carries a TLS socket. Its own port tells which: some runtimes have no other link. */
  under(socket: Socket): Socket {
    for (const open of this.#open) if (open.remotePort === socket.remotePort) return open;
    return socket;
  }

  cut(): void {
    for (const socket of this.#open) socket.destroy();
  }

  allClosed(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#open.size === 0) resolve();
      else this.#whenClosed.push(resolve);
    });
  }
}

function tlsServerOptions(tls: NonNullable<ListenOptions["tls"]>): Record<string, unknown> {
  const { alpnProtocols = [], clientCA, ...rest } = tls;
  return {
    ...rest,
    ...(alpnProtocols.length > 0 && { ALPNProtocols: [...alpnProtocols] }),
    ...(clientCA !== undefined && { ca: clientCA, requestCert: true, rejectUnauthorized: true }),
  };
}

function startListening(server: Server, where: { path: string } | { host: string; port: number }) {
  return new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(where, () => resolve());
  });
}
