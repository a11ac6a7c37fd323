/**
 * The limit of HTTP/2: fixed frames on one TLS connection. All requests of a turn leave in one write; of what
 * comes back only the frame headers are looked at. It knows that nothing will go wrong, and that windows which
 * were opened as far as they go last for the whole run.
 */
import type { BenchClient } from "./client.ts";

/** One TLS connection: bytes out, bytes in. */
interface RawSocket {
  write(bytes: Uint8Array): void;
}

type OnData = (bytes: Uint8Array) => void;

const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const [DATA, SETTINGS, PING] = [0, 4, 6];
const END_STREAM = 1;
const HEADER_BYTES = 9;

export function makeClient(authority: string): BenchClient {
  let connection: Promise<RawFrames> | null = null;
  return {
    async get(url) {
      connection ??= connect(url, authority);
      return await (await connection).get();
    },
    post: () => Promise.reject(new TypeError("Cannot post raw frames: no workload asks for it")),
    download: () => Promise.reject(new TypeError("Cannot download raw frames: no workload asks")),
  };
}

class RawFrames {
  readonly #socket: RawSocket;
  readonly #block: Uint8Array<ArrayBuffer>;
  readonly #waiting = new Map<number, { size: number; resolve: (size: number) => void }>();
  #nextId = 1;
  #out: Uint8Array[] = [];
  #pending: Uint8Array = new Uint8Array(0);

  constructor(socket: RawSocket, block: Uint8Array<ArrayBuffer>) {
    this.#socket = socket;
    this.#block = block;
    const settings = frame(SETTINGS, 0, 0, new Uint8Array([0, 4, 0x7f, 0xff, 0xff, 0xff]));
    const window = frame(8, 0, 0, new Uint8Array([0x7f, 0xfe, 0, 0]));
    this.#send(new Uint8Array([...new TextEncoder().encode(PREFACE), ...settings, ...window]));
  }

  get(): Promise<number> {
    const id = this.#nextId;
    this.#nextId += 2;
    this.#send(frame(1, 5, id, this.#block)); // HEADERS, END_HEADERS | END_STREAM
    return new Promise((resolve) => this.#waiting.set(id, { size: 0, resolve }));
  }

  readonly onData: OnData = (bytes) => {
    const all = this.#pending.length === 0 ? bytes : joined(this.#pending, bytes);
    let at = 0;
    while (all.length - at >= HEADER_BYTES) {
      const length = uint(all, at, 3);
      if (all.length - at < HEADER_BYTES + length) break;
      this.#onFrame(all, at, length);
      at += HEADER_BYTES + length;
    }
    this.#pending = all.slice(at);
  };

  #onFrame(bytes: Uint8Array, at: number, length: number): void {
    const type = bytes[at + 3];
    const flags = bytes[at + 4] ?? 0;
    if (type === SETTINGS && flags === 0) return this.#send(frame(SETTINGS, 1, 0));
    if (type === PING && flags === 0) {
      return this.#send(frame(PING, 1, 0, bytes.slice(at + HEADER_BYTES, at + HEADER_BYTES + 8)));
    }
    const id = uint(bytes, at + 5, 4);
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    if (type === DATA) waiting.size += length;
    if ((flags & END_STREAM) === 0) return;
    this.#waiting.delete(id);
    waiting.resolve(waiting.size);
  }

  #send(bytes: Uint8Array): void {
    if (this.#out.push(bytes) > 1) return;
    queueMicrotask(() => {
      const out = this.#out.length === 1 ? bytes : joined(...this.#out);
      this.#out = [];
      this.#socket.write(out);
    });
  }
}

function frame(type: number, flags: number, id: number, payload = new Uint8Array(0)): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + payload.length);
  bytes.set([payload.length >> 16, payload.length >> 8, payload.length, type, flags]);
  bytes.set([id >> 24, id >> 16, id >> 8, id], 5);
  bytes.set(payload, HEADER_BYTES);
  return bytes;
}

function uint(bytes: Uint8Array, at: number, length: number): number {
  let value = 0;
  for (let i = 0; i < length; i++) value = value << 8 | (bytes[at + i] ?? 0);
  return value;
}

function joined(...parts: Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** A block of literals, never indexed: the same for every request (RFC 7541 §6.2.3). */
function blockFor({ host, pathname }: URL): Uint8Array<ArrayBuffer> {
  const fields = {
    ":method": "GET",
    ":scheme": "https",
    ":authority": host,
    ":path": pathname,
    accept: "*/*",
    "user-agent": "httpx-ts/0.1.0",
  };
  const encode = (text: string) => [text.length, ...new TextEncoder().encode(text)];
  return new Uint8Array(
    Object.entries(fields).flatMap(([name, value]) => [0x10, ...encode(name), ...encode(value)]),
  );
}

async function connect(url: string, authority: string): Promise<RawFrames> {
  const { hostname, port } = new URL(url);
  const open = "Bun" in globalThis ? openBun : openDeno;
  let frames: RawFrames | null = null;
  const onData: OnData = (bytes) => frames?.onData(bytes);
  const socket = await open({ hostname, port: Number(port), authority, onData });
  return frames = new RawFrames(socket, blockFor(new URL(url)));
}

interface OpenOptions {
  readonly hostname: string;
  readonly port: number;
  readonly authority: string;
  readonly onData: OnData;
}

async function openDeno(options: OpenOptions): Promise<RawSocket> {
  const { hostname, port, authority, onData } = options;
  const tls = { caCerts: [authority], alpnProtocols: ["h2"] };
  const connection = await Deno.connectTls({ hostname, port, ...tls });
  const buffer = new Uint8Array(256 * 1024);
  (async () => {
    while (true) {
      const count = await connection.read(buffer);
      if (count === null) throw new Error("The server closed the connection");
      onData(buffer.subarray(0, count));
    }
  })();
  return { write: (bytes) => void connection.write(bytes) }; // far less than what is taken at once
}

/** What this file needs of Bun's sockets. */
interface BunConnect {
  connect(options: Record<string, unknown>): Promise<RawSocket>;
}

async function openBun(options: OpenOptions): Promise<RawSocket> {
  const { hostname, port, authority, onData } = options;
  const { Bun } = globalThis as unknown as { Bun: BunConnect }; // Deno's types have no Bun
  return await new Promise((resolve, reject) => {
    Bun.connect({
      hostname,
      port,
      tls: { ca: authority, serverName: hostname, ALPNProtocols: "\x02h2" },
      socket: {
        data: (_socket: RawSocket, bytes: Uint8Array) => onData(bytes),
        handshake: (socket: RawSocket) => resolve(socket),
        close: () => reject(new Error("The server closed the connection")),
      },
    }).catch(reject);
  });
}
