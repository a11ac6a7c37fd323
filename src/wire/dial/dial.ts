/** How a socket to an origin comes to be: TCP or a UNIX socket, then TLS where the scheme asks for it. */
import { connect } from "../../runtime/pick.ts";
import type { Socket } from "../../runtime/socket.ts";
import type { Route } from "./route.ts";
import type { TLSSettings } from "./tls_settings.ts";

/** What all sockets of a transport have in common. */
export interface DialInit {
  readonly tls: TLSSettings;
  /** What to offer by ALPN (RFC 7301). */
  readonly alpnProtocols: readonly string[];
  /** Connect to this UNIX socket, whatever the URL's host. */
  readonly uds: string | null;
  /** Connect from this address of the machine. */
  readonly localAddress: string | null;
}

/** A function that connects along a route. */
export function makeDial(init: DialInit): (route: Route, signal: AbortSignal) => Promise<Socket> {
  const { uds, localAddress, alpnProtocols } = init;
  return ({ target }, signal) =>
    connect({
      host: target.host,
      port: target.port,
      ...(uds !== null && { path: uds }),
      ...(localAddress !== null && { localAddress }),
      tls: target.scheme === "https"
        ? { ...init.tls, serverName: target.host, alpnProtocols }
        : null,
      signal,
    });
}
