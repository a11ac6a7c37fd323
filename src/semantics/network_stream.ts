/** The connection under a response, as callers see it: who is at the other end, and the raw stream after an upgrade. */

/** One end of a connection, if the runtime reports it. */
export interface SocketAddress {
  /** An IP address, or the path of a UNIX socket. */
  readonly host: string;
  /** 0 for a UNIX socket. */
  readonly port: number;
}

/** What is known of a TLS session. Anything the runtime does not report is `null`. */
export interface TLSFacts {
  /** The protocol ALPN settled on (`"h2"`, `"http/1.1"`), or `null` where none was agreed. */
  readonly alpnProtocol: string | null;
  /** `"TLSv1.3"` and so on. */
  readonly protocol: string | null;
  /** As the runtime names it. */
  readonly cipher: string | null;
  /** The peer's certificate as the runtime describes it (the shape of `node:tls`). */
  readonly peerCertificate: Readonly<Record<string, unknown>> | null;
}

/** Who is at the other end. */
export interface SocketFacts {
  /** This end; `null` of a UNIX socket. */
  readonly localAddress: SocketAddress | null;
  /** The other end. */
  readonly remoteAddress: SocketAddress | null;
  /** `null` on a cleartext connection. */
  readonly tls: TLSFacts | null;
}

/** How long one `read()` or `write()` may take. */
export interface NetworkStreamOptions {
  /** Milliseconds; `null` for none. Default: none. */
  readonly timeout?: number | null;
  /** Aborting it closes the stream, and rejects with its reason. */
  readonly signal?: AbortSignal | null;
}

/**
 * How TLS is to be started on a stream.
 *
 * @example With a mail server behind a proxy
 * ```ts
 * import { type NetworkStreamTLSOptions } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const options: NetworkStreamTLSOptions = { serverName: "imap.example.org", timeout: 3000 };
 * assertEquals(options.serverName, "imap.example.org");
 * ```
 */
export interface NetworkStreamTLSOptions extends NetworkStreamOptions {
  /** The name that the certificate must be for. */
  readonly serverName: string;
  /** What to offer by ALPN (RFC 7301). Default: nothing. */
  readonly alpnProtocols?: readonly string[] | undefined;
}

/**
 * What `getExtraInfo()` returns about a connection, by httpx's names. Anything the runtime does not report is `null`: on
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
  /** This end; `null` of a UNIX socket. */
  readonly client_addr: SocketAddress | null;
  /** The other end: the server, or the proxy that was connected to. */
  readonly server_addr: SocketAddress | null;
  /** What TLS agreed on, and the certificate of the peer; `null` on a cleartext connection. */
  readonly ssl_object: TLSFacts | null;
}

/**
 * The connection that a response came over: `response.extensions.network_stream`. For every response it has the addresses
 * of both ends; after `101` or an accepted `CONNECT` it is a raw byte stream, to be used both ways and closed.
 *
 * @throws {LocalProtocolError} for reading, writing and closing while the connection speaks HTTP: it is the pool's
 *
 * @example Who answered
 * ```ts
 * import { Client } from "@httpx/httpx";
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
 *   const stream = response.extensions.network_stream;
 *   assertEquals(stream?.getExtraInfo("server_addr"), { host: "127.0.0.1", port });
 *   assertEquals(stream?.getExtraInfo("ssl_object"), null); // not over TLS
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
  /**
   * The next bytes, never empty, or `null` once the peer has ended its side.
   *
   * @param maxBytes how many at most; what else has arrived stays for the next read. Default: all of a chunk
   */
  read(
    maxBytes?: number | NetworkStreamOptions,
    options?: NetworkStreamOptions,
  ): Promise<Uint8Array | null>;
  /** Sends the bytes and resolves once the runtime has taken them. */
  write(bytes: Uint8Array, options?: NetworkStreamOptions): Promise<void>;
  /**
   * Starts TLS, with the authorities and the certificate of the client. The stream that is returned takes the
   * place of this one, which is used up.
   *
   * @throws {ConnectError} where the handshake fails; the stream is closed then
   * @throws {TypeError} where bytes that came before were not read
   */
  startTLS(options: NetworkStreamTLSOptions): Promise<NetworkStream>;
  /** Ends this side; the peer sees the end of the stream and may go on sending. */
  end(): void;
  /** Ends both directions. Idempotent. */
  close(): Promise<void>;
  /** The addresses of both ends, and TLS, as far as the runtime reports them. */
  readonly facts: SocketFacts;
  /** The same, by httpx's names; `null` for anything that is not known. */
  getExtraInfo<Name extends keyof ExtraInfo>(name: Name): ExtraInfo[Name];
  /** The incoming side as a web stream. Use it or `read()`, not both. */
  readonly readable: ReadableStream<Uint8Array>;
  /** The outgoing side as a web stream; closing it ends this side alone. */
  readonly writable: WritableStream<Uint8Array>;
}
