/**
 * One WebSocket client in a process of its own: keeps messages in flight to an echo server, and prints how many came back
 * in a second, and how much CPU each took, as a line of JSON.
 *
 *     deno run -A bench/websocket/echo_client.ts '{"client":"ours","url":"ws://127.0.0.1:8080/", …}'
 */
import { createRequire } from "node:module";
import process from "node:process";
import { Client } from "../../mod.ts";
import { webSocketOf } from "../../src/websocket/mod.ts";

/** What is measured: the iterable of `client.websocket()`, the class of `webSocketOf()`, the runtime's own, npm's ws. */
export type EchoClientName = "ours" | "class" | "own" | "ws";

/** What to do. */
export interface EchoJob {
  readonly client: EchoClientName;
  readonly url: string;
  /** Below 1 KB a text, from there bytes. */
  readonly sizeBytes: number;
  readonly connections: number;
  /** On each connection. */
  readonly inFlight: number;
  readonly seconds: number;
  /** The folder of npm's ws, with its package.json. */
  readonly wsFolder: string;
}

/** What came of it. */
export interface EchoResult {
  readonly messagesPerSecond: number;
  readonly cpuMicrosPerMessage: number;
}

/** The part of a WebSocket that all classes have. */
interface AnySocket {
  binaryType: string;
  onopen: unknown;
  onmessage: unknown;
  send(data: string | Uint8Array): void;
}

const WARM_UP_MS = 400;

const [text = ""] = process.argv.slice(2);
const job = JSON.parse(text) as EchoJob;
const { sizeBytes, inFlight, url } = job;
const message = sizeBytes < 1024 ? "x".repeat(sizeBytes) : new Uint8Array(sizeBytes).fill(120);
const client = new Client({ trustEnv: false, limits: { maxConnections: null } });
let count = 0;

async function startOurs(): Promise<void> {
  const socket = await client.websocket(url);
  for (let i = 0; i < inFlight; i++) socket.send(message);
  void (async () => {
    for await (const _ of socket) {
      count++;
      socket.send(message);
    }
  })();
}

function startClass(Class: new (url: string) => AnySocket): Promise<void> {
  return new Promise((resolve) => {
    const socket = new Class(url);
    socket.binaryType = "arraybuffer";
    socket.onmessage = () => {
      count++;
      socket.send(message);
    };
    socket.onopen = () => {
      for (let i = 0; i < inFlight; i++) socket.send(message);
      resolve();
    };
  });
}

function start(): Promise<void> {
  switch (job.client) {
    case "ours":
      return startOurs();
    case "class":
      return startClass(webSocketOf(client) as unknown as new (url: string) => AnySocket);
    case "own":
      return startClass(globalThis.WebSocket as unknown as new (url: string) => AnySocket);
    case "ws": {
      const { WebSocket } = createRequire(`${job.wsFolder}/package.json`)("ws");
      return startClass(
        class extends WebSocket {
          constructor(url: string) {
            super(url, { perMessageDeflate: false });
          }
        } as unknown as new (url: string) => AnySocket,
      );
    }
  }
}

await Promise.all(Array.from({ length: job.connections }, start));
await new Promise((resolve) => setTimeout(resolve, WARM_UP_MS));
const before = { count, at: performance.now(), cpu: process.cpuUsage() };
await new Promise((resolve) => setTimeout(resolve, job.seconds * 1000));
const messages = count - before.count;
const { user, system } = process.cpuUsage(before.cpu);
const result: EchoResult = {
  messagesPerSecond: messages / (performance.now() - before.at) * 1000,
  cpuMicrosPerMessage: (user + system) / messages,
};
console.log(JSON.stringify(result));
process.exit();
