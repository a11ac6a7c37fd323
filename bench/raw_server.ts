/**
 * The server where nginx is not installed: Bun's sockets, and just enough HTTP for the workloads. A request is
 * answered when it is there in full: `/1k.bin`, `/100k.bin` and `/200m.bin` by so many zeros, for a cache below
 * `/cached/`; a POST by its own body.
 *
 *     bun bench/raw_server.ts 8080
 */
import { Buffer } from "node:buffer";
import process from "node:process";

/** What this file needs of Bun's sockets. */
interface Socket {
  data: Peer;
  write(bytes: Uint8Array): number;
}

interface BunListen {
  listen(options: {
    hostname: string;
    port: number;
    socket: Record<"open" | "drain", (socket: Socket) => void> & {
      data(socket: Socket, bytes: Uint8Array): void;
    };
  }): void;
}

const ZEROS = new Uint8Array(1 << 20);
const SIZES: Record<string, number> = { "1k": 1024, "100k": 102_400, "200m": 200 << 20 };
const NOTHING = new Uint8Array(0);

/** One connection: what came and is not answered, what is to be sent. */
class Peer {
  #received: Uint8Array = NOTHING;
  #unsent: Uint8Array = NOTHING;
  #zerosLeft = 0;

  receive(socket: Socket, bytes: Uint8Array): void {
    this.#received = this.#received.length > 0
      ? Buffer.concat([this.#received, bytes])
      : Buffer.from(bytes);
    while (this.#answerOne()) this.send(socket);
  }

  /** Answers the first request if it is complete and the answer before has gone out. */
  #answerOne(): boolean {
    const received = Buffer.from(
      this.#received.buffer,
      this.#received.byteOffset,
      this.#received.length,
    );
    const end = received.indexOf("\r\n\r\n") + 4;
    if (end < 4 || this.#unsent.length > 0 || this.#zerosLeft > 0) return false;
    const head = received.toString("latin1", 0, end);
    const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
    if (received.length < end + length) return false;
    const body = received.subarray(end, end + length);
    this.#received = received.subarray(end + length);
    this.#respond(head, body);
    return true;
  }

  #respond(head: string, body: Uint8Array): void {
    const zeros = SIZES[/^GET \/(?:cached\/)?(\w+)\.bin[ ?]/.exec(head)?.[1] ?? ""] ?? 0;
    const size = head.startsWith("POST") ? body.length : zeros;
    const status = size > 0 ? "200 OK" : "404 Not Found";
    const cached = head.startsWith("GET /cached/") ? "Cache-Control: max-age=3600\r\n" : "";
    const fields =
      `Server: raw\r\n${cached}Content-Type: application/octet-stream\r\nContent-Length: ${size}`;
    this.#unsent = Buffer.concat([Buffer.from(`HTTP/1.1 ${status}\r\n${fields}\r\n\r\n`), body]);
    this.#zerosLeft = zeros;
    if (zeros > 0 && zeros <= ZEROS.length) {
      this.#unsent = Buffer.concat([this.#unsent, ZEROS.subarray(0, zeros)]);
      this.#zerosLeft = 0;
    }
  }

  /** Writes as much as the socket takes. */
  send(socket: Socket): void {
    while (true) {
      this.#unsent = this.#unsent.subarray(socket.write(this.#unsent));
      if (this.#unsent.length > 0 || this.#zerosLeft === 0) return;
      this.#unsent = ZEROS.subarray(0, Math.min(ZEROS.length, this.#zerosLeft));
      this.#zerosLeft -= this.#unsent.length;
    }
  }
}

const { Bun } = globalThis as unknown as { Bun: BunListen }; // Deno's types have no Bun
Bun.listen({
  hostname: "127.0.0.1",
  port: Number(process.argv[2]),
  socket: {
    open: (socket) => void (socket.data = new Peer()),
    data: (socket, bytes) => socket.data.receive(socket, bytes),
    drain: (socket) => {
      socket.data.send(socket);
      socket.data.receive(socket, NOTHING); // a request may have waited for the answer before it
    },
  },
});
