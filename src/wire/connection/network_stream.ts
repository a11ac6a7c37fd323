/**
 * The connection below a response, as callers see it: who is at the other end, always; its bytes, once they are no
 * longer HTTP's.
 */
import { LocalProtocolError } from "../../errors.ts";
import type { SocketAddress, SocketFacts, TLSFacts } from "../../runtime/socket.ts";

/** How long one `read()` or `write()` may take. */
export interface NetworkStreamOptions {
  /** Milliseconds; `null` for none. Default: none. */
  readonly timeout?: number | null;
  /** Aborting it closes the stream, and rejects with its reason. */
  readonly signal?: AbortSignal | null;
}

/**
 * What `getExtraInfo()` tells of a connection, by httpx's names. Anything the runtime does not tell is `null`: on
 * Deno's own TLS that is all but the protocol that ALPN chose.
 *
 * @example Of a connection without TLS
 * ```ts
 * import { type ExtraInfo } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const info: ExtraInfo = {
 *   client_addr: { host: "127.0.0.1", port: 51000 },
 *   server_addr: { host: "127.0.0.1", port: 8080 },
 *   ssl_object: null,
 * };
 * assertEquals(info.server_addr?.port, 8080);
 * ```
 */
export interface ExtraInfo {
  /** This end. */
  readonly client_addr: SocketAddress | null;
  /** The other end: the server, or the proxy that was connected to. */
  readonly server_addr: SocketAddress | null;
  /** What TLS agreed on, and the certificate of the peer; `null` on a cleartext connection. */
  readonly ssl_object: TLSFacts | null;
}

/**
 * The connection that a response came over: `response.extensions.network_stream`. Of every response it tells who was
 * at the other end; after `101` or an accepted `CONNECT` it is a raw byte stream, to be used both ways and closed.
 *
 * @throws {LocalProtocolError} for reading, writing and closing while the connection speaks HTTP: it is the pool's
 *
 * @example Who answered
 * ```ts
 * import { Client, type NetworkStream } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 * import { once } from "node:events";
 * import { type AddressInfo } from "node:net";
 * import { createServer } from "node:http";
 *
 * const server = createServer((_, response) => response.end("hello")).listen(0, "127.0.0.1");
 * await once(server, "listening");
 * const { port } = server.address() as AddressInfo;
 * {
 *   await using client = new Client();
 *   const response = await client.get(`http://127.0.0.1:${port}/`);
 *   const stream = response.extensions.network_stream as NetworkStream;
 *   assertEquals(stream.getExtraInfo("server_addr"), { host: "127.0.0.1", port });
 *   assertEquals(stream.getExtraInfo("ssl_object"), null); // not over TLS
 * }
 * await new Promise((closed) => server.close(closed));
 * ```
 *
 * @example Speak another protocol after `101`
 * ```ts
 * import { Client, type NetworkStream } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 * import { once } from "node:events";
 * import { type AddressInfo, createServer } from "node:net";
 *
 * const accept = "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n";
 * const server = createServer((socket) => {
 *   socket.once("data", () => {
 *     socket.write(accept);
 *     socket.pipe(socket);
 *   });
 * }).listen(0, "127.0.0.1");
 * await once(server, "listening");
 * const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
 *
 * await using client = new Client({ headers: { connection: "upgrade", upgrade: "echo" } });
 * const response = await client.get(url);
 * assertEquals(response.status, 101);
 * await using stream = response.extensions.network_stream as NetworkStream;
 * await stream.write(new TextEncoder().encode("hello"));
 * assertEquals(await stream.read(), new TextEncoder().encode("hello"));
 * server.close();
 * ```
 */
export interface NetworkStream extends AsyncDisposable {
  /** The next bytes, never empty, or `null` once the peer has ended its side. */
  read(options?: NetworkStreamOptions): Promise<Uint8Array | null>;
  /** Sends the bytes and resolves once the runtime has taken them. */
  write(bytes: Uint8Array, options?: NetworkStreamOptions): Promise<void>;
  /** Ends this side; the peer sees the end of the stream and may go on sending. */
  end(): void;
  /** Ends both directions. Idempotent. */
  close(): Promise<void>;
  /** Who is at the other end: addresses and TLS, as far as the runtime tells. */
  readonly facts: SocketFacts;
  /** The same, by httpx's names; `null` for anything that is not known. */
  getExtraInfo<Name extends keyof ExtraInfo>(name: Name): ExtraInfo[Name];
  /** The incoming side as a web stream. Use it or `read()`, not both. */
  readonly readable: ReadableStream<Uint8Array>;
  /** The outgoing side as a web stream; closing it ends this side alone. */
  readonly writable: WritableStream<Uint8Array>;
}

/** What is known of a socket by one of httpx's names. */
export function extraInfo<Name extends keyof ExtraInfo>(
  { localAddress, remoteAddress, tls }: SocketFacts,
  name: Name,
): ExtraInfo[Name] {
  const info: ExtraInfo = {
    client_addr: localAddress,
    server_addr: remoteAddress,
    ssl_object: tls,
  };
  return info[name] ?? null;
}

/** A connection that speaks HTTP: it can be asked about, and is nobody's to use. */
export class HTTPStream implements NetworkStream {
  readonly facts: SocketFacts;

  constructor({ localAddress, remoteAddress, tls }: SocketFacts) {
    this.facts = { localAddress, remoteAddress, tls };
  }

  getExtraInfo<Name extends keyof ExtraInfo>(name: Name): ExtraInfo[Name] {
    return extraInfo(this.facts, name);
  }

  read(): Promise<Uint8Array | null> {
    return Promise.reject(refusal("read from"));
  }

  write(): Promise<void> {
    return Promise.reject(refusal("write to"));
  }

  end(): void {
    throw refusal("end");
  }

  close(): Promise<void> {
    return Promise.reject(refusal("close"));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  get readable(): ReadableStream<Uint8Array> {
    throw refusal("read from");
  }

  get writable(): WritableStream<Uint8Array> {
    throw refusal("write to");
  }
}

function refusal(what: string): LocalProtocolError {
  return new LocalProtocolError(
    `Cannot ${what} the network stream: its connection speaks HTTP and is the pool's; ` +
      "it is yours after 101 or an accepted CONNECT",
  );
}
