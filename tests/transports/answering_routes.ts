/** Servers that answer with what they were asked, over HTTP/1.1 and HTTP/2, and clients that reach them. */
import { createServer } from "node:http";
import { createSecureServer } from "node:http2";
import { createServer as createTLSServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { ClientConnectionOptions } from "@httpx/httpx";
import { authorities, servers } from "../support/certificates.ts";

/** A server that answers every request with its path. */
export interface Answering extends AsyncDisposable {
  readonly port: number;
  readonly accepted: number;
}

/** As much of a request and a response of Node's, of either version of HTTP, as is used here. */
interface NodeRequest {
  readonly url?: string | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
}
interface NodeResponse {
  setHeader(name: string, value: string): unknown;
  end(text: string): unknown;
}

/** Answers with the path, and in fields with what was asked of whom. */
function answer({ url, headers }: NodeRequest, response: NodeResponse): void {
  response.setHeader("x-host", String(headers[":authority"] ?? headers.host));
  response.setHeader("x-cookie", String(headers.cookie));
  response.end(url ?? "");
}

/** A route to a server, and the options of a client that takes it. */
export interface AnsweringRoute {
  readonly name: string;
  readonly scheme: string;
  readonly options: ClientConnectionOptions;
  readonly version: string;
  start(port?: number): Promise<Answering>;
}

const trusted = { verify: authorities.ca, trustEnv: false };

/** HTTP/1.1 without TLS. */
export const cleartext: AnsweringRoute = {
  name: "HTTP/1.1",
  scheme: "http",
  options: { trustEnv: false },
  version: "HTTP/1.1",
  start: (port) => serve(createServer(answer), port),
};

const secure: AnsweringRoute = {
  name: "HTTP/1.1 over TLS",
  scheme: "https",
  options: trusted,
  version: "HTTP/1.1",
  start: (port) => serve(createTLSServer(servers.good, answer), port),
};

const http2: AnsweringRoute = {
  name: "HTTP/2 over TLS",
  scheme: "https",
  options: { ...trusted, http2: true },
  version: "HTTP/2",
  start: (port) => serve(createSecureServer(servers.good, answer), port),
};

/** As much of every server of Node's as is used here. */
interface NodeServer {
  on(event: "connection", listener: (socket: Socket) => void): unknown;
  listen(port: number, host: string, onListening: () => void): unknown;
  address(): unknown;
  close(onClosed: () => void): unknown;
}

/** Lets a server listen, counts what it accepts, and cuts all connections at the end. */
export async function serve(
  server: NodeServer,
  port = 0,
  host = "127.0.0.1",
): Promise<Answering> {
  const sockets = new Set<Socket>();
  let accepted = 0;
  server.on("connection", (socket: Socket) => {
    accepted++;
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(port, host, () => resolve()));
  return {
    port: (server.address() as AddressInfo).port,
    get accepted() {
      return accepted;
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** All of them; HTTP/2 is the last. */
export const ANSWERING_ROUTES: readonly AnsweringRoute[] = [cleartext, secure, http2];
