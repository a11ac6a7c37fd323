/** TLS over a socket that is there: the contracts of every socket. */
import {
  type ConnectOptions,
  peerName,
  type TLSOptions,
} from "../../src/runtime/connect_options.ts";
import { startNodeTLS } from "../../src/runtime/node_tls.ts";
import { connect, startTLS } from "../../src/runtime/pick.ts";
import type { Socket } from "../../src/runtime/socket.ts";
import { describeConnecting } from "../contracts/connecting_contract.ts";
import { describeSocket } from "../contracts/socket_contract.ts";
import { runtime } from "../support/runtimes.ts";

/** Connects in cleartext, then starts TLS. */
function over(
  start: typeof startTLS,
  terms: Partial<TLSOptions> = {},
): (options: ConnectOptions) => Promise<Socket> {
  return async (options) => {
    const { signal } = options;
    const socket = await connect({ ...options, tls: null });
    if (options.tls === null) return socket;
    const tls = { ...options.tls, ...terms };
    return await start(socket, { tls, peer: peerName(options), signal });
  };
}

const isDeno = runtime === "deno";
const abilities = {
  unverified: true,
  localAddress: false,
  tellsReached: false,
  freesHandshakes: true,
  tellsReasons: !isDeno,
  takesSelfSigned: true,
  tellsBadKeys: !isDeno,
};

describeSocket("startNodeTLS()", over(startNodeTLS), "TLS", {
  halfOpen: !isDeno, // Bun's node:tls ends both directions of a stream at once
});
describeConnecting("startNodeTLS()", over(startNodeTLS), abilities);

// Deno's own API takes authorities beside its own, not instead of them.
const own = over(startTLS, { isCaExclusive: false });
describeSocket("startTLS()", own, "TLS", {});
describeConnecting("startTLS()", own, {
  ...abilities,
  tellsReasons: true,
  takesSelfSigned: !isDeno,
  unverified: false,
  freesHandshakes: !isDeno,
});
