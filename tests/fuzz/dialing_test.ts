/**
 * Names that resolve to anything, handshakes that break, calls that are given up, clients that are closed in the
 * middle, with retries and few connections. Whatever happens, every call settles in time with a response or an error
 * of its own, and no connection is left.
 */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { createServer as createHTTPServer } from "node:http";
import { createSecureServer } from "node:http2";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { Client, HTTPTransport, Timeout, TransportError } from "@httpx/httpx";
import { authorities, servers } from "../support/certificates.ts";
import { seeded } from "../support/random.ts";

const ROUNDS = 3;
const CALLS = 40;

type Random = (below: number) => number;

/** A listening server of any kind, its connections counted. */
class Counted implements AsyncDisposable {
  readonly open = new Set<Socket>();
  readonly #server: ReturnType<typeof createServer>;

  constructor(server: unknown) {
    this.#server = server as ReturnType<typeof createServer>; // all of them are, at the bottom
    this.#server.on("connection", (socket: Socket) => {
      this.open.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => this.open.delete(socket));
    });
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return (this.#server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.open) socket.destroy();
    await closed;
  }
}

/** Leads to a port, or breaks: at once, with a reset, or in the middle of the handshake. */
function brokenGate(port: number, random: Random) {
  return createServer((socket) => {
    const fate = random(5);
    if (fate === 0) return void socket.resetAndDestroy();
    if (fate === 1) return void socket.destroy();
    if (fate === 2) return void socket.once("data", () => socket.resetAndDestroy());
    const behind = connect(port, "127.0.0.1");
    behind.on("error", () => socket.destroy());
    behind.on("close", () => socket.destroy());
    socket.on("close", () => behind.destroy());
    socket.pipe(behind).pipe(socket);
  });
}

/** Dead, alive, nothing, an error, late, or of both families. */
async function resolveAnyhow(random: Random): Promise<string | string[]> {
  switch (random(7)) {
    case 0:
      return ["127.0.0.2", "127.0.0.1"];
    case 1:
      return [];
    case 2:
      throw new Error("the resolver is ill");
    case 3:
      for (let turns = random(20); turns > 0; turns--) await Promise.resolve();
      return "127.0.0.1";
    case 4:
      return ["::1", "127.0.0.1", "127.0.0.9"];
    default:
      return "127.0.0.1";
  }
}

function transportOf(random: Random): HTTPTransport {
  return new HTTPTransport({
    verify: authorities.ca,
    trustEnv: false,
    http2: random(2) === 0,
    retries: random(3),
    resolve: () => resolveAnyhow(random),
    localAddress: random(3) === 0 ? "127.0.0.5" : null,
    socketOptions: { keepAlive: random(2) === 0, noDelay: random(2) === 0 },
    limits: { maxConnections: 1 + random(6) },
  });
}

/** What became of one call; the error where it is none that a call may end with. */
async function outcome(client: Client, url: string, random: Random): Promise<unknown> {
  const controller = new AbortController();
  const giveUp = () => controller.abort("given up");
  const timer = random(5) === 0 ? setTimeout(giveUp, random(30)) : undefined;
  try {
    const response = await client.get(url, { signal: controller.signal });
    assertEquals((await response.bytes()).length, 1000);
    return "ok";
  } catch (error) {
    if (error === "given up") return error;
    if (!(error instanceof TransportError)) return error;
    assertEquals(error.request?.url, url);
    return error.name;
  } finally {
    clearTimeout(timer);
  }
}

describe("Dialing at random", () => {
  for (const seed of [1, 2, 3]) {
    it(`settles every call and leaves no connection, seed ${seed}`, async () => {
      const random = seeded(seed);
      const body = "x".repeat(1000);
      await using plain = new Counted(createHTTPServer((_, response) => response.end(body)));
      const secureServer = createSecureServer(
        { ...servers.good, allowHTTP1: true },
        (_, response) => response.end(body),
      );
      secureServer.on("sessionError", () => {});
      secureServer.on("tlsClientError", () => {});
      await using secure = new Counted(secureServer);
      const [plainPort, securePort] = [await plain.listen(), await secure.listen()];
      await using gate = new Counted(brokenGate(securePort, random));
      const gatePort = await gate.listen();
      const origins = [`http://localhost:${plainPort}`, `https://localhost:${securePort}`];
      origins.push(`https://localhost:${gatePort}`);
      for (let round = 0; round < ROUNDS; round++) {
        const transport = transportOf(random);
        const timeout = new Timeout(3000, { connect: 2000, total: 8000 });
        await using client = new Client({ transport, timeout });
        const calls = Array.from(
          { length: CALLS },
          (_, i) => outcome(client, `${origins[random(origins.length)]}/${i}`, random),
        );
        if (random(3) === 0) {
          await Promise.race(calls);
          await client.close();
        }
        const odd = (await Promise.all(calls)).filter((found) => found instanceof Error);
        assertEquals(odd, []);
        await client.close();
        const { connecting, active, idle, waiting } = transport.stats;
        assertEquals([connecting, active, idle, waiting], [0, 0, 0, 0]);
      }
      for (const server of [plain, secure, gate]) await untilNone(server.open);
    });
  }
});

/** Ends of connections take their time to arrive. */
async function untilNone(open: ReadonlySet<unknown>): Promise<void> {
  for (let i = 0; i < 200 && open.size > 0; i++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assert(open.size === 0, `${open.size} connections are left`);
}
