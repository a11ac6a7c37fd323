/** A server that breaks off its answers where it is told to, and what must hold of a pool afterwards. */
import { createServer, type Socket } from "node:net";
import type { HTTPTransport } from "@httpx/httpx";
import { assertEquals } from "@std/assert";

/** Sends the first `cut` bytes of its answer and then does what it is told. */
export interface CuttingServer extends AsyncDisposable {
  readonly url: string;
  /** How many bytes of the next answers are sent; all of them by default. */
  cut: number;
  /** What follows the cut; bytes are sent instead of the rest. */
  then: "stall" | "end" | "reset" | Uint8Array;
}

/** What a server answers, and when. */
export interface CuttingServerInit {
  readonly answer: Uint8Array;
  /** For each connection: whether a request is complete with these bytes. */
  readonly listener: () => (bytes: Uint8Array) => boolean;
}

/** Starts one on loopback. */
export async function startCuttingServer(
  { answer, listener }: CuttingServerInit,
): Promise<CuttingServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    const isAsked = listener();
    socket.on("data", (bytes: Uint8Array) => {
      if (!isAsked(bytes)) return;
      const { cut, then } = cutting;
      if (cut > 0) socket.write(answer.subarray(0, cut));
      if (cut >= answer.length || then === "stall") return;
      if (then === "end") socket.end();
      // The bytes before a reset must arrive first: what the kernel still holds would be lost.
      else if (then === "reset") setTimeout(() => socket.resetAndDestroy(), 2);
      else socket.write(then);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const cutting: CuttingServer = {
    url: `http://127.0.0.1:${port}/`,
    cut: Infinity,
    then: "stall",
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
  return cutting;
}

/** Nothing is under way, and so many connections are kept. */
export function assertAtRest(transport: HTTPTransport, idle: number, where: string): void {
  const nothing = { connecting: 0, active: 0, waiting: 0 };
  assertEquals({ where, ...transport.stats }, { where, ...nothing, idle });
}
