import { assert, assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Clock } from "../../../src/clock/clock.ts";
import { ConnectError } from "../../../src/errors.ts";
import type { TLSOptions } from "../../../src/runtime/connect_options.ts";
import { makeConnectTCP, type TCPInit, type TCPPeer } from "../../../src/wire/dial/tcp.ts";
import { trusting } from "../../contracts/socket_contract.ts";
import { servers } from "../../support/certificates.ts";
import { listenSilently } from "../../support/connections/silent_listener.ts";
import { listen } from "../../support/loopback.ts";
import { turns } from "../../support/connections/socket_log.ts";

/** Connects, closes, and says where it came from and to, in a list of two. */
async function ends(
  peer: TCPPeer,
  init: Partial<TCPInit> = {},
  signal = new AbortController().signal,
): Promise<string[]> {
  const clock = new Clock();
  const { localAddress = null, socketOptions = {}, resolve = null } = init;
  try {
    const socket = await makeConnectTCP({ clock, localAddress, socketOptions, resolve })(
      peer,
      { signal, trace: null, limitMs: null },
    );
    socket.close();
    await turns();
    return [socket.localAddress?.host ?? "", socket.remoteAddress?.host ?? ""];
  } finally {
    assertEquals(clock.size, 0);
    clock.stop();
  }
}

const named = (serverName: string): TLSOptions => ({ ...trusting, serverName });

describe("makeConnectTCP()", () => {
  for (const tls of [null, trusting]) {
    const route = tls === null ? "TCP" : "TLS";
    const options = tls === null ? {} : { tls: servers.good };

    it(`connects by name and by address, over ${route}`, async () => {
      await using server = await listen(() => {}, options);
      const { port } = server;
      assertEquals((await ends({ host: "localhost", port, tls }))[1], "127.0.0.1");
      const byAddress = tls && { ...tls, serverName: "127.0.0.1" };
      assertEquals((await ends({ host: "127.0.0.1", port, tls: byAddress }))[1], "127.0.0.1");
    });

    it(`goes on from a dead address to one that lives, over ${route}`, async () => {
      await using server = await listen(() => {}, options);
      const peer = { host: "localhost", port: server.port, tls };
      const resolve = () => ["127.0.0.2", "127.0.0.1"];
      assertEquals((await ends(peer, { resolve }))[1], "127.0.0.1");
    });

    it(`goes around an IPv6 address that is silent, over ${route}`, async () => {
      await using server = await listen(() => {}, options);
      await using _ = await listenSilently("::1", server.port);
      const peer = { host: "localhost", port: server.port, tls };
      assertEquals((await ends(peer, { resolve: () => ["::1", "127.0.0.1"] }))[1], "127.0.0.1");
    });

    it(`connects from an address of either family, over ${route}`, async () => {
      for (const host of ["127.0.0.1", "::1"]) {
        await using server = await listen(() => {}, { ...options, host });
        const peer = { host: "localhost", port: server.port, tls };
        const resolve = () => ["127.0.0.1", "::1"];
        const localAddress = host === "::1" ? "::1" : "127.0.0.3";
        assertEquals(await ends(peer, { resolve, localAddress }), [localAddress, host]);
      }
    });
  }

  it("checks the certificate for the host, whatever its address", async () => {
    const resolve = () => "127.0.0.1";
    await using server = await listen(() => {}, { tls: servers.wrongHost });
    const { port } = server;
    const right = { host: "wrong.example", port, tls: named("wrong.example") };
    assertEquals((await ends(right, { resolve }))[1], "127.0.0.1");
    const wrong = { host: "other.example", port, tls: named("other.example") };
    const error = await assertRejects(() => ends(wrong, { resolve }), ConnectError);
    assertEquals(
      error.message,
      `Cannot connect to other.example:${port}: the certificate is for wrong.example, not for ` +
        "this host; ask by a name that it is for, or give that as extensions.sni_hostname " +
        "(127.0.0.1)",
    );
    assertEquals(error.phase, "tls");
  });

  it("names the host in the TLS handshake, not the address", async () => {
    let hello = "";
    await using server = await listen(async (peer) => {
      for (let bytes = await peer.readSome(); bytes !== null; bytes = await peer.readSome()) {
        hello += new TextDecoder("latin1").decode(bytes);
        if (hello.includes("sni.example")) break;
      }
      peer.close();
    });
    const peer = { host: "sni.example", port: server.port, tls: named("sni.example") };
    await assertRejects(() => ends(peer, { resolve: () => "127.0.0.1" }), ConnectError);
    assert(hello.includes("sni.example"));
  });

  it("says what is wrong with each address", async () => {
    const server = await listen(() => {});
    await server[Symbol.asyncDispose]();
    const peer = { host: "a.example", port: server.port, tls: null };
    const resolve = () => ["127.0.0.1", "::1"];
    const error = await assertRejects(() => ends(peer, { resolve }), ConnectError);
    assertEquals(
      error.message,
      `Cannot connect to a.example:${server.port}: connection refused (127.0.0.1, ::1)`,
    );
  });

  it("asks nobody about an address", async () => {
    await using server = await listen(() => {});
    const resolve = () => {
      throw new Error("not to be asked");
    };
    const peer = { host: "127.0.0.1", port: server.port, tls: null };
    assertEquals((await ends(peer, { resolve }))[1], "127.0.0.1");
  });

  it("says where the families of localAddress and peer differ", async () => {
    const [host, port, tls] = ["a.example", 1, null];
    const resolve = () => ["::1", "::2"];
    const one = await assertRejects(
      () => ends({ host, port, tls }, { resolve, localAddress: "127.0.0.1" }),
      ConnectError,
    );
    assertEquals(
      one.message,
      "Cannot connect to a.example:1: it has no IPv4 address, as localAddress is (127.0.0.1)",
    );
    const two = await assertRejects(
      () => ends({ host: "127.0.0.1", port, tls }, { localAddress: "::1" }),
      ConnectError,
    );
    assertEquals(
      two.message,
      "Cannot connect to 127.0.0.1:1: it has no IPv6 address, as localAddress is (::1)",
    );
  });

  it("is given up in the middle of a race", async () => {
    await using silent = await listenSilently("127.0.0.1");
    const peer = { host: "a.example", port: silent.port, tls: null };
    const resolve = () => ["127.0.0.1"];
    const signal = AbortSignal.timeout(400);
    await assertRejects(() => ends(peer, { resolve }, signal), DOMException);
  });
});
