/** What a socket's connecting does where it can't be made, and what it tells. Run for each adapter. */
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type { Connect } from "../../src/runtime/select_adapter.ts";
import { servers } from "../support/certificates.ts";
import { restingTimerOf, TELLS_TCP_TIMERS } from "../support/connections/tcp_timer.ts";
import { listen } from "../support/loopback.ts";
import { SocketLog } from "../support/connections/socket_log.ts";
import { connectErrorOf, optionsFor, text, trusting } from "./socket_contract.ts";
import { type Abilities, describeTrust } from "./trust_contract.ts";

/** Registers the tests for one adapter. */
export function describeConnecting(name: string, connect: Connect, can: Abilities): void {
  describe(`${name} that can't connect`, () => testFailures(connect));
  describe(`${name} over UNIX`, () => testUNIXFacts(connect));
  describe(`${name} and TLS`, () => {
    testTLSFailures(connect, can);
    testFacts(connect);
    testSocketOptions(connect, can);
  });
  describeTrust(name, connect, can);
}

function testFailures(connect: Connect): void {
  it("says that nobody listens", async () => {
    const server = await listen(() => {});
    await server[Symbol.asyncDispose]();
    const error = await connectErrorOf(connect(optionsFor(server, "TCP")));
    assertEquals(error.message, `Cannot connect to 127.0.0.1:${server.port}: connection refused`);
    assertEquals([error.phase, error.peer], ["connect", `127.0.0.1:${server.port}`]);
    assert(error.safeToRetry && error.cause !== undefined);
  });

  it("says that nobody listens, over TLS", async () => {
    const server = await listen(() => {});
    await server[Symbol.asyncDispose]();
    const error = await connectErrorOf(connect(optionsFor(server, "TLS")));
    assertEquals(error.message, `Cannot connect to localhost:${server.port}: connection refused`);
    assertEquals(error.phase, "connect");
  });

  for (const tls of [null, trusting]) {
    it(`says that a name is unknown, ${tls === null ? "in cleartext" : "over TLS"}`, async () => {
      const signal = new AbortController().signal;
      const options = { host: "does-not-exist.invalid", port: 80, tls, signal };
      const error = await connectErrorOf(connect(options));
      assertEquals(
        error.message,
        "Cannot connect to does-not-exist.invalid:80: its name could not be resolved",
      );
      assertEquals(error.phase, "dns");
    });
  }

  it("says that there is no UNIX socket", async () => {
    const signal = new AbortController().signal;
    const path = "/tmp/httpx-no-such-socket";
    const error = await connectErrorOf(
      connect({ host: "localhost", port: 80, path, tls: null, signal }),
    );
    assertEquals(error.message, `Cannot connect to ${path}: there is no such socket`);
    assertEquals(error.phase, "connect");
  });
}

function testTLSFailures(connect: Connect, can: Abilities): void {
  it("says that a server speaks no TLS", async () => {
    await using server = await listen(async (peer) => {
      await peer.read(1);
      await peer.send("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
      peer.end();
    });
    const error = await connectErrorOf(connect(optionsFor(server, "TLS")));
    assertEquals(error.phase, "tls");
    assertMatch(error.message, /it does not speak TLS; did you mean http:\/\/\?$/);
  });

  it("says that a server closed in the handshake", async () => {
    await using server = await listen(async (peer) => {
      await peer.read(1);
      peer.close();
    });
    const error = await connectErrorOf(connect(optionsFor(server, "TLS")));
    assertEquals(error.phase, "tls");
  });

  it("gives up a handshake that is never answered when the signal says so", async () => {
    let hello = () => {};
    const hasBegun = new Promise<void>((resolve) => hello = resolve);
    await using server = await listen(async (peer) => {
      await peer.read(1);
      hello();
      await peer.readToEnd();
      peer.close();
    });
    const controller = new AbortController();
    const { signal } = controller;
    const connecting = connect(optionsFor(server, "TLS", { signal }));
    connecting.catch(() => {});
    await hasBegun;
    controller.abort(new RangeError("enough"));
    await assertRejects(() => connecting, RangeError, "enough");
    if (can.freesHandshakes) await server.allClosed();
  });
}

function testFacts(connect: Connect): void {
  it("tells the protocol that ALPN settled on", async () => {
    const tls = { ...servers.good, alpnProtocols: ["h2", "http/1.1"] };
    await using server = await listen(() => {}, { tls });
    for (const [offered, agreed] of [[["h2", "http/1.1"], "h2"], [["http/1.1"], "http/1.1"]]) {
      const alpnProtocols = offered as string[];
      const socket = await connect(
        optionsFor(server, "TLS", { tls: { ...trusting, alpnProtocols } }),
      );
      socket.close();
      assertEquals(socket.tls?.alpnProtocol, agreed);
    }
  });

  it("tells that ALPN settled on nothing", async () => {
    await using server = await listen(() => {}, { tls: servers.good });
    const socket = await connect(optionsFor(server, "TLS"));
    socket.close();
    assertEquals(socket.tls?.alpnProtocol, null);
  });

  it("tells both addresses, and no TLS in cleartext", async () => {
    await using server = await listen(() => {});
    const socket = await connect(optionsFor(server, "TCP"));
    socket.close();
    assertEquals(socket.remoteAddress, { host: "127.0.0.1", port: server.port });
    assertEquals(socket.localAddress?.host, "127.0.0.1");
    assert(socket.localAddress !== null && socket.localAddress.port > 0);
    assertEquals(socket.tls, null);
  });
}

function testUNIXFacts(connect: Connect): void {
  it("tells the path of a UNIX socket, which has no other address", async () => {
    await using server = await listen(() => {}, { unix: true });
    const socket = await connect(optionsFor(server, "UNIX"));
    socket.close();
    assertEquals(socket.remoteAddress, { host: server.path, port: 0 });
    assertEquals(socket.localAddress, null);
  });
}

function testSocketOptions(connect: Connect, can: Abilities): void {
  if (can.localAddress) {
    it("says that the address it is given is none of this machine's", async () => {
      await using server = await listen(() => {});
      const localAddress = "203.0.113.7"; // of documentation, RFC 5737
      const { message, phase } = await connectErrorOf(
        connect(optionsFor(server, "TCP", { localAddress })),
      );
      assertEquals(
        message,
        `Cannot connect to 127.0.0.1:${server.port}: localAddress (${localAddress}) is no address of this machine`,
      );
      assertEquals(phase, "connect");
    });

    for (const [host, localAddress] of [["127.0.0.1", "127.0.0.2"], ["::1", "::1"]] as const) {
      it(`connects from ${localAddress} where it is given that`, async () => {
        await using server = await listen(() => {}, { host });
        const socket = await connect(optionsFor(server, "TCP", { localAddress }));
        socket.close();
        assertEquals(socket.localAddress?.host, localAddress);
      });
    }
  }

  for (const route of ["TCP", "TLS"] as const) {
    if (can.tellsReached ?? true) {
      it(`says when the peer is there and TLS to come, over ${route}`, async () => {
        await using server = await listen(() => {}, route === "TLS" ? { tls: servers.good } : {});
        let calls = 0;
        const socket = await connect(optionsFor(server, route, { onReached: () => calls++ }));
        socket.close();
        assertEquals(calls, route === "TLS" ? 1 : 0);
      });
    }

    (TELLS_TCP_TIMERS ? it : it.skip)(
      `probes a silent peer if asked to, over ${route}`,
      async () => {
        for (const keepAlive of [true, false, undefined]) {
          await using server = await listen(
            (peer) => peer.echo(),
            route === "TLS" ? { tls: servers.good } : {},
          );
          const socket = await connect(optionsFor(server, route, { socketOptions: { keepAlive } }));
          const log = new SocketLog();
          socket.attach(log);
          socket.write(text("x"));
          await log.untilBytes(1);
          const timer = await restingTimerOf(socket.localAddress?.port ?? 0, server.port);
          socket.close();
          assertEquals(timer, keepAlive ? 2 : 0);
        }
      },
    );
  }
}
