/**
 * Which adapter makes a connection: the runtime's own where it can, Node's elsewhere. What another runtime needs, or
 * few programs do, is loaded when it is needed first: loading is most of what importing this library costs.
 */
import { ConnectError } from "../errors.ts";
import { canDenoConnect, connectDeno, startDenoTLS } from "./adapters/deno_socket.ts";
import {
  type ConnectOptions,
  peerName,
  type StartTLSOptions,
  type TLSOptions,
} from "./connect_options.ts";
import { certificateFault, connectFailure, faultOfUntrusted } from "./failures.ts";
import { mayConnectAnywhere, runtimeName } from "./host.ts";
import { partLoader } from "./load_part.ts";
import type { Socket } from "./socket.ts";

const loadBun = /* @__PURE__ */ partLoader(() => import("./adapters/bun_connect.ts"));
const loadNode = /* @__PURE__ */ partLoader(() => import("./adapters/node_socket.ts"));
const loadNodeTLS = /* @__PURE__ */ partLoader(() => import("./adapters/node_tls.ts"));

/** Makes connections of one kind. */
export type Connect = (options: ConnectOptions) => Promise<Socket>;

/**
 * Connects a socket, TLS and all.
 *
 * @throws {ConnectError} where that fails; the signal's reason where that is aborted
 */
export function connect(options: ConnectOptions): Promise<Socket> {
  const connected = CONNECT[adapterFor(options)](options);
  const { tls, signal } = options;
  if (!tls?.verify || runtimeName() !== "deno") return connected;
  return connected.catch(async (error) => {
    const { onReached: _, ...rest } = options;
    const reconnect = (tls: TLSOptions) => connect({ ...rest, tls });
    throw await diagnoseCertificate(error, { tls, peer: peerName(options), signal, reconnect });
  });
}

/**
 * Of most certificates Deno reports only an unknown issuer. Another connection, over which nothing is sent,
 * shows the certificate itself: whether it has expired, say.
 *
 * @returns the error to be thrown instead, maybe the same; the signal's reason where that is aborted
 */
export async function diagnoseCertificate(
  error: unknown,
  { tls, peer, signal, reconnect }: StartTLSOptions & {
    readonly reconnect: (tls: TLSOptions) => Promise<Socket>;
  },
): Promise<unknown> {
  const isVague = error instanceof ConnectError &&
    certificateFault(error.cause) === "unknownIssuer";
  if (!isVague || !tls.verify || runtimeName() !== "deno") return error;
  try {
    const socket = await reconnect({ ...tls, verify: false, cert: null, key: null, memory: null });
    socket.close();
    const fault = faultOfUntrusted(socket.tls?.peerCertificate ?? {}, Date.now());
    return connectFailure(error.cause, peer, { isSecuring: true, fault });
  } catch {
    return signal.aborted ? signal.reason : error;
  }
}

/**
 * Starts TLS over a socket without a handler, plain or under TLS already: by the runtime's own API where
 * that can, by `node:tls` elsewhere. The socket is the new one's from then on.
 *
 * @throws {ConnectError} where that fails; the signal's reason where that is aborted. The socket is closed then
 */
export async function startTLS(socket: Socket, options: StartTLSOptions): Promise<Socket> {
  const secured = runtimeName() === "deno"
    ? startDenoTLS(socket, options)
    : runtimeName() === "bun"
    ? (await loadBun()).startBunTLS(socket, options)
    : null;
  return await (secured ?? startNodeTLS(socket, options));
}

/** The same by `node:tls`, on every runtime. */
export async function startNodeTLS(socket: Socket, options: StartTLSOptions): Promise<Socket> {
  return await (await loadNodeTLS()).startNodeTLS(socket, options);
}

/** Who connects; by stages is TCP by Deno's own API, and TLS by `node:tls` over that. */
export type Adapter = "deno" | "stages" | "bun" | "node";

const CONNECT: Readonly<Record<Adapter, Connect>> = {
  deno: connectDeno,
  stages: connectByStages,
  bun: async (options) => (await loadBun()).connectBun(options),
  node: async (options) => (await loadNode()).connectNode(options),
};

/** The adapter for what is asked. */
export function adapterFor(options: ConnectOptions): Adapter {
  switch (runtimeName()) {
    case "deno":
      if (canDenoConnect(options)) return "deno";
      return isOverDeno(options) ? "stages" : "node";
    case "bun": // Bun's own API has all but that
      return options.localAddress === undefined ? "bun" : "node";
    default:
      return "node";
  }
}

/**
 * Whether Deno's own API connects, and only its TLS has not what is asked for: a client certificate, or any terms of a
 * program that may connect to some hosts alone, as `node:net` would want the permission of each address.
 */
function isOverDeno(options: ConnectOptions): boolean {
  if (options.tls === null || !canDenoConnect({ ...options, tls: null })) return false;
  return options.tls.cert !== null || !mayConnectAnywhere();
}

/** TCP by Deno's own API, TLS by `node:tls` over that. */
export async function connectByStages(options: ConnectOptions): Promise<Socket> {
  const { tls, signal, onReached } = options;
  const socket = await connectDeno({ ...options, tls: null });
  if (tls === null) return socket;
  onReached?.(socket);
  return await startNodeTLS(socket, { tls, peer: peerName(options), signal });
}

/**
 * Whether the adapter for what is asked had better be given a name than one address after the other.
 *
 * - `Deno.connect` races the addresses of a name as RFC 8305 says, 250 ms apart, and wants its permission for the name.
 * - `Bun.connect` calls all addresses at once and takes the first that answers.
 * - `node:net` waits 250 ms (500 on Deno and Bun) for each address but the last and then gives it up: a good one that
 *   is slow is lost. On Deno it wants permission for each address besides.
 *
 * Measured with Deno 2.9.6, Bun 1.4.5, Node 20.20 and names that have silent, refusing and good addresses.
 */
export function connectsByName(options: ConnectOptions): boolean {
  return adapterFor(options) !== "node";
}

/** Whether this runtime has sockets at all. */
export function hasSockets(): boolean {
  return runtimeName() !== "other";
}
