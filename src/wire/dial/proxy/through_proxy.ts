/**
 * The way to an origin that leads through a proxy: to the proxy, TLS with it where its scheme says so, then a tunnel
 * to the origin, and TLS inside it. A forwarded request needs no tunnel: the proxy is the peer.
 */
import { ConnectError, ProxyError } from "../../../errors.ts";
import { traced } from "../../../observe/trace.ts";
import type { TLSOptions } from "../../../runtime/connect_options.ts";
import { diagnoseCertificate, startTLS } from "../../../runtime/select_adapter.ts";
import type { Socket } from "../../../runtime/socket.ts";
import { withoutRootDot } from "../../../semantics/host_name.ts";
import type { Target } from "../../../semantics/target.ts";
import { addressesGiven, type Resolve } from "../resolve.ts";
import type { ConnectTCP } from "../tcp.ts";
import { tlsOptions, type TLSSettings } from "../../../options/tls_settings.ts";
import { type Attempt, factsOf, securingInfo } from "../trace_connect.ts";
import { handshake, type ProxyHandshake } from "./handshake.ts";
import { authorityOf, isHttpProxy, type ProxyHop } from "./hop.ts";
import { HttpTunnel, type Refusal, refusal } from "./http_tunnel.ts";
import { bytesOfAddress } from "./ip_address.ts";
import { Socks5 } from "./socks5.ts";

/** What such a way is made of. */
export interface ThroughProxyInit {
  readonly proxy: ProxyHop;
  readonly target: Target;
  readonly connectTCP: ConnectTCP;
  /** For a proxy that has no TLS settings of its own. */
  readonly tls: TLSSettings;
}

/**
 * A connection to the proxy itself.
 *
 * @throws {ProxyError} if there is none; the signal's reason if that is aborted
 */
export async function connectProxy(init: ThroughProxyInit, attempt: Attempt): Promise<Socket> {
  const { proxy: { host, port, scheme }, connectTCP } = init;
  const tls = scheme === "https" ? proxyTLS(init) : null;
  try {
    return await connectTCP({ host, port, tls }, attempt);
  } catch (error) {
    if (!(error instanceof ConnectError)) throw error;
    const reason = error.message.replace(`Cannot connect to ${authorityOf(host, port)}: `, "");
    throw failure(new ProxyError(reason, { cause: error.cause ?? error }), init);
  }
}

/** A way through a proxy that leads on to the origin. */
export interface TunnelInit extends ThroughProxyInit {
  /** How TLS is spoken with the origin; `null` for cleartext. */
  readonly originTLS: TLSOptions | null;
  /** Whether an origin in cleartext may speak first: one of HTTP/2 does. */
  readonly mayOriginBegin: boolean;
  /** What the user says of names: `socks5:` goes by it, `socks5h:` never does. */
  readonly resolve: Resolve | null;
}

/**
 * A connection to the origin through the proxy.
 *
 * @throws {ProxyError} if the proxy fails or refuses
 * @throws {ConnectError} if TLS with the origin fails; the signal's reason if that is aborted
 */
export async function connectThroughProxy(init: TunnelInit, attempt: Attempt): Promise<Socket> {
  const { originTLS, target: { host, port } } = init;
  const { signal, trace, limitMs: timeout } = attempt;
  const protocol = await handshakeWith(init, attempt);
  let socket = await connectProxy(init, attempt);
  const mayBegin = originTLS === null && init.mayOriginBegin;
  const isSocks = !isHttpProxy(init.proxy);
  try {
    socket = await traced(trace, {
      step: isSocks ? "socks.setup_socks5_connection" : "http_proxy.connect_tunnel",
      info: () => ({ host, port, timeout }),
      work: () => handshake(socket, protocol, { signal, mayBegin }),
    });
  } catch (error) {
    throw error instanceof ProxyError ? failure(error, init) : error;
  }
  if (originTLS === null) return socket;
  const { times } = attempt;
  if (times !== undefined) times.securingAtMs = performance.now();
  const terms = { tls: originTLS, peer: authorityOf(host, port), signal };
  try {
    return await traced(trace, {
      step: isSocks ? "socks.start_tls" : "http_proxy.start_tls",
      info: () => securingInfo(originTLS, timeout),
      work: () => startTLS(socket, terms),
      gives: factsOf,
    });
  } catch (error) {
    const reconnect = (tls: TLSOptions) =>
      connectThroughProxy({ ...init, originTLS: tls }, { ...attempt, trace: null });
    throw await diagnoseCertificate(error, { ...terms, reconnect });
  }
}

/** What a response of the proxy's own means that is a refusal. */
export function refusalOf(
  { status, reason, fields }: Refusal,
  at: { readonly proxy: ProxyHop; readonly target: Target },
): ProxyError {
  return failure(refusal({ status, reason, fields }, at.proxy.fields), at, "yes");
}

function proxyTLS({ proxy, tls }: ThroughProxyInit): TLSOptions {
  const serverName = withoutRootDot(proxy.host); // as with origins: no certificate has the dot
  return tlsOptions(proxy.tls ?? tls, { serverName, alpnProtocols: ["http/1.1"] });
}

/** What is to be said to the proxy. */
async function handshakeWith(
  { proxy, target, resolve }: TunnelInit,
  { signal }: Attempt,
): Promise<ProxyHandshake> {
  const { host, port } = target;
  if (isHttpProxy(proxy)) {
    return new HttpTunnel({ authority: authorityOf(host, port), fields: proxy.fields });
  }
  const peer = authorityOf(host, port);
  const given = proxy.scheme === "socks5" && resolve !== null && bytesOfAddress(host) === null
    ? await addressesGiven(host, { resolve, peer, signal })
    : null;
  return new Socks5({ host: given?.[0] ?? host, port, credentials: proxy.credentials });
}

/** The reason, with proxy and origin. The origin has not seen the request, whether or not the proxy has. */
function failure(
  reason: ProxyError,
  { proxy, target }: Pick<ThroughProxyInit, "proxy" | "target">,
  requestSent: "yes" | "no" = "no",
): ProxyError {
  const { status, statusText, cause } = reason;
  const origin = authorityOf(target.host, target.port);
  return new ProxyError(`Cannot reach ${origin} through proxy ${proxy.name}: ${reason.message}`, {
    phase: "proxy",
    peer: authorityOf(proxy.host, proxy.port),
    requestSent,
    safeToRetry: true,
    ...(status !== undefined && { status }),
    ...(statusText !== undefined && { statusText }),
    ...(cause !== undefined && { cause }),
  });
}
