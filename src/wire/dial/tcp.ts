/**
 * A TCP connection to a host, and TLS on it if it is asked for. Every hop of a route is connected here, proxies too, so
 * that the options for addresses and sockets apply to all of them.
 */
import type { Clock } from "../../clock/clock.ts";
import { ConnectError } from "../../errors.ts";
import {
  type ConnectOptions,
  peerName,
  type SocketOptions,
  type TLSOptions,
} from "../../runtime/connect_options.ts";
import { connect, connectsByName } from "../../runtime/select_adapter.ts";
import type { Socket } from "../../runtime/socket.ts";
import type { ConnectTimes } from "../../semantics/exchange_times.ts";
import { connectFirst } from "./happy_eyeballs.ts";
import { addressesGiven, addressesOf, isIPAddress, type Resolve } from "./resolve.ts";
import { type Attempt, traceConnect } from "./trace_connect.ts";

/** What all TCP connections of a transport have in common. */
export interface TCPInit {
  readonly clock: Clock;
  /** Connect from this address of the machine. */
  readonly localAddress: string | null;
  readonly socketOptions: SocketOptions;
  /** The option `resolve`. */
  readonly resolve: Resolve | null;
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
export function makeConnectTCP(init: TCPInit): ConnectTCP {
  const { localAddress, socketOptions } = init;
  const from = localAddress === null ? {} : { localAddress };
  return ({ host, port, tls }, { signal, trace, limitMs, times }) =>
    traceConnect({ host, port, tls, socketOptions, ...from, signal }, {
      trace,
      limitMs,
      ...(times !== undefined && { times }),
      connect: (options) => connectHost(options, { ...init, times }),
    });
}

/** By host name, unless `resolve` gives addresses or the runtime races them poorly. */
async function connectHost(
  options: ConnectOptions,
  { clock, localAddress, resolve, times }: TCPInit & { readonly times: ConnectTimes | undefined },
): Promise<Socket> {
  const { host, signal, onReached } = options;
  const peer = peerName(options);
  if (isIPAddress(host)) {
    sameFamily([host], { localAddress, peer });
    return await connect(options);
  }
  const given = resolve === null ? null : await addressesGiven(host, { resolve, peer, signal });
  if (given === null && connectsByName(options)) return await connect(options);
  const addresses = given ?? await addressesOf(host, { peer, signal });
  if (times !== undefined) times.resolvedAtMs ??= performance.now();
  return await connectFirst({
    addresses: sameFamily(addresses, { localAddress, peer }),
    connect: (address, runner) =>
      connect({
        ...options,
        host: address,
        signal: runner.signal,
        onReached: (ends) => {
          runner.onReached();
          onReached?.(ends);
        },
      }),
    clock,
    peer,
    signal,
  });
}

/** The addresses that can be reached from the local one: an IPv4 socket has no way to an IPv6 address. */
function sameFamily(
  addresses: readonly string[],
  { localAddress, peer }: { readonly localAddress: string | null; readonly peer: string },
): readonly string[] {
  if (localAddress === null) return addresses;
  const isIPv6 = localAddress.includes(":");
  const usable = addresses.filter((address) => address.includes(":") === isIPv6);
  if (usable.length > 0) return usable;
  const family = isIPv6 ? "IPv6" : "IPv4";
  throw new ConnectError(
    `Cannot connect to ${peer}: it has no ${family} address, as localAddress is (${localAddress})`,
    { phase: "connect", peer, safeToRetry: true },
  );
}
