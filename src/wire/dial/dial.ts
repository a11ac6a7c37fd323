/** How a socket to an origin comes to be: TCP, a UNIX socket or a proxy, then TLS where the scheme asks for it. */
import type { TLSOptions } from "../../runtime/connect_options.ts";
import { connect } from "../../runtime/select_adapter.ts";
import { partLoader } from "../../runtime/load_part.ts";
import type { Socket } from "../../runtime/socket.ts";
import { withoutRootDot } from "../../semantics/host_name.ts";
import type { Resolve } from "./resolve.ts";
import type { Route } from "./route.ts";
import type { ConnectTCP } from "./tcp.ts";
import { makeSettings, tlsOptions, type TLSSettings } from "../../options/tls_settings.ts";
import { type Attempt, traceConnect } from "./trace_connect.ts";

/** What all sockets of a transport have in common. */
export interface DialInit {
  readonly tls: TLSSettings;
  /** What to offer by ALPN (RFC 7301). */
  readonly alpnProtocols: readonly string[];
  /** Connect to this UNIX socket, whatever the URL's host. */
  readonly uds: string | null;
  readonly connectTCP: ConnectTCP;
  /** What the user says of names; `connectTCP` knows it too. */
  readonly resolve: Resolve | null;
}

const loadProxies = /* @__PURE__ */ partLoader(() => import("./proxy/through_proxy.ts"));

/** Connects a socket along a route. */
export type Dial = (route: Route, attempt: Attempt) => Promise<Socket>;

/** A function that connects along a route. */
export function makeDial(init: DialInit): Dial {
  const { uds, connectTCP, resolve, tls: { cert, ...trust } } = init;
  // A client certificate is for origins: a proxy gets the one that it was given, if any.
  const proxyTLS = cert === null ? init.tls : makeSettings({ ...trust, cert: null, key: null });
  const mayOriginBegin = !init.alpnProtocols.includes("http/1.1");
  return async (route, attempt) => {
    const { target, way } = route;
    const usual = target.scheme === "https" ? originTLS(route, init) : null;
    const { alpnProtocols } = attempt;
    const tls = usual === null || alpnProtocols === undefined ? usual : { ...usual, alpnProtocols };
    if (way.kind !== "direct") {
      const through = { proxy: way.proxy, target, connectTCP, tls: proxyTLS };
      // Loaded where a proxy is used: most programs have none.
      const { connectProxy, connectThroughProxy } = await loadProxies();
      return await (way.kind === "forwarded"
        ? connectProxy(through, attempt)
        : connectThroughProxy({ ...through, originTLS: tls, mayOriginBegin, resolve }, attempt));
    }
    const peer = { host: target.host, port: target.port, tls };
    if (uds === null) return await connectTCP(peer, attempt);
    const { signal, ...listening } = attempt;
    return await traceConnect({ ...peer, path: uds, signal }, { ...listening, connect });
  };
}

/** How TLS is spoken with the origin of a route. */
export function originTLS(
  { target, identity }: Route,
  { tls, alpnProtocols }: Pick<DialInit, "tls" | "alpnProtocols">,
): TLSOptions {
  const settings = identity?.settings ?? tls;
  return tlsOptions(settings, {
    // A name in full ends in a dot, which no certificate has (RFC 6066 §3).
    serverName: identity?.serverName ?? withoutRootDot(target.host),
    alpnProtocols: settings.alpn ?? alpnProtocols,
  });
}
