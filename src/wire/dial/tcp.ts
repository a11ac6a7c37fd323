/**
 * A TCP connection to a host, and TLS on it where that is asked for. Every hop of a route that is a host is
 * connected here, proxies too: what a user says of addresses and sockets holds for all of them.
 */
import type { TLSOptions } from "../../runtime/connect_options.ts";
import { connect } from "../../runtime/pick.ts";
import type { Socket } from "../../runtime/socket.ts";
import { type Attempt, tellConnecting } from "./told.ts";

/** What all TCP connections of a transport have in common. */
export interface TCPInit {
  /** Connect from this address of the machine. */
  readonly localAddress: string | null;
}

/** A host to connect to. */
export interface TCPPeer {
  /** A name or an IP address, without brackets. */
  readonly host: string;
  readonly port: number;
  /** TLS that begins at once, or `null` for none. */
  readonly tls: TLSOptions | null;
}

/** Connects to a host; rejects with a `ConnectError`, or the reason of the signal. */
export type ConnectTCP = (peer: TCPPeer, attempt: Attempt) => Promise<Socket>;

/** A function that connects to hosts. */
export function makeConnectTCP({ localAddress }: TCPInit): ConnectTCP {
  return (peer, { signal, trace, limitMs }) => {
    const options = { ...peer, ...(localAddress !== null && { localAddress }), signal };
    return tellConnecting(options, { trace, limitMs, connect });
  };
}
