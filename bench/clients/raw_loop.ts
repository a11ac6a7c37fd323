/**
 * The limit: a loop over a socket that sends the bytes our client sends and finds the end of the body. It
 * knows that the answer is a success with a Content-Length, checks nothing and times nothing out.
 */
import type { BenchClient } from "./client.ts";

/** A connection that answers one request at a time. */
interface RawConnection {
  /** Sends and resolves with the size of the body, of which `onPiece` hears as it comes. */
  exchange(request: Uint8Array, onPiece: () => void): Promise<number>;
}

const HEAD =
  "Accept: */*\r\nAccept-Encoding: gzip, deflate, br, zstd\r\nConnection: keep-alive\r\n" +
  "User-Agent: httpx-ts/0.1.0\r\n";
const READ_SIZE = 256 * 1024;

export function makeClient(): BenchClient {
  const idle: RawConnection[] = [];
  const connect = "Bun" in globalThis
    ? connectBun
    : "Deno" in globalThis
    ? connectDeno
    : connectNode;
  const requests = new Map<string, { request: Uint8Array; hostname: string; port: number }>();

  async function exchange(url: string, body?: Uint8Array, onPiece = () => {}): Promise<number> {
    let known = requests.get(url);
    if (known === undefined) requests.set(url, known = prepare(url, body));
    const connection = idle.pop() ?? await connect(known.hostname, known.port);
    const size = await connection.exchange(known.request, onPiece);
    idle.push(connection);
    return size;
  }

  return {
    get: (url) => exchange(url),
    post: (url, body) => exchange(url, body),
    download: (url, onPiece) => exchange(url, undefined, onPiece),
  };
}

function prepare(url: string, body?: Uint8Array) {
  const { host, hostname, port, pathname } = new URL(url);
  const method = body === undefined ? "GET" : "POST";
  const length = body === undefined ? "" : `Content-Length: ${body.length}\r\n`;
  const head = `${method} ${pathname} HTTP/1.1\r\nHost: ${host}\r\n${HEAD}${length}\r\n`;
  const request = new Uint8Array([...new TextEncoder().encode(head), ...body ?? []]);
  return { request, hostname, port: Number(port) };
}

/** Counts a response down: the end of its head, then the bytes its Content-Length names. */
class Countdown {
  #size = 0;
  #missing = -1;
  #head = new Uint8Array(0);

  /** The body's size once it is complete, else `null`. */
  take(bytes: Uint8Array): number | null {
    if (this.#missing >= 0) {
      this.#missing -= bytes.length;
    } else {
      const head = this.#head.length === 0 ? bytes : new Uint8Array([...this.#head, ...bytes]);
      const end = endOfHead(head);
      if (end < 0) {
        this.#head = head.slice();
        return null;
      }
      this.#size = contentLength(head, end);
      this.#missing = this.#size - (head.length - end);
      this.#head = NOTHING;
    }
    if (this.#missing > 0) return null;
    this.#missing = -1;
    return this.#size;
  }
}

const NOTHING = new Uint8Array(0);

function endOfHead(bytes: Uint8Array): number {
  for (let i = 3; i < bytes.length; i++) {
    if (bytes[i] === 10 && bytes[i - 1] === 13 && bytes[i - 2] === 10) return i + 1;
  }
  return -1;
}

/** Looks for "-Length: " at byte level: no decoding, no table. */
function contentLength(bytes: Uint8Array, end: number): number {
  for (let i = 0; i < end; i++) {
    if (bytes[i] !== 0x2d || bytes[i + 1] !== 0x4c || bytes[i + 7] !== 0x3a) continue; // "-", "L", ":"
    let length = 0;
    for (let j = i + 9; (bytes[j] ?? 0) >= 0x30; j++) length = length * 10 + (bytes[j] ?? 0) - 0x30;
    return length;
  }
  throw new Error("The raw loop needs a Content-Length");
}

async function connectDeno(hostname: string, port: number): Promise<RawConnection> {
  const connection = await Deno.connect({ hostname, port });
  connection.setNoDelay(true);
  const countdown = new Countdown();
  const buffer = new Uint8Array(READ_SIZE);
  return {
    async exchange(request, onPiece) {
      let written = await connection.write(request);
      while (written < request.length) written += await connection.write(request.subarray(written));
      while (true) {
        const count = await connection.read(buffer);
        if (count === null) throw new Error("The server closed the connection");
        const size = countdown.take(buffer.subarray(0, count));
        onPiece();
        if (size !== null) return size;
      }
    },
  };
}

/** What this file needs of Bun's sockets. */
interface BunSocket {
  write(bytes: Uint8Array): number;
}

interface BunConnect {
  connect(options: {
    hostname: string;
    port: number;
    socket: {
      data(socket: BunSocket, bytes: Uint8Array): void;
      drain(socket: BunSocket): void;
      close(): void;
    };
  }): Promise<BunSocket>;
}

async function connectBun(hostname: string, port: number): Promise<RawConnection> {
  const countdown = new Countdown();
  let unsent: Uint8Array = NOTHING;
  let piece = () => {};
  let settle: { resolve(size: number): void; reject(error: Error): void } | null = null;
  const { Bun } = globalThis as unknown as { Bun: BunConnect }; // Deno's types have no Bun
  const socket = await Bun.connect({
    hostname,
    port,
    socket: {
      data(_socket, bytes) {
        const size = countdown.take(bytes);
        piece();
        if (size !== null) settle?.resolve(size);
      },
      drain(socket) {
        unsent = unsent.subarray(socket.write(unsent));
      },
      close: () => settle?.reject(new Error("The server closed the connection")),
    },
  });
  return {
    exchange(request, onPiece) {
      piece = onPiece;
      return new Promise((resolve, reject) => {
        settle = { resolve, reject };
        unsent = request.subarray(socket.write(request));
      });
    },
  };
}

async function connectNode(hostname: string, port: number): Promise<RawConnection> {
  const { connect } = await import("node:net");
  const countdown = new Countdown();
  let piece = () => {};
  let settle: { resolve(size: number): void; reject(error: Error): void } | null = null;
  const socket = connect({ host: hostname, port, noDelay: true });
  socket.on("data", (bytes: Uint8Array) => {
    const size = countdown.take(bytes);
    piece();
    if (size !== null) settle?.resolve(size);
  });
  socket.on("close", () => settle?.reject(new Error("The server closed the connection")));
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", () => resolve());
    socket.once("error", reject);
  });
  return {
    exchange(request, onPiece) {
      piece = onPiece;
      return new Promise((resolve, reject) => {
        settle = { resolve, reject };
        socket.write(request);
      });
    },
  };
}
