/** A WebSocket server on loopback that does what a test says, frame by frame; over TCP, TLS or a UNIX socket. */
import { createHash } from "node:crypto";
import { listen, type ListenOptions, type Loopback, type Peer } from "../loopback.ts";
import { fieldOf, readHead } from "../proxies/relay.ts";
import { close, describeFrame, frame, join, OP, type ReadFrame, readFrame } from "./frames.ts";

/** One accepted connection. */
export class ServedSocket {
  /** Of the request. */
  readonly head: string;
  readonly peer: Peer;
  #unread: Uint8Array = new Uint8Array(0);

  constructor(head: string, peer: Peer) {
    this.head = head;
    this.peer = peer;
  }

  /** The next frame, or `null` at the end of the stream. */
  async next(): Promise<ReadFrame | null> {
    for (;;) {
      const read = this.#unread.length > 0 ? readFrame(this.#unread) : null;
      if (read !== null) {
        this.#unread = read.rest;
        return read;
      }
      const bytes = await this.peer.readSome();
      if (bytes === null) return null;
      this.#unread = join(this.#unread, bytes);
    }
  }

  /** The next frame in words, `"end"` at the end of the stream. */
  async described(): Promise<string> {
    const read = await this.next();
    return read === null ? "end" : describeFrame(read);
  }

  send(...frames: readonly Uint8Array[]): Promise<void> {
    return this.peer.send(join(...frames));
  }

  /** Echoes messages and answers pings and the close frame, until the end. */
  async echo(): Promise<void> {
    for (let read = await this.next(); read !== null; read = await this.next()) {
      if (read.opcode === OP.CLOSE) {
        await this.send(frame(OP.CLOSE, read.payload));
        return this.peer.end();
      }
      const opcode = read.opcode === OP.PING ? OP.PONG : read.opcode;
      await this.send(frame(opcode, read.payload, { isFinal: read.isFinal }));
    }
  }

  /** Closes cleanly: the frame, the answer, the end. */
  async close(code: number, reason = ""): Promise<void> {
    await this.send(close(code, reason));
    for (let read = await this.next(); read !== null; read = await this.next()) {
      if (read.opcode === OP.CLOSE) break;
    }
    this.peer.end();
  }
}

/** How a server answers handshakes. */
export interface ServeOptions extends ListenOptions {
  /** The whole answer instead of 101; `null` accepts. It is called with the head of each request. */
  readonly answer?: (head: string, index: number) => string | null;
  /** More fields of the 101, each with CRLF. */
  readonly fields?: string;
  /** Changes the 101 before it is sent. */
  readonly change?: (answer: string) => string;
  /** Bytes that leave in one write with the 101. */
  readonly leading?: Uint8Array;
}

/** A running server, and the heads of the requests that came. */
export interface WebSocketServer extends Loopback {
  readonly heads: readonly string[];
  /** `ws://127.0.0.1:PORT/`, or `wss://localhost:PORT/`. */
  readonly url: string;
}

/** Starts one; each accepted connection is handed to `handle`. */
export async function serveWebSockets(
  handle: (socket: ServedSocket) => Promise<void> | void,
  options: ServeOptions = {},
): Promise<WebSocketServer> {
  const heads: string[] = [];
  const server = await listen(async (peer) => {
    for (let head = await readHead(peer); head !== null; head = await readHead(peer)) {
      heads.push(head);
      const refusal = options.answer?.(head, heads.length - 1) ?? null;
      if (refusal === null) {
        await peer.send(join(latin1(accepting(head, options)), options.leading ?? latin1("")));
        return await handle(new ServedSocket(head, peer));
      }
      await peer.send(refusal);
    }
  }, options);
  const url = options.tls === undefined
    ? `ws://127.0.0.1:${server.port}/`
    : `wss://localhost:${server.port}/`;
  return Object.assign(server, { heads, url });
}

/** The text that follows a key (RFC 6455 §1.3). */
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

function accepting(head: string, { fields = "", change = (text) => text }: ServeOptions): string {
  const key = fieldOf(head, "sec-websocket-key") ?? "";
  const accept = createHash("sha1").update(key + GUID).digest("base64");
  return change(
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
      `Sec-WebSocket-Accept: ${accept}\r\n${fields}\r\n`,
  );
}

function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}
