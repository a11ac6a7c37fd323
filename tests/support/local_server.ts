/** A server on loopback that a test writes as a function, on every runtime, and what its connections did. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

/** What a request brought. */
export interface Received {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[];
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** A running server. */
export interface LocalServer extends AsyncDisposable {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** Every request, in order. */
  readonly received: readonly Received[];
  /** Connections accepted so far. */
  readonly accepted: number;
  /** Resolves once so many connections were accepted in all. */
  accepts(count: number): Promise<void>;
  /** Resolves once no connection is open. */
  allClosed(): Promise<void>;
}

/** Starts a server. Disposing it cuts what is still open. */
export async function startLocalServer(
  answer: (request: Received, response: ServerResponse) => void,
): Promise<LocalServer> {
  const received: Received[] = [];
  const sockets = new Set<Socket>();
  const whenClosed: (() => void)[] = [];
  const whenAccepted: { readonly count: number; readonly resolve: () => void }[] = [];
  let accepted = 0;
  const server = createServer((incoming, response) => {
    const chunks: Uint8Array[] = [];
    incoming.on("data", (chunk: Uint8Array) => chunks.push(chunk));
    incoming.on("end", () => {
      const request = describe(incoming, chunks);
      received.push(request);
      answer(request, response);
    });
  });
  server.on("connection", (socket) => {
    accepted++;
    for (const { count, resolve } of whenAccepted) if (count === accepted) resolve();
    sockets.add(socket);
    socket.on("close", () => {
      sockets.delete(socket);
      if (sockets.size === 0) { for (const resolve of whenClosed.splice(0)) resolve(); }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo; // of a TCP server it is no string
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    get accepted() {
      return accepted;
    },
    accepts: (count) =>
      new Promise((resolve) => {
        if (accepted >= count) resolve();
        else whenAccepted.push({ count, resolve });
      }),
    allClosed: () =>
      new Promise((resolve) => {
        if (sockets.size === 0) resolve();
        else whenClosed.push(resolve);
      }),
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function describe(incoming: IncomingMessage, chunks: readonly Uint8Array[]): Received {
  const { method = "", url = "", rawHeaders, headers } = incoming;
  const decoder = new TextDecoder();
  const body = chunks.map((chunk) => decoder.decode(chunk, { stream: true })).join("") +
    decoder.decode();
  return { method, target: url, rawHeaders, headers, body };
}
