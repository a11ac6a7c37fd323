/** Every route that a client of ours can take to a server, for contracts that hold on each. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import {
  Client,
  FetchTransport,
  HTTPTransport,
  type HTTPTransportOptions,
  Proxy,
  type Transport,
} from "@httpx/httpx";
import { certificatePath } from "../support/certificates.ts";
import { startHttpProxy } from "../support/proxies/http_proxy.ts";
import { startSocks } from "../support/proxies/socks_proxy.ts";

/** Where the contract's server listens: ports, and the paths of UNIX sockets. */
interface Addresses {
  readonly http: number;
  readonly https: number;
  readonly h2c: number;
  readonly unix: string;
  readonly unixH2c: string;
  readonly unixTLS: string;
}

/** A server, with whatever stands before it, and clients that know the way. */
export interface Harness extends AsyncDisposable {
  /** A client with the server as its base URL. */
  client(timeout: number): Client;
}

/** One route. */
export interface Route {
  readonly name: string;
  readonly version: "HTTP/1.1" | "HTTP/2" | "fetch";
  /** Builds it to a server that all tests share, or to one of its own. */
  build(server?: ContractServer): Promise<Harness>;
}

/** A server of the contract. Disposing it ends it, and cuts all its connections. */
export interface ContractServer extends AsyncDisposable {
  readonly addresses: Addresses;
}

const verify = certificatePath("ca");
const nothing: AsyncDisposable = { [Symbol.asyncDispose]: () => Promise.resolve() };

/** What stands on a route: a transport that takes it, to where, and maybe a proxy. */
interface Way {
  readonly baseURL: string;
  readonly transport: Transport;
  readonly proxyServer?: AsyncDisposable;
}

const clear = ({ http }: Addresses) => `http://127.0.0.1:${http}`;
const secure = ({ https }: Addresses) => `https://127.0.0.1:${https}`;

function direct(baseURL: string, options: HTTPTransportOptions = {}): Way {
  return { baseURL, transport: new HTTPTransport({ verify, ...options }) };
}

async function through(
  baseURL: string,
  options: HTTPTransportOptions,
  tls: boolean,
): Promise<Way> {
  const proxyServer = await startHttpProxy({ tls });
  const proxy = new Proxy(proxyServer.url, tls ? { tls: verify } : {});
  return { ...direct(baseURL, { ...options, proxy }), proxyServer };
}

async function bySocks(baseURL: string, options: HTTPTransportOptions): Promise<Way> {
  const proxyServer = await startSocks();
  const proxy = `socks5h://127.0.0.1:${proxyServer.port}`;
  return { ...direct(baseURL, { ...options, proxy }), proxyServer };
}

type Builder = (addresses: Addresses) => Way | Promise<Way>;

const WAYS: Readonly<Record<string, readonly [Route["version"], Builder]>> = {
  "HTTP/1.1": ["HTTP/1.1", (at) => direct(clear(at))],
  "HTTP/1.1 over TLS": ["HTTP/1.1", (at) => direct(secure(at))],
  "HTTP/2": ["HTTP/2", (at) => direct(secure(at), { http2: true })],
  "HTTP/2 in the clear": [
    "HTTP/2",
    ({ h2c }) => direct(`http://127.0.0.1:${h2c}`, { http1: false, http2: true }),
  ],
  "a UNIX socket": ["HTTP/1.1", ({ unix }) => direct("http://localhost", { uds: unix })],
  "HTTP/2 over a UNIX socket": [
    "HTTP/2",
    ({ unixH2c }) => direct("http://localhost", { uds: unixH2c, http1: false, http2: true }),
  ],
  "TLS over a UNIX socket": [
    "HTTP/2",
    ({ unixTLS }) => direct("https://localhost", { uds: unixTLS, http2: true }),
  ],
  "a tunnel": ["HTTP/1.1", (at) => through(secure(at), {}, false)],
  "HTTP/2 in a tunnel": ["HTTP/2", (at) => through(secure(at), { http2: true }, false)],
  "HTTP/2 in a tunnel of an HTTPS proxy": [
    "HTTP/2",
    (at) => through(secure(at), { http2: true }, true),
  ],
  "HTTP/2 by prior knowledge in a tunnel": [
    "HTTP/2",
    ({ h2c }) => through(`http://127.0.0.1:${h2c}`, { http1: false, http2: true }, false),
  ],
  "SOCKS5": ["HTTP/1.1", (at) => bySocks(clear(at), {})],
  "HTTP/2 by SOCKS5": ["HTTP/2", (at) => bySocks(secure(at), { http2: true })],
  "fetch": ["fetch", (at) => ({ baseURL: clear(at), transport: new FetchTransport() })],
};

/** All of them. */
export const ROUTES: readonly Route[] = Object.entries(WAYS).map(([name, [version, way]]) => ({
  name,
  version,
  build: (server) => build(way, server ?? shared),
}));

/** Starts a server. */
export async function startContractServer(): Promise<ContractServer> {
  const folder = await mkdtemp(join(tmpdir(), "httpx-contract-"));
  const child = startServer(join(folder, "socket"));
  return {
    addresses: await addressesOf(child),
    async [Symbol.asyncDispose]() {
      const ended = once(child, "exit");
      child.stdin?.end();
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Started before the first test: it ends when this program does, as its input is then at its end. */
const shared = await startContractServer();

async function build(way: Builder, { addresses }: ContractServer): Promise<Harness> {
  const { proxyServer = nothing, baseURL, transport } = await way(addresses);
  return {
    client: (timeout) => new Client({ baseURL, transport, timeout }),
    [Symbol.asyncDispose]: () => Promise.resolve(proxyServer[Symbol.asyncDispose]()),
  };
}

function startServer(socketPath: string): ChildProcess {
  const script = fileURLToPath(new URL("./contract_server.mjs", import.meta.url));
  const args = [script, certificatePath("server"), certificatePath("server_key"), socketPath];
  return spawn("node", args, { stdio: ["pipe", "pipe", "inherit"] });
}

async function addressesOf({ stdout }: ChildProcess): Promise<Addresses> {
  if (stdout === null) throw new Error("Impossible: the server was started with a pipe");
  for await (const line of createInterface({ input: stdout })) return JSON.parse(line);
  throw new Error("The server of the contract did not start");
}
