/** How a socket to an origin comes to be: TCP or a UNIX socket, then TLS where the scheme asks for it. */
import type { TLSOptions } from "../../runtime/connect_options.ts";
import { connect } from "../../runtime/pick.ts";
import type { Socket } from "../../runtime/socket.ts";
import type { Route } from "./route.ts";
import type { ConnectTCP } from "./tcp.ts";
import type { TLSSettings } from "./tls_settings.ts";
import { type Attempt, tellConnecting } from "./told.ts";

/** What all sockets of a transport have in common. */
export interface DialInit {
  readonly tls: TLSSettings;
  /** What to offer by ALPN (RFC 7301). */
  readonly alpnProtocols: readonly string[];
  /** Connect to this UNIX socket, whatever the URL's host. */
  readonly uds: string | null;
  readonly connectTCP: ConnectTCP;
}

/** Connects a socket along a route. */
export type Dial = (route: Route, attempt: Attempt) => Promise<Socket>;

/** A function that connects along a route. */
export function makeDial(init: DialInit): Dial {
  const { uds, connectTCP } = init;
  return (route, { signal, ...listening }) => {
    const { scheme, host, port } = route.target;
    const peer = { host, port, tls: scheme === "https" ? originTLS(route, init) : null };
    if (uds === null) return connectTCP(peer, { signal, ...listening });
    const options = { ...peer, path: uds, signal };
    return tellConnecting(options, { ...listening, connect });
  };
}

/** How TLS is spoken with the origin of a route. */
export function originTLS(
  { target, identity }: Route,
  { tls, alpnProtocols }: Pick<DialInit, "tls" | "alpnProtocols">,
): TLSOptions {
  const settings = identity?.settings ?? tls;
  return {
    ...settings,
    // A name in full ends in a dot, which no certificate has (RFC 6066 §3).
    serverName: identity?.serverName ?? target.host.replace(/\.$/, ""),
    alpnProtocols: settings.alpn ?? alpnProtocols,
  };
}
