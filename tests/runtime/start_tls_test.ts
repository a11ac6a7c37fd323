/** TLS over a socket that is there: the contracts of every socket. */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  type ConnectOptions,
  peerName,
  type TLSOptions,
} from "../../src/runtime/connect_options.ts";
import { startNodeTLS } from "../../src/runtime/adapters/node_tls.ts";
import { connect, startTLS } from "../../src/runtime/select_adapter.ts";
import type { Socket } from "../../src/runtime/socket.ts";
import { describeConnecting } from "../contracts/connecting_contract.ts";
import { describeSocket, optionsFor, text, trusting } from "../contracts/socket_contract.ts";
import { servers } from "../support/certificates.ts";
import { listen, type Loopback } from "../support/loopback.ts";
import { reach, relay } from "../support/proxies/relay.ts";
import { runtime } from "../support/runtimes.ts";
import { SocketLog } from "../support/connections/socket_log.ts";

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

describe("startTLS() inside TLS", () => {
  /** A socket under TLS twice: with a gate that hands on, and with whoever is behind it. */
  async function connectTwice(gate: Loopback): Promise<Socket> {
    const outer = await connect(optionsFor(gate, "TLS"));
    const { signal } = new AbortController();
    return await startTLS(outer, { tls: trusting, peer: "localhost", signal });
  }

  async function gateTo(server: Loopback): Promise<Loopback> {
    return await listen(async (peer) => {
      const origin = await reach("127.0.0.1", server.port);
      if (origin !== null) await relay(peer, origin);
    }, { tls: servers.good });
  }

  it("holds nothing back that is written at once", async () => {
    await using server = await listen((peer) => peer.echo(), { tls: servers.good });
    await using gate = await gateTo(server);
    for (let round = 0; round < 5; round++) {
      const socket = await connectTwice(gate);
      assertEquals(socket.unsentBytes, 0, "of the handshake nothing counts");
      const log = new SocketLog();
      socket.attach(log);
      socket.write(text("hello"));
      await log.untilBytes(5);
      assertEquals([log.text, socket.tls?.alpnProtocol], ["hello", null]);
      socket.close();
    }
    await gate.allClosed();
  });

  it("carries 5 MB to and fro, and says when they have left", async () => {
    await using server = await listen((peer) => peer.echo(), { tls: servers.good });
    await using gate = await gateTo(server);
    const socket = await connectTwice(gate);
    const log = new SocketLog({ keepsBytes: false });
    socket.attach(log);
    const bytes = new Uint8Array(5 * 1024 * 1024);
    socket.write(bytes);
    assert(socket.unsentBytes > 0);
    await log.untilBytes(bytes.length);
    assertEquals([log.receivedBytes, socket.unsentBytes, log.drains], [bytes.length, 0, 1]);
    socket.close();
    await gate.allClosed();
  });

  it("is told of a break below both", async () => {
    await using server = await listen(async (peer) => {
      await peer.send("before");
      await peer.readToEnd();
    }, { tls: servers.good });
    let cut = () => {};
    await using gate = await listen(async (peer) => {
      cut = () => peer.reset();
      const origin = await reach("127.0.0.1", server.port);
      if (origin !== null) await relay(peer, origin);
    }, { tls: servers.good });
    const socket = await connectTwice(gate);
    const log = new SocketLog();
    socket.attach(log);
    await log.untilBytes(6);
    cut();
    await log.untilOver();
    assertEquals(log.events.length, 1);
    socket.close();
  });
});
