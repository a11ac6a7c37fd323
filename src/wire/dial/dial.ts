/** How a socket to an origin comes to be: TCP or a UNIX socket, then TLS where the scheme asks for it. */
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
  const { uds, connectTCP, alpnProtocols } = init;
  return ({ target: { scheme, host, port } }, { signal, ...listening }) => {
    const tls = scheme === "https" ? { ...init.tls, serverName: host, alpnProtocols } : null;
    const peer = { host, port, tls };
    if (uds === null) return connectTCP(peer, { signal, ...listening });
    const options = { ...peer, path: uds, signal };
    return tellConnecting(options, { ...listening, connect });
  };
}
